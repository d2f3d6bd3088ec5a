/*
title: Stories and their figures as last read before they vanished
grain: one row per story and native metric
key: [story_id, native_metric]
missing: >-
  a story that too few people saw has one row without a metric, state not_offered; value is null with state missing
  where the platform answered without a figure. What came after the last reading is nowhere: a story is read every six
  hours, and lives for 24
columns:
  story_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  published_at: when it was published, UTC
  media_type: image or video
  native_metric: the platform's own name; empty where there are no figures
  metric: canonical metric
  value: the last figure read
  state: measured, missing or not_offered
  observed_at: when it was read, UTC
  age_hours: how old the story was then
checks:
  - state in ('measured', 'missing', 'not_offered')
  - (value is not null) = (state = 'measured')
*/
with

-- stories that had figures once have them for good: a later refusal takes none away
newest as (
    select *
    from staging.stg_instagram__stories
    where status <> 'not_found'
    qualify row_number() over (
        partition by story_id, native_metric
        order by value is null asc, observed_at desc, ingested_at desc, value desc nulls last
    ) = 1
),

figures as (
    select
        *,
        count(case when native_metric <> '' then 1 end) over (partition by story_id) as metrics
    from newest
)

select
    figures.story_id,
    figures.account_id,
    lower(split_part(figures.account_id, ':', 1)) as platform,
    figures.published_at,
    figures.media_type,
    figures.native_metric,
    definitions.metric,
    figures.value,
    case
        when figures.value is not null then 'measured'
        when figures.status = 'not_offered' then 'not_offered'
        else 'missing'
    end as state,
    figures.observed_at,
    (epoch(figures.observed_at) - epoch(figures.published_at)) / 3600 as age_hours
from figures
left join marts.dim_metric_definition as definitions
    on
        definitions.platform = 'instagram'
        and definitions.scope = 'post'
        and figures.native_metric = definitions.spelling
        and definitions.holds_before is null
where figures.native_metric <> '' or figures.metrics = 0
