"""Every target in one place: which figure of which work, held against what, and how good it must be.

A ratio compares two measurements of one run, so that it holds on any machine. Targets are judged at full size only.
"""

from __future__ import annotations

from dataclasses import dataclass

UNITS = {"cpu_s": "CPU s", "wall_s": "s", "peak_mb": "MB"}
"""Of the figures that every measurement has; the name of one that a work told itself says what it is."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is wanted.

    Args:
        work: what it is about, for people.
        ours: name of our measurement.
        figure: `cpu_s`, `wall_s`, `peak_mb`, or one that the work told.
        peers: names of the measurements shown beside it: what one would pick instead.
        floor: name of the measurement of what nobody can do without.
        against: the measurement that a ratio is of, one of these; None holds the figure itself to the bound.
        at_least: how many times less ours must be: `against / ours`.
        at_most: how many times more ours may be: `ours / against`; without `against`, the most it may be.
        reason: why it is missed, said if it is.
    """

    work: str
    ours: str
    figure: str = "cpu_s"
    peers: tuple[str, ...] = ()
    floor: str | None = None
    against: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    reason: str = ""


_PULL = "pull + land + load of 100,000 posts"
_PEERS = ("dlt Arrow", "dlt rest_api, jsonl", "dlt rest_api")

TARGETS: tuple[Target, ...] = (
    Target(work=_PULL, ours="pull", peers=_PEERS, floor="download", against="dlt rest_api", at_least=15),
    Target(
        work=_PULL,
        ours="pull",
        peers=_PEERS,
        floor="DuckDB scan of the pages",
        against="dlt Arrow",
        at_least=1.8,
        reason="the Arrow path trusts what it reads; we hold each object to its allow-list, and keep the pages",
    ),
    Target(
        work=_PULL,
        ours="pull",
        figure="peak_mb",
        peers=_PEERS,
        at_most=400,
    ),
    Target(work="the same, pull only, 50 ms latency", ours="pull, 50 ms", figure="over_ideal", at_most=1.3),
    Target(work="pull within a rate limit", ours="pull, rate limit", figure="over_ideal", at_most=1.1),
    Target(
        work="normalising and loading 1 M posts",
        ours="normalise and load",
        floor="DuckDB scan of the landing",
        against="DuckDB scan of the landing",
        at_most=2.5,
    ),
    Target(work="`syfte --help`", ours="syfte --help", figure="wall_s", at_most=0.15),
    Target(work="`syfte run` of the demo, nothing new", ours="run, nothing new", figure="wall_s", at_most=5),
    Target(work="the demo's scorecard", ours="scorecard query", figure="wall_s", at_most=0.05),
    Target(work="publishing 1 M KPI rows", ours="publish KPI rows", figure="wall_s", at_most=1),
    Target(
        work="all models in process, of twice their own time and 10 ms each",
        ours="build",
        figure="share of bound",
        at_most=1,
    ),
    Target(
        work="a night of 50,000 readings on 10 M",
        ours="deltas, one night more on 10 M",
        peers=("deltas, naive window over 10 M",),
        floor="deltas, scan of 10 M",
        at_most=1.0,
        reason="counters are summed over the whole history of the posts that were read, see docs/performance.md",
    ),
    Target(
        work="the same night on 100 M",
        ours="deltas, one night more on 100 M",
        peers=("deltas, one night more on 10 M",),
        against="deltas, one night more on 10 M",
        at_most=1.3,
    ),
    Target(
        work="deltas of 2 M readings, full build",
        ours="deltas, full build",
        peers=("deltas, naive window over all", "deltas, every table anew"),
        floor="deltas, scan of the same columns",
        against="deltas, naive window over all",
        at_least=2.5,
        reason="the build makes nine checked tables by all rules, the window one table by none of them",
    ),
    Target(
        work="bytes a stored reading, 100 M, all tables",
        ours="deltas, one night more on 100 M",
        figure="bytes a reading",
        at_most=24,
        reason="a reading lies in raw, staging and four marts",
    ),
)
