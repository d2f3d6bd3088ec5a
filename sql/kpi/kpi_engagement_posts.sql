/*
title: Posts of the ratio KPIs, with what was last read of them, one definition a platform (I1, P3)
grain: one row per KPI and post of its goal published in the period, on platforms whose catalogue has the denominator
key: [goal_id, kpi_id, post_id]
missing: numerator is null unless every metric of it that the platform's catalogue has was read; denominator is null
    when it was never read
columns:
  goal_id: goal
  kpi_id: KPI
  post_id: post, deleted later or not
  account_id: account
  unit_id: unit
  platform: platform
  numerator: sum of the newest readings of the metrics above the line
  denominator: newest reading of the metric below the line
  is_other_definition: something of it was read only in another definition (native metric) than most of the platform's
      posts; it is then null here
checks:
  - not is_other_definition or numerator is null or denominator is null
*/
with

kpis as (
    select
        goal_id,
        kpi_id,
        platforms,
        period_start,
        counted_to,
        case denominator when 'reach' then 'reach_post' else denominator end as denominator,
        numerators
    from kpi.kpi_registry
    where measure = 'engagement_ratio'
),

catalogue as (
    select
        platform,
        metric
    from kpi.kpi_platform_metrics
),

above as (
    select
        goal_id,
        kpi_id,
        unnest(numerators) as metric
    from kpis
),

parts as (
    select distinct
        goal_id,
        kpi_id,
        -- goals.yaml may say likes for what the catalogue calls reactions
        case metric when 'likes' then 'reactions' else metric end as metric,
        'numerator' as part
    from above
    union all
    select
        goal_id,
        kpi_id,
        denominator as metric,
        'denominator' as part
    from kpis
),

posts as (
    select
        kpis.goal_id,
        kpis.kpi_id,
        posts.post_id,
        posts.account_id,
        posts.unit_id,
        posts.platform
    from kpis
    inner join marts.fct_post_goal as goals on kpis.goal_id = goals.goal_id
    inner join marts.dim_post as posts on goals.post_id = posts.post_id
    inner join catalogue on posts.platform = catalogue.platform and kpis.denominator = catalogue.metric
    where
        posts.local_date between kpis.period_start and kpis.counted_to
        and (kpis.platforms is null or list_contains(kpis.platforms, posts.platform))
),

natives as (
    select
        post_id,
        platform,
        metric,
        native_metric,
        arg_max(value, struct_pack(observed_at, ingested_at)) as value,
        max(observed_at) as observed_at
    from marts.fct_post_snapshot
    where status = 'ok' and value is not null
    group by all
),

counted as (
    select distinct post_id
    from posts
),

popular as (
    select
        natives.platform,
        natives.metric,
        natives.native_metric,
        count(*) as posts
    from natives
    inner join counted on natives.post_id = counted.post_id
    group by all
),

-- of several definitions of one metric, the one that most of the posts were read in: two are never mixed
definitions as (
    select
        platform,
        metric,
        arg_max(native_metric, struct_pack(posts, native_metric)) as native_metric
    from popular
    group by all
),

readings as (
    select
        natives.post_id,
        natives.metric,
        max(natives.value) filter (where natives.native_metric = definitions.native_metric) as value,
        bool_and(natives.native_metric <> definitions.native_metric) as is_other_definition
    from natives
    inner join definitions on natives.platform = definitions.platform and natives.metric = definitions.metric
    group by all
)

select
    posts.goal_id,
    posts.kpi_id,
    posts.post_id,
    posts.account_id,
    posts.unit_id,
    posts.platform,
    case
        when
            count(*) filter (where parts.part = 'numerator')
            = count(readings.value) filter (where parts.part = 'numerator')
            then sum(readings.value) filter (where parts.part = 'numerator')
    end as numerator,
    max(readings.value) filter (where parts.part = 'denominator') as denominator,
    coalesce(bool_or(readings.is_other_definition), false) as is_other_definition
from posts
inner join parts on posts.goal_id = parts.goal_id and posts.kpi_id = parts.kpi_id
inner join catalogue on posts.platform = catalogue.platform and parts.metric = catalogue.metric
left join readings on posts.post_id = readings.post_id and parts.metric = readings.metric
group by all
