/*
title: Figures of accounts as read, one metric a row
grain: one row per account, native metric and reading
key: [account_id, native_metric, observed_at, ingested_at]
missing: >-
  a metric is here only where the interface that was read has it: the Display API and the Business API call the same
  figures differently
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  value: the level at the reading
checks:
  - account_id is not null and observed_at is not null and value is not null
*/
with

readings as (
    select
        account_id, observed_at, ingested_at, page_id,
        unnest([
            { 'native_metric': 'follower_count', 'value': follower_count },
            { 'native_metric': 'following_count', 'value': following_count },
            { 'native_metric': 'likes_count', 'value': likes_count },
            { 'native_metric': 'video_count', 'value': video_count },
            { 'native_metric': 'followers_count', 'value': followers_count },
            { 'native_metric': 'total_likes', 'value': total_likes },
            { 'native_metric': 'videos_count', 'value': videos_count }
        ]) as figure
    from raw.tiktok__accounts
)

select
    account_id,
    figure.native_metric,
    observed_at,
    ingested_at,
    cast(figure.value as double) as value
from readings
where figure.value is not null
qualify row_number() over (
    partition by account_id, figure.native_metric, observed_at, ingested_at
    order by page_id, figure.value
) = 1
