"""How Google says no: one error object, a reason in it, and often no more."""

from __future__ import annotations

from typing import Any

from pipelines.sandbox.exchange import Answer, RefusalError

_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}


def no(
    code: int, reason: str, message: str, *, domain: str = "global", parameter: str = "", detail: str = ""
) -> RefusalError:
    """Google's error object.

    Args:
        code: HTTP status.
        reason: the word that decides.
        message: for people.
        domain: whose reason it is.
        parameter: the one to blame, if one is.
        detail: the reason in the newer form, if it has one.
    """
    problem: dict[str, Any] = {"message": message, "domain": domain, "reason": reason}
    if parameter:
        problem |= {"location": parameter, "locationType": "parameter"}
    error: dict[str, Any] = {"code": code, "message": message, "errors": [problem]}
    if domain == "global" and code in _STATUS:
        error["status"] = _STATUS[code]
    if detail:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": detail, "domain": "googleapis.com"}]
    return RefusalError(Answer(body={"error": error}, status=code))


def quota(_now: int) -> RefusalError:
    """The units of the day are used up."""
    text = "The request cannot be completed because you have exceeded your quota."
    return no(403, "quotaExceeded", text, domain="youtube.quota")


def too_fast(_now: int) -> RefusalError:
    """Too many requests at once."""
    return no(403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")


def not_authorised(_now: int) -> RefusalError:
    """A token that is none, or no longer."""
    text = "Request had invalid authentication credentials."
    return no(401, "authError", text, detail="ACCESS_TOKEN_EXPIRED")


def forbidden(message: str) -> RefusalError:
    """A credential that may not."""
    return no(403, "forbidden", message)


def disabled(_now: int) -> RefusalError:
    """Comments are switched off."""
    text = "The video identified by the videoId parameter has disabled comments."
    return no(403, "commentsDisabled", text, domain="youtube.commentThread", parameter="videoId")


def missing(where: str, what: str, parameter: str) -> RefusalError:
    """Not there."""
    text = f"The {what} identified with the request's {parameter} parameter cannot be found."
    return no(404, f"{what}NotFound", text, domain=f"youtube.{where}", parameter=parameter)


def unsupported(_now: int) -> RefusalError:
    """A combination that the Analytics API does not have."""
    return no(400, "badRequest", "The query is not supported. Check the documentation for supported queries.")
