/* How long do a goal's questions wait for an answer, over the study period and the whole organisation, in all hours
   and in opening hours? Variable goal: goal. public: from ten questions on. */
select
    kpi_id,
    hours,
    p50,
    p50_low,
    p50_high,
    p80,
    p80_low,
    p80_high,
    p95,
    p95_low,
    p95_high
from published.response_time
where
    goal_id = getvariable('goal')
    and unit_id is null
    and platform is null
    and grain = 'study'
    and (not getvariable('public') or questions >= 10)
order by kpi_id, hours
