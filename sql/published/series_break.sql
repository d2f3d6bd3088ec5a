/*
title: Where a platform began to count something else, so that no line may be drawn
grain: one row per changed definition of a platform's metric
key: [platform, scope, media_type, old_definition_id, new_definition_id]
missing: bridge_factor is null where no overlap was measured that is long, broad and steady enough (METHOD section 2)
columns:
  platform: platform
  scope: post or account
  media_type: short, other or null, as in metric_definition
  metric: canonical metric from then on
  old_metric: canonical metric until then
  break_date: first date on which only the new definition holds
  new_from: first date of the new one, where it is known; both hold from then to the break
  old_definition_id: what was counted until then
  new_definition_id: what is counted since
  old_definition: the same in words
  new_definition: the same in words
  bridge_factor: what one of the old stands for in the new; figures that came over it are flagged is_bridged
*/
with

definitions as (
    select
        platform,
        scope,
        media_type,
        metric,
        definition_id,
        max(replaces) as replaces,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to,
        min(definition) as definition
    from seeds.metrics
    group by platform, scope, media_type, metric, definition_id
)

select
    later.platform,
    later.scope,
    later.media_type,
    later.metric,
    earlier.metric as old_metric,
    cast(coalesce(earlier.valid_to + interval 1 day, later.valid_from) as date) as break_date,
    later.valid_from as new_from,
    earlier.definition_id as old_definition_id,
    later.definition_id as new_definition_id,
    earlier.definition as old_definition,
    later.definition as new_definition,
    bridges.factor as bridge_factor
from definitions as later
inner join definitions as earlier
    on later.replaces = earlier.definition_id and later.media_type is not distinct from earlier.media_type
left join kpi.kpi_bridges as bridges
    on
        later.platform = bridges.platform
        and bridges.is_usable
        and later.scope = 'post'
        and later.metric = 'views'
        and earlier.metric = 'impressions'
order by later.platform, later.scope, later.metric, later.media_type
