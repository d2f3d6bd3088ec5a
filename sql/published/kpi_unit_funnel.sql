/*
title: Units beside the limits that chance sets around the organisation's value, instead of a league table
grain: one row per KPI that is a proportion, a rate or a pooled ratio, goal, variant and unit, over the study period
key: [kpi_id, goal_id, variant, unit_id]
missing: a unit of which nothing was read, or that had nothing due, has no row; KPIs that count tips have none
columns:
  kpi_id: KPI as named in goals.yaml
  goal_id: goal
  variant: another way of telling the KPI; null for every other KPI
  unit_id: unit
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  value: the unit's value, in the unit docs/kpis.md gives
  n: observations
  centre: the pooled value of all units with a value
  low_95: lower limit within which 95 % of units of this size fall by chance
  high_95: upper limit
  low_998: lower limit within which 99.8 % fall
  high_998: upper limit
  position: inside, below_95, above_95, below_998 or above_998; outside means worth asking why, not better or worse
  phi: how much more the units vary than chance alone would have them; above 1.2 the limits are widened by its root
checks:
  - low_998 <= low_95 and low_95 <= centre and centre <= high_95 and high_95 <= high_998
  - position in ('inside', 'below_95', 'above_95', 'below_998', 'above_998')
*/
select
    kpi_id,
    goal_id,
    variant,
    unit_id,
    period_start,
    period_end,
    value,
    n,
    centre,
    low_95,
    high_95,
    low_998,
    high_998,
    position,
    phi
from kpi.kpi_unit_funnel
order by kpi_id, goal_id, variant, unit_id
