/* Where did a platform begin to count something else, in the study period, that the goal's KPIs are made of?
   Variable goal: goal. */
with

metrics as (
    select distinct
        kpi_id,
        case trim(metric) when 'likes' then 'reactions' when 'reach' then 'reach_post' else trim(metric) end as metric
    from (
        select kpi_id, unnest(string_split(concat_ws(',', numerators, denominator_metric), ',')) as metric
        from published.kpi_basis
        where goal_id = getvariable('goal')
        union all
        select kpi_id, 'views' as metric
        from published.kpi_basis
        where goal_id = getvariable('goal') and measure = 'views_per_inhabitants'
    ) as named
),

study as (
    select period_start, period_end
    from published.goal_verdict
    where goal_id = getvariable('goal')
),

used as (
    select distinct post.platform
    from published.post_goal as served
    inner join published.post on served.post_id = post.post_id
    where served.goal_id = getvariable('goal')
)

select distinct
    metrics.kpi_id,
    breaks.platform,
    breaks.media_type,
    breaks.metric,
    breaks.old_metric,
    breaks.break_date,
    breaks.old_definition,
    breaks.new_definition,
    breaks.bridge_factor
from published.series_break as breaks
inner join metrics on breaks.metric = metrics.metric
inner join study on breaks.break_date between study.period_start and study.period_end
inner join used on breaks.platform = used.platform
where breaks.scope = 'post'
order by metrics.kpi_id, breaks.break_date, breaks.platform, breaks.media_type
