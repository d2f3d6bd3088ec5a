/*
title: What each KPI leaves out, and how much
grain: one row per goal, KPI and kind of thing left out
key: [goal_id, kpi_id, what]
missing: excluded is null where state is suppressed (a small count of tips); a kind of which nothing was left out has no
    row
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  what: what is left out, and why; docs/replay.md explains each code
  excluded: how many
  state: measured or suppressed
checks:
  - (excluded is null) = (state = 'suppressed')
*/
with

every as (
    select goal_id, kpi_id, what, excluded
    from kpi.kpi_post_exclusions
    union all
    select goal_id, kpi_id, what, excluded
    from kpi.kpi_log_exclusions
),

judged as (
    select
        every.*,
        every.what = 'tips_not_assessed' and every.excluded < greatest(run.min_cell, 3) as is_hidden
    from every
    cross join config.run
)

select
    goal_id,
    kpi_id,
    what,
    case when not is_hidden then excluded end as excluded,
    case when is_hidden then 'suppressed' else 'measured' end as state
from judged
order by goal_id, kpi_id, what
