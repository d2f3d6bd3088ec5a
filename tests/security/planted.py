"""What is planted in the simulated world, so that its ways through the product can be followed byte by byte."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from pipelines.sandbox import conversation, elsewhere, issuing, logins, project, tokens, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

MARK = "Qz7SentinelX9w"
"""Part of every secret: one text to look for, however many tokens there are."""

CANARY = "kanariefagel8k"
"""Part of all that people write, and of who they are."""
COMMENT, AUTHOR = f"{CANARY}-kommentar", f"{CANARY}_namn"
POST = "Vittnesupprop8k"
TIP = "CANARY-"
"""How the sandbox's intake begins what it should not send: a text and a name."""


def mark_secrets(patch: pytest.MonkeyPatch) -> None:
    """Put the mark into every token, key and secret of the sandbox, also into those it issues later."""
    made, issued, own = tokens.Tokens.of, issuing._token, tokens._own_part
    refresh = issuing.Issued.refresh_token

    def marked(accounts: Any) -> tokens.Tokens:
        found = made(accounts)
        names = ("system_user", "x_app", "tips", "youtube_key")
        return dataclasses.replace(found, **{name: getattr(found, name) + MARK for name in names})

    patch.setattr(tokens, "_own_part", lambda account: f"{MARK}{own(account)}")
    patch.setattr(tokens.Tokens, "of", marked)
    patch.setattr(issuing, "_token", lambda *args: issued(*args) + MARK)
    patch.setattr(
        issuing.Issued, "refresh_token", lambda self, holder: self._refresh.get(holder, refresh(self, holder) + MARK)
    )
    secret = f"sandbox-secret-{MARK}"
    patch.setattr(logins, "CLIENT_SECRET", secret)
    patch.setattr(project, "CLIENT_SECRET", secret)
    patch.setattr(project, "PSEUDONYM_KEY", f"pseudonym-{MARK}-0000000000000000")


def plant_canaries(patch: pytest.MonkeyPatch) -> None:
    """Put canaries into what people write under posts, into their names, and into the posts."""
    citizen, fill = conversation.citizen, world.fill

    def known(*args: Any) -> conversation.Citizen:
        found = citizen(*args)
        return dataclasses.replace(found, name=f"{AUTHOR} {found.name}", handle=f"{AUTHOR}_{found.handle}")

    patch.setattr(conversation, "citizen", known)
    texts = {kind: [f"{text} {COMMENT}?" for text in said] for kind, said in conversation.TEXTS.items()}
    patch.setattr(conversation, "TEXTS", texts)
    for module in (world, elsewhere):
        patch.setattr(module, "fill", lambda *args, **words: f"{fill(*args, **words)} {POST}")


def first_of_each(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration with one account of each platform: all ways through the code, a twentieth of the requests."""
    first = {account["platform"]: account for account in reversed(config["accounts"])}
    said = dict(config["environment"])
    kept = {account["native_id"] for account in first.values()}
    for name, value in said.items():
        if name.endswith("TOKENS") and value:
            said[name] = json.dumps({key: one for key, one in json.loads(value).items() if key in kept})
    return config | {"accounts": list(first.values()), "environment": said}


def secrets_of(environment: Mapping[str, str]) -> Iterator[str]:
    """Every value of a configuration that holds the mark."""
    for value in environment.values():
        if value.startswith("{"):
            yield from json.loads(value).values()
        elif MARK in value:
            yield value
