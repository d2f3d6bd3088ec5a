"""Who may read on Bluesky, and how much: with a session, with an old one, with none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sandbox.exchange import Answer, RefusalError

if TYPE_CHECKING:
    from pipelines.sandbox.exchange import Ask, Served

LIMIT, WINDOW = 3000, 300


def refuse(name: str, message: str, status: int, *, left: int | None = None, now: int = 0) -> RefusalError:
    """A no in the protocol's words."""
    headers = rate_headers(left, now) if left is not None else {}
    return RefusalError(Answer(status=status, body={"error": name, "message": message}, headers=headers))


def rate_headers(left: int, now: int) -> dict[str, str]:
    """What a login server says of its limits."""
    reset = now // WINDOW * WINDOW + WINDOW
    return {
        "RateLimit-Limit": str(LIMIT), "RateLimit-Remaining": str(left), "RateLimit-Reset": str(reset),
        "RateLimit-Policy": f"{LIMIT};w={WINDOW}",
    }  # fmt: skip


class Sessions:
    """Lets reads pass, and counts those with a session; the public AppView tells no limits unless it is made to."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], int] = {}

    def admit(self, ask: Ask, served: Served) -> dict[str, str]:
        """Let a read pass.

        Returns:
            The headers of a server that counts.

        Raises:
            RefusalError: the session is no good, or has had its share.
        """
        token = ask.bearer()
        issued = served.tokens.issued
        if token and issued.owner("bluesky", token) is None:
            if issued.age(token) is not None:
                raise refuse("ExpiredToken", "Token has expired", served.bluesky_expired_status)
            raise refuse("InvalidToken", "Token could not be verified", 400)
        if not token and not served.bluesky_public_limit:
            return {}
        key = (token, ask.now // WINDOW)
        used = self._asked[key] = self._asked.get(key, 0) + 1
        if used > LIMIT:
            raise refuse("RateLimitExceeded", "Rate Limit Exceeded", 429, left=0, now=ask.now)
        return rate_headers(LIMIT - used, ask.now)
