/*
title: Lifetime figures of Facebook posts as read, one metric a row
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  reactions and comments are null where the platform left them out; shares absent is a known zero, because the platform
  leaves the object out exactly when nobody shared; a refused metric is not_offered; a post that was withdrawn or has
  expired is not_found
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

posts as (
    select *
    from raw.facebook_pages__posts
    where is_published is distinct from false and is_expired is distinct from true
),

fields as (
    select
        id, account_id, run_id, page_id, observed_at, ingested_at,
        'reactions' as native_metric,
        cast(reactions.summary.total_count as double) as value
    from posts

    union all

    select
        id, account_id, run_id, page_id, observed_at, ingested_at,
        'comments' as native_metric,
        cast(comments.summary.total_count as double) as value
    from posts

    union all

    select
        id, account_id, run_id, page_id, observed_at, ingested_at,
        'shares' as native_metric,
        cast(coalesce(shares.count, 0) as double) as value
    from posts
),

insights as (
    select
        posts.id, posts.account_id, posts.run_id, posts.page_id, posts.observed_at, posts.ingested_at,
        listed.item.name as native_metric,
        try_cast(listed.item.values[1].value as double) as value
    from posts, unnest(posts.insights.data) as listed (item)
    where coalesce(listed.item.period, 'lifetime') = 'lifetime'
),

given as (
    select * from fields
    union all
    select * from insights
),

refused as (
    select
        posts.id,
        posts.page_id,
        posts.observed_at,
        posts.ingested_at,
        metric_status.native_metric
    from posts
    inner join raw.facebook_pages__metric_status as metric_status
        on posts.run_id = metric_status.run_id and posts.account_id = metric_status.account_id
    left join insights
        on
            posts.page_id = insights.page_id and posts.id = insights.id
            and metric_status.native_metric = insights.native_metric
    where metric_status.scope = 'post' and metric_status.status = 'not_offered' and insights.id is null
),

readings as (
    select id, page_id, native_metric, observed_at, ingested_at, 'ok' as status, value
    from given
    union all
    select id, page_id, native_metric, observed_at, ingested_at, 'not_offered' as status, null as value
    from refused
    union all
    -- withdrawn by the Page: what it still says of the post counts no more
    select id, page_id, 'reactions' as native_metric, observed_at, ingested_at, 'not_found' as status, null as value
    from raw.facebook_pages__posts
    where not is_published or is_expired
)

select
    'facebook:' || id as post_id,
    native_metric,
    observed_at,
    ingested_at,
    status,
    value
from readings
qualify row_number() over (
    partition by id, native_metric, observed_at, ingested_at
    order by status desc, value desc nulls last, page_id asc
) = 1
