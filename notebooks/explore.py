"""The published figures, to be explored: `marimo edit notebooks/explore.py`, or `python notebooks/explore.py` to run it once.

It reads data/published/syfte.duckdb of the project it stands in (or `--project DIR`), read-only and blind to other files.
"""

import marimo

app = marimo.App(width="medium", app_title="Syfte: explore")


@app.cell
def _():
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl

    from pipelines.project import Project
    from pipelines.run import open_published

    return Path, Project, alt, mo, open_published, pl


@app.cell
def _(Path, Project, mo, open_published):
    given = mo.cli_args().get("project")
    project = Project.find(Path(str(given)) if given else None)
    con = open_published(project)
    return con, project


@app.cell
def _(con, mo, project):
    as_of, code_version = con.execute("select as_of, code_version from published.build").fetchall()[0]
    mo.md(f"""
    # What was published

    The publication of **{as_of:%Y-%m-%d %H:%M} UTC**, made by Syfte {code_version} in `{project.root.name}`. Run the cell
    above again to see a newer one. Three things to keep in mind:

    - **Missing is never zero.** A value that is not there has a `state`: *missing* was not read, *suppressed* is a small
      count that stays hidden. Charts leave a gap.
    - **No line crosses a break**: where a platform began to count something else, two figures do not compare.
    - KPIs are not summed or averaged: the whole organisation has its own rows.
    """)
    return


@app.cell
def _(con, mo):
    labels = con.execute(
        "select goal_id, label_en from published.goal_verdict order by is_guardrail, goal_id"
    ).fetchall()
    units = [row[0] for row in con.execute(
        "select distinct unit_id from published.kpi_period where unit_id is not null order by 1"
    ).fetchall()]  # fmt: skip
    platforms = [row[0] for row in con.execute(
        "select distinct platform from published.kpi_period where platform is not null order by 1"
    ).fetchall()]  # fmt: skip
    goal = mo.ui.dropdown({f"{label} ({key})": key for key, label in labels}, value=f"{labels[0][1]} ({labels[0][0]})",
                          label="Goal")  # fmt: skip
    grain = mo.ui.dropdown(["week", "month", "study"], value="month", label="Period")
    unit = mo.ui.dropdown({"the whole organisation": None, **{name: name for name in units}},
                          value="the whole organisation", label="Unit")  # fmt: skip
    platform = mo.ui.dropdown({"all": None, **{name: name for name in platforms}}, value="all", label="Platform")
    mo.hstack([goal, grain, unit, platform], justify="start", wrap=True)
    return goal, grain, platform, unit


@app.cell
def _(con, goal, grain, mo, platform, unit):
    kpis = con.sql(
        """
        select kpi_id, variant, period_start, period_end, value, low, high, interval_kind, n, state, reasons
        from published.kpi_period
        where goal_id = $goal and grain = $grain
            and unit_id is not distinct from $unit and platform is not distinct from $platform
        order by kpi_id, variant, period_start
        """,
        params={"goal": goal.value, "grain": grain.value, "unit": unit.value, "platform": platform.value},
    ).pl()
    told = "Figures are published by unit or by platform, not by both: set one of them back." if unit.value and platform.value else (
        "An empty value has its state and its reasons beside it." if len(kpis) else "Nothing is published for this choice."
    )  # fmt: skip
    mo.vstack([mo.md(f"## KPIs\n{told}"), mo.ui.table(kpis, selection=None)])
    return (kpis,)


@app.cell
def _(con, kpis, pl, platform):
    breaks = con.sql(
        """
        select distinct platform, metric, break_date, bridge_factor is not null as is_bridged
        from published.series_break
        where scope = 'post' and platform in (select platform from published.post)
            and ($platform is null or platform = $platform)
        order by break_date, platform, metric
        """,
        params={"platform": platform.value},
    ).pl()
    # a line goes on only from one measured period to the next, and not over a break
    days = breaks.filter(~pl.col("is_bridged"))["break_date"].unique().sort().to_list()
    last = pl.col("period_end").shift().over("kpi_id", "variant")
    broken = pl.any_horizontal(
        pl.col("value").is_null(),
        pl.col("value").shift().over("kpi_id", "variant").is_null(),
        *((last.is_not_null()) & (last < day) & (pl.col("period_end") >= day) for day in days),
        *((pl.col("period_start") < day) & (pl.col("period_end") >= day) for day in days),
    )
    series = kpis.with_columns(
        broken.cast(pl.Int32).cum_sum().over("kpi_id", "variant").alias("segment"),
        pl.concat_str("kpi_id", pl.col("variant").fill_null(""), separator=" ").str.strip_chars().alias("kpi"),
    )
    return breaks, series


@app.cell
def _(alt, breaks, mo, pl, series):
    def trend(kpi):
        """One KPI over time: value, interval, gaps as marks on the axis, breaks as dashed rules."""
        rows = series.filter(pl.col("kpi") == kpi)
        within = breaks.filter(pl.col("break_date").is_between(rows["period_start"].min(), rows["period_end"].max()))
        base = alt.Chart(rows).encode(x=alt.X("period_start:T", title=None))
        measured = base.transform_filter("isValid(datum.value)")
        layers = [
            measured.mark_rule(opacity=0.4).encode(y=alt.Y("low:Q", title=kpi), y2="high:Q"),
            measured.mark_line(point=True).encode(
                y="value:Q",
                detail="segment:N",
                tooltip=["period_start:T", "value:Q", "low:Q", "high:Q", "n:Q", "reasons:N"],
            ),
            base.transform_filter("!isValid(datum.value)")
            .mark_text(text="×", baseline="bottom", size=14)
            .encode(y=alt.value(170), tooltip=["period_start:T", "state:N", "reasons:N"]),
        ]
        if len(within):
            layers.append(
                alt.Chart(within).mark_rule(strokeDash=[4, 3]).encode(
                    x="break_date:T", tooltip=["platform:N", "metric:N", "break_date:T", "is_bridged:N"]
                )
            )  # fmt: skip
        return alt.layer(*layers).properties(width=640, height=180, title=kpi)

    charts = [trend(kpi) for kpi in series["kpi"].unique(maintain_order=True)]
    mo.vstack([
        mo.md("""
        ## Over time
        Vertical lines at a value are its interval; × is a period without a value; a dashed rule is a day on which a platform
        in use began to count something else. Not every break concerns every KPI: `syfte explain KPI` says what one rests on.
        """),
        *charts,
    ])  # fmt: skip
    return (charts,)


@app.cell
def _(con, goal, mo, platform, unit):
    posts = con.sql(
        """
        select posts.platform, posts.unit_id, posts.published_at, posts.permalink, posts.post_id, goals.method,
            aged.metric, aged.age_hours, aged.value, aged.state
        from published.post_goal as goals
        inner join published.post as posts on goals.post_id = posts.post_id
        left join published.post_at_age as aged on posts.post_id = aged.post_id
        where goals.goal_id = $goal
            and ($unit is null or posts.unit_id = $unit) and ($platform is null or posts.platform = $platform)
        order by posts.published_at desc, posts.post_id, aged.metric
        limit 2000
        """,
        params={"goal": goal.value, "unit": unit.value, "platform": platform.value},
    ).pl()
    mo.vstack([
        mo.md("## Posts for this goal\nEach metric at one fixed age, the newest posts first, at most 2 000 rows; platforms count differently."),
        mo.ui.table(posts, selection=None),
    ])  # fmt: skip
    return (posts,)


@app.cell
def _(mo):
    query = mo.ui.text_area(
        "select table_name, comment from duckdb_tables() where schema_name = 'published' order by 1",
        label="SQL over `published.*`; nothing can be changed, and no file read", rows=6, full_width=True,
    ).form(submit_button_label="Ask")  # fmt: skip
    mo.vstack([mo.md("## Your own question\n`docs/queries.md` has ten to begin with."), query])
    return (query,)


@app.cell
def _(con, mo, query):
    def answer(sql):
        """Rows of a query, or what the database says against it."""
        try:
            return con.sql(sql).pl()
        except Exception as error:  # whatever is wrong with the SQL is for the person who wrote it
            return mo.md(f"```\n{error}\n```")

    asked = answer(query.value) if query.value else None
    asked
    return answer, asked


if __name__ == "__main__":
    app.run()
