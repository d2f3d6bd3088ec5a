/*
title: The KPIs of goals.yaml, each with what it is computed as
grain: one row per goal, KPI and variant
key: [goal_id, kpi_id, variant]
missing: measure is null where nothing computes this kind of KPI yet; it is then published as not computed, never left
    out
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI as named in goals.yaml
  variant: way in which the KPI is told, as kpi_variants says; null where there is but one
  position: order in goals.yaml
  is_primary: the goal's verdict depends on it
  measure: what the cells are made of; see the models kpi_*_cells
  kind: kind of KPI in goals.yaml
  interval_rule: interval named in goals.yaml
  numerators: canonical metrics added up above the line
  denominator: canonical metric below the line
  platforms: platforms counted; null for all that have the metrics but YouTube, whose terms forbid to add it to others
  series: how a changed definition is treated; bridged, or as each platform gives it
  variant_grade: evidence grade goals.yaml gives this kind of sample
  target_op: more is better (>=) or less is better (<=)
  target_value: target, in the KPI's unit; null too for a variant that is only shown
  is_post_hoc: the target was set on or after the first day of the period
  min_n: fewest observations a verdict may rest on
  min_evidence: lowest evidence grade a verdict may rest on
  scale: the value is multiplied by this, e.g. 100 for "per 100"
  due_hours: hours after which something is due (an answer), or within which a post is due to be read
  is_sensitive: counts tips, so small cells are suppressed
  label_sv: label in Swedish, goals.yaml before the seed
  label_en: label in English, goals.yaml before the seed
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  counted_to: last finished local day of the period at as_of
  as_of: instant the figures stand for, UTC
  is_settled: the period and its settle lag were over at as_of
checks:
  - target_op is null or target_op in ('>=', '<=')
  - counted_to <= period_end
*/
with

run as (
    select
        as_of,
        study_start,
        study_end,
        cast(as_of at time zone timezone as date) as as_of_date,
        settle_days
    from config.run
),

measured as (
    select
        kpis.*,
        variants.variant,
        variants.grade as variant_grade,
        variants.is_judged,
        case
            when kpis.kind = 'share_census' and kpis.metric = 'population_covered' then 'population_covered'
            when kpis.kind = 'share_census' and kpis.metric = 'active_unit_weeks_with_post' then 'active_weeks'
            when kpis.kind = 'share_census' and kpis.metric = 'coverage' then 'coverage'
            when kpis.kind = 'mean_over_unit_months' and kpis.metric = 'views_per_1000_inhabitants'
                then 'views_per_inhabitants'
            when kpis.kind = 'ratio_of_sums' and kpis.denominator = ['touched_tips']
                then case when kpis.numerator = ['documented_tips'] then 'capture_rate' end
            when kpis.kind = 'ratio_of_sums' and kpis.numerator = ['advice_visits'] and kpis.denominator = ['reach']
                then 'advice_visits'
            when kpis.kind = 'ratio_of_sums' and array_length(kpis.denominator) = 1 then 'engagement_ratio'
            when
                kpis.kind = 'proportion'
                and kpis.numerator = ['answered_24h']
                and kpis.denominator = ['questions_due_24h']
                then 'answered_in_time'
            when kpis.kind = 'proportion' and kpis.numerator = ['tips_useful'] and kpis.denominator = ['tips_assessed']
                then 'useful_tips'
            when kpis.kind = 'count_rate' and kpis.numerator = ['documented_tips'] and kpis.denominator = ['appeals']
                then 'documented_tips'
            when kpis.kind = 'bounds' and kpis.metric = 'unique_reach_share' then 'unique_reach'
            when kpis.kind = 'rate_ratio_causal' then 'tips_rate_ratio'
            when kpis.kind = 'survey_share' then 'survey_share'
            when kpis.kind = 'km_median' then 'km_median'
        end as measure
    from config.kpis
    inner join kpi.kpi_variants as variants
        on kpis.goal_id = variants.goal_id and kpis.kpi_id = variants.kpi_id
)

select
    measured.goal_id,
    measured.kpi_id,
    measured.variant,
    measured.position,
    measured.is_primary and measured.is_judged as is_primary,
    measured.measure,
    measured.kind,
    measured.interval as interval_rule,
    measured.numerator as numerators,
    measured.denominator[1] as denominator,
    measured.platforms,
    measured.series,
    measured.variant_grade,
    case when measured.is_judged then measured.target_op end as target_op,
    case when measured.is_judged then measured.target_value end as target_value,
    coalesce(measured.target_set_at >= run.study_start, false) as is_post_hoc,
    measured.min_n,
    measured.min_evidence,
    coalesce(cast(described.scale as double), 1) as scale,
    cast(described.due_hours as bigint) as due_hours,
    coalesce(cast(described.is_sensitive as boolean), false) as is_sensitive,
    coalesce(measured.label_sv, described.label_sv, measured.kpi_id) as label_sv,
    coalesce(measured.label_en, described.label_en, measured.kpi_id) as label_en,
    run.study_start as period_start,
    run.study_end as period_end,
    cast(least(run.study_end, run.as_of_date - interval 1 day) as date) as counted_to,
    run.as_of,
    date_diff('day', run.study_end, run.as_of_date) > run.settle_days as is_settled
from measured
cross join run
left join seeds.kpis as described on measured.kpi_id = described.kpi_id
