/*
title: Accounts on Bluesky as read
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
    'bluesky' as platform,
    displayname as name,
    handle,
    observed_at,
    ingested_at
from raw.bluesky__accounts
qualify row_number() over (partition by account_id, observed_at, ingested_at order by page_id, handle) = 1
