"""A real Superset reads the demo's published file and PostgreSQL, by what docs/dashboards/superset.md says and no more."""

from __future__ import annotations

import json
import os
import re
import shutil
import urllib.error
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from tests.integration.postgres import OWNER, SECRET, running_postgres
from tests.integration.projects import syfte
from tests.recipes import PAGES, recipes
from tests.superset.server import running_superset

PAGE = (PAGES / "superset.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def superset(tmp_path_factory):
    with running_superset(tmp_path_factory.mktemp("superset")) as superset:
        yield superset


@pytest.fixture(scope="module")
def places(superset, tmp_path_factory):
    """The demo's published file, in a folder where it may be replaced, and a PostgreSQL that it was pushed to."""
    folder = tmp_path_factory.mktemp("demo")
    given = os.environ.get("SUPERSET_DEMO")
    demo = Path(given).resolve() if given else folder / "demo"
    if not given:
        made = syfte(folder, "demo", "--dir", demo)
        assert made.returncode == 0, made.stderr
    shutil.copy(demo / "data/published/syfte.duckdb", folder / "syfte.duckdb")
    with running_postgres() as server:
        database = server.new_database("syfte")
        pushed = syfte(demo, "publish", "--to", server.url(database), PGPASSWORD=SECRET)
        assert pushed.returncode == 0, pushed.stderr
        at = f"{OWNER}:{quote(SECRET, safe='')}@127.0.0.1:{server.port}/{database}"
        yield {"DuckDB file": str(folder / "syfte.duckdb"), "PostgreSQL": at}


@pytest.fixture(scope="module", params=["DuckDB file", "PostgreSQL"])
def way(request, superset, places):
    """A database of Superset's, made as the page's table says, and the schema's name there."""
    _, uri, extra, _ = next(
        [cell.strip(" `") for cell in line.split("|")][1:]
        for line in PAGE.splitlines()
        if line.startswith(f"| {request.param}")
    )
    place = places[request.param]
    uri = uri.replace("/srv/syfte/data/published/syfte.duckdb", place)
    uri = re.sub(r"dashboards:.*", lambda _: place, uri)
    told = {"database_name": request.param, "sqlalchemy_uri": uri, "expose_in_sqllab": True}
    if extra:
        told["extra"] = json.dumps({"engine_params": json.loads(extra)})
    made = superset.call("POST", "/api/v1/database/", told)
    yield made["id"], "syfte.published" if request.param == "DuckDB file" else "published"
    for kind in ("chart", "dataset"):
        for number in superset.call("GET", f"/api/v1/{kind}/")["ids"]:
            superset.call("DELETE", f"/api/v1/{kind}/{number}")


@pytest.fixture
def truth(places):
    with duckdb.connect(places["DuckDB file"], read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


def test_superset_lists_the_schema_and_every_table(superset, way, truth):
    database, schema = way
    assert schema in superset.call("GET", f"/api/v1/database/{database}/schemas/")["result"]
    listed = superset.call("GET", f"/api/v1/database/{database}/tables/?q=(schema_name:{schema})")["result"]
    names = {name for (name,) in truth.execute("select table_name from duckdb_tables()").fetchall()}
    assert names <= {one["value"] for one in listed}


def recipe() -> dict[str, object]:
    """What the page's *First chart* says, step by step."""
    said = PAGE.split("## First chart")[1].split("##")[0]
    filters = []
    for one in re.search(r"Filters: (.*)", said)[1].split("`")[1::2]:
        column, word = one.split(maxsplit=1)
        filters.append(
            {"col": column, "op": "IS NULL"}
            if word == "is null"
            else {"col": column, "op": "==", "val": word.removeprefix("= ")}
        )
    return {
        "table": re.search(r"table `(\w+)`", said)[1],
        "x": re.search(r"x-axis `(\w+)`", said)[1],
        "metric": re.search(r"metric `([^`]+)`", said)[1],
        "dimension": re.search(r"dimension `(\w+)`", said)[1],
        "filters": filters,
    }


def test_the_chart_of_the_recipe_shows_what_the_table_holds(superset, way, truth):
    database, schema = way
    said = recipe()
    assert len(said["filters"]) == 5
    dataset = superset.call(
        "POST", "/api/v1/dataset/", {"database": database, "schema": schema, "table_name": said["table"]}
    )["id"]
    metric = {"expressionType": "SQL", "sqlExpression": said["metric"], "label": "value"}
    axis = {"expressionType": "SQL", "sqlExpression": said["x"], "label": said["x"], "columnType": "BASE_AXIS"}
    source = {"id": dataset, "type": "table"}
    query = {"columns": [axis, said["dimension"]], "metrics": [metric], "filters": said["filters"], "row_limit": 10000}
    asked = {"datasource": source, "queries": [query], "result_format": "json", "result_type": "full"}
    form = {
        "viz_type": "echarts_timeseries_line", "datasource": f"{dataset}__table", "x_axis": said["x"],
        "metrics": [metric], "groupby": [said["dimension"]],
    }  # fmt: skip
    chart = superset.call("POST", "/api/v1/chart/", {
        "slice_name": "Answered within a day", "viz_type": form["viz_type"], "datasource_id": dataset,
        "datasource_type": "table", "params": json.dumps(form), "query_context": json.dumps(asked),
    })["id"]  # fmt: skip
    [result] = superset.call("GET", f"/api/v1/chart/{chart}/data/?force=true")["result"]
    shown = {
        (datetime.fromtimestamp(row[said["x"]] / 1000, UTC).date(), row[said["dimension"]]): row["value"]
        for row in result["data"]
    }
    held = truth.execute("""
        select period_end, goal_id, value from published.kpi_period
        where kpi_id = 'A2' and grain = 'week' and unit_id is null and platform is null and state = 'measured'
    """).fetchall()
    assert len(held) > 20
    assert shown == {(day, goal): value for day, goal, value in held}


def test_sql_lab_answers_the_pages_queries_as_the_tables_do(superset, way, truth):
    database, _ = way
    asked = [query for page, query in recipes() if page == "superset"]
    for query in asked:
        found = superset.ask(database, query)
        cursor = truth.execute(query)
        names = [column[0] for column in cursor.description]
        held = cursor.fetchall()
        assert held
        assert sorted(_row(row, names) for row in found) == sorted(
            _row(dict(zip(names, one, strict=True)), names) for one in held
        )


def test_every_recipe_finds_something_in_the_demo(superset, way):
    database, _ = way
    for page, query in recipes():
        assert superset.ask(database, query), (page, query)


def test_sql_lab_writes_nothing(superset, way):
    with pytest.raises(urllib.error.HTTPError):
        superset.ask(way[0], "drop table published.kpi_period")
    assert superset.ask(way[0], "select count(*) as n from published.kpi_period")[0]["n"] > 0


def test_a_new_publication_shows_at_once(superset, way, places):
    if way[1] == "published":
        pytest.skip("of PostgreSQL, tests/integration/test_postgres.py shows it")
    path = Path(places["DuckDB file"])
    draft = path.with_suffix(".new")
    shutil.copy(path, draft)
    before = "select count(*) as n from published.kpi_period"
    counted = superset.ask(way[0], before)[0]["n"]
    with duckdb.connect(draft) as con:
        con.execute("delete from published.kpi_period where grain = 'week'")
        [(left,)] = con.execute(before).fetchall()
    kept = shutil.copy(path, path.with_suffix(".kept"))
    draft.replace(path)
    try:
        assert superset.ask(way[0], before)[0]["n"] == left < counted
    finally:
        Path(kept).replace(path)


def _row(row: dict[str, object], names: list[str]) -> str:
    return repr([_plain(row[name]) for name in names])


def _plain(value: object) -> str:
    """A value as text; midnight is the date, since months of DuckDB are dates and PostgreSQL's are instants."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.9g}"
    return re.sub(r"[ T]00:00:00$", "", str(value).removesuffix("+00:00"))
