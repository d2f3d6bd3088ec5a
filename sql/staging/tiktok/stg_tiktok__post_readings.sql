/*
title: Lifetime figures of TikTok videos as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  value is null where the interface that was read has the metric and gave none for the video, as for accounts with fewer
  than 100 followers; a metric of the other interface is not here
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok, not_offered, not_found or error
  value: the lifetime figure at the reading
checks:
  - post_id is not null and native_metric is not null and observed_at is not null
  - status in ('ok', 'not_offered', 'not_found', 'error')
  - value is null or status = 'ok'
*/
with

readings as (
    select
        coalesce(id, item_id) as video_id, page_id, observed_at, ingested_at,
        item_id is not null as is_business,
        unnest([
            { 'native_metric': 'like_count', 'is_business': false, 'value': like_count },
            { 'native_metric': 'comment_count', 'is_business': false, 'value': comment_count },
            { 'native_metric': 'share_count', 'is_business': false, 'value': share_count },
            { 'native_metric': 'view_count', 'is_business': false, 'value': view_count },
            { 'native_metric': 'likes', 'is_business': true, 'value': likes },
            { 'native_metric': 'comments', 'is_business': true, 'value': comments },
            { 'native_metric': 'shares', 'is_business': true, 'value': shares },
            { 'native_metric': 'favorites', 'is_business': true, 'value': favorites },
            { 'native_metric': 'reach', 'is_business': true, 'value': reach },
            { 'native_metric': 'video_views', 'is_business': true, 'value': video_views },
            { 'native_metric': 'new_followers', 'is_business': true, 'value': new_followers },
            { 'native_metric': 'total_time_watched', 'is_business': true, 'value': total_time_watched },
            { 'native_metric': 'average_time_watched', 'is_business': true, 'value': average_time_watched },
            { 'native_metric': 'full_video_watched_rate', 'is_business': true, 'value': full_video_watched_rate }
        ]) as figure
    from raw.tiktok__posts
)

select
    'tiktok:' || video_id as post_id,
    figure.native_metric,
    observed_at,
    ingested_at,
    'ok' as status,
    cast(figure.value as double) as value
from readings
where figure.is_business = is_business
qualify row_number() over (
    partition by video_id, figure.native_metric, observed_at, ingested_at
    order by figure.value desc nulls last, page_id asc
) = 1
