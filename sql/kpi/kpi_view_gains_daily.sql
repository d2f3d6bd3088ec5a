/*
title: Contacts gained per post and day, one definition a platform
grain: one row per post and local date with a gain of views or impressions
key: [post_id, local_date]
incremental: post_id
tail: {by: local_date}
missing: views is null where the day is known in impressions only, the platform counts views in the study period, and
    no measured bridge leads to them (is_broken); days outside every reading interval have no row
columns:
  post_id: post
  unit_id: unit
  platform: platform
  local_date: calendar date in the organisation's zone
  views: gain and correction of views; impressions x the platform's bridge where is_bridged; impressions themselves on
      a platform that has nothing else (docs/decisions/0002) [contacts, may be summed]
  is_bridged: views were not read this day; impressions were, and the bridge holds
  is_broken: views were not read this day; impressions were, and no bridge holds
checks:
  - (views is null) = is_broken
  - not (is_bridged and is_broken)
*/
with

nets as (
    select
        post_id,
        unit_id,
        platform,
        local_date,
        metric,
        cast(gain + coalesce(correction, 0) as decimal(38, 9)) as net
    from marts.fct_post_daily
    where is_counted and metric in ('views', 'impressions')
),

days as (
    select
        post_id,
        unit_id,
        platform,
        local_date,
        cast(sum(net) filter (where metric = 'views') as double) as views,
        cast(sum(net) filter (where metric = 'impressions') as double) as impressions
    from nets
    group by all
),

contacts as (
    select
        days.post_id,
        days.unit_id,
        days.platform,
        days.local_date,
        case when platforms.has_views then days.views else days.impressions end as contacts_read,
        days.impressions * platforms.factor as contacts_bridged
    from days
    inner join kpi.kpi_view_platforms as platforms on days.platform = platforms.platform
    where days.impressions is not null or platforms.has_views
)

select
    post_id,
    unit_id,
    platform,
    local_date,
    coalesce(contacts_read, contacts_bridged) as views,
    contacts_read is null and contacts_bridged is not null as is_bridged,
    contacts_read is null and contacts_bridged is null as is_broken
from contacts
