"""A platform's insight day is not a local day: Meta's ends at Pacific midnight, nine hours off in Stockholm.

No model may hold the date of an account's figure against a date of another kind, unless it compares their zones too.
"""

from __future__ import annotations

import csv
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import build_scope

from pipelines.warehouse.build import load_models
from pipelines.warehouse.model import SqlModel
from tests.spec.tables import SQL

IN_THEIR_OWN_ZONE = ("marts.fct_account_figure", "marts.fct_account_daily", "published.account_daily")

ALLOWED = {
    "marts.fct_account_daily": "names the days of each series between its own first and last date; a name has no zone",
}


def mixed_days(sql: str) -> list[str]:
    """Comparisons of an account figure's date with another table's date, in a query that does not look at day_zone."""
    found: list[str] = []
    root = build_scope(sqlglot.parse_one(sql, read="duckdb"))
    dated: set[int] = set()
    for scope in root.traverse() if root else []:
        theirs = {
            alias
            for alias, source in scope.sources.items()
            if (isinstance(source, exp.Table) and f"{source.db}.{source.name}" in IN_THEIR_OWN_ZONE)
            or (not isinstance(source, exp.Table) and id(source.expression) in dated)
        }
        if not theirs:
            continue
        dated.add(id(scope.expression))
        others = set(scope.sources) - theirs
        joins = scope.expression.args.get("joins") or [] if isinstance(scope.expression, exp.Select) else []
        for condition in [j.args["on"] for j in joins if j.args.get("on")] + list(scope.expression.find_all(exp.Where)):
            columns = list(condition.find_all(exp.Column))
            if any(column.name == "day_zone" for column in columns):
                continue
            for comparison in condition.find_all(exp.EQ, exp.Between, exp.GT, exp.GTE, exp.LT, exp.LTE):
                days = [c for c in comparison.find_all(exp.Column) if c.name.endswith(("_date", "_start", "_end"))]
                if {d.table for d in days} & theirs and {d.table for d in days} & others:
                    found.append(comparison.sql())
        using = [j for j in joins if any(i.name.endswith("_date") for i in j.args.get("using") or [])]
        found += [join.sql() for join in using if not any(i.name == "day_zone" for i in join.args["using"])]
    return found


@pytest.mark.parametrize("name", [n for n, m in load_models(SQL).items() if isinstance(m, SqlModel)])
def test_a_model_holds_no_pacific_day_for_a_local_one(name):
    model = load_models(SQL)[name]
    assert isinstance(model, SqlModel)
    assert name in ALLOWED or mixed_days(model.sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from marts.fct_account_daily as a inner join seeds.calendar as c on a.local_date = c.local_date",
        "select 1 from marts.fct_account_daily as a inner join d on d.local_date between a.local_date and a.local_date",
        "select 1 from marts.fct_account_figure as a cross join d where a.local_date >= d.period_start",
        "select 1 from marts.fct_account_daily as a inner join d using (local_date)",
        "with a as (select local_date from marts.fct_account_daily) select 1 from a inner join d on a.local_date = d.t_date",
    ],
)
def test_a_pacific_day_held_for_a_local_one_is_found(sql):
    assert mixed_days(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from marts.fct_account_daily as a inner join d on a.local_date = d.day_date and a.day_zone = d.zone",
        "select 1 from marts.fct_account_daily as a where a.local_date >= date '2025-01-01'",
        "select 1 from marts.fct_account_daily as a inner join d on a.account_id = d.account_id",
    ],
)
def test_days_of_one_zone_may_meet(sql):
    assert mixed_days(sql) == []


def test_every_platform_s_day_is_named_and_meta_s_is_pacific():
    with (SQL / "seeds" / "platforms.csv").open(encoding="utf-8") as file:
        zones = {row["platform"]: row["insight_day_zone"] for row in csv.DictReader(file)}
    assert {p for p, zone in zones.items() if zone == "America/Los_Angeles"} == {
        "facebook", "instagram", "threads", "youtube",
    }  # fmt: skip
    assert {p for p, zone in zones.items() if not zone} == {"mastodon", "bluesky"}  # no figures per day
    for zone in filter(None, zones.values()):
        ZoneInfo(zone)
