"""Tables small enough to check by hand: written as text, loaded into DuckDB, compared as text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import duckdb

from pipelines.run.revising import CARD, REVISION
from pipelines.warehouse.build import sql_root
from pipelines.warehouse.model import SqlModel, columns_of
from pipelines.warehouse.raw import PAGES, QUARANTINE, STRANGE_FIELDS, columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.sources.stream import Stream

SQL = sql_root()

CONFIG = {
    "config.run": """as_of timestamptz, timezone varchar, study_start date, study_end date, baseline_start date,
        baseline_end date, settle_days integer, level double, min_completeness double, min_cell integer,
        public_round_to integer, active_min_posts integer, active_within_days integer, goals_version integer, org_id varchar,
        org_label_sv varchar, org_label_en varchar""",
    "config.goals": """goal_id varchar, position integer, label_sv varchar, label_en varchar, is_guardrail boolean,
        ref_pattern varchar, case_pattern varchar, post_weight double, purpose_sv varchar, purpose_en varchar,
        target_group_sv varchar, target_group_en varchar, motive_sv varchar, motive_en varchar, user_benefit_sv varchar,
        user_benefit_en varchar""",
    "config.experiment_cells": """experiment_id varchar, goal_id varchar, design varchar, unit_id varchar,
        week_start date, is_posting boolean""",
    "config.causal": """goal_id varchar, kpi_id varchar, donut_weeks integer, fallbacks varchar[], staggered_by varchar,
        interruption_date date, interruption_impact varchar, harmonics integer""",
    "config.kpis": """goal_id varchar, kpi_id varchar, position integer, label_sv varchar, label_en varchar,
        is_primary boolean, stage varchar, kind varchar, "interval" varchar, numerator varchar[], denominator varchar[],
        platforms varchar[], metric varchar, target_op varchar, target_value double, target_set_at date, min_n integer,
        min_evidence varchar, series varchar, sources map(varchar, varchar), hours varchar, topic varchar,
        frame_share double, max_weight double""",
    "config.survey_margins": "goal_id varchar, kpi_id varchar, variable varchar, category varchar, share double",
    "config.business_hours": "local_date date, opens_at timestamptz, closes_at timestamptz",
    "config.post_rules": "goal_id varchar, rule_id varchar, effect varchar, pattern varchar",
    "config.units": """unit_id varchar, name varchar, parent_unit_id varchar, population bigint, valid_from date,
        valid_to date""",
    "config.accounts": """account_id varchar, platform varchar, native_id varchar, unit_id varchar, handle varchar,
        opened_at timestamptz, closed_at timestamptz""",
    "seeds.calendar": """local_date date, starts_at timestamptz, ends_at timestamptz, month_start date,
        iso_week varchar""",
}
"""Tables that arrive from people's configuration: docs/architecture.md, section 4."""

_POST = """post_id varchar, account_id varchar, platform varchar, published_at timestamptz, text varchar,
    media_type varchar, permalink varchar, ref_code varchar, appeal_id varchar, deleted_seen_at timestamptz"""

ENTITIES = {
    "accounts": """account_id varchar, platform varchar, name varchar, handle varchar, observed_at timestamptz,
        ingested_at timestamptz""",
    "posts": f"{_POST}, observed_at timestamptz, ingested_at timestamptz",
    "post_readings": """post_id varchar, native_metric varchar, observed_at timestamptz, ingested_at timestamptz,
        status varchar, value double""",
    "account_readings": """account_id varchar, native_metric varchar, observed_at timestamptz,
        ingested_at timestamptz, value double""",
    "account_windows": """account_id varchar, native_metric varchar, window_start timestamptz, window_end timestamptz,
        observed_at timestamptz, ingested_at timestamptz, status varchar, value double""",
    "counter_checks": """post_id varchar, native_metric varchar, observed_at timestamptz, ingested_at timestamptz,
        displayed bigint, listed bigint, is_complete boolean""",
    "tips": """tip_id varchar, received_at timestamptz, unit_id varchar, channel varchar, ref_code varchar,
        appeal_id varchar, heard_via varchar, disposition varchar, ingested_at timestamptz""",
    "tip_days": "local_date date",
}
"""Columns of the staging models of any source: docs/architecture.md, section 5."""

_HAS = {
    "facebook_pages": ("accounts", "posts", "post_readings", "account_readings", "account_windows"),
    "instagram": ("accounts", "posts", "post_readings", "account_readings", "account_windows"),
    "x": ("accounts", "posts", "post_readings", "account_readings"),
    "tiktok": ("accounts", "posts", "post_readings", "account_readings", "account_windows"),
    "linkedin": ("accounts", "posts", "post_readings", "account_readings", "account_windows"),
    "threads": ("accounts", "posts", "post_readings", "account_readings", "account_windows"),
    "mastodon": ("accounts", "posts", "post_readings", "account_readings", "counter_checks"),
    "bluesky": ("accounts", "posts", "post_readings", "account_readings", "counter_checks"),
    "youtube": ("accounts", "posts", "post_readings", "account_readings", "account_windows"),
    "tips": ("tips", "tip_days"),
    "files": ("posts", "post_readings", "account_readings", "account_windows", "tips", "tip_days"),
}

DECLARED = {
    **CONFIG,
    **{f"staging.stg_{s}__{entity}": ENTITIES[entity] for s, entities in _HAS.items() for entity in entities},
    "staging.stg_landing__read_windows": """account_id varchar, source varchar, read_from timestamptz,
        read_to timestamptz""",
    "staging.stg_landing__comments": """comment_id varchar, post_id varchar, parent_id varchar, platform varchar, is_ours boolean,
        author varchar, commented_at timestamptz, kind varchar, observed_at timestamptz, ingested_at timestamptz""",
    "staging.stg_landing__crawls": """account_id varchar, source varchar, run_id varchar, began_at timestamptz,
        read_from timestamptz""",
    "staging.stg_landing__metric_status": """account_id varchar, platform varchar, scope varchar, native_metric varchar,
        media_type varchar, asked_at timestamptz, status varchar, reason varchar""",
    "staging.stg_instagram__stories": """story_id varchar, account_id varchar, published_at timestamptz,
        media_type varchar, native_metric varchar, observed_at timestamptz, ingested_at timestamptz, status varchar,
        value double""",
    "marts.fct_story_figure": """story_id varchar, account_id varchar, platform varchar, published_at timestamptz,
        media_type varchar, native_metric varchar, metric varchar, value double, state varchar,
        observed_at timestamptz, age_hours double""",
    "marts.dim_metric_status": """platform varchar, scope varchar, native_metric varchar, media_type varchar,
        accounts bigint, not_offered_since timestamptz, last_asked_at timestamptz, reason varchar,
        back_since timestamptz, closed_on date""",
    "marts.fct_comment": """comment_id varchar, post_id varchar, parent_id varchar, platform varchar, is_ours boolean,
        author varchar, commented_at timestamptz, kind varchar, first_seen_at timestamptz, seen_at timestamptz""",
    "marts.fct_post_told_gone": "post_id varchar, gone_at timestamptz",
    "marts.fct_counter_check": """post_id varchar, platform varchar, native_metric varchar, checked_at timestamptz,
        displayed bigint, listed bigint, is_complete boolean, difference bigint""",
    "marts.fct_post_gone": "post_id varchar, gone_at timestamptz, how varchar",
    "staging.stg_files__accounts": """account_id varchar, platform varchar, unit_id varchar, handle varchar,
        opened_at timestamptz, closed_at timestamptz, ingested_at timestamptz""",
    "staging.stg_files__units": """unit_id varchar, name varchar, parent_unit_id varchar, population bigint,
        valid_from date, valid_to date, ingested_at timestamptz""",
    "staging.stg_files__interactions": """interaction_id varchar, post_id varchar, asked_at timestamptz,
        answered_at timestamptz, kind varchar, ingested_at timestamptz""",
    "staging.stg_files__link_visits": "ref_code varchar, local_date date, visits bigint, ingested_at timestamptz",
    "staging.stg_files__surveys": """survey_id varchar, conducted_from date, conducted_to date, sample_type varchar,
        mode varchar, frame varchar, question varchar, topic varchar, ingested_at timestamptz""",
    "staging.stg_files__survey_responses": """survey_id varchar, resp_id varchar, answer varchar, weight double,
        age_band varchar, sex varchar, region varchar, follower boolean, ingested_at timestamptz""",
    "marts.dim_unit": """unit_id varchar, name varchar, parent_unit_id varchar, population bigint, valid_from date,
        valid_to date, is_measured boolean""",
    "marts.dim_unit_period": """unit_id varchar, name varchar, parent_unit_id varchar, population bigint,
        valid_from date, valid_to date""",
    "marts.dim_account": """account_id varchar, platform varchar, unit_id varchar, handle varchar,
        opened_at timestamptz, closed_at timestamptz""",
    "marts.dim_post": f"{_POST}, unit_id varchar, local_date date, first_seen_at timestamptz",
    "marts.dim_post_series": "post_id varchar, metric varchar, native_metric varchar",
    "staging.stg_files__post_tags": """post_id varchar, goal_id varchar, decision varchar, weight double,
        tagged_at timestamptz, ingested_at timestamptz""",
    "staging.stg_files__coding_draws": """sample_id varchar, post_id varchar, place bigint, seed bigint,
        goals_version bigint, frame_from date, frame_to date, frame_posts bigint, drawn_at timestamptz,
        ingested_at timestamptz""",
    "staging.stg_files__goal_codings": """sample_id varchar, post_id varchar, goal_id varchar, coder varchar,
        serves boolean, coded_at timestamptz, ingested_at timestamptz""",
    "marts.fct_post_coding": """sample_id varchar, post_id varchar, goal_id varchar, coder_a boolean, coder_b boolean,
        serves boolean, is_matched boolean, sample_goals_version bigint, frame_posts bigint, drawn_at timestamptz""",
    "marts.fct_post_rule": "post_id varchar, goal_id varchar, method varchar, rule_id varchar",
    "marts.fct_post_goal": """post_id varchar, goal_id varchar, goals_version integer, weight double default 1,
        method varchar, rule_id varchar""",
    "marts.fct_post_snapshot": """post_id varchar, account_id varchar, platform varchar, native_metric varchar,
        metric varchar, kind varchar, definition_id varchar, observed_at timestamptz, ingested_at timestamptz,
        status varchar, value double""",
    "marts.dim_metric_definition": """platform varchar, scope varchar, spelling varchar, media_type varchar,
        metric varchar, kind varchar, definition_id varchar, holds_from date, holds_before date""",
    "marts.fct_link_visits_daily": "ref_code varchar, local_date date, visits bigint",
    "marts.fct_post_reach": "post_id varchar, definition_id varchar, reach double, read_at timestamptz",
    "marts.fct_post_reading": """post_id varchar, native_metric varchar, metric varchar, definition_id varchar,
        observed_at timestamptz, value double, verdict varchar""",
    "marts.fct_post_metric_interval": """post_id varchar, native_metric varchar, metric varchar, from_at timestamptz,
        to_at timestamptz, amount double, treatment varchar, reason varchar, is_imputed boolean""",
    "marts.fct_post_daily": """post_id varchar, account_id varchar, unit_id varchar, platform varchar,
        native_metric varchar, metric varchar, is_counted boolean, local_date date, gain double, correction double,
        is_imputed boolean, is_incomplete boolean""",
    "marts.fct_post_unallocated": """post_id varchar, native_metric varchar, metric varchar, is_counted boolean,
        amount double, reason varchar, from_at timestamptz, to_at timestamptz""",
    "marts.fct_post_counter": """post_id varchar, native_metric varchar, metric varchar, is_counted boolean,
        last_value double, last_observed_at timestamptz, reset_loss double, gain double, correction double,
        unallocated double, flags varchar[]""",
    "marts.fct_post_value_at_age": """post_id varchar, native_metric varchar, metric varchar, is_counted boolean,
        age_hours double, value double, settled_at timestamptz""",
    "marts.fct_account_figure": """account_id varchar, platform varchar, native_metric varchar, local_date date,
        day_zone varchar, status varchar, value double""",
    "marts.fct_account_daily": """account_id varchar, platform varchar, native_metric varchar, metric varchar,
        definition_id varchar, local_date date, day_zone varchar, value double, state varchar, net_change double, change_since date""",
    "marts.fct_account_coverage": "account_id varchar, local_date date, is_read boolean",
    "marts.fct_tips": """tip_id varchar, received_at timestamptz, local_date date, unit_id varchar, channel varchar,
        ref_code varchar, appeal_id varchar, heard_via varchar, disposition varchar, rung integer,
        is_documented boolean, post_id varchar""",
    "marts.dim_appeal_post": """post_id varchar, appeal varchar, unit_id varchar, platform varchar,
        published_at timestamptz""",
    "marts.fct_tip_day": "local_date date, is_read boolean",
    "marts.fct_interaction": """interaction_id varchar, post_id varchar, asked_at timestamptz,
        answered_at timestamptz, kind varchar, watched_to timestamptz""",
    "marts.fct_response_time": """interaction_id varchar, post_id varchar, unit_id varchar, platform varchar,
        local_date date, asked_at timestamptz, answered_at timestamptz, is_open boolean, response_minutes double,
        business_minutes double""",
    "marts.dim_business_day": """local_date date, starts_at timestamptz, ends_at timestamptz, opens_at timestamptz,
        closes_at timestamptz, open_s bigint, open_s_before bigint""",
    "marts.dim_survey": """survey_id varchar, conducted_from date, conducted_to date, sample_type varchar,
        topic varchar, mode varchar, frame varchar, question varchar""",
    "marts.fct_survey_response": """survey_id varchar, resp_id varchar, answer varchar, weight double,
        age_band varchar, sex varchar, region varchar, follower boolean""",
}
"""Columns of every table that a model may find upstream of itself, by name."""

OPS = {
    "ops.build": "as_of timestamptz, goals_sha256 varchar, code_version varchar, models_sha256 varchar",
    "ops.change": "code varchar",
    "ops.known_revision": REVISION,
    "ops.previous_card": CARD,
    "ops.built": "model varchar, state varchar, rows bigint, seconds double, built_at timestamptz",
    "ops.check_result": """run_at timestamptz, kind varchar, table_name varchar, expectation varchar, severity varchar,
        success boolean, detail varchar""",
    "ops.erasure": """erasure_id varchar, erased_at timestamptz, done_at timestamptz, kind varchar, scope varchar,
        reason varchar, decision varchar, target_hash varchar, targets bigint, files_rewritten bigint, rows_erased bigint,
        rows_blanked bigint, tables varchar[]""",
    "ops.lineage": "measure varchar, step integer, table_name varchar, version varchar, reads varchar",
}
"""What a run writes down for readers."""

SEEDS = {
    "seeds.metrics": """platform varchar, scope varchar, native_metric varchar, media_type varchar,
        metric varchar, definition_id varchar, replaces varchar, kind varchar, unit varchar, valid_from date,
        valid_to date, additive_over_posts boolean, additive_over_time boolean, certainty varchar,
        definition varchar""",
    "seeds.platforms": """platform varchar, insight_day_zone varchar, comment_threads varchar, certainty varchar,
        note varchar""",
    "seeds.not_offered": "platform varchar, scope varchar, metric varchar, certainty varchar, note varchar",
    "seeds.measures": """measure varchar, grains varchar, is_by_unit boolean, is_by_platform boolean,
        is_on_last_day boolean""",
    "seeds.tips_effect": """measure varchar, place varchar, label_sv varchar, label_en varchar, definition_sv varchar,
        definition_en varchar""",
    "seeds.method": """collapse_ratio double, collapse_min_level double, imputed_gap_hours double,
        unallocated_gap_hours double, fixed_age_hours double, tip_horizon_hours double""",
}
"""The small tables of sql/seeds, which tests read as they are."""

FROM_SEEDS = ("marts.dim_metric_definition",)
"""Models over seeds alone: a test that needs one gets it built."""


def connected() -> duckdb.DuckDBPyConnection:
    """An empty database in memory for tiny tables, with one thread: a second would cost each statement a third more."""
    return duckdb.connect(config={"threads": 1})


@cache
def streams() -> dict[str, Stream]:
    """Every declared stream, by the name of its raw table."""
    from pipelines.sources.files.canonical import STREAMS as FILES
    from pipelines.sources.registry import api_streams

    return {s.table: s for s in (*api_streams(), *FILES.values())}


def create(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Create a declared table, empty; the seeds, and what is nothing but a seed, with what sql/seeds holds."""
    if table in FROM_SEEDS:
        build(con, table)
        return
    if table == "raw.pages":
        con.execute(PAGES)
    elif table == "raw.quarantine":
        con.execute(QUARANTINE)
    elif table == "raw.strange_fields":
        con.execute(STRANGE_FIELDS)
    elif table in streams():
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns(streams()[table]).items())
        con.execute(f"create table if not exists {table} ({listed})")
    elif table in SEEDS:
        con.execute(f"create table if not exists {table} ({SEEDS[table]})")
        path = SQL / "seeds" / f"{table.removeprefix('seeds.')}.csv"
        con.execute(f"insert into {table} by name select * from read_csv('{path}', header = true, all_varchar = true)")
    else:
        con.execute(f"create table if not exists {table} ({(DECLARED | OPS)[table]})")


def exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the table is there."""
    return columns_of(con, table) is not None


def load(con: duckdb.DuckDBPyConnection, table: str, columns: str, text: str) -> None:
    """Add the rows of a text table to a table, by the place of the columns; an empty cell is NULL.

    Args:
        con: the connection of the `con` fixture.
        table: schema and name; a declared table is created with all its columns, another with `columns`.
        columns: names, each with its type unless the table is declared: `unit_id varchar, local_date date`.
        text: a head line for people, a rule, and the rows, cells parted by `|`.
    """
    if not exists(con, table):
        known = table in DECLARED or table in SEEDS or table in streams() or table.startswith("raw.")
        con.execute(f"create table {table} ({columns})") if not known else create(con, table)
    names = [part.strip().split(" ", 1)[0] for part in _split_columns(columns)]
    found = rows(text)
    if any(len(row) != len(names) for row in found):
        raise ValueError(f"{table}: a row does not have the {len(names)} cells of {names}")
    for row in found:
        marks = ", ".join("?" for _ in row)
        listed = ", ".join(f'"{name}"' for name in names)
        con.execute(f"insert into {table} ({listed}) values ({marks})", [cell or None for cell in row])


def _split_columns(columns: str) -> list[str]:
    parts, depth = [""], 0
    for character in columns:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def rows(text: str) -> list[tuple[str, ...]]:
    """The rows below the rule of a text table, every cell stripped; empty is NULL."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines[2:]]


def as_text(found: Iterable[Sequence[object]]) -> list[tuple[str, ...]]:
    """Rows from DuckDB in the spelling of a text table: dates ISO, instants UTC, numbers short, NULL empty."""
    return [tuple(_cell(value) for value in row) for row in found]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, list):
        return "[" + ", ".join(_cell(item) for item in value) + "]"
    return str(value).replace("+00:00", "Z")


def query(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, ...]]:
    """What a query gives, as text."""
    return as_text(con.execute(sql).fetchall())


def model(name: str) -> SqlModel:
    """Read one SQL model by its table's name."""
    stage, stem = name.split(".")
    [path] = (SQL / stage).rglob(f"{stem}.sql")
    return SqlModel.read(path, SQL)


def build(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Build models in the order given; what they read and nobody has made yet is there, empty.

    Raises:
        CheckError: a model broke its promise.
    """
    for name in names:
        found = model(name)
        for table in found.depends:
            if not exists(con, table):
                create(con, table)
        found.build(con)


def calendar(con: duckdb.DuckDBPyConnection, first: str, last: str, zone: str = "Europe/Stockholm") -> None:
    """Fill `seeds.calendar` with the days of a zone, both ends included."""
    if not exists(con, "seeds.calendar"):
        create(con, "seeds.calendar")
    con.execute(
        """
        insert into seeds.calendar
        select d::date, (d::date)::timestamp at time zone $zone, (d::date + 1)::timestamp at time zone $zone,
            date_trunc('month', d)::date, strftime(d, '%G-W%V')
        from generate_series($first::timestamp, $last::timestamp, interval 1 day) as days (d)
        """,
        {"zone": zone, "first": first, "last": last},
    )


def run_config(con: duckdb.DuckDBPyConnection, **changed: object) -> None:
    """Write the one row of `config.run`: the Swedish example's, with what the test changes."""
    row: dict[str, object] = {
        "as_of": "2026-01-15 06:00:00Z",
        "timezone": "Europe/Stockholm",
        "study_start": "2025-01-01",
        "study_end": "2025-12-31",
        "baseline_start": "2024-01-01",
        "baseline_end": "2024-12-31",
        "settle_days": 3,
        "level": 0.95,
        "min_completeness": 0.9,
        "min_cell": 5,
        "public_round_to": 5,
        "active_min_posts": 1,
        "active_within_days": 28,
        "goals_version": 1,
        "org_id": "polisen",
        "org_label_sv": "Polisen (exempel)",
        "org_label_en": "Swedish Police (example)",
        **changed,
    }
    if not exists(con, "config.run"):
        create(con, "config.run")
    con.execute("delete from config.run")
    marks = ", ".join("?" for _ in row)
    con.execute(f"insert into config.run ({', '.join(row)}) values ({marks})", list(row.values()))
