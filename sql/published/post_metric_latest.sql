/*
title: Newest reading of every counter of every post
grain: one row per post and native metric that was ever asked for
key: [post_id, native_metric]
incremental: post_id
missing: value is null where state is not_offered (the platform does not give it) or missing (asked for, and nothing
    came)
columns:
  post_id: post
  metric: canonical metric, see the catalogue; null for a metric the catalogue does not know
  native_metric: the platform's own name; another name is another definition, not to be added
  value: newest value that was read, in the metric's unit
  observed_at: when it was read, UTC; of the newest attempt where there is no value
  state: measured, not_offered or missing
sums:
  value: [post_id where additive_over_posts]
checks:
  - (value is null) = (state <> 'measured')
*/
with

newest as (
    select
        post_id,
        native_metric,
        arg_max(metric, struct_pack(observed_at, ingested_at)) as metric,
        arg_max(value, struct_pack(observed_at, ingested_at)) filter (where status = 'ok' and value is not null)
            as value,
        max(observed_at) filter (where status = 'ok' and value is not null) as measured_at,
        max(observed_at) as asked_at,
        arg_max(status, struct_pack(observed_at, ingested_at)) as status
    from marts.fct_post_snapshot
    group by post_id, native_metric
)

select
    post_id,
    metric,
    native_metric,
    value,
    coalesce(measured_at, asked_at) as observed_at,
    case
        when value is not null then 'measured'
        when status = 'not_offered' then 'not_offered'
        else 'missing'
    end as state
from newest
order by post_id, native_metric
