"""Comments under posts as a platform lists them: people's, ours, and answers to answers.

Everything follows from a dialogue (`dialogue.py`) and the numbers of its entries: nothing is drawn here. A ninth of
what people write is first answered by another person; a seventh of those whom we answer thank us, one level down; spam
is taken away after six hours, and some comments by those who wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipelines.sandbox.calendar import DAY, HOUR, NEVER, whole
from pipelines.sandbox.dialogue import KINDS
from pipelines.sandbox.native_ids import account_id, comment_id, letters

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.sandbox.dialogue import Dialogue
    from pipelines.sandbox.units import Account, Platform

PEOPLE = 400
"""How many different people write; the same come back."""
_FIRST_NAMES = ("Alva", "Bo", "Cecilia", "Dag", "Elsa", "Farid", "Greta", "Hamid", "Ines", "Johan")
TEXTS = {
    "question": (
        "Hur gör jag för att boka tid för nytt pass?", "Vad gäller om man har tappat bort kvittot?",
        "När öppnar receptionen på lördag?", "Vart vänder jag mig om cykeln blev stulen?",
        "Får man ta med sig hunden dit?",
    ),
    "comment": (
        "Bra att ni finns där.", "Såg en vit bil vid torget i går kväll.", "Det här har jag väntat på.",
        "Tråkigt att höra.", "Heja er!",
    ),
    "spam": (
        "Snabba pengar https://snabba-pengar.example/nu", "VINN!!! https://vinster.example/gratis",
    ),
    "answer": (
        "Hej! Boka tid på webbplatsen, under Tjänster.", "Hej! Ring 114 14 så hjälper vi dig vidare.",
        "Hej! Receptionen är öppen 9-15 på vardagar.",
    ),
    "thanks": ("Tack för snabbt svar!", "Toppen, tack!"),
    "neighbour": ("Jag tror att man ringer 114 14.", "Det står på deras webbplats."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment or answer; instants are seconds UTC.

    Args:
        number: its own, in its world; larger is not always later.
        native_id: the platform's id.
        post: number of the post it stands under.
        parent: number of the comment it answers; None if it answers the post.
        parent_id: native id of that comment; None likewise.
        root: number of the comment under the post that its thread began with; its own if it is that.
        is_ours: whether the account itself wrote it.
        author_id: native id of who wrote it.
        author_name: their name. Invented, and to be treated as if it were not.
        author_handle: their name in addresses.
        kind: "question", "comment" or "spam"; ours are "comment".
        text: what it says.
        created_at: when.
        deleted_at: when it was taken away; `NEVER` if it stands.
    """

    number: int
    native_id: str
    post: int
    parent: int | None
    parent_id: str | None
    root: int
    is_ours: bool
    author_id: str
    author_name: str
    author_handle: str
    kind: str
    text: str
    created_at: int
    deleted_at: int


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody who writes, likes or passes on."""

    native_id: str
    name: str
    handle: str


def citizen(platform: Platform, number: int) -> Citizen:
    """A person on a platform, by a number."""
    name = f"{_FIRST_NAMES[number % len(_FIRST_NAMES)]} Testperson {number}"
    handle = f"testperson_{number}"
    if platform == "bluesky":
        handle = f"testperson{number}.exempel.example"
    native_id = account_id(platform, f"person {number}", 5_000 + number)
    return Citizen(f"urn:li:person:{letters(handle, 10)}" if platform == "linkedin" else native_id, name, handle)


class Conversation:
    """All comments under the posts of one world.

    Args:
        dialogue: who asked what when, and when we answered.
        author: the account that wrote a post, by the post's number.
        native_id: a post's native id, by its number.
    """

    def __init__(self, dialogue: Dialogue, author: Callable[[int], Account], native_id: Callable[[int], str]) -> None:
        self._dialogue, self._author, self._native_id = dialogue, author, native_id
        self._order = np.argsort(dialogue.post, kind="stable")
        self._sorted = dialogue.post[self._order]
        self._made: dict[int, tuple[Comment, ...]] = {}

    def ever(self, post: int) -> tuple[Comment, ...]:
        """All comments a post ever gets, oldest first."""
        if post not in self._made:
            low, high = np.searchsorted(self._sorted, [post, post + 1])
            thread = [comment for place in whole(self._order[low:high]) for comment in self._thread(place)]
            self._made[post] = tuple(sorted(thread, key=lambda comment: (comment.created_at, comment.number)))
        return self._made[post]

    def of(self, post: int, now: int) -> list[Comment]:
        """The comments that stand under a post at an instant, oldest first."""
        return [comment for comment in self.ever(post) if comment.created_at <= now < comment.deleted_at]

    def find(self, number: int) -> Comment | None:
        """A comment by its number."""
        place = number // 4
        if not 0 <= place < len(self._dialogue.post):
            return None
        return next((c for c in self.ever(int(self._dialogue.post[place])) if c.number == number), None)

    def _thread(self, place: int) -> list[Comment]:
        """One entry of the dialogue: what somebody wrote, and what came under it."""
        dialogue = self._dialogue
        asked, answered = int(dialogue.asked[place]), int(dialogue.answered[place])
        kind = KINDS[int(dialogue.kind[place])]
        is_answered = answered < NEVER
        gone = NEVER
        if kind == "spam" and not is_answered:
            gone = asked + 6 * HOUR
        elif kind == "comment" and not is_answered and place % 9 != 4 and place % 5 == 2:
            gone = asked + 2 * DAY
        first = self._make(place, 0, None, asked, kind=kind, person=place * 7 % PEOPLE, gone=gone)
        thread = [first]
        if place % 9 == 4 and kind != "spam":
            person = (place * 7 + 1) % PEOPLE
            thread.append(self._make(place, 2, first, asked + 11 * 60, kind="neighbour", person=person))
        if is_answered:
            answer = self._make(place, 1, first, answered, kind="answer", person=None)
            thread.append(answer)
            if place % 7 == 3:
                person = place * 7 % PEOPLE
                thread.append(self._make(place, 3, answer, answered + 15 * 60, kind="thanks", person=person))
        return thread

    def _make(
        self, place: int, part: int, parent: Comment | None, at: int, *, kind: str, person: int | None,
        gone: int = NEVER,
    ) -> Comment:  # fmt: skip
        post = int(self._dialogue.post[place])
        account, number = self._author(post), place * 4 + part
        who = (
            Citizen(account.local_id, account.name, account.handle)
            if person is None
            else citizen(account.platform, person)
        )
        texts = TEXTS[kind]
        return Comment(
            number=number,
            native_id=comment_id(
                account.platform,
                number,
                at,
                post=self._native_id(post),
                author=who.native_id,
                parent=parent.native_id if parent else None,
            ),
            post=post,
            parent=parent.number if parent else None,
            parent_id=parent.native_id if parent else None,
            root=parent.root if parent else number,
            is_ours=person is None,
            author_id=who.native_id,
            author_name=who.name,
            author_handle=who.handle,
            kind=kind if kind in KINDS else "comment",
            text=texts[place % len(texts)],
            created_at=at,
            deleted_at=gone,
        )
