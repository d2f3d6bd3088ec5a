/*
title: Accounts in imported files, newest row
grain: one row per account
key: [account_id]
missing: unit_id is null where the file did not say whose the account is
columns:
  account_id: 'platform:native_id'
  platform: the platform, lower case
  unit_id: the unit it belongs to
  handle: its name for people
  opened_at: when it was opened, UTC
  closed_at: when it was closed, UTC
  ingested_at: when the row became known, UTC
checks:
  - account_id is not null
*/
select
    account_id,
    lower(platform) as platform,
    unit_id,
    handle,
    opened_at,
    closed_at,
    ingested_at
from raw.files__accounts
qualify
    row_number() over (partition by account_id order by unit_id is null, ingested_at desc, page_id desc, row_hash asc)
    = 1
