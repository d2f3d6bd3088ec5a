"""The checker of recipes refuses what it should: a recipe that passes it has been looked at."""

from __future__ import annotations

import pytest

from tests.sums import refusals

OVER = [{"column": "unit_id"}, {"column": "local_date"}, {"column": "post_id", "condition": "additive_over_posts"}]
LAYER = {
    "metrics": [
        {"metric": "views", "additive_over_posts": True},
        {"metric": "reach", "additive_over_posts": False},
    ],
    "tables": {
        "days": {
            "key": ["unit_id", "local_date", "kind"],
            "columns": {
                "unit_id": {"role": "dimension", "total_when_null": "all"},
                "local_date": {"role": "time"},
                "kind": {"role": "dimension"},
                "tips": {"role": "measure", "may_be_summed_over": OVER[:2]},
                "share": {"role": "measure", "may_be_summed_over": []},
            },
        },
        "posts": {
            "key": ["post_id", "metric"],
            "columns": {
                "post_id": {"role": "dimension"},
                "metric": {"role": "dimension"},
                "value": {"role": "measure", "may_be_summed_over": OVER[2:]},
            },
        },
    },
}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select sum(tips) from days where unit_id is null and kind = 'a'", None),
        ("select kind, sum(tips) from days where unit_id is not null group by kind", None),
        ("select kind, sum(d.tips) from days as d where unit_id is null group by kind", None),
        ("select sum(tips) from days where kind = 'a'", "totals, which are summed with their parts"),
        ("select sum(tips) from days where unit_id is null", "summed over kind"),
        ("select sum(tips) from days where unit_id is null or kind = 'a'", "summed over kind"),
        ("select sum(share) from days where unit_id is null and kind = 'a'", "may never be summed"),
        ("select avg(tips) from days where unit_id is null and kind = 'a'", "never a mean"),
        ("select 1 from (select sum(share) from days) as x", "may never be summed"),
        ("select sum(value) from posts where metric = 'views'", None),
        ("select sum(value) from posts where metric = 'reach'", "does not hold of reach"),
        ("select sum(value) from posts", "summed over metric"),
    ],
)
def test_a_sum_is_allowed_only_where_the_layer_says_so(query, why):
    found = refusals(LAYER, query)
    assert bool(found) == bool(why)
    assert why is None or why in " ".join(found)
