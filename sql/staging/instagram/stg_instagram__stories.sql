/*
title: Figures of Instagram stories as read, one metric a row
grain: one row per story, native metric and reading
key: [story_id, native_metric, observed_at, ingested_at]
missing: >-
  a story that fewer than five people have seen has no figures: native_metric is empty and status not_offered;
  published_at is null where the platform's instant could not be read
columns:
  story_id: 'platform:native_id'
  account_id: 'platform:native_id'
  published_at: when it was published, UTC
  media_type: image or video
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok, not_offered or not_found
  value: the figure at the reading
checks:
  - story_id is not null and account_id is not null and observed_at is not null
  - status in ('ok', 'not_offered', 'not_found')
  - value is null or status = 'ok'
*/
with

readings as (
    select
        stories.id, stories.account_id, stories.page_id, stories.observed_at, stories.ingested_at, stories.timestamp,
        stories.media_type, stories.status,
        coalesce(listed.item.name, '') as native_metric,
        coalesce(listed.item.total_value.value, try_cast(listed.item.values[1].value as double)) as value
    from raw.instagram__stories as stories
    left join unnest(stories.data) as listed (item) on true
)

select
    'instagram:' || id as story_id,
    account_id,
    try_cast(timestamp as timestamptz) as published_at,
    lower(media_type) as media_type,
    native_metric,
    observed_at,
    ingested_at,
    status,
    case when status = 'ok' then value end as value
from readings
qualify row_number() over (
    partition by id, native_metric, observed_at, ingested_at
    order by value desc nulls last, status asc, page_id asc
) = 1
