/*
title: What appeals had a part in, three numbers side by side
grain: one row per platform, one per unit and one for the organisation, of the study period
key: [unit_id, platform]
missing: each number is null where its state is missing (touched without a lag law; incremental where nothing can
    estimate it; documented and touched before the first month is counted), suppressed (small, or a neighbour that
    would give a small one away; units and platforms until the period is over) or not_estimated (incremental of
    platforms and units, for which no comparison exists)
columns:
  unit_id: unit that received the tips; null for the whole organisation
  platform: platform of the posts; null for all of them
  documented: tips with a post's code or an appeal's id, rungs 1 and 2 [tips, weighted over posts]; a floor on touched
  touched: tips on all rungs of the attribution ladder, by their weight [tips, weighted]; touched by, not caused by
  touched_low: lower end of its interval
  touched_high: upper end of its interval
  incremental: tips that would not have come otherwise, by the causal estimate [tips]
  incremental_low: lower end of its interval
  incremental_high: upper end of its interval
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  documented_state: measured, missing or suppressed
  touched_state: measured, missing or suppressed
  incremental_state: measured, missing or not_estimated
  documented_public: documented rounded for the public; parts add up to the total
  touched_public: touched rounded for the public; parts add up to the total
  remark: mostly_channel_shift where documented exceeds the upper end of incremental, so that most of it would have come
      by another way; else null
  counted_to: last day of it that documented and touched count, local; the end of a month while the period runs, null
      before the first month is counted
sums:
  documented: [unit_id, platform]
  touched: [unit_id, platform]
  documented_public: [unit_id, platform]
  touched_public: [unit_id, platform]
checks:
  - (documented is null) = (documented_state <> 'measured')
  - (touched is null) = (touched_state <> 'measured')
  - (incremental is null) = (incremental_state <> 'measured')
  - documented is null or touched is null or documented <= touched + 0.05
*/
with

effect as (
    select
        max(value) as incremental,
        max(low) as low,
        max(high) as high
    from kpi.kpi_tips_effect
    where measure = 'incremental_tips'
),

joined as (
    select
        touch.*,
        run.study_start,
        run.study_end,
        counted.counted_to,
        case when touch.scope = 'organisation' then effect.incremental end as incremental,
        case when touch.scope = 'organisation' then effect.low end as incremental_low,
        case when touch.scope = 'organisation' then effect.high end as incremental_high
    from kpi.kpi_tip_touch_visible as touch
    cross join effect
    cross join config.run
    left join kpi.kpi_tips_counted as counted
        on run.study_start = counted.first_date and counted.kind = 'documented'
)

select
    unit_id,
    platform,
    documented,
    touched,
    low as touched_low,
    high as touched_high,
    incremental,
    incremental_low,
    incremental_high,
    study_start as period_start,
    study_end as period_end,
    documented_state,
    touched_state,
    case
        when scope <> 'organisation' then 'not_estimated'
        when incremental is null then 'missing'
        else 'measured'
    end as incremental_state,
    documented_public,
    touched_public,
    case when documented > incremental_high then 'mostly_channel_shift' end as remark,
    case when counted_to >= study_start then counted_to end as counted_to
from joined
order by unit_id nulls first, platform nulls first
