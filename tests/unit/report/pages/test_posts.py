"""The page on posts: the goal's measure at one age, the highest first, and nothing that others wrote."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.report.pages.conftest import insert
from tests.unit.report.pages.making import files, said


def post(
    con, number: int, contacts: float | None, *, metric: str = "views", platform: str = "facebook", **columns
) -> None:
    post_id = f"{platform}:{number}"
    insert(
        con,
        "post",
        {
            "post_id": post_id,
            "platform": platform,
            "unit_id": "u9",
            "media_type": "photo",
            "permalink": f"https://x.example/{number}",
            "published_at": datetime(2025, 3, number, 12, tzinfo=UTC),
            **columns,
        },
    )
    insert(con, "post_goal", {"post_id": post_id, "goal_id": "answers"})
    insert(
        con,
        "post_at_age",
        {
            "post_id": post_id,
            "metric": metric,
            "age_hours": 168,
            "value": contacts,
            "state": "missing" if contacts is None else "measured",
        },
    )


def test_the_highest_stand_before_the_typical_and_a_post_without_a_figure_is_in_neither(con):
    for number, contacts in enumerate([100, 200, 300, 400, 500, 600, 700, 800, 9000, None], start=1):
        post(con, number, contacts)
    words = said(files(con)["sv/posts.html"])
    assert "9 av 10 inlägg har en siffra" in words
    assert "medianen är 500" in words
    assert words.index("9 000") < words.index("800") < words.index("typiskt")
    assert "u9, 10 mars" not in words


def test_impressions_never_stand_in_for_views(con):
    post(con, 1, 100)
    post(con, 2, 77777, metric="impressions")
    post(con, 3, 44, metric="impressions", platform="x")
    words = said(files(con)["sv/posts.html"])
    assert "1 av 2 inlägg" in words
    assert "77 777" not in words
    assert "Facebook: visningar, X: exponeringar" in words


def test_a_post_that_is_gone_or_has_no_safe_address_is_named_and_not_linked(con):
    post(con, 1, 100, deleted_seen_at=datetime(2025, 4, 1, tzinfo=UTC))
    post(con, 2, 200, permalink="javascript:alert(5)")
    html = files(con)["sv/posts.html"]
    assert "x.example/1" not in html
    assert "javascript:" not in html
    assert "(borttaget)" in html
    assert "(adress saknas)" in html


def test_a_platform_whose_posts_have_no_figure_says_so(con):
    post(con, 1, None)
    assert "Inget av 1 inlägg har en siffra" in said(files(con)["sv/posts.html"])


def test_a_goal_judged_by_acts_shows_acts_per_thousand_contacts_and_never_of_few_contacts(con):
    con.execute("update published.kpi_basis set measure = 'engagement_ratio', numerators = 'likes,comments'")
    for number, contacts in ((1, 2000.0), (2, 99.0)):
        post(con, number, contacts)
        for metric, value in (("reactions", 30.0), ("comments", 10.0)):
            insert(
                con,
                "post_at_age",
                {
                    "post_id": f"facebook:{number}",
                    "metric": metric,
                    "age_hours": 168,
                    "value": value,
                    "state": "measured",
                },
            )
    words = said(files(con)["sv/posts.html"])
    assert "reaktioner, kommentarer per 1 000 kontakter" in words
    assert "1 av 2 inlägg har en siffra" in words
    assert "medianen är 20." in words
