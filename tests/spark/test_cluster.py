"""The same on a real Spark: master, two workers, Connect. A worker killed in the middle costs time and no row."""

from __future__ import annotations

from tests.spark.cluster import kill, running_cluster
from tests.spark.test_same_rows import FIRST, Asked, built_by_both, project  # noqa: F401  # a fixture

KILLED_AT = 60


def test_a_real_cluster_gives_duckdbs_rows_also_when_a_worker_is_killed(project, tmp_path, monkeypatch):  # noqa: F811
    one, _ = project
    with running_cluster(tmp_path) as (remote, workers):
        asked = Asked.answered

        def answered(self, con, name, sql):
            if len(self.names) == KILLED_AT:
                kill(workers[0])
            return asked(self, con, name, sql)

        monkeypatch.setattr(Asked, "answered", answered)
        day = built_by_both(one, remote, FIRST)
        assert [worker.poll() is None for worker in workers] == [False, True]
    assert len(day.asked) > 2 * KILLED_AT
    assert day.different == {}
