"""What may be kept of a tip: an already stripped row. Nothing that could lead to a person has a field here.

Labels are closed lists (`sources.tip_labels`): a word that is not in its list becomes `other`, or nothing, and is
counted, and so is a code that is a sentence; the tip itself counts. An hour that is not whole is refused: a minute is
more than the method needs.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipelines.sources.stream import Record
from pipelines.sources.tip_labels import coded, labelled

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

Label = Annotated[str, msgspec.Meta(max_length=200)]

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
        unknown_labels: how many of the row's labels were not in their list, or codes none; ours, whatever comes.
    """

    tip_id: Key
    received_hour: Hour
    unit: Key | None = None
    channel: Label | None = None
    ref_code: Key | None = None
    appeal_id: Key | None = None
    heard_via: Label | None = None
    disposition: Label | None = None
    unknown_labels: int | None = None

    def __post_init__(self) -> None:
        """Put the labels in one spelling, and count those that are not in their list and codes that are none."""
        self.channel, knows_channel = labelled("channel", self.channel)
        self.heard_via, knows_heard_via = labelled("heard_via", self.heard_via)
        self.disposition, knows_disposition = labelled("disposition", self.disposition)
        self.ref_code, is_ref_code = coded(self.ref_code)
        self.appeal_id, is_appeal_id = coded(self.appeal_id)
        known = [knows_channel, knows_heard_via, knows_disposition, is_ref_code, is_appeal_id]
        self.unknown_labels = known.count(False) or None
