/*
title: Units, platforms and periods that each KPI is told for, and the whole organisation
grain: one row per KPI, variant, unit or platform or neither, and period
key: [goal_id, kpi_id, variant, unit_id, platform, grain, period_start]
missing: a KPI that counts tips is told for the whole organisation and the study period only; which units, platforms and
    grains make sense for a measure stands in sql/seeds/measures.csv
columns:
  goal_id: goal
  kpi_id: KPI
  variant: as in kpi.kpi_registry
  unit_id: unit that holds on a counted day; null for the whole organisation
  platform: platform of an account, of those the KPI counts; null for all of them
  grain: day, week, month or study
  period_start: first day, local
  period_end: last day, local
checks:
  - unit_id is null or platform is null
*/
with

registry as (
    select
        registry.*,
        measures.is_by_unit,
        measures.is_by_platform
    from kpi.kpi_registry as registry
    inner join seeds.measures on registry.measure = measures.measure
),

accounts as (
    select distinct platform
    from marts.dim_account
),

platforms as (
    select distinct
        registry.goal_id,
        registry.kpi_id,
        registry.variant,
        accounts.platform
    from registry
    cross join accounts
    left join kpi.kpi_platform_metrics as metrics
        on
            accounts.platform = metrics.platform
            and metrics.metric = case registry.denominator when 'reach' then 'reach_post' else registry.denominator end
    where
        registry.is_by_platform
        and not registry.is_sensitive
        and coalesce(list_contains(registry.platforms, accounts.platform), accounts.platform <> 'youtube')
        -- a platform without what stands below the line is not asked for it
        and (registry.measure <> 'engagement_ratio' or metrics.metric is not null)
),

places as (
    select
        goal_id,
        kpi_id,
        variant,
        grain,
        period_start,
        period_end,
        cast(null as varchar) as unit_id,
        cast(null as varchar) as platform
    from kpi.kpi_periods
    union all
    select distinct
        periods.goal_id,
        periods.kpi_id,
        periods.variant,
        periods.grain,
        periods.period_start,
        periods.period_end,
        units.unit_id,
        cast(null as varchar) as platform
    from kpi.kpi_periods as periods
    inner join registry
        on
            periods.goal_id = registry.goal_id
            and periods.kpi_id = registry.kpi_id
            and periods.variant is not distinct from registry.variant
    inner join kpi.kpi_unit_days as units on units.local_date between periods.counted_from and periods.counted_to
    where registry.is_by_unit and not registry.is_sensitive
    union all
    select
        periods.goal_id,
        periods.kpi_id,
        periods.variant,
        periods.grain,
        periods.period_start,
        periods.period_end,
        cast(null as varchar) as unit_id,
        platforms.platform
    from kpi.kpi_periods as periods
    inner join platforms
        on
            periods.goal_id = platforms.goal_id
            and periods.kpi_id = platforms.kpi_id
            and periods.variant is not distinct from platforms.variant
)

select
    places.goal_id,
    places.kpi_id,
    places.variant,
    places.unit_id,
    places.platform,
    places.grain,
    places.period_start,
    places.period_end
from places
inner join registry
    on
        places.goal_id = registry.goal_id
        and places.kpi_id = registry.kpi_id
        and places.variant is not distinct from registry.variant
where not registry.is_sensitive or places.grain = 'study'
