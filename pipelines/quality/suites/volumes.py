"""Volumes: does a source still give about what it gave, measured against its own past?"""

from __future__ import annotations

from pipelines.quality.expectations import Suite, none_found

_DAYS = """
    with days as (
        select
            pages.source,
            pages.stream,
            cast(floor(date_diff('second', pages.fetched_at, run.as_of) / 86400.0) as integer) as days_ago,
            sum(pages.rows_read) as objects
        from checked as pages cross join config.run
        where pages.file is null and pages.fetched_at <= run.as_of
        group by all
    ),
    compared as (
        select
            source,
            stream,
            any_value(objects) filter (where days_ago = 0) as objects,
            count(*) filter (where days_ago between 1 and 28) as past_days,
            min(objects) filter (where days_ago between 1 and 28) as least,
            quantile_cont(objects, 0.1) filter (where days_ago between 1 and 28) as low,
            quantile_cont(objects, 0.9) filter (where days_ago between 1 and 28) as high
        from days
        group by source, stream
    )
"""
"""Objects read in the last 24 hours, beside each of the 28 times 24 hours before in which something was read.

Days end at the run's instant, so that each holds the same hours of the schedule: a calendar day that has just begun
would look empty beside those that are over.
"""

_WHY = (
    "Held against the lowest and the highest tenth of the 28 days before: a weekly rhythm (one day in seven) is within "
    "them, two bad days are not. Silent below 14 days. "
)

PAGES = Suite(
    kind="volumes",
    table="raw.pages",
    expectations=(
        none_found(
            "no stream gives a fifth of what it gave",
            f"{_DAYS} select 1 from compared where past_days >= 14 and objects < low / 5",
        ).warns(f"{_WHY}Less than a fifth is no quiet day: part of the accounts or of the pages is missing."),
        none_found(
            "no stream gives five times what it gave",
            f"{_DAYS} select 1 from compared where past_days >= 14 and objects > greatest(high, 20) * 5",
        ).warns(f"{_WHY}Five times as much is a filter that the platform dropped, or pages served in a circle."),
        none_found(
            "no stream falls silent that gave something every day",
            f"{_DAYS} select 1 from compared where past_days >= 7 and least > 0 and objects = 0",
        ).warns("It answered, with nothing, after a week without one empty day: lost rights look like this."),
        none_found(
            "at most one object in twenty of a source is refused",
            "select 1 as refused from checked as pages "
            "group by pages.source having sum(pages.rows_quarantined) > 0.05 * sum(pages.rows_read)",
        ).warns(
            "Single broken objects are everyday; one in twenty means that a platform or an export changed its form."
        ),
    ),
)

TIPS = Suite(
    kind="volumes",
    table="marts.fct_tips",
    expectations=(
        none_found(
            "no day is without tips while days before it had at least five",
            """
            with days as (
                select days.local_date, count(tips.tip_id) as tips
                from marts.fct_tip_day as days left join checked as tips on days.local_date = tips.local_date
                where days.is_read
                group by days.local_date
                order by days.local_date desc
                limit 29
            )
            select 1 from days
            having
                count(*) = 29 and arg_max(tips, local_date) = 0
                and quantile_cont(tips, 0.1) filter (where local_date < (select max(local_date) from days)) >= 5
            """,
        ).warns(
            "If even the quietest tenth of 28 days had five tips, none at all has a chance below one in a hundred "
            "(Poisson): the export was empty, not the day."
        ),
    ),
)

SUITES = (PAGES, TIPS)
