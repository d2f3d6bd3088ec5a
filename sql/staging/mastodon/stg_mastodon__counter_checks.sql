/*
title: Counters of sampled Mastodon posts beside the length of their lists, as read
grain: one row per post, native metric and reading
key: [post_id, native_metric, observed_at, ingested_at]
missing: a post that was not drawn, and a counter that was not displayed or has no list, is not here
columns:
  post_id: 'platform:native_id'
  native_metric: the platform's own name
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  displayed: what the counter showed
  listed: how many members the list had
  is_complete: the list was read to its end, and the counter showed the same before and after
checks:
  - post_id is not null and displayed is not null and listed is not null and is_complete is not null
*/
select
    'mastodon:' || post_id || '@' || split_part(account_id, '@', 2) as post_id,
    native_metric,
    observed_at,
    ingested_at,
    displayed,
    listed,
    is_complete
from raw.mastodon__counter_checks
qualify row_number() over (
    partition by account_id, post_id, native_metric, observed_at, ingested_at
    order by page_id, displayed, listed
) = 1
