/*
title: One hash over the data behind each KPI's value
grain: one row per goal, KPI and variant with cells or an estimate
key: [goal_id, kpi_id, variant]
missing: a KPI of which nothing was measured has no row
columns:
  goal_id: goal
  kpi_id: KPI
  variant: kind of sample of a survey; else null
  data_of: cells, or estimate where the KPI has none
  data_rows: number of these
  data_sha256: SHA-256 over their text, sorted; the same facts give the same hash
checks:
  - length(data_sha256) = 64
*/
with

cells as (
    select
        goal_id,
        kpi_id,
        variant,
        concat_ws(
            '|',
            coalesce(unit_id, ''),
            coalesce(platform, ''),
            cast(period_start as varchar),
            cast(period_end as varchar),
            coalesce(cluster_id, ''),
            coalesce(cast(numerator as varchar), ''),
            coalesce(cast(numerator_high as varchar), ''),
            coalesce(cast(denominator as varchar), '')
        ) as said
    from kpi.kpi_cells
),

known as (
    select distinct
        goal_id,
        kpi_id
    from cells
),

estimates as (
    select
        estimates.goal_id,
        estimates.kpi_id,
        estimates.variant,
        concat_ws(
            '|',
            coalesce(cast(estimates.value as varchar), ''),
            coalesce(cast(estimates.numerator as varchar), ''),
            coalesce(cast(estimates.denominator as varchar), ''),
            coalesce(cast(estimates.n as varchar), '')
        ) as said
    from kpi.kpi_estimates as estimates
    left join known on estimates.goal_id = known.goal_id and estimates.kpi_id = known.kpi_id
    where
        estimates.grain = 'study'
        and estimates.unit_id is null
        and estimates.platform is null
        and known.kpi_id is null
)

select
    goal_id,
    kpi_id,
    variant,
    'cells' as data_of,
    count(*) as data_rows,
    sha256(array_to_string(list_sort(array_agg(said)), chr(10))) as data_sha256
from cells
group by goal_id, kpi_id, variant
union all
select
    goal_id,
    kpi_id,
    variant,
    'estimate' as data_of,
    count(*) as data_rows,
    sha256(array_to_string(list_sort(array_agg(said)), chr(10))) as data_sha256
from estimates
group by goal_id, kpi_id, variant
