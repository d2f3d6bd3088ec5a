"""Meta's Graph API, as far as Facebook Pages and Instagram speak it alike."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np

from pipelines.sandbox.calendar import DAY, PACIFIC, instant, midnight
from pipelines.sandbox.exchange import Answer, CursorError, RefusalError, cut
from pipelines.sandbox.fields import Field, FieldsError, parse_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.sandbox.calendar import Seconds
    from pipelines.sandbox.exchange import Ask, Served
    from pipelines.sandbox.units import Account

NEWEST = "v26.0"
EXPIRES: dict[str, date | None] = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
    "v26.0": None,
}
TRACE = "AsAnDbOxTrAcE"
MAX_LIMIT, DEFAULT_LIMIT = 100, 25
DAYS_PER_WINDOW = {"day": 1, "week": 7, "days_28": 28}


def refuse(message: str, code: int, *, status: int = 400, kind: str = "OAuthException", **more: object) -> RefusalError:
    """Graph's error object."""
    error = {"message": message, "type": kind, "code": code, **more, "fbtrace_id": TRACE}
    return RefusalError(Answer(body={"error": error}, status=status))


def not_found(object_id: str) -> RefusalError:
    """The answer for what is gone, never was, or is not ours to see."""
    text = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation."
    )
    return refuse(text, 100, kind="GraphMethodException", error_subcode=33)


def invalid_metric(message: str = "(#100) The value must be a valid insights metric") -> RefusalError:
    """One name that is not offered sinks the whole request."""
    return refuse(message, 100)


def version_answered(asked: str, now: int) -> str:
    """An expired or unknown version is silently served by the oldest living one."""
    today = instant(now).date()
    living = [version for version, end in EXPIRES.items() if end is None or today < end]
    return asked if asked in living else living[0]


def token_of(ask: Ask, served: Served) -> str:
    """The token of a request, from the header or the query, with its proof checked if there is one.

    Raises:
        RefusalError: none, unknown, or a wrong proof.
    """
    bearer = ask.headers.get("authorization", "")
    token = (
        bearer.removeprefix("Bearer ").strip() if bearer.startswith("Bearer ") else ask.query.get("access_token", "")
    )
    if not token:
        raise refuse("An access token is required to request this resource.", 104)
    known = token == served.tokens.system_user or any(
        served.tokens.owner(platform, token) for platform in ("facebook", "instagram")
    )
    if not known:
        raise refuse("Invalid OAuth access token - Cannot parse access token", 190, status=401)
    proof = ask.query.get("appsecret_proof")
    if proof is not None and served.app_secret is not None:
        right = hmac.new(served.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof, right):
            raise refuse("Invalid appsecret_proof provided in the API argument", 100, kind="GraphMethodException")
    return token


def check_permission(served: Served, token: str, account: Account) -> None:
    """An account's token reads that account only; the system user's reads all."""
    if token == served.tokens.system_user or served.tokens.owner(account.platform, token) == account.native_id:
        return
    if account.platform == "facebook":
        text = (
            "(#10) This endpoint requires the 'pages_read_engagement' permission or the "
            "'Page Public Content Access' feature."
        )
    else:
        text = "(#10) Application does not have permission for this action"
    raise refuse(text, 10, status=403)


def fields_of(ask: Ask, default: str) -> tuple[Field, ...]:
    """The fields asked for."""
    try:
        return parse_fields(ask.query.get("fields") or default)
    except FieldsError as error:
        text = f'(#2500) {error} in "{ask.query["fields"]}".'
        raise refuse(text, 2500) from error


def limit_of(ask: Ask) -> int:
    """The page size asked for."""
    text = ask.query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise refuse("(#100) Param limit must be an integer", 100)
    if int(text) > MAX_LIMIT:
        raise refuse(f"(#100) Param limit must be less than or equal to {MAX_LIMIT}", 100)
    return max(1, int(text))


def moment_of(text: str | None, default: int) -> int:
    """`since` and `until`: unix seconds, a date (its Pacific midnight), or an instant."""
    if not text:
        return default
    if re.fullmatch(r"[0-9]{9,11}", text):
        return int(text)
    try:
        if len(text) == 10:
            return midnight(date.fromisoformat(text), PACIFIC)
        return int(datetime.fromisoformat(text.replace("+0000", "+00:00")).astimezone(PACIFIC).timestamp())
    except ValueError as error:
        raise refuse("(#100) Invalid parameter: since or until is not a time", 100) from error


def metrics_of(text: str | None) -> list[str]:
    """Names of metrics, as a comma list or as a JSON array."""
    if not text:
        raise refuse("(#3001) Invalid query", 3001, error_subcode=1504028)
    if text.lstrip().startswith("["):
        try:
            return [str(name) for name in json.loads(text)]
        except ValueError as error:
            raise invalid_metric() from error
    return [name.strip() for name in text.split(",") if name.strip()]


def page_of(
    ask: Ask, served: Served, numbers: Sequence[int], render: Callable[[list[int]], list[dict[str, Any]]]
) -> dict[str, Any]:
    """One page of an edge, with cursors and absolute links that hold the token, as Graph's do."""
    try:
        part = cut(numbers, limit=limit_of(ask), cursor=ask.query.get("after"), served=served, faults=ask.faults)
    except CursorError as error:
        raise refuse("(#100) Invalid cursors values: after", 100) from error
    body: dict[str, Any] = {"data": render(part.numbers)}
    if part.numbers or part.has_next:
        paging: dict[str, Any] = {"cursors": {"before": part.before, "after": part.after}}
        if part.has_next:
            paging["next"] = link(ask, after=part.after)
        if ask.query.get("after"):
            paging["previous"] = link(ask, after=None, before=part.before)
        body["paging"] = paging
    return body


def link(ask: Ask, **changed: str | None) -> str:
    """The request's own address with other parameters, the token among them wherever it came from."""
    query = {**ask.query, **changed}
    bearer = ask.headers.get("authorization", "")
    if bearer.startswith("Bearer "):
        query.setdefault("access_token", bearer.removeprefix("Bearer "))
    kept = {name: value for name, value in query.items() if value is not None and name != "appsecret_proof"}
    return f"{ask.base}{ask.path}?{urlencode(kept)}"


def time_of(at: int) -> str:
    """Graph's way to write an instant."""
    return instant(at).strftime("%Y-%m-%dT%H:%M:%S+0000")


def pacific_ends(since: int, until: int, now: int) -> Seconds:
    """Ends of the Pacific days that lie inside a window and are over."""
    first = instant(since).astimezone(PACIFIC).date()
    count = max(0, (until - since) // DAY + 3)
    ends = np.array(
        [midnight(date.fromordinal(first.toordinal() + n), PACIFIC) for n in range(1, count + 1)], dtype=np.int64
    )
    return ends[(ends > since) & (ends <= min(until, now))]


def previous_midnight(end: int, days: int = 1) -> int:
    """The Pacific midnight some days before another: 23 to 25 hours each."""
    return midnight(date.fromordinal(instant(end).astimezone(PACIFIC).date().toordinal() - days), PACIFIC)


def day_value(served: Served, account: Account, metric: str, ask: Ask, window: tuple[int, int]) -> int:
    """A figure of a window, 3 % low in its first two days: the platforms correct late."""
    value = int(served.world.audience.window(account.number, metric, np.array(window))[0])
    return value * 97 // 100 if ask.now < window[1] + 2 * DAY else value


def window_links(ask: Ask, since: int, until: int) -> dict[str, str]:
    """Insights paging: both links move the window and neither ever ends."""
    span = max(until - since, DAY)
    return {
        "previous": link(ask, since=str(since - span), until=str(since)),
        "next": link(ask, since=str(until), until=str(until + span)),
    }


def usage_headers(account_id: str, kind: str, *, used: int = 4, regain_minutes: int = 0) -> dict[str, str]:
    """The headers by which Meta says how much of the quota is gone, in per cent."""
    app = {"call_count": used, "total_cputime": used // 2, "total_time": used // 2}
    business = {"type": kind, **app, "estimated_time_to_regain_access": regain_minutes}
    return {
        "X-App-Usage": json.dumps(app),
        "X-Business-Use-Case-Usage": json.dumps({account_id: [business]}),
    }
