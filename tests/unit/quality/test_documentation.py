"""The page says what the suites say."""

from __future__ import annotations

from pipelines.quality import SUITES
from pipelines.quality.documentation import PAGE, page
from pipelines.quality.expectations import KINDS
from pipelines.quality.own import TESTS


def test_the_page_is_up_to_date():
    """Write it anew with: python -m pipelines.quality.documentation."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_kind_that_a_suite_may_be_of_has_suites_and_every_test_is_described():
    assert {suite.kind for suite in SUITES} == set(KINDS) - {"own"}
    assert [name for name in TESTS if f"| `{name}` |" not in page()] == []
