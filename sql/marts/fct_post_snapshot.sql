/*
title: Readings of posts' lifetime figures, with the metric they mean
grain: one row per post, native metric and instant
key: [post_id, native_metric, observed_at]
incremental: post_id
tail: {by: observed_at}
missing: >-
  value is null where the reading has none, and its status says why; metric, kind and definition_id are null where the
  catalogue does not know the native metric: the reading is kept, and counts nowhere
columns:
  post_id: 'platform:native_id'
  account_id: the account; null for a post that was read but never listed
  platform: the platform, as in the metric catalogue
  native_metric: the platform's own name
  metric: canonical metric
  kind: counter, reversible, unique, gauge or event
  definition_id: what the figure counts, by the catalogue; readings of two definitions are never differenced
  observed_at: when the figure held, UTC
  ingested_at: when it became known, UTC
  status: ok, not_offered, not_found or error
  value: the lifetime figure
checks:
  - post_id is not null and native_metric is not null and observed_at is not null and platform is not null
  - status in ('ok', 'not_offered', 'not_found', 'error')
  - value is null or status = 'ok'
  - (metric is null) = (kind is null) and (metric is null) = (definition_id is null)
*/
with

read as (
    select * from staging.stg_facebook_pages__post_readings
    union all
    select * from staging.stg_instagram__post_readings
    union all
    select * from staging.stg_threads__post_readings
    union all
    select * from staging.stg_x__post_readings
    union all
    select * from staging.stg_linkedin__post_readings
    union all
    select * from staging.stg_tiktok__post_readings
    union all
    select * from staging.stg_mastodon__post_readings
    union all
    select * from staging.stg_bluesky__post_readings
    union all
    select * from staging.stg_youtube__post_readings
    union all
    select * from staging.stg_files__post_readings
),

-- a hash finds the few readings that may share an instant, for less than ordering all of them takes
twins as (
    select hash(post_id, native_metric, observed_at) as mixed
    from read
    group by mixed
    having count(*) > 1
),

-- one instant holds one figure: a value goes before none, and the newest word before an older one
chosen as (
    select post_id, native_metric, observed_at, ingested_at, status, value
    from read
    where hash(post_id, native_metric, observed_at) in (select twins.mixed from twins)
    qualify row_number() over (
        partition by post_id, native_metric, observed_at
        order by status = 'ok' and value is not null desc, ingested_at desc, value desc nulls last, status asc
    ) = 1
),

readings as (
    select * from chosen
    union all
    select post_id, native_metric, observed_at, ingested_at, status, value from read
    where hash(post_id, native_metric, observed_at) not in (select twins.mixed from twins)
),

identified as (
    select
        readings.*,
        posts.account_id,
        coalesce(posts.platform, lower(split_part(readings.post_id, ':', 1))) as platform,
        case when lower(posts.media_type) in ('short', 'shorts') then 'short' else 'other' end as format
    from readings
    left join marts.dim_post as posts on readings.post_id = posts.post_id
),

natives as (
    select distinct platform, native_metric
    from identified
),

-- what is said of one platform goes before what is said of any ('*'), also where its validity has ended
catalogue as (
    select
        natives.platform, natives.native_metric, definitions.metric, definitions.kind, definitions.definition_id,
        definitions.media_type, definitions.holds_from, definitions.holds_before
    from natives
    inner join marts.dim_metric_definition as definitions
        on
            regexp_replace(lower(natives.native_metric), '[^a-z0-9]+', '_', 'g') = definitions.spelling
            and (natives.platform = definitions.platform or definitions.platform = '*')
    where definitions.scope = 'post'
    qualify dense_rank() over (
        partition by natives.platform, natives.native_metric order by definitions.platform = '*' asc
    ) = 1
)

select
    identified.post_id, identified.account_id, identified.platform, identified.native_metric,
    catalogue.metric, catalogue.kind, catalogue.definition_id,
    identified.observed_at, identified.ingested_at, identified.status, identified.value
from identified
left join catalogue
    on
        identified.platform = catalogue.platform
        and identified.native_metric = catalogue.native_metric
        and (catalogue.media_type is null or identified.format = catalogue.media_type)
        and (catalogue.holds_from is null or cast(identified.observed_at as date) >= catalogue.holds_from)
        and (catalogue.holds_before is null or cast(identified.observed_at as date) < catalogue.holds_before)
