/*
title: Accounts on LinkedIn as read
grain: one row per account and reading
key: [account_id, observed_at, ingested_at]
missing: name and handle are always null, because LinkedIn is asked for a page's figures only
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
    'linkedin' as platform,
    cast(null as varchar) as name,
    cast(null as varchar) as handle,
    observed_at,
    ingested_at
from raw.linkedin__accounts
qualify row_number() over (partition by account_id, observed_at, ingested_at order by page_id) = 1
