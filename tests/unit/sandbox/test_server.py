"""The server over a real socket: the world's clock in `Date`, control over HTTP, and every fault by its name."""

from __future__ import annotations

import json
import threading
import urllib.request
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from pipelines.sandbox import Fault, SandboxClock, project_config, running_sandbox, serve_forever
from pipelines.sandbox.dialects import DIALECTS
from pipelines.sandbox.faults import ALWAYS, NAMES, REFUSALS
from pipelines.settings import known_variables

NOW = datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox(small):
    with running_sandbox(small, clock=SandboxClock(NOW), slow_seconds=0.3) as sandbox:
        yield sandbox


@pytest.fixture
def config(small, sandbox):
    sandbox.faults.set([])
    sandbox.set_clock(NOW)
    sandbox.requests.clear()
    return project_config(small, sandbox.url)


def get(sandbox, path, token, **params):
    return httpx.get(sandbox.url + path, params=params, headers={"Authorization": f"Bearer {token}"})


def feed(sandbox, config, **params):
    page = config["accounts"][0]["native_id"]
    return get(sandbox, f"/v26.0/{page}/published_posts", config["tokens"]["facebook"][page], **params)


def test_the_date_header_is_the_worlds_clock_whatever_is_answered(sandbox, config):
    sandbox.set_clock(datetime(2025, 7, 1, 12, tzinfo=UTC))
    for answer in (feed(sandbox, config), feed(sandbox, config, limit=1000), httpx.get(sandbox.url + "/nowhere")):
        assert parsedate_to_datetime(answer.headers["date"]) == datetime(2025, 7, 1, 12, tzinfo=UTC)


def test_a_running_clock_moves_by_its_rate():
    clock = SandboxClock(NOW, rate=1e6)
    first = clock.now()
    while clock.now() == first:
        pass
    assert clock.now() > first


def test_the_clock_is_set_over_http_and_nonsense_is_refused(sandbox, config):
    answer = httpx.post(f"{sandbox.url}/_sandbox/clock", json={"now": "2025-08-01T12:00:00+02:00"})
    assert answer.json() == {"now": "2025-08-01T10:00:00+00:00"}
    assert httpx.get(f"{sandbox.url}/_sandbox/clock").json() == answer.json()
    for wrong in ({"now": "soon"}, {"now": "2025-08-01T12:00:00"}, {}, []):
        assert httpx.post(f"{sandbox.url}/_sandbox/clock", json=wrong).status_code == 400


def test_the_truth_is_served(sandbox, config, small):
    assert httpx.get(f"{sandbox.url}/_sandbox/truth").json() == json.loads(json.dumps(small.truth()))


def test_faults_are_set_over_http_and_an_unknown_name_lists_the_known_ones(sandbox, config):
    answer = httpx.post(f"{sandbox.url}/_sandbox/faults", json=[{"name": "slow", "times": 2, "path": "/v26"}])
    assert answer.json() == [{"name": "slow", "times": 2, "path": "/v26", "skip": 0, "dialect": ""}]
    wrong = httpx.post(f"{sandbox.url}/_sandbox/faults", json={"name": "earthquake"})
    assert wrong.status_code == 400
    assert "body_cut" in wrong.json()["error"]
    assert httpx.post(f"{sandbox.url}/_sandbox/faults", json={"name": "slow", "times": "two"}).status_code == 400


def test_a_fault_strikes_where_it_is_told_as_often_as_it_is_told_after_those_it_skips(sandbox, config):
    sandbox.faults.set([Fault("server_error", times=2, path=r"published_posts", skip=1)])
    tips = get(sandbox, "/tips/v1/tips", config["tokens"]["tips"], **{"from": "2025-01-01", "to": "2025-01-02"})
    assert tips.status_code == 200
    assert [feed(sandbox, config).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert sandbox.faults.waiting() == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("expired_token", (400, 190, 463)),
        ("limit_app", (400, 4, None)),
        ("limit_user", (400, 17, None)),
        ("limit_page", (400, 32, None)),
        ("limit_pages_business", (400, 80001, None)),
        ("limit_instagram_business", (400, 80002, None)),
        ("reduce_amount", (500, 1, None)),
        ("server_error", (500, 2, None)),
        ("error_in_200", (200, 2, None)),
        ("invalid_metric", (400, 100, None)),
    ],
)
def test_each_refusal_has_its_status_and_code(sandbox, config, name, expected):
    sandbox.faults.set([Fault(name)])
    answer = feed(sandbox, config)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == expected
    assert feed(sandbox, config).json()["data"]


def test_business_limits_say_in_how_many_minutes_to_come_back(sandbox, config):
    sandbox.faults.set([Fault("limit_pages_business")])
    usage = json.loads(feed(sandbox, config).headers["x-business-use-case-usage"])
    assert usage["0"][0]["estimated_time_to_regain_access"] == 12
    sandbox.faults.set([Fault("usage_high")])
    answer = feed(sandbox, config)
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 96
    assert answer.json()["data"]


def test_x_runs_out_of_quota_and_of_credits(sandbox, config):
    bird = config["accounts"][2]["native_id"]
    sandbox.faults.set([Fault("x_limit"), Fault("x_credits", skip=1)])
    limited, broke = (get(sandbox, f"/2/users/{bird}", config["tokens"]["x"][bird]) for _ in range(2))
    assert limited.status_code == 429
    assert limited.headers["x-rate-limit-remaining"] == "0"
    assert 0 < int(limited.headers["x-rate-limit-reset"]) - int(NOW.timestamp()) <= 900
    assert broke.status_code == 402
    assert len(broke.content) in range(180, 200)
    assert broke.json()["title"] == "CreditsDepleted"


@pytest.mark.parametrize("name", ["connection_reset", "body_cut"])
def test_the_line_breaks(sandbox, config, name):
    sandbox.faults.set([Fault(name)])
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        feed(sandbox, config)
    assert feed(sandbox, config).json()["data"]


def test_a_whole_answer_of_half_the_json_and_pages_of_html(sandbox, config):
    sandbox.faults.set([Fault("truncated_json"), Fault("html_200", skip=1), Fault("bad_gateway", skip=2),
                        Fault("unavailable", skip=3)])  # fmt: skip
    half, html, gateway, unavailable = (feed(sandbox, config) for _ in range(4))
    assert half.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        half.json()
    assert html.status_code == 200
    assert html.text.startswith("<!DOCTYPE html>")
    assert gateway.status_code == 502
    assert (unavailable.status_code, unavailable.text) == (503, "")


def test_a_slow_answer_comes_whole_and_late(sandbox, config):
    sandbox.faults.set([Fault("slow")])
    answer = feed(sandbox, config)
    assert answer.elapsed.total_seconds() >= 0.3
    assert answer.json()["data"]
    sandbox.faults.set([Fault("slow")])
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(sandbox.url + "/v26.0/1", timeout=0.05)


def test_a_poisoned_row_stands_among_good_ones(sandbox, config):
    sandbox.faults.set([Fault("poison_row")])
    rows = feed(sandbox, config, fields="id,message,created_time").json()["data"]
    assert rows[0]["id"] == 17
    assert "\ud83d" in rows[0]["message"]
    assert isinstance(rows[1]["id"], str)


def test_an_answer_may_lack_its_date(sandbox, config):
    sandbox.faults.set([Fault("no_date")])
    answer = feed(sandbox, config)
    assert "date" not in answer.headers
    assert "date" in feed(sandbox, config).headers


def test_a_post_between_two_pages_moves_the_clock_to_it(sandbox, config, small):
    sandbox.set_clock(datetime(2025, 9, 1, 12, tzinfo=UTC))
    first = feed(sandbox, config, limit=5)
    sandbox.faults.set([Fault("post_between_pages")])
    after = first.json()["paging"]["cursors"]["after"]
    second = feed(sandbox, config, limit=5, after=after)
    assert second.json()["data"][0]["id"] == first.json()["data"][-1]["id"]
    assert sandbox.clock.read() > datetime(2025, 9, 1, 12, tzinfo=UTC)
    assert parsedate_to_datetime(second.headers["date"]) == sandbox.clock.read()


def test_every_fault_is_in_the_documentation(request):
    text = (request.config.rootpath / "docs" / "sandbox.md").read_text(encoding="utf-8")
    assert {name for name in NAMES if f"`{name}`" not in text} == set()


def test_every_refusal_can_be_made():
    for refusal in REFUSALS.values():
        assert refusal.make(0).answer.body


def test_requests_are_remembered_with_their_headers(sandbox, config):
    feed(sandbox, config, limit=3)
    seen = sandbox.requests[-1]
    assert (seen.method, seen.query) == ("GET", {"limit": "3"})
    assert seen.path.endswith("/published_posts")
    assert seen.headers["authorization"].startswith("Bearer ")


def test_writing_is_refused(sandbox, config):
    page = config["accounts"][0]["native_id"]
    answer = httpx.post(f"{sandbox.url}/v26.0/{page}/feed", data={"message": "x"})
    assert answer.json()["error"]["code"] == 100


def test_the_project_names_units_accounts_and_one_token_for_each(small, config):
    units = {unit["id"] for unit in config["units"]}
    assert len(units) == 22
    assert {unit["parent"] for unit in config["units"]} == {None, "riket"}
    for account in config["accounts"]:
        assert account["unit"] in units
        assert config["tokens"][account["platform"]][account["native_id"]]
    tokens = [t for source in ("facebook", "instagram", "x") for t in config["tokens"][source].values()]
    assert len(set(tokens)) == len(config["accounts"])
    assert json.loads(config["environment"]["SYFTE_X__TOKENS"]) == config["tokens"]["x"]
    assert config["environment"]["SYFTE_TIPS__BASE_URL"] == f"{config['urls']['tips']}/tips/v1"


def test_all_nine_platforms_are_there_when_asked_for(small):
    config = project_config(small, "http://127.0.0.1:9", "all", comments=True)
    environment = config["environment"]
    assert len({account["platform"] for account in config["accounts"]}) == len(config["urls"]) - 1 == 9
    for account in config["accounts"]:
        assert config["tokens"][account["platform"]][account["native_id"]]
    tokens = [t for platform in config["urls"] if platform != "tips" for t in config["tokens"][platform].values()]
    assert len(set(tokens)) == len(config["accounts"]) == len(small.accounts) + 12
    assert {name for name in environment if name.endswith("__COMMENTS")} == {
        name.replace("TOKENS", "COMMENTS") for name in environment if name.endswith("__TOKENS")
    }
    assert environment.keys() <= set(known_variables())


def test_the_dialects_have_names_of_their_own_and_a_fault_of_two_is_the_same_fault():
    assert len({dialect.name for dialect in DIALECTS}) == len(DIALECTS)
    for dialect in DIALECTS:
        assert all(REFUSALS[name] is refusal for name, refusal in dialect.refusals.items())
        assert all(NAMES[name] == says for name, says in dialect.shapes.items())


def test_a_platforms_fault_strikes_only_that_platform(sandbox, config):
    sandbox.faults.set([Fault("x_limit")])
    assert feed(sandbox, config).status_code == 200
    bird = config["accounts"][2]["native_id"]
    assert get(sandbox, f"/2/users/{bird}", config["tokens"]["x"][bird]).status_code == 429


def test_a_fault_is_read_from_its_name_and_an_unknown_one_lists_all():
    assert (Fault.parse("x_limit").times, Fault.parse("slow:3").times, Fault.parse("slow:-1").times) == (1, 3, ALWAYS)
    with pytest.raises(ValueError, match="no fault 'y_limit'") as caught:
        Fault.parse("y_limit:2")
    assert all(f"{name} " in str(caught.value) and says in str(caught.value) for name, says in NAMES.items())
    with pytest.raises(ValueError, match="not a number of times"):
        Fault.parse("slow:often")


def test_serve_forever_says_when_it_answers_and_prints_nothing(capfd):
    ready = threading.Event()
    urls = []

    def on_ready(url):
        urls.append(url)
        ready.set()

    thread = threading.Thread(
        target=lambda: serve_forever(seed=3, scale=0.02, clock_start=NOW, on_ready=on_ready), daemon=True
    )
    thread.start()
    assert ready.wait(20)
    with urllib.request.urlopen(f"{urls[0]}/_sandbox/clock") as answer:  # noqa: S310
        assert json.load(answer) == {"now": NOW.isoformat()}
    assert capfd.readouterr() == ("", "")
