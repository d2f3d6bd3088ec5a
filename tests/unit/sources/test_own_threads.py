from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.own_threads import Knot, standing_under


def test_what_hangs_below_a_continuation_of_ours_is_its_own():
    knots = [
        Knot("question", "root", False),
        Knot("answer", "question", True),
        Knot("thanks", "answer", False),
        Knot("second", "root", True),
        Knot("under second", "second", False),
        Knot("third", "second", True),
        Knot("orphan", "gone", False),
        Knot("unsaid", None, False),
    ]
    assert standing_under("root", knots) == {"question", "answer", "thanks", "orphan", "unsaid"}
    assert standing_under("second", [knot for knot in knots if knot.id in ("under second", "third")]) == {
        "under second"
    }


ids = st.sampled_from("abcdef")


@given(st.lists(st.builds(Knot, ids, st.none() | ids | st.just("root"), st.booleans())))
def test_no_tree_and_no_circle_stops_the_reading(knots):
    assert standing_under("root", knots) <= {knot.id for knot in knots}
