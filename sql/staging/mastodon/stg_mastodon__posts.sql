/*
title: Posts of Mastodon accounts as read
grain: one row per post and reading
key: [post_id, observed_at, ingested_at]
incremental: post_id
missing: published_at is null where the instant could not be read; boosts and messages are not here
columns:
  post_id: 'platform:native_id'
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  published_at: when it was published, UTC; an edit changes nothing here
  text: the post's text without markup, behind its content warning if it has one
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
        *,
        split_part(account_id, '@', 2) as host,
        -- a paragraph's end and a break are a line; links show all of their address between the tags
        regexp_replace(regexp_replace(content, '<br ?/?>|</p>', chr(10), 'gi'), '<[^>]*>', '', 'g') as bare
    from raw.mastodon__posts
),

marks as (
    select
        *,
        replace(replace(replace(bare, '&lt;', '<'), '&gt;', '>'), '&quot;', '"') as marked
    from posts
),

-- the ampersand last: &amp;lt; is the text &lt;
texts as (
    select
        *,
        trim(
            replace(replace(replace(marked, '&#39;', chr(39)), '&nbsp;', ' '), '&amp;', '&'), ' ' || chr(10)
        ) as plain
    from marks
)

select
    'mastodon:' || id || '@' || host as post_id,
    account_id,
    'mastodon' as platform,
    try_cast(created_at as timestamptz) as published_at,
    concat_ws(chr(10), nullif(spoiler_text, ''), plain) as text,
    coalesce(media_attachments[1].type, 'text') as media_type,
    coalesce(url, uri) as permalink,
    cast(null as varchar) as ref_code,
    cast(null as varchar) as appeal_id,
    cast(null as timestamptz) as deleted_seen_at,
    observed_at,
    ingested_at
from texts
qualify row_number() over (
    partition by account_id, id, observed_at, ingested_at
    order by edited_at desc nulls last, page_id asc
) = 1
