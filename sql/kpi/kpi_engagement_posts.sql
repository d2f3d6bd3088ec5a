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
  local_date: day it was published, local
  weight: part of the post that serves the goal, 0 to 1
  numerator: sum of the newest readings of the metrics above the line; a unique figure cannot be one of them
  denominator: newest reading of the metric below the line
  is_other_definition: something of it was read only in another definition (native metric) than most of the platform's
      posts; it is then null here
checks:
  - not is_other_definition or numerator is null or denominator is null
*/
with

due as (
    select
        goal_id,
        kpi_id,
        post_id,
        account_id,
        unit_id,
        platform,
        local_date,
        weight,
        part,
        metric
    from kpi.kpi_engagement_due
),

natives as (
    select
        post_id,
        platform,
        metric,
        native_metric,
        kind,
        arg_max(value, struct_pack(observed_at, ingested_at)) as value
    from marts.fct_post_snapshot
    where value is not null and post_id in (select due.post_id from due)
    group by all
),

popular as (
    select
        natives.platform,
        natives.metric,
        natives.native_metric,
        count(*) as posts
    from natives
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
        max(natives.kind) as kind,
        max(natives.value) filter (where natives.native_metric = definitions.native_metric) as value,
        bool_and(natives.native_metric <> definitions.native_metric) as is_other_definition
    from natives
    inner join definitions on natives.platform = definitions.platform and natives.metric = definitions.metric
    group by all
)

select
    due.goal_id,
    due.kpi_id,
    due.post_id,
    due.account_id,
    due.unit_id,
    due.platform,
    due.local_date,
    due.weight,
    case
        when
            count(*) filter (where due.part = 'numerator')
            = count(readings.value) filter (where due.part = 'numerator' and readings.kind is distinct from 'unique')
            then sum(readings.value) filter (where due.part = 'numerator' and readings.kind is distinct from 'unique')
    end as numerator,
    max(readings.value) filter (where due.part = 'denominator') as denominator,
    coalesce(bool_or(readings.is_other_definition), false) as is_other_definition
from due
left join readings on due.post_id = readings.post_id and due.metric = readings.metric
group by all
