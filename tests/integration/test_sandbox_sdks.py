"""Official SDKs read the sandbox without knowing, and find the world's truth."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import pytest
import tweepy
from requests.adapters import HTTPAdapter

from pipelines.sandbox import Fault, SandboxClock, World, project_config, running_sandbox
from pipelines.sandbox.calendar import seconds

pytestmark = [
    # The SDK warns of every field it does not know, nested ones among them, and sends them all the same.
    pytest.mark.filterwarnings("ignore:.*does not allow field:UserWarning"),
    pytest.mark.filterwarnings("ignore:value of metric might not be compatible:UserWarning"),
]

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return World(seed=7)


@pytest.fixture
def served(world):
    with running_sandbox(world, clock=SandboxClock(NOW), empty_pages=False, app_secret="s3cret") as sandbox:
        yield sandbox, project_config(world, sandbox.url)


def standing(world, account):
    mine = world.posts_by_account[account.number]
    at = seconds(NOW)
    there = (world.posts.published[mine] <= at) & (world.posts.counters.deleted_at[mine] > at)
    return mine[there][::-1].tolist()


def facebook_api(sandbox, token):
    from facebook_business.api import FacebookAdsApi, FacebookSession

    session = FacebookSession(access_token=token, app_secret="s3cret")
    session.GRAPH = sandbox.url
    return FacebookAdsApi(session, api_version="v26.0")


class ToTheSandbox(HTTPAdapter):
    """tweepy has its host written into it; this sends its requests elsewhere."""

    def __init__(self, url):
        super().__init__()
        self._url = urlsplit(url)

    def send(self, request, *args, **kwargs):
        asked = urlsplit(request.url)
        request.url = urlunsplit((self._url.scheme, self._url.netloc, asked.path, asked.query, ""))
        return super().send(request, *args, **kwargs)


def tweepy_client(sandbox, token):
    client = tweepy.Client(token)
    client.session.mount("https://api.twitter.com", ToTheSandbox(sandbox.url))
    return client


def test_facebook_business_reads_all_posts_of_a_page_with_their_true_counters(world, served):
    from facebook_business.adobjects.page import Page

    sandbox, config = served
    account = world.accounts[0]
    api = facebook_api(sandbox, config["tokens"]["facebook"][account.native_id])
    fields = ["id", "message", "shares", "reactions.limit(0).summary(total_count)", "comments.limit(0).summary(true)",
              "insights.metric(post_media_view)"]  # fmt: skip
    read = list(Page(account.native_id, api=api).get_published_posts(fields=fields, params={"limit": 30}))
    expected = standing(world, account)
    assert [post["id"] for post in read] == [world.posts.native_ids[n] for n in expected]
    for post, number in zip(read, expected, strict=True):
        true = world.post_metrics(number, NOW)
        assert post["message"] == world.post(number).text
        assert post["reactions"]["summary"]["total_count"] == true["reactions"]
        assert post["comments"]["summary"]["total_count"] == true["comments"]
        assert post["insights"]["data"][0]["values"][0]["value"] == true["post_media_view"]
        assert ("shares" in post and post["shares"]["count"]) == (true["shares"] or False)


def test_facebook_business_reads_a_pages_days(world, served):
    from facebook_business.adobjects.page import Page

    sandbox, config = served
    account = world.accounts[0]
    api = facebook_api(sandbox, config["tokens"]["facebook"][account.native_id])
    params = {
        "metric": ["page_media_view", "page_follows"],
        "period": "day",
        "since": "2025-12-01",
        "until": "2025-12-31",
    }
    cursor = Page(account.native_id, api=api).get_insights(params=params)
    views, follows = cursor[0], cursor[1]
    assert len(views["values"]) == 30
    edges = np.array([seconds(datetime(2025, 12, day, 8, tzinfo=UTC)) for day in range(1, 32)])
    assert [v["value"] for v in views["values"]] == world.audience.window(0, "page_media_view", edges).tolist()
    assert follows["values"][-1]["end_time"] == "2025-12-31T08:00:00+0000"
    assert cursor.headers()["facebook-api-version"] == "v26.0"


def test_facebook_business_reads_instagram(world, served):
    from facebook_business.adobjects.iguser import IGUser

    sandbox, config = served
    account = world.accounts[1]
    api = facebook_api(sandbox, config["tokens"]["instagram"][account.native_id])
    user = IGUser(account.native_id, api=api)
    read = list(user.get_media(fields=["id", "caption", "comments_count", "like_count"], params={"limit": 30}))
    expected = standing(world, account)
    assert [media["id"] for media in read] == [world.posts.native_ids[n] for n in expected]
    for media, number in zip(read, expected, strict=True):
        true = world.post_metrics(number, NOW)
        assert media["comments_count"] == true["comments"]
        assert media.get("like_count", true["likes"]) == true["likes"]
    one = read[5]
    insights = {
        m["name"]: m["values"][0]["value"] for m in one.get_insights(params={"metric": ["views", "reach", "saved"]})
    }
    true = world.post_metrics(expected[5], NOW)
    assert insights == {name: true[name] for name in ("views", "reach", "saved")}


def test_facebook_business_stops_at_an_empty_page_though_a_next_one_is_named(world):
    """A known weakness of the SDK, and the reason why our own client must not be like it."""
    from facebook_business.adobjects.page import Page

    account = world.accounts[0]
    with running_sandbox(world, clock=SandboxClock(NOW), empty_pages=True) as sandbox:
        token = sandbox.served.tokens.accounts[("facebook", account.native_id)]
        read = list(Page(account.native_id, api=facebook_api(sandbox, token)).get_published_posts(fields=["id"]))
    assert 0 < len(read) < len(standing(world, account))


def test_facebook_business_tells_a_limit_and_a_foreign_page(world, served):
    from facebook_business.adobjects.page import Page
    from facebook_business.exceptions import FacebookRequestError

    sandbox, config = served
    mine, other = world.accounts[0], world.accounts[3]
    api = facebook_api(sandbox, config["tokens"]["facebook"][mine.native_id])
    with pytest.raises(FacebookRequestError) as caught:
        Page(other.native_id, api=api).api_get(fields=["name"])
    assert caught.value.api_error_code() == 10
    sandbox.faults.set([Fault("limit_page")])
    with pytest.raises(FacebookRequestError) as caught:
        Page(mine.native_id, api=api).api_get(fields=["name"])
    assert caught.value.api_error_code() == 32
    assert Page(mine.native_id, api=api).api_get(fields=["name"])["name"] == mine.name


@pytest.mark.parametrize("empty_pages", [True, False])
def test_tweepy_reads_all_posts_of_an_account_with_their_true_counters(world, empty_pages):
    account = world.accounts[2]
    with running_sandbox(world, clock=SandboxClock(NOW), empty_pages=empty_pages) as sandbox:
        client = tweepy_client(sandbox, sandbox.served.tokens.accounts[("x", account.native_id)])
        user = client.get_user(username=account.handle, user_fields=["public_metrics"]).data
        pages = tweepy.Paginator(
            client.get_users_tweets, user.id, tweet_fields=["public_metrics", "created_at", "referenced_tweets"],
            max_results=20,
        )  # fmt: skip
        read = [tweet for page in pages for tweet in page.data or []]
    own = [tweet for tweet in read if not tweet.referenced_tweets]
    expected = standing(world, account)
    assert [str(tweet.id) for tweet in own] == [world.posts.native_ids[n] for n in expected]
    assert [tweet.public_metrics for tweet in own] == [world.post_metrics(n, NOW) for n in expected]
    assert [tweet.created_at for tweet in own] == [world.post(n).published_at for n in expected]
    assert len(read) > len(own)
    assert user.public_metrics["followers_count"] == int(world.audience.followers(2, np.array([seconds(NOW)]))[0])


def test_tweepy_tells_the_quota_and_the_missing_post(world, served):
    sandbox, config = served
    account = world.accounts[2]
    client = tweepy_client(sandbox, config["tokens"]["x"][account.native_id])
    sandbox.faults.set([Fault("x_limit")])
    with pytest.raises(tweepy.TooManyRequests):
        client.get_users_tweets(account.native_id)
    answer = client.get_tweets(["199"])
    assert answer.data is None
    assert answer.errors[0]["resource_id"] == "199"
