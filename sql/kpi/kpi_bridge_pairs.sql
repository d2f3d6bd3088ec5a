/*
title: Readings that carry both views and impressions of a post
grain: one row per post and instant with both metrics read
key: [post_id, observed_at]
missing: readings with only one of the two are not here; a platform that never gave both has no rows
columns:
  platform: platform
  post_id: post
  local_date: day the post was read, in the organisation's zone
  observed_at: when both were read, UTC
  views: views so far
  impressions: impressions so far
checks:
  - views is not null and impressions is not null
*/
with

readings as (
    select
        platform,
        post_id,
        observed_at,
        max(value) filter (where metric = 'views') as views,
        max(value) filter (where metric = 'impressions') as impressions
    from marts.fct_post_snapshot
    where status = 'ok' and metric in ('views', 'impressions')
    group by all
)

select
    readings.platform,
    readings.post_id,
    calendar.local_date,
    readings.observed_at,
    readings.views,
    readings.impressions
from readings
inner join seeds.calendar
    on readings.observed_at >= calendar.starts_at and readings.observed_at < calendar.ends_at
where readings.views is not null and readings.impressions is not null
