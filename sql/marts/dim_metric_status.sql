/*
title: Metrics that a platform has refused, since when, and whether they came back
grain: one row per platform, scope, native metric and kind of post that was refused to any account
key: [platform, scope, native_metric, media_type]
missing: >-
  a metric that was never refused is not here; back_since is null while an account is still refused it, closed_on while
  any account still gets it: from that date on the metric has no figures, which are neither missing nor zero
columns:
  platform: the platform, as in the metric catalogue
  scope: post or account
  native_metric: the platform's own name
  media_type: kind of post, lower case; empty where the metric is one of all posts
  accounts: how many accounts are refused it now
  not_offered_since: since when the first of them is, or was before it came back, UTC
  last_asked_at: when the platform was asked last, UTC
  reason: the platform's word
  back_since: since when it is given again, UTC
  closed_on: date (UTC) from which nobody was given it any more
checks:
  - accounts >= 0 and not_offered_since is not null and last_asked_at >= not_offered_since
  - (back_since is null) = (accounts > 0)
  - closed_on is null or accounts > 0
*/
with

asked as (
    select
        *,
        count(case when status = 'offered' then 1 end) over (
            partition by account_id, scope, native_metric, media_type order by asked_at
            rows between unbounded preceding and 1 preceding
        ) as episode
    from staging.stg_landing__metric_status
),

episodes as (
    select
        platform, account_id, scope, native_metric, media_type, episode,
        min(asked_at) filter (where status = 'not_offered') as since,
        max(asked_at) as last_asked_at,
        max_by(reason, asked_at) filter (where status = 'not_offered') as reason,
        min(asked_at) filter (where status = 'offered') as back_since
    from asked
    group by platform, account_id, scope, native_metric, media_type, episode
    having count(case when status = 'not_offered' then 1 end) > 0
),

newest as (
    select *
    from episodes
    qualify row_number() over (
        partition by account_id, scope, native_metric, media_type order by episode desc
    ) = 1
),

given as (
    select platform, 'post' as scope, native_metric, max(cast(observed_at as date)) as last_on
    from marts.fct_post_snapshot
    where value is not null
    group by platform, native_metric
    union all
    select platform, 'account' as scope, native_metric, max(local_date) as last_on
    from marts.fct_account_figure
    where value is not null
    group by platform, native_metric
),

told as (
    select
        platform, scope, native_metric, media_type,
        count(case when back_since is null then 1 end) as accounts,
        min(since) filter (where back_since is null) as since,
        max(since) as last_since,
        max(last_asked_at) as last_asked_at,
        max_by(reason, last_asked_at) as reason,
        max(back_since) as back_since
    from newest
    group by platform, scope, native_metric, media_type
)

select
    told.platform,
    told.scope,
    told.native_metric,
    told.media_type,
    told.accounts,
    coalesce(told.since, told.last_since) as not_offered_since,
    told.last_asked_at,
    told.reason,
    case when told.accounts = 0 then told.back_since end as back_since,
    case
        when told.accounts > 0 and (given.last_on is null or given.last_on <= cast(told.last_since as date))
            then cast(told.last_since as date)
    end as closed_on
from told
left join given
    on told.platform = given.platform and told.scope = given.scope and told.native_metric = given.native_metric
