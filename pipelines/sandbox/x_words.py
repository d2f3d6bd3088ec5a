"""X's words: what it says when it refuses, what is missing, and how much of the quota is left."""

from __future__ import annotations

from typing import Any

from pipelines.sandbox.exchange import Answer, Refusal, RefusalError

PROBLEM = "https://api.x.com/2/problems/"
WINDOW = 15 * 60


def problem(title: str, detail: str, kind: str, status: int, **more: object) -> RefusalError:
    """X's problem object."""
    where = "about:blank" if kind == "about:blank" else PROBLEM + kind
    return RefusalError(
        Answer(body={"title": title, "detail": detail, "type": where, "status": status, **more}, status=status)
    )


def invalid(parameter: str, value: str, message: str) -> RefusalError:
    """A parameter out of range."""
    body = {
        "title": "Invalid Request",
        "type": PROBLEM + "invalid-request",
        "detail": "One or more parameters to your request was invalid.",
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
    }
    return RefusalError(Answer(body=body, status=400))


def rate_headers(limit: int, used: int, now: int) -> dict[str, str]:
    """The headers every answer carries."""
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(max(0, limit - used)),
        "x-rate-limit-reset": str((now // WINDOW + 1) * WINDOW),
    }


def missing(kind: str, value: str, parameter: str) -> dict[str, Any]:
    """The error beside an answer that lacks something."""
    return {
        "value": value, "detail": f"Could not find {kind} with {parameter}: [{value}].", "title": "Not Found Error",
        "resource_type": kind, "parameter": parameter, "resource_id": value, "type": PROBLEM + "resource-not-found",
    }  # fmt: skip


def _limit(now: int) -> RefusalError:
    refusal = problem("Too Many Requests", "Too Many Requests", "about:blank", 429)
    refusal.answer.headers |= rate_headers(900, 900, now)
    return refusal


def _credits(_now: int) -> RefusalError:
    text = "Your enrolled account [1799999999999999999] does not have any credits to fulfill this request."
    body = {"title": "CreditsDepleted", "detail": text, "type": "https://api.twitter.com/2/problems/credits"}
    return RefusalError(Answer(body=body, status=402))


def _limit_in_old_words(now: int) -> RefusalError:
    refusal = _limit(now)
    refusal.answer.body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    return refusal


def _credits_in_other_words(_now: int) -> RefusalError:
    return RefusalError(Answer(body={"title": "Payment Required", "status": 402}, status=402))


def _expired(_now: int) -> RefusalError:
    return problem("Unauthorized", "Unauthorized", "about:blank", 401)


REFUSALS = {
    "x_limit": Refusal(_limit, "X 429 with the reset time"),
    "x_limit_old": Refusal(_limit_in_old_words, "X 429 with the reset time, the body of older days"),
    "x_credits": Refusal(_credits, "X 402: the account has no credits left"),
    "x_credits_other": Refusal(_credits_in_other_words, "X 402 with a body that nobody has described"),
    "x_expired_token": Refusal(_expired, "X 401: the token is no longer valid"),
}
SHAPES = {
    "x_edited": "X: a post in eleven was edited after half an hour; it has a new id, and the first one in its history",
    "x_partial_errors": "X: HTTP 200 with `errors` beside `data`: the last post of the page is withheld",
}
