/*
title: Figures of YouTube channels as read, one metric a row
grain: one row per account, native metric and reading
key: [account_id, native_metric, observed_at, ingested_at]
missing: >-
  value is null where the channel did not give the figure; a hidden number of subscribers is null, whatever the platform
  puts in its place
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  value: the level at the reading; subscribers are rounded to three significant digits
checks:
  - account_id is not null and observed_at is not null
*/
with

readings as (
    select
        account_id,
        'subscriberCount' as native_metric,
        observed_at,
        ingested_at,
        page_id,
        case
            when not coalesce(statistics.hiddensubscribercount, false)
                then cast(statistics.subscribercount as double)
        end as value
    from raw.youtube__accounts

    union all

    select
        account_id,
        'viewCount' as native_metric,
        observed_at,
        ingested_at,
        page_id,
        cast(statistics.viewcount as double) as value
    from raw.youtube__accounts

    union all

    select
        account_id,
        'videoCount' as native_metric,
        observed_at,
        ingested_at,
        page_id,
        cast(statistics.videocount as double) as value
    from raw.youtube__accounts
)

select
    account_id,
    native_metric,
    observed_at,
    ingested_at,
    value
from readings
qualify row_number() over (
    partition by account_id, native_metric, observed_at, ingested_at
    order by page_id, value
) = 1
