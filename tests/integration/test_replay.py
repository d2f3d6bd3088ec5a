"""What was published is published for good: the history gives it back, and without the history the landing does."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.cli.scorecard import print_cards
from pipelines.errors import StorageError, UsageError
from pipelines.events import silent
from pipelines.landing import Publications
from pipelines.project import Project
from pipelines.run.building import run_project
from pipelines.run.comparing import compare
from pipelines.run.explaining import explain
from pipelines.run.importing import import_files
from pipelines.run.preparing import Past, prepare
from pipelines.run.reading import Scorecard, open_published, scorecard
from pipelines.sandbox import World, project_config, write_canonical
from pipelines.warehouse.build import build_all, load_models
from pipelines.warehouse.connection import open_writer
from pipelines.warehouse.publish import stamp
from tests.integration.projects import sandbox_project

if TYPE_CHECKING:
    from pipelines.cli.formats import Format

FORMATS: tuple[Format, ...] = ("table", "json", "csv", "markdown")
QUERIES = Path(__file__).parents[2] / "docs" / "queries.md"
DAYS = (date(2025, 12, 27), date(2026, 1, 2), date(2026, 1, 6))


@dataclass
class Life:
    """A project that was published on three days, and what was kept of each."""

    project: Project
    kept: dict[str, list[pl.DataFrame]]


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def set_clock(project: Project, now: datetime) -> None:
    path = project.root / ".env"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("SYFTE_NOW")]
    path.write_text("\n".join([*lines, f"SYFTE_NOW='{now.isoformat()}'", ""]), encoding="utf-8")


def printed(found: Scorecard, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for fmt in FORMATS:
        print_cards(found, fmt=fmt, lang="sv", units=True)
        said[fmt] = capsys.readouterr().out
    return said


def history(project: Project) -> dict[str, list[pl.DataFrame]]:
    return {
        name: [pl.read_parquet(path) for path in sorted((project.history_dir / name).glob("*.parquet"))]
        for name in ("goal_scorecard", "goal_verdict")
    }


def corrections(folder: Path) -> None:
    """What came later about what had been: a counter restated downwards, a tip judged anew, an answer logged late."""
    posts = pl.read_parquet(folder / "posts.parquet").sort("published_at")
    young = posts.filter(pl.col("published_at") < "2025-12-20").tail(1)["post_id"].item()
    known = pl.read_parquet(folder / "post_snapshots.parquet")
    series = known.filter((pl.col("post_id") == young) & pl.col("value").is_not_null()).sort("observed_at").tail(1)
    native, value = series["native_metric"].item(), series["value"].item()
    later = folder / "later"
    later.mkdir()
    (later / "post_snapshots.csv").write_text(
        "post_id,observed_at,native_metric,value\n"
        f"{young},2025-12-31T04:00:00Z,{native},{value + 100}\n"
        f"{young},2026-01-01T04:00:00Z,{native},{value + 60}\n",
        encoding="utf-8",
    )
    tips = pl.read_parquet(folder / "tips.parquet").filter(pl.col("received_at") >= "2025-01-01")
    tips.head(40).with_columns(pl.lit("useful").alias("disposition")).write_csv(later / "tips.csv")
    (later / "interactions.csv").write_text(
        "interaction_id,post_id,asked_at,answered_at,kind\n"
        f"late1,{young},2025-12-22T08:00:00Z,2025-12-22T09:00:00Z,question\n"
        f"late2,{young},2025-12-23T08:00:00Z,,question\n",
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    world = World(seed=3, scale=0.03)
    root = tmp_path_factory.mktemp("life")
    project = Project(sandbox_project(root / "project", project_config(world, "http://127.0.0.1:9"), at(DAYS[0])))
    shutil.rmtree(project.data, ignore_errors=True)
    for number, day in enumerate(DAYS):
        set_clock(project, at(day))
        if number < 2:
            write_canonical(world, root / f"export{number}", until=at(day))
            import_files(project, [root / f"export{number}"])
        if number == 1:
            goals = project.goals_path.read_text(encoding="utf-8")
            project.goals_path.write_text(goals.replace("settle_days: 3", "settle_days: 2"), encoding="utf-8")
        if number == 2:
            corrections(root / "export1")
            import_files(project, [root / "export1" / "later"])
            goals = project.goals_path.read_text(encoding="utf-8")
            project.goals_path.write_text(goals.replace("value: 0.75", "value: 0.95"), encoding="utf-8")
        run_project(project, pull=False, report=False)
    return Life(project, history(project))


def test_the_days_differ_so_that_there_is_something_to_replay(life):
    first, second, third = life.kept["goal_scorecard"]
    assert not first.drop("as_of").equals(second.drop("as_of"))
    assert not second.drop("as_of").equals(third.drop("as_of"))
    assert len({p.goals_sha256 for p in Publications(life.project.landing_dir).all()}) == 3


def test_without_its_history_every_publication_is_made_again_to_the_byte(life, capsys):
    """The printed scorecard in every format, and the rows that the Parquet files held."""
    said = {day: printed(scorecard(life.project, as_of=day), capsys) for day in DAYS}
    aside = life.project.history_dir.rename(life.project.history_dir.with_name("aside"))
    try:
        for number, day in enumerate(DAYS):
            found = scorecard(life.project, as_of=day)
            assert found.kpis.equals(life.kept["goal_scorecard"][number])
            assert found.goals.equals(life.kept["goal_verdict"][number])
            assert printed(found, capsys) == said[day]
    finally:
        aside.rename(life.project.history_dir)


def test_a_day_between_two_publications_has_the_earlier_one(life):
    found = scorecard(life.project, as_of=date(2026, 1, 4))
    assert found.kpis.equals(life.kept["goal_scorecard"][1])


def test_a_day_before_the_first_publication_is_judged_by_the_rows_known_then(life):
    whole = (pl.col("kpi_id") == "A2") & pl.col("unit_id").is_null()
    [a2] = scorecard(life.project, as_of=date(2025, 6, 30)).kpis.filter(whole).to_dicts()
    [later] = life.kept["goal_scorecard"][0].filter(whole).to_dicts()
    assert a2["as_of"] == datetime(2025, 6, 30, 21, 59, 59, 999999, tzinfo=UTC)
    assert a2["n"] is None or a2["n"] < later["n"]


def test_a_day_that_has_not_begun_is_refused(life):
    with pytest.raises(UsageError, match="has not begun"):
        scorecard(life.project, as_of=date(2026, 1, 7))
    assert scorecard(life.project, as_of=DAYS[-1]).kpis.equals(life.kept["goal_scorecard"][-1])


def test_a_day_before_anything_was_known_is_told(life):
    with pytest.raises(UsageError, match="Nothing had been read"):
        scorecard(life.project, as_of=date(2020, 1, 1))


def test_a_changed_edition_of_the_goals_is_not_used(life):
    publications = Publications(life.project.landing_dir)
    path = publications.goals(publications.all()[0].goals_sha256)
    content = path.read_bytes()
    path.write_bytes(content + b"# changed\n")
    try:
        with pytest.raises(StorageError, match="is not what was kept"):
            publications.goals(path.stem)
    finally:
        path.write_bytes(content)


def built(project: Project, folder: Path, threads: int) -> dict[str, list[str]]:
    """Every table of the marts, the KPIs and what is published, row by row as text, built with so many threads."""
    publications = Publications(project.landing_dir)
    last = publications.all()[-1]
    past = Past(publications.goals(last.goals_sha256), loaded=publications.loaded_at(last))
    with open_writer(folder / f"threads{threads}.duckdb") as con:
        con.execute(f"set threads = {threads}")
        prepare(con, project, as_of=last.as_of, on_event=silent, past=past)
        models = load_models()
        build_all(con, models)
        names = [name for name in models if name.split(".")[0] in ("marts", "kpi", "published")]
        # what is published keeps its order too
        sort = {name: "" if name.startswith("published.") else "order by 1" for name in names}
        return {
            name: [row[0] for row in con.execute(f"select t::varchar from {name} as t {sort[name]}").fetchall()]
            for name in names
        }


def test_one_thread_and_four_build_the_same_bytes(life, tmp_path):
    one, four = built(life.project, tmp_path, 1), built(life.project, tmp_path, 4)
    assert [name for name, rows in one.items() if rows != four[name]] == []
    assert any(one.values())


def test_the_sql_of_an_explanation_gives_the_value_and_a_replay_has_the_same_hash(life):
    with open_published(life.project) as con:
        kpis = [row[0] for row in con.execute("select distinct kpi_id from published.kpi_basis").fetchall()]
    found = [one for kpi in kpis for one in explain(life.project, kpi)]
    with open_published(life.project) as con:
        for one in found:
            asked = con.execute(one.query)
            answer = dict(zip([column[0] for column in asked.description], asked.fetchall()[0], strict=True))
            assert answer["value"] == pytest.approx(one.card["value"]), one.card["kpi_id"]
    measured = [one for one in found if one.card["state"] == "measured"]
    assert len(measured) >= 8
    assert all(one.basis["data_sha256"] and one.lineage for one in measured)
    assert all(step["table_name"].split(".")[0] != "kpi" or step["state"] for one in found for step in one.lineage)
    [again] = explain(life.project, "A2", as_of=DAYS[-1])
    [now] = [one for one in found if one.card["kpi_id"] == "A2"]
    assert again.basis == now.basis
    assert again.exclusions == now.exclusions
    # the state says how a table came to be; one brought up to date day by day has another than one made at once
    assert [{**step, "state": None} for step in again.lineage] == [{**step, "state": None} for step in now.lineage]


def test_an_explanation_of_an_unknown_kpi_or_unit_says_what_there_is(life):
    with pytest.raises(UsageError, match="no such KPI") as caught:
        explain(life.project, "Z9")
    assert "A2" in (caught.value.do or "")
    with pytest.raises(UsageError, match="nothing for that unit"):
        explain(life.project, "T1", unit="nowhere")


def test_every_changed_figure_is_a_revision_with_its_grounds(life):
    with open_published(life.project) as con:
        found = con.sql(
            "select kpi_id, unit_id, as_of_old, as_of_new, value_old, value_new, why from published.kpi_revision"
        ).pl()
    keys = ["goal_id", "kpi_id", "variant", "unit_id", "period_start"]
    compared = ["value", "low", "high", "verdict", "reasons"]
    changed = 0
    for old, new in pairwise(life.kept["goal_scorecard"]):
        both = old.join(new, on=keys, suffix="_new", nulls_equal=True)
        changed += sum(any(row[name] != row[f"{name}_new"] for name in compared) for row in both.iter_rows(named=True))
    assert found.height == changed > 0
    assert set(found["as_of_new"]) == {at(DAYS[1]), at(DAYS[2])}
    [a2] = found.filter(
        (pl.col("kpi_id") == "A2") & pl.col("unit_id").is_null() & (pl.col("as_of_new") == at(DAYS[2]))
    )["why"]
    assert "new_rows:files.interactions=2" in a2
    assert "late_rows:files.interactions=2" in a2
    assert "goals_changed:" in a2
    assert "model_changed" not in a2


def test_two_publications_are_compared_with_what_changed_in_goals_yaml_between_them(life):
    found = compare(life.project, DAYS[1].isoformat(), "now")
    second, third = life.kept["goal_scorecard"][1:]
    targets = [change for change in found.between if change[0] == "goals"]
    assert {(old, new) for _, _, old, new in targets} == {(0.75, 0.95)}
    assert all("target" in what for _, what, _, _ in targets)
    assert len(found.rows) == len(third)
    old = {tuple(row[k] for k in ("goal_id", "kpi_id", "variant", "unit_id")): row for row in second.to_dicts()}
    for row in found.rows:
        before = old[tuple(row[k] for k in ("goal_id", "kpi_id", "variant", "unit_id"))]
        assert (row["value_then"], row["verdict_then"]) == (before["value"], before["verdict"])
        assert ("verdict_changed" in row["remarks"]) == (row["verdict_then"] != row["verdict_now"])
    assert any("target_changed" in row["remarks"] for row in found.rows)


def test_a_publication_is_named_by_its_id_or_by_an_instant_at_which_it_stood(life):
    one, two = (stamp(at(day)) for day in DAYS[:2])
    by_id = compare(life.project, one, two)
    assert by_id == compare(life.project, f"{DAYS[0]}T18:00:00Z", f"{DAYS[1]}T18:00:00+01:00")
    assert ("goals", "settle_days", 3, 2) in [(k, w.rpartition(".")[2], o, n) for k, w, o, n in by_id.between]


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", QUERIES.read_text(encoding="utf-8"), flags=re.DOTALL))
def test_an_analysts_query_of_the_docs_runs_on_a_published_database(life, query):
    with open_published(life.project) as con:
        con.execute(query).fetchall()


def test_every_published_table_and_column_says_in_the_file_what_it_means(life):
    with open_published(life.project) as con:
        silent_ones = con.execute("""
            select table_name from duckdb_tables() where schema_name = 'published' and coalesce(comment, '') = ''
            union all
            select table_name || '.' || column_name from duckdb_columns()
            where schema_name = 'published' and coalesce(comment, '') = ''
        """).fetchall()
        [(columns,)] = con.execute(
            "select count(*) from duckdb_columns() where schema_name = 'published' and comment is not null"
        ).fetchall()
    assert silent_ones == []
    assert columns > 400
