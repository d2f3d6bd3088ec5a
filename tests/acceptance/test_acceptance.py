"""METHOD section 9 on one world; `make acceptance` has more."""

from __future__ import annotations

import pytest

from tests.acceptance.checks import all_checks
from tests.acceptance.worlds import CASES, measure


@pytest.mark.slow
def test_the_first_world_is_measured_as_it_is(tmp_path):
    checks = list(all_checks(measure(CASES[0], tmp_path)))
    assert len(checks) > 25
    assert [check for check in checks if not check.holds] == []
