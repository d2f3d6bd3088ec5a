"""Comments and answers, in the first three platforms' world and elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from pipelines.sandbox.calendar import NEVER, seconds
from pipelines.sandbox.conversation import TEXTS
from pipelines.sandbox.dialogue import KINDS
from pipelines.sandbox.units import ELSEWHERE, PLATFORMS
from pipelines.sources.comments import judged

LATE = seconds(datetime(2026, 4, 1, tzinfo=UTC))


def all_of(small, platform):
    world = small if platform in PLATFORMS else small.elsewhere
    return [
        (number, comment)
        for number in range(world.post_count)
        if world.author(number).platform == platform
        for comment in world.conversation.ever(number)
    ]


@pytest.mark.parametrize("platform", [*PLATFORMS, *ELSEWHERE])
def test_a_platform_has_every_kind_of_thread(small, platform):
    found = all_of(small, platform)
    comments = [comment for _, comment in found]
    by_number = {comment.number: comment for comment in comments}
    assert {comment.kind for comment in comments} == set(KINDS)
    assert any(comment.is_ours for comment in comments)
    answered_by_another = [c for c in comments if c.parent in by_number and not c.is_ours]
    assert any(not by_number[c.parent].is_ours for c in answered_by_another)  # a neighbour before us
    assert any(by_number[c.parent].is_ours for c in answered_by_another)  # thanks, one level down
    assert any(comment.deleted_at < NEVER for comment in comments)
    for comment in comments:
        if comment.parent is not None:
            parent = by_number[comment.parent]
            assert parent.native_id == comment.parent_id
            assert parent.created_at < comment.created_at
            assert parent.deleted_at >= NEVER
        assert by_number[comment.root].parent is None
    assert len({comment.author_id for comment in comments if not comment.is_ours}) > 10


@pytest.mark.parametrize("where", ["first", "elsewhere"])
def test_our_answers_are_those_of_the_dialogue(small, where):
    world = small if where == "first" else small.elsewhere
    dialogue = world.dialogue
    comments = [c for number in range(world.post_count) for c in world.conversation.ever(number)]
    ours = sorted(comment.created_at for comment in comments if comment.is_ours)
    assert ours == sorted(dialogue.answered[dialogue.answered < NEVER].tolist())
    asked = sorted(comment.created_at for comment in comments if comment.parent is None)
    assert asked == sorted(dialogue.asked.tolist())
    assert all(c.author_id == world.author(c.post).local_id for c in comments if c.is_ours)


def test_what_was_taken_away_stood_before(small):
    number, gone = next((n, c) for n, c in all_of(small, "mastodon") if c.deleted_at < NEVER)
    listed = small.elsewhere.comments_of
    assert gone not in listed(number, gone.created_at - 1)
    assert gone in listed(number, gone.created_at)
    assert gone not in listed(number, gone.deleted_at)


def test_the_products_rule_judges_every_text_as_it_was_meant():
    meant = TEXTS | {"comment": (*TEXTS["comment"], *TEXTS["thanks"], *TEXTS["neighbour"])}
    for kind in KINDS:
        assert {judged(text) for text in meant[kind]} == {kind}


def test_asking_twice_gives_the_same(small):
    number = int(np.bincount(small.dialogue.post).argmax())
    assert small.comments_of(number, LATE) == small.comments_of(number, LATE) != []
