"""The closed lists of words that may be said of a tip, for every way in which tips come.

A tip counts whatever its labels say: a word that is not in its list becomes `other`, or nothing where there is no such
word, and the word itself is not kept, for it could be anything.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

TipChannel = Literal["web_form", "phone", "front_desk", "direct_message", "email", "letter", "other"]
HeardVia = Literal[
    "facebook", "instagram", "x", "youtube", "threads", "tiktok", "linkedin", "mastodon", "bluesky",
    "press", "own_observation", "other",
]  # fmt: skip
Disposition = Literal["unassessed", "not_useful", "useful", "led_to_action"]

CHOICES: dict[str, tuple[str, ...]] = {
    "channel": get_args(TipChannel),
    "heard_via": get_args(HeardVia),
    "disposition": get_args(Disposition),
}
SYNONYMS = {"web": "web_form", "telephone": "phone", "dm": "direct_message", "reception": "front_desk"}
"""Other words for the labels we know."""

CODES = ("ref_code", "appeal_id")
"""What names a link or an appeal: a short code, never a sentence."""

CODE = r"^[\w.:/#-]{1,64}$"

_GAPS = re.compile(r"[\s-]+")


def labelled(field: str, given: str | None) -> tuple[str | None, bool]:
    """A label in one spelling, and whether it was known.

    Args:
        field: `channel`, `heard_via` or `disposition`.
        given: the word as it came; None or blank where nobody said.
    """
    plain = _GAPS.sub("_", (given or "").strip().lower())
    if not plain:
        return None, True
    plain, choices = SYNONYMS.get(plain, plain), CHOICES[field]
    if plain in choices:
        return plain, True
    return ("other" if "other" in choices else None), False


def coded(given: str | None) -> tuple[str | None, bool]:
    """A code, and whether it is one; a text that could be anything is not kept.

    Args:
        given: `ref_code` or `appeal_id` as it came; None or blank where there is none.
    """
    plain = (given or "").strip()
    if not plain or re.match(CODE, plain):
        return plain or None, True
    return None, False
