/*
title: Metrics that a platform refused an account, or gives again, as it was told
grain: one row per account, scope, native metric, kind of post and asking
key: [account_id, scope, native_metric, media_type, asked_at]
missing: a metric that was never refused is not here; media_type is empty where the metric is one of all posts
columns:
  account_id: 'platform:native_id'
  platform: the platform, as in the metric catalogue
  scope: post or account
  native_metric: the platform's own name
  media_type: kind of post, in the platform's word, lower case
  asked_at: when the platform was asked, UTC
  status: not_offered or offered
  reason: the platform's word
checks:
  - asked_at is not null and status in ('not_offered', 'offered')
*/
with

told as (
    select account_id, scope, native_metric, media_product_type, asked_at, observed_at, status, reason, page_id
    from raw.facebook_pages__metric_status
    union all
    select account_id, scope, native_metric, media_product_type, asked_at, observed_at, status, reason, page_id
    from raw.instagram__metric_status
    union all
    select account_id, scope, native_metric, media_product_type, asked_at, observed_at, status, reason, page_id
    from raw.threads__metric_status
    union all
    select account_id, scope, native_metric, media_product_type, asked_at, observed_at, status, reason, page_id
    from raw.youtube__metric_status
),

dated as (
    select
        account_id,
        lower(split_part(account_id, ':', 1)) as platform,
        scope,
        native_metric,
        lower(coalesce(media_product_type, '')) as media_type,
        coalesce(try_cast(asked_at as timestamptz), observed_at) as asked_at,
        status,
        reason,
        page_id
    from told
)

select
    account_id,
    platform,
    scope,
    native_metric,
    media_type,
    asked_at,
    status,
    reason
from dated
qualify row_number() over (
    partition by account_id, scope, native_metric, media_type, asked_at
    order by status desc, page_id asc
) = 1
