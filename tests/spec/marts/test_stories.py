"""Stories: what was read of them before they vanished, and what nobody was told."""

from __future__ import annotations

from tests.spec.staging.raw_rows import land
from tests.spec.tables import build, load, query

SPLIT = {"value": 25, "breakdowns": [{"dimension_keys": ["story_navigation_action_type"],
         "results": [{"dimension_values": ["tap_forward"], "value": 20}]}]}  # fmt: skip


def lifetime(name, value):
    return {"name": name, "period": "lifetime", "values": [{"value": value}]}


def story(native_id, status, *data):
    return {"id": native_id, "status": status, "media_type": "IMAGE", "timestamp": "2026-03-01T23:00:00+0000",
            **({"data": list(data)} if status == "ok" else {})}  # fmt: skip


def test_the_last_figures_stand_and_a_story_that_hardly_anybody_saw_is_not_offered_and_not_zero(con):
    first = story("7", "not_offered"), story("8", "not_offered"), story("9", "ok", lifetime("views", 40))
    land(con, "raw.instagram__stories", *first, account_id="instagram:1", at="2026-03-02 00:00:00Z")
    later = (
        story("7", "ok", lifetime("views", 90), lifetime("reach", None)),
        story("8", "not_offered"),
        story("9", "ok", lifetime("views", 60), {"name": "navigation", "period": "lifetime", "total_value": SPLIT}),
    )
    land(con, "raw.instagram__stories", *later, account_id="instagram:1", at="2026-03-02 05:00:00Z", page_id="p2")
    gone = story("9", "not_found")
    land(con, "raw.instagram__stories", gone, account_id="instagram:1", at="2026-03-03 05:00:00Z", page_id="p3")
    load(con, "marts.dim_account", "account_id, unit_id", "a|u\n-\ninstagram:1|north")
    build(con, "staging.stg_instagram__stories", "marts.fct_story_figure", "published.story_metric")
    columns = "story_id, unit_id, metric, native_metric, value, state, age_hours"
    assert query(con, f"select {columns} from published.story_metric order by 1, 4") == [
        ("instagram:7", "north", "reach_post", "reach", "", "missing", "6"),
        ("instagram:7", "north", "views", "views", "90", "measured", "6"),
        ("instagram:8", "north", "", "", "", "not_offered", "6"),
        ("instagram:9", "north", "navigation", "navigation", "25", "measured", "6"),
        ("instagram:9", "north", "views", "views", "60", "measured", "6"),
    ]
