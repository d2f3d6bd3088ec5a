"""The writer of the warehouse takes as much memory as the settings say."""

from __future__ import annotations

import pytest

from pipelines.project import Project
from pipelines.run.healing import WarehouseHold


@pytest.mark.parametrize(("said", "is_limited"), [("SYFTE_MEMORY_LIMIT=1.5GB", True), ("", False)])
def test_a_hold_opens_the_warehouse_with_the_limit_that_is_set(tmp_path, said, is_limited):
    (tmp_path / ".env").write_text(said, encoding="utf-8")
    with WarehouseHold(Project(tmp_path)) as hold:
        [(limit,)] = hold.connection.execute("select current_setting('memory_limit')").fetchall()
        assert (limit == "1.3 GiB") == is_limited
