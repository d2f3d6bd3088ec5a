"""One post, as its author knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.sandbox.units import Account


@dataclass(frozen=True, slots=True)
class Post:
    """One post, as its author knows it; instants are aware, UTC.

    Args:
        number: its place in the world, oldest first.
        native_id: the platform's id.
        account: whose it is.
        published_at: when it appeared.
        text: what it says.
        goals: goals it serves.
        ref_code: code of its own short link; None if it is no appeal.
        appeal_id: keyed hash of the case it asks about; None if it is no appeal.
        deleted_at: when it was taken away; None if it stands.
        hides_likes: whether the owner hides its like count.
        edited_at: when its text was changed; None if it never was.
        edited_text: what it says since.
        is_private: whether it was hidden, not deleted, at `deleted_at`.
        seconds: length of a video; 0 for what is none.
        is_short: whether the video is a Short.
        hides_comments: whether comments are switched off.
    """

    number: int
    native_id: str
    account: Account
    published_at: datetime
    text: str
    goals: tuple[str, ...]
    ref_code: str | None
    appeal_id: str | None
    deleted_at: datetime | None
    hides_likes: bool
    edited_at: datetime | None = None
    edited_text: str | None = None
    is_private: bool = False
    seconds: int = 0
    is_short: bool = False
    hides_comments: bool = False

    @property
    def post_id(self) -> str:
        """`platform:native_id`."""
        return f"{self.account.platform}:{self.native_id}"

    def text_at(self, at: datetime) -> str:
        """What it says at an instant."""
        is_edited = self.edited_at is not None and self.edited_at <= at
        return self.edited_text or self.text if is_edited else self.text
