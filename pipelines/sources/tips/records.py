"""What may be kept of a tip: an already stripped row. Nothing that could lead to a person has a field here.

The closed lists are strict: a word that is not in them puts the row in quarantine (without its content, because the
stream is sensitive). An hour that is not whole is refused as well: a minute is more than the method needs.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from pipelines.sources.stream import Record

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

Hour = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:00(:00(\.0+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$")
]
"""An instant cut to the hour, with its offset: `2026-11-20T09:00:00Z`."""


class Tip(Record):
    """One tip, by a random id that the intake made up.

    Args:
        received_hour: the instant, cut to the hour.
        unit: the unit that received it, `units.unit_id`.
        ref_code: from the short link that the person followed.
        appeal_id: the appeal it answers, looked up inside the intake.
        heard_via: where the person says they learned of it; None where nobody asked.
    """

    tip_id: Key
    received_hour: Hour
    unit: Key | None = None
    channel: Literal["web_form", "phone", "front_desk", "direct_message"] | None = None
    ref_code: Key | None = None
    appeal_id: Key | None = None
    heard_via: Literal["facebook", "instagram", "x", "press", "own_observation", "other"] | None = None
    disposition: Literal["unassessed", "not_useful", "useful", "led_to_action"] | None = None
