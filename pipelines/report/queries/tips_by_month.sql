/* How many tips came each month? A month has a figure only where every one of its days has; days hidden or unread
   leave a gap. Variable public: to the nearest five, from ten on. Only whole months within the study period. */
with

study as (
    select min(period_start) as first_date, max(period_end) as last_date
    from published.goal_verdict
),

months as (
    select
        cast(date_trunc('month', days.local_date) as date) as period_start,
        last_day(days.local_date) as period_end,
        count(*) as days,
        count(days.tips) as known_days,
        sum(days.tips) as tips,
        bool_or(days.state = 'suppressed') as is_suppressed
    from published.tips_daily as days
    cross join study
    where days.unit_id is null and days.channel is null and days.local_date between study.first_date and study.last_date
    group by all
)

select
    period_start,
    period_end,
    case
        when known_days < day(period_end) or (getvariable('public') and tips < 10) then null
        when getvariable('public') then 5 * round(tips / 5)
        else tips
    end as value,
    cast(null as double) as low,
    cast(null as double) as high,
    case
        when is_suppressed or (getvariable('public') and tips < 10) then 'suppressed' when
            known_days < day(period_end)
            then 'missing'
        else 'measured'
    end
        as state,
    '' as reasons
from months
order by period_start
