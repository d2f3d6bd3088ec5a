"""The benchmark's long histories are what the product makes of the same readings."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.increments import (
    begin,
    build_all_of_it,
    lengthen,
    make_every_table,
    take_night,
    with_what_they_read,
)
from pipelines.project import Project
from pipelines.warehouse.build import build
from pipelines.warehouse.connection import open_writer

READINGS = 40 * 30 * 8
"""One post a day."""


def test_a_history_that_is_put_together_is_what_a_build_gives_and_takes_the_next_night_in(tmp_path: Path):
    where, block = str(tmp_path), 2 * READINGS
    begin(folder=where, readings=block)
    build_all_of_it(folder=where)
    make_every_table(folder=where)  # beside it, into a file that goes again
    lengthen(folder=where, readings=block, held=block, wanted=3 * block)
    take_night(folder=where, readings=block, night=0, stored=3 * block)
    models = with_what_they_read()
    with open_writer(Project(tmp_path / "project").warehouse_path) as con:
        assert con.execute("select count(*) from ops.built where touched = 60").fetchall()[0][0] >= 5
        stood = {name: con.execute(f"from {name} order by all").fetchall() for name in models}
        for model in models.values():
            build(con, model, force=True)
        for name in models:
            assert con.execute(f"from {name} order by all").fetchall() == stood[name], name
        assert len(stood["marts.fct_post_reading"]) == 3 * block + 480


def test_a_block_that_has_had_a_night_more_is_not_put_in_again_unseen(tmp_path: Path):
    where = str(tmp_path)
    begin(folder=where, readings=READINGS)
    take_night(folder=where, readings=READINGS, night=0, stored=READINGS)
    with pytest.raises(RuntimeError, match=f"{3 * READINGS + 240 + 2 * 232} readings stored of {3 * READINGS}"):
        lengthen(folder=where, readings=READINGS, held=READINGS, wanted=3 * READINGS)
