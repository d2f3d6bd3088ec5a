/*
title: YouTube channels as read
grain: one row per account and reading
key: [account_id, observed_at, ingested_at]
missing: name and handle are null where the platform gave none
columns:
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  name: display name at the reading
  handle: handle at the reading; an attribute, never a key
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
checks:
  - account_id is not null and observed_at is not null
*/
select
    account_id,
    'youtube' as platform,
    snippet.title as name,
    snippet.customurl as handle,
    observed_at,
    ingested_at
from raw.youtube__accounts
qualify row_number() over (
    partition by account_id, observed_at, ingested_at order by page_id, snippet.customurl
) = 1
