/*
title: What a platform's native metric means, and when
grain: one row per platform, scope, spelling of a native metric, format of post and definition
key: [platform, scope, spelling, media_type, holds_from]
missing: >-
  media_type is null where the definition is of all posts; holds_from is null for the first definition of a name and
  holds_before for the last, because a figure read outside of the catalogue's dates is of the definition nearest to it
columns:
  platform: platform; '*' is any that has no row of its own for the native metric
  scope: post or account
  spelling: the native metric in lower case, every run of other characters as _
  media_type: short, other (all but short), or null
  metric: canonical metric
  kind: counter, reversible, unique, gauge or event
  definition_id: what the figures are counts of; two with one id may be compared and differenced, others never
  holds_from: first date of a figure of this definition (UTC)
  holds_before: first date after it
checks:
  - platform is not null and scope is not null and metric is not null and kind is not null
  - definition_id is not null
  - media_type is null or media_type in ('short', 'other')
*/
with

definitions as (
    select distinct
        platform,
        scope,
        regexp_replace(lower(native_metric), '[^a-z0-9]+', '_', 'g') as spelling,
        media_type,
        metric,
        kind,
        definition_id,
        valid_from,
        valid_to
    from seeds.metrics
)

select
    platform,
    scope,
    spelling,
    media_type,
    metric,
    kind,
    definition_id,
    case when row_number() over defined > 1 then valid_from end as holds_from,
    lead(valid_from) over defined as holds_before
from definitions
window defined as (
    partition by platform, scope, spelling, media_type order by valid_from asc nulls first, valid_to asc nulls last
)
