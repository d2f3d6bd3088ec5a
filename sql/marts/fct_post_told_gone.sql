/*
title: Posts that a reading of their figures did not find
grain: one row per post that was not found when it was asked for, and has not been found again
key: [post_id]
incremental: post_id
missing: a post that stands, or that nobody has asked for by its id, is not here
columns:
  post_id: 'platform:native_id'
  gone_at: when it was first not found, UTC
checks:
  - post_id is not null and gone_at is not null
*/
with

statuses as (
    select post_id, status, observed_at
    from staging.stg_facebook_pages__post_readings
    union all
    select post_id, status, observed_at
    from staging.stg_instagram__post_readings
    union all
    select post_id, status, observed_at
    from staging.stg_threads__post_readings
    union all
    select post_id, status, observed_at
    from staging.stg_youtube__post_readings
    union all
    select post_id, status, observed_at
    from staging.stg_files__post_readings
),

told as (
    select
        *,
        max(case when status in ('ok', 'not_offered') then observed_at end) over (partition by post_id) as seen_at
    from statuses
)

select
    post_id,
    min(observed_at) as gone_at
from told
where status = 'not_found' and (seen_at is null or observed_at > seen_at)
group by post_id
