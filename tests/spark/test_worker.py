"""A worker of Sail's is killed: Spark's client is told of an error, and Syfte of none."""

from __future__ import annotations

from pipelines.spark.models import Engine
from pipelines.warehouse.connection import open_writer
from tests.spark.pods import running_pods

QUERY = """
select first.i % 7 as rest, count(*) as n, sum(first.i * second.i) as product
from config.numbers as first
inner join config.numbers as second on first.i = second.i
group by first.i % 7
"""


class Killing(Engine):
    """Kills a worker in the middle of the second query: when its rows are about to be written."""

    asked = 0

    def _written(self, rows):
        self.asked += 1
        if self.asked == 2:
            self.pods[0].kill()
            self.pods[0].wait()
        return super()._written(rows)


def test_a_worker_that_is_killed_costs_time_and_no_row(tmp_path):
    with running_pods(tmp_path) as (remote, pods), open_writer(tmp_path / "w.duckdb") as con:
        con.execute("create table config.numbers as select i from range(200_000) as numbers (i)")
        engine = Killing(remote, tmp_path / "handed")
        engine.pods = pods
        rows = con.execute(QUERY + "order by all").fetchall()
        for _ in range(3):
            select, _ = engine.answered(con, "kpi.kpi_x", QUERY)
            assert con.execute(f"from ({select}) order by all").fetchall() == rows
        engine.close()
    assert engine.asked > 3, "the kill was not noticed"
    assert pods[0].poll() is not None
