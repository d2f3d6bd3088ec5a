"""No model adds up unique figures (METHOD section 2): the finder is fooled in every way we could think of, then trusted."""

from __future__ import annotations

import graphlib

import pytest
import sqlglot

from pipelines.warehouse.build import load_models
from pipelines.warehouse.model import SqlModel
from tests.spec.tables import SQL
from tests.spec.uniques import Held, held, sums_of_uniques

ALLOWED = {
    "kpi.kpi_account_reach_bounds": (
        {"SUM(CAST(reaches.reach AS DECIMAL(38, 9)))"},
        "the sum of the posts' reaches is the most that their union can be: an upper bound, never a number of people",
    ),
    "kpi.kpi_advice_visits_cells": (
        {"SUM(CAST(reaches.reach * goals.weight AS DECIMAL(38, 9)))"},
        "the denominator of a rate per reach (METHOD 4.3), over the posts that share one link",
    ),
    "kpi.kpi_unit_reach_bounds": (
        {"SUM(CAST(high AS DECIMAL(38, 9)))"},
        "the accounts' upper bounds together are an upper bound of the unit's",
    ),
    "kpi.kpi_reach_estimates": (
        {"SUM(low)", "SUM(high)"},
        "means of unit-months' shares, bound by bound; nobody is counted",
    ),
}
"""Model -> the very sums it may hold, and why."""

RATES = {("kpi.kpi_engagement_ratio_cells", "denominator"), ("kpi.kpi_advice_visits_cells", "denominator")}
"""Where a post's reach becomes the denominator of a pooled rate, acts per account reached (METHOD 4.4): a sum of meetings
between posts and accounts, published as no number of people. What is made of it is not followed further."""

SNAPSHOT = {"marts.fct_post_snapshot": {"value": "mixed"}, "marts.fct_post_reach": {"reach": "unique"}}


def every_model() -> tuple[dict[str, list[str]], dict[str, Held]]:
    """Sums of uniques of every SQL model, and what every table's columns hold."""
    models = load_models(SQL)
    graph = {name: [d for d in model.depends if d in models] for name, model in models.items()}
    tables: dict[str, Held] = {}
    found: dict[str, list[str]] = {}
    for name in graphlib.TopologicalSorter(graph).static_order():
        model = models[name]
        if isinstance(model, SqlModel):
            tree = sqlglot.parse_one(model.sql, read="duckdb")
            found[name] = sums_of_uniques(tree, tables)
            holds = held(tree, tables)
            tables[name] = {column: what for column, what in holds.items() if (name, column) not in RATES}
    return found, tables


FOUND, TABLES = every_model()


def test_no_model_adds_up_uniques_but_as_the_bound_that_is_defined_so():
    assert {name: set(sums) for name, sums in FOUND.items() if sums} == {
        name: sums for name, (sums, _) in ALLOWED.items()
    }


def test_the_finder_follows_the_figures_through_the_models():
    assert TABLES["marts.fct_post_snapshot"] == {"value": "mixed"}
    assert TABLES["marts.fct_post_reading"] == {}  # counters only
    assert TABLES["marts.fct_post_reach"] == {"reach": "unique"}
    assert TABLES["marts.fct_account_daily"]["value"] == "mixed"
    assert {"low", "high"} <= set(TABLES["published.account_reach_bounds"])


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(value) from t where metric = 'reach_post'",
        "select sum(case when metric in ('views', 'reach_window') then value end) from t",
        "select sum(value) filter (where kind = 'unique') from t",
        "select sum(reach_post) from t",
        # nothing says that the rows may be added
        "select sum(value) from marts.fct_post_snapshot",
        "select avg(value) from marts.fct_post_snapshot",
        "select sum(s.value) from marts.fct_post_snapshot as s where s.platform = 'facebook'",
        "select sum(value) from staging.stg_x__post_readings",
        "select sum(value) from staging.stg_facebook_pages__account_windows group by account_id",
        # under another name
        "with a as (select value as figure from marts.fct_post_snapshot) select sum(figure) from a",
        "with a as (select reach as n from marts.fct_post_reach), b as (select n as m from a) select sum(m) from b",
        "select sum(x.n) from (select reach as n from marts.fct_post_reach) as x",
        "with a as (select * from marts.fct_post_reach) select sum(reach) from a",
        "with a as (select r.* from marts.fct_post_reach as r) select sum(a.reach) from a",
        "with a as (select max(reach) as widest from marts.fct_post_reach group by post_id) select sum(widest) from a",
        "with a as (select max_by(value, t) as v from marts.fct_post_snapshot group by post_id) select sum(v) from a",
        # through a union, in a column of the other side's name
        "with a as (select 1 as acts union all select reach from marts.fct_post_reach) select sum(acts) from a",
        # in a window, a filter, a case, a cast, a product
        "select sum(reach) over (partition by post_id order by read_at) from marts.fct_post_reach",
        "select cast(sum(cast(reach as decimal(38, 9))) as double) from marts.fct_post_reach",
        "select sum(reach * 1.0) from marts.fct_post_reach",
        "select sum(coalesce(reach, 0)) from marts.fct_post_reach",
        "select sum(case when is_boosted then 0 else reach end) from marts.fct_post_reach",
        "select sum(reach / population) from marts.fct_post_reach",
        "select sum(value) filter (where platform = 'x') from marts.fct_post_snapshot",
        "select list_sum(array_agg(reach)) from marts.fct_post_reach",
        "with a as (select array_agg(reach) as them from marts.fct_post_reach) select list_sum(them) from a",
        # by hand
        "select a.reach + b.reach from marts.fct_post_reach as a inner join marts.fct_post_reach as b on a.x = b.x",
        "select reach_organic + reach_paid from t",
        # over a join, where another table's metric is narrowed
        "select sum(s.value) from marts.fct_post_snapshot as s inner join d on s.metric = d.metric",
        "select sum(s.value) from marts.fct_post_snapshot as s inner join d on s.x = d.x where d.metric = 'views'",
        # conditions that narrow nothing
        "select sum(value) from marts.fct_post_snapshot where metric = 'views' or platform = 'x'",
        "select sum(value) from marts.fct_post_snapshot where metric <> 'views'",
        "select sum(value) from marts.fct_post_snapshot where not metric = 'views'",
        "select sum(value) from marts.fct_post_snapshot where metric <> 'reach_post'",  # reach_window is left
        "select sum(value) from marts.fct_post_snapshot where metric in ('views', 'reach_post')",
        "select sum(value) from marts.fct_post_snapshot where kind in ('counter', 'unique')",
        # in a subquery, having and qualify
        "select (select sum(reach) from marts.fct_post_reach) as people",
        "select post_id from marts.fct_post_reach group by post_id having sum(reach) > 10",
        "select a.p from (select post_id as p, (select sum(reach) from marts.fct_post_reach) as n from d) as a",
    ],
)
def test_a_sum_of_uniques_is_found_under_any_name(sql):
    assert sums_of_uniques(sqlglot.parse_one(sql, read="duckdb"), SNAPSHOT)


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(value) from marts.fct_post_snapshot where metric = 'views'",
        "select sum(value) from marts.fct_post_snapshot where metric in ('views', 'shares') and platform = 'x'",
        "select sum(s.value) from marts.fct_post_snapshot as s where s.kind in ('counter', 'reversible')",
        "select sum(value) from marts.fct_post_snapshot where kind <> 'unique'",
        "select sum(value) filter (where metric = 'comments') from marts.fct_post_snapshot",
        "select sum(case when metric = 'views' then value else 0 end) from marts.fct_post_snapshot",
        "select sum(case metric when 'views' then value end) from marts.fct_post_snapshot",
        "select max(reach), min(reach), count(reach), count(*) from marts.fct_post_reach",
        "select sum(case when reach > 100 then 1 else 0 end) from marts.fct_post_reach",
        "with a as (select value from marts.fct_post_snapshot where kind = 'counter') select sum(value) from a",
        "select sum(gain) from marts.fct_post_daily",
        "select bool_or(reach > 3) from marts.fct_post_reach",
    ],
)
def test_what_may_be_added_is_not_found(sql):
    assert sums_of_uniques(sqlglot.parse_one(sql, read="duckdb"), SNAPSHOT) == []
