"""A query in Spark's words: each rule on its own, by what it says."""

from __future__ import annotations

import pytest
import sqlglot

from pipelines.spark.translating import to_spark, view_of


def said(sql: str) -> str:
    return to_spark(sql)[0]


def test_a_table_is_a_view_that_goes_by_its_own_name():
    text, tables = to_spark("with a as (select * from raw.x__posts) select dim_post.n from marts.dim_post, a")
    assert "FROM raw__x__posts AS x__posts" in text
    assert "FROM marts__dim_post AS dim_post" in text
    assert tables == ("marts.dim_post", "raw.x__posts")
    assert view_of("marts.dim_post") == "marts__dim_post"


def test_group_by_all_names_the_columns_that_are_no_aggregates():
    assert said("select a, b + 1 as c, sum(d) as e from t group by all").endswith("GROUP BY a, b + 1")
    assert said("select max(d) as e from t group by all").endswith("FROM t")
    inside = said("select * from (select a, count(*) as n from t group by all) as u")
    assert "GROUP BY a)" in inside


def test_group_by_all_beside_a_star_is_refused():
    with pytest.raises(sqlglot.UnsupportedError):
        to_spark("select t.*, count(*) as n from t group by all")


ONE_OF_EACH = "qualify row_number() over (partition by a order by b) = 1"


@pytest.mark.parametrize(
    "sql",
    [
        f"with c as (select * from t {ONE_OF_EACH}) select * from c union all select * from t",
        f"with c as (select * from t {ONE_OF_EACH}), u as (select a from t union all select * from c) select a from u",
        f"(select * from t {ONE_OF_EACH}) union all select * from t",
    ],
)
def test_a_star_beside_a_qualify_in_a_union_is_refused(sql):
    with pytest.raises(sqlglot.UnsupportedError, match="name the columns"):
        to_spark(sql)


def test_named_columns_beside_a_qualify_in_a_union_and_a_star_elsewhere_are_carried_over():
    assert "UNION ALL" in said(
        f"with c as (select a, b from t {ONE_OF_EACH}) select * from c union all select * from t"
    )
    assert "UNION" not in said(f"with c as (select * from t {ONE_OF_EACH}) select a from c")


def test_items_of_a_list_are_a_column_of_the_rows():
    text = said("select p.id, listed.item.name from p, unnest(p.items) as listed (item) where listed.item.n > 1")
    assert "FROM (SELECT *, EXPLODE(p.items) AS item FROM p) AS p WHERE item.n > 1" in text
    assert "item.name" in text


def test_what_has_the_largest_passes_over_null():
    assert "MAX_BY(a, b) FILTER(WHERE NOT a IS NULL)" in said("select max_by(a, b) as x from t")
    assert said("select min_by(a, b) filter (where a is not null) as x from t").count("IS NULL") == 1
    text = said("select min_by(a, b) filter (where b = 1) as x from t")
    assert "FILTER(WHERE b = 1 AND NOT a IS NULL)" in text


def test_a_filter_is_a_case():
    assert "SUM(CASE WHEN b > 0 THEN a END)" in said("select sum(a) filter (where b > 0) as x from t")
    assert "COUNT(CASE WHEN b > 0 THEN 1 END)" in said("select count(*) filter (where b > 0) as x from t")


def test_spans_are_counted_by_borders():
    assert "(UNIX_SECONDS(b) - UNIX_SECONDS(a))" in said("select date_diff('second', a, b) as x from t")
    assert "UNIX_MICROS(b) - UNIX_MICROS(a)" in said("select epoch_us(b) - epoch_us(a) as x from t")
    assert "DATEDIFF(b, a)" in said("select date_diff('day', a, b) as x from t")


def test_a_span_of_another_unit_is_refused():
    with pytest.raises(sqlglot.UnsupportedError):
        to_spark("select date_diff('month', a, b) as x from t")


def test_beyond_a_lists_end_is_null():
    assert "GET(a, 0)" in said("select a[1] as x from t")


def test_patterns_are_said_in_full():
    assert "RLIKE '^(?:a|b)$'" in said("select regexp_full_match(x, 'a|b') as y from t")
    assert "SPLIT(x, ' ')" in said("select string_split(x, ' ') as y from t")
    assert "SPLIT(x, '\\\\.')" in said("select string_split(x, '.') as y from t")


def test_a_sum_of_decimals_becomes_a_double_by_its_text():
    text = said("select cast(sum(cast(a as decimal(38, 9))) as double) as x from t")
    assert "CAST(CAST(SUM(CAST(a AS DECIMAL(38, 9))) AS STRING) AS DOUBLE)" in text
    assert "STRING" not in said("select cast(sum(a) as double) as x from t")
