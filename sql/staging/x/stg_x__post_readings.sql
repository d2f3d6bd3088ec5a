/*
title: Lifetime figures of X posts as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  value is null where the answer lacked the figure; reposts of others are not here, because they carry the original's
  figures; repost_count, the newer word, is filed under retweet_count so that a change of vocabulary breaks no series
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

fetched as (
    select
        posts.*,
        coalesce(edit_history_post_ids[1], edit_history_tweet_ids[1], id) as first_id,
        coalesce(referenced_posts, referenced_tweets) as refers_to
    from raw.x__posts as posts
    where public_metrics is not null
),

reposts as (
    select distinct
        fetched.page_id,
        fetched.id
    from fetched, unnest(fetched.refers_to) as referred (item)
    where referred.item.type = 'retweeted'
),

posts as (
    select fetched.*
    from fetched
    left join reposts on fetched.page_id = reposts.page_id and fetched.id = reposts.id
    where reposts.id is null
),

readings as (
    select
        first_id, page_id, observed_at, ingested_at,
        'retweet_count' as native_metric,
        cast(coalesce(public_metrics.repost_count, public_metrics.retweet_count) as double) as value
    from posts
    union all
    select
        first_id, page_id, observed_at, ingested_at,
        'reply_count' as native_metric,
        cast(public_metrics.reply_count as double) as value
    from posts
    union all
    select
        first_id, page_id, observed_at, ingested_at,
        'like_count' as native_metric,
        cast(public_metrics.like_count as double) as value
    from posts
    union all
    select
        first_id, page_id, observed_at, ingested_at,
        'quote_count' as native_metric,
        cast(public_metrics.quote_count as double) as value
    from posts
    union all
    select
        first_id, page_id, observed_at, ingested_at,
        'bookmark_count' as native_metric,
        cast(public_metrics.bookmark_count as double) as value
    from posts
    union all
    select
        first_id, page_id, observed_at, ingested_at,
        'impression_count' as native_metric,
        cast(public_metrics.impression_count as double) as value
    from posts
)

select
    'x:' || first_id as post_id,
    native_metric,
    observed_at,
    ingested_at,
    'ok' as status,
    value
from readings
qualify row_number() over (
    partition by first_id, native_metric, observed_at, ingested_at
    order by value desc nulls last, page_id asc
) = 1
