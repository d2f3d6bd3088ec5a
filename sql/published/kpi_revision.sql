/*
title: Published figures that changed from one publication to the next, and why
grain: one row per goal, KPI, variant, unit, period and publication that changed its figure
key: [goal_id, kpi_id, variant, unit_id, period_start, as_of_new]
missing: a figure is null where it was not published; why is never empty
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: kind of sample of a survey; else null
  unit_id: unit; null for the whole organisation
  period_start: first day of the period, local
  period_end: last day of the period, or the last that was counted in the new publication, local
  as_of_old: the publication before, UTC
  as_of_new: the publication that changed it, UTC
  value_old: value before
  value_new: value after
  low_old: lower end before
  low_new: lower end after
  high_old: upper end before
  high_new: upper end after
  verdict_old: verdict before
  verdict_new: verdict after
  reasons_old: reasons before
  reasons_new: reasons after
  why: codes joined by commas; goals_changed:key, model_changed, new_rows:source.stream=rows, late_rows (of those, in
      pages about days before the old publication; of tips without a number), erased, settled, clock (docs/replay.md)
checks:
  - why <> ''
  - as_of_old < as_of_new
*/
with

changed as (
    select
        cards.goal_id, cards.kpi_id, cards.variant, cards.unit_id, cards.period_start, cards.period_end,
        previous.as_of as as_of_old, cards.as_of as as_of_new,
        previous.value as value_old, cards.value as value_new,
        previous.low as low_old, cards.low as low_new,
        previous.high as high_old, cards.high as high_new,
        previous.verdict as verdict_old, cards.verdict as verdict_new,
        previous.reasons as reasons_old, cards.reasons as reasons_new
    from published.goal_scorecard as cards
    inner join ops.previous_card as previous
        on
            cards.goal_id = previous.goal_id
            and cards.kpi_id = previous.kpi_id
            and cards.variant is not distinct from previous.variant
            and cards.unit_id is not distinct from previous.unit_id
            and cards.period_start = previous.period_start
    where
        cards.value is distinct from previous.value or cards.low is distinct from previous.low
        or cards.high is distinct from previous.high
        or cards.verdict is distinct from previous.verdict or cards.reasons is distinct from previous.reasons
),

publications as (
    select distinct goal_id, kpi_id, as_of_old from changed
),

fresh as (
    select
        publications.goal_id,
        publications.kpi_id,
        [
            'new_rows:' || pages.source || '.' || pages.stream
            || case when pages.stream = 'tips' then '' else '=' || sum(pages.rows_stored) end,
            'late_rows:' || pages.source || '.' || pages.stream || case
                when pages.stream = 'tips' then max(case when pages.window_start < publications.as_of_old then '' end)
                else '=' || sum(case when pages.window_start < publications.as_of_old then pages.rows_stored end)
            end
        ] as codes
    from publications
    inner join raw.pages as pages on publications.as_of_old < pages.ingested_at and pages.rows_stored > 0
    inner join published.kpi_lineage as lineage
        on
            publications.goal_id = lineage.goal_id
            and publications.kpi_id = lineage.kpi_id
            and lineage.table_name = 'raw.' || pages.source || '__' || pages.stream
    group by publications.goal_id, publications.kpi_id, pages.source, pages.stream
),

grounds as (
    select changed.goal_id, changed.kpi_id, changed.variant, changed.unit_id, grounds.code
    from changed cross join ops.change as grounds
    union all
    select goal_id, kpi_id, variant, unit_id, 'settled' as code
    from changed
    where contains(reasons_old, 'not_settled') and not contains(reasons_new, 'not_settled')
    union all
    select changed.goal_id, changed.kpi_id, changed.variant, changed.unit_id, unnest(fresh.codes) as code
    from changed
    inner join fresh on changed.goal_id = fresh.goal_id and changed.kpi_id = fresh.kpi_id
    union all
    select changed.goal_id, changed.kpi_id, changed.variant, changed.unit_id, 'erased' as code
    from changed
    inner join published.kpi_lineage as lineage
        on changed.goal_id = lineage.goal_id and changed.kpi_id = lineage.kpi_id
    inner join ops.erasure as erasures
        on changed.as_of_old < erasures.erased_at and list_contains(erasures.tables, lineage.table_name)
    where erasures.kind <> 'retention'
),

listed as (
    select goal_id, kpi_id, variant, unit_id, array_to_string(list_sort(array_agg(distinct code)), ',') as why
    from grounds
    where code is not null
    group by goal_id, kpi_id, variant, unit_id
)

select * from ops.known_revision
union all
select changed.*, coalesce(listed.why, 'clock') as why
from changed
left join listed
    on
        changed.goal_id = listed.goal_id
        and changed.kpi_id = listed.kpi_id
        and changed.variant is not distinct from listed.variant
        and changed.unit_id is not distinct from listed.unit_id
order by as_of_new, goal_id, kpi_id, variant, unit_id, period_start
