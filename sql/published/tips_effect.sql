/*
title: What presence adds to tips, and how much of the gap to the target coverage explains
grain: one row per measure of the first causal KPI of goals.yaml
key: [measure]
missing: value is null where state is missing (cannot be estimated) or suppressed (it rests on a small count); low and
    high also where a measure has no interval
columns:
  goal_id: goal
  kpi_id: KPI
  measure: what is told
  label_sv: label in Swedish
  label_en: label in English
  definition_sv: what it is, in Swedish
  definition_en: what it is, in English
  value: the measure; ratios and shares as such, tips as counts
  low: lower end of its interval
  high: upper end of its interval
  interval_kind: jackknife, permutation, hac or none
  state: measured, missing or suppressed
  design: staggered_adoption, randomised_posting, staggered_links or interrupted_time_series
  evidence_grade: B for a causal design with controls, C for an interrupted time series
  failing: reason codes of the checks that failed, joined by commas
checks:
  - (value is null) = (state <> 'measured')
*/
with

known as (
    select
        effects.*,
        -- three is the lowest that any disclosure rule in use goes (METHOD section 7)
        coalesce(tips.value < greatest(run.min_cell, 3), false) as is_small
    from kpi.kpi_tips_effect as effects
    cross join config.run
    left join kpi.kpi_tips_effect as tips on tips.measure = 'observed_tips'
)

select
    known.goal_id,
    known.kpi_id,
    known.measure,
    described.label_sv,
    described.label_en,
    described.definition_sv,
    described.definition_en,
    case when not known.is_small then known.value end as value,
    case when not known.is_small then known.low end as low,
    case when not known.is_small then known.high end as high,
    known.interval_kind,
    case when known.is_small then 'suppressed' when known.value is null then 'missing' else 'measured' end as state,
    known.design,
    known.evidence_grade,
    array_to_string(known.failing, ',') as failing
from known
inner join seeds.tips_effect as described on known.measure = described.measure
order by cast(described.place as integer)
