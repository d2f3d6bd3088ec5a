/*
title: Posts of X accounts as read
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: published_at is null where the platform's instant could not be read; reposts of others are not here at all
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  published_at: when the version that was read was written, UTC; an edit has its own instant
  text: the post's text
  media_type: kind of post, in the platform's word, lower case
  permalink: the post's address
  ref_code: code of the short link in it, if the source names one
  appeal_id: the appeal it belongs to, if the source names one
  deleted_seen_at: when the source first said it was gone, UTC
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
checks:
  - post_id is not null and account_id is not null and observed_at is not null
*/
with

posts as (
    select
        posts.*,
        coalesce(edit_history_post_ids[1], edit_history_tweet_ids[1], id) as first_id,
        coalesce(referenced_posts, referenced_tweets) as refers_to
    from raw.x__posts as posts
),

reposts as (
    select distinct
        posts.page_id,
        posts.id
    from posts, unnest(posts.refers_to) as referred (item)
    where referred.item.type = 'retweeted'
)

select
    'x:' || posts.first_id as post_id,
    posts.account_id,
    'x' as platform,
    try_cast(posts.created_at as timestamptz) as published_at,
    coalesce(posts.note_post.text, posts.note_tweet.text, posts.text) as text,
    case when posts.attachments.media_keys[1] is null then 'text' else 'media' end as media_type,
    'https://x.com/i/status/' || posts.first_id as permalink,
    cast(null as varchar) as ref_code,
    cast(null as varchar) as appeal_id,
    cast(null as timestamptz) as deleted_seen_at,
    posts.observed_at,
    posts.ingested_at
from posts
left join reposts on posts.page_id = reposts.page_id and posts.id = reposts.id
where reposts.id is null
qualify row_number() over (
    partition by posts.first_id, posts.observed_at, posts.ingested_at
    order by posts.created_at desc, posts.page_id asc
) = 1
