/*
title: In how many ways each KPI of goals.yaml is told
grain: one row per KPI and variant
key: [goal_id, kpi_id, variant]
missing: variant is null where there is but one way; sample and grade are null where the KPI is no survey
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI as named in goals.yaml
  variant: >-
    of a survey, its kind of sample, or own_channel_raked, panel_raked (weighted to known margins) and
    own_channel_bounds (what own channels say of everybody if nothing is assumed); of response times, clock or
    business; of coverage, population or unit_days
  sample: kind of sample the variant rests on
  grade: evidence grade of the kind of sample
  is_judged: the KPI's target holds for this variant
checks:
  - is_judged is not null
*/
with

asked as (
    select
        goal_id,
        kpi_id,
        frame_share,
        sources,
        unnest(map_keys(sources)) as sample
    from config.kpis
    where kind = 'survey_share'
),

samples as (
    select
        goal_id,
        kpi_id,
        frame_share,
        sample,
        sources[sample] as grade
    from asked
),

margins as (
    select distinct
        goal_id,
        kpi_id
    from config.survey_margins
),

hours as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        'clock' as variant,
        coalesce(kpis.hours, 'clock') = 'clock' as is_judged
    from config.kpis
    where kpis.kind = 'km_median'
    union all
    select
        kpis.goal_id,
        kpis.kpi_id,
        'business' as variant,
        coalesce(kpis.hours, 'clock') = 'business' as is_judged
    from config.kpis
    where kpis.kind = 'km_median' and exists (select 1 as found from config.business_hours)
)

select
    goal_id,
    kpi_id,
    cast(null as varchar) as variant,
    cast(null as varchar) as sample,
    cast(null as varchar) as grade,
    true as is_judged
from config.kpis
where kind not in ('survey_share', 'km_median') and metric is distinct from 'coverage'
union all
-- a target for the coverage holds for the inhabitants, as units are weighed in goals.yaml
select goal_id, kpi_id, 'population' as variant, null as sample, null as grade, true as is_judged
from config.kpis
where metric = 'coverage'
union all
select goal_id, kpi_id, 'unit_days' as variant, null as sample, null as grade, false as is_judged
from config.kpis
where metric = 'coverage'
union all
select goal_id, kpi_id, variant, null as sample, null as grade, is_judged from hours
union all
select goal_id, kpi_id, sample as variant, sample, grade, true as is_judged from samples
union all
select
    samples.goal_id, samples.kpi_id, samples.sample || '_raked' as variant, samples.sample,
    'C' as grade, true as is_judged
from samples
inner join margins on samples.goal_id = margins.goal_id and samples.kpi_id = margins.kpi_id
where samples.sample <> 'probability_sample'
union all
select goal_id, kpi_id, sample || '_bounds' as variant, sample, grade, true as is_judged
from samples
where sample = 'own_channel' and frame_share is not null
