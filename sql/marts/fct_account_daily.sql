/*
title: Accounts' figures per day
grain: one row per account, native metric and date
key: [account_id, native_metric, local_date]
missing: >-
  value is null with state missing between the first and the last day of a series where a day has no figure, and with
  state not_offered where the platform refused the metric; metric is null where the catalogue does not know it
columns:
  account_id: 'platform:native_id'
  platform: the platform
  native_metric: the platform's own name
  metric: canonical metric
  definition_id: what the figure counts, by the catalogue; no line is drawn from one definition to the next
  local_date: calendar date in day_zone
  day_zone: zone of the date; the platform's own for its windows, so not the organisation's for Meta
  value: the window's figure, or the last level read that day
  state: measured, missing or not_offered
  net_change: of a level, what it rose (or fell, below 0) since the last day with a figure [may be summed over dates]
  change_since: that day; null where there is none before, as an account has no zero to start from
checks:
  - net_change is null or value is not null
  - (net_change is null) = (change_since is null)
  - state in ('measured', 'missing', 'not_offered')
  - (value is not null) = (state = 'measured')
*/
with

figures as (
    select * from marts.fct_account_figure
),

series as (
    select
        account_id,
        platform,
        native_metric,
        day_zone,
        min(local_date) as first_date,
        max(local_date) as last_date
    from figures
    group by account_id, platform, native_metric, day_zone
),

days as (
    select
        series.account_id,
        series.platform,
        series.native_metric,
        series.day_zone,
        calendar.local_date
    from series
    inner join seeds.calendar on calendar.local_date between series.first_date and series.last_date
),

natives as (
    select distinct
        platform,
        native_metric
    from series
),

-- what is said of one platform goes before what is said of any ('*'), also where its validity has ended
catalogue as (
    select
        natives.platform,
        natives.native_metric,
        definitions.metric,
        definitions.kind,
        definitions.definition_id,
        definitions.holds_from,
        definitions.holds_before
    from natives
    inner join marts.dim_metric_definition as definitions
        on
            regexp_replace(lower(natives.native_metric), '[^a-z0-9]+', '_', 'g') = definitions.spelling
            and (natives.platform = definitions.platform or definitions.platform = '*')
    where definitions.scope = 'account'
    qualify dense_rank() over (
        partition by natives.platform, natives.native_metric order by definitions.platform = '*' asc
    ) = 1
)

select
    days.account_id,
    days.platform,
    days.native_metric,
    catalogue.metric,
    catalogue.definition_id,
    days.local_date,
    days.day_zone,
    figures.value,
    case
        when figures.value is not null then 'measured'
        when figures.status = 'not_offered' then 'not_offered'
        else 'missing'
    end as state,
    case
        when catalogue.kind = 'gauge' then figures.value - lag(figures.value ignore nulls) over series
    end as net_change,
    case
        when catalogue.kind = 'gauge' and figures.value is not null
            then lag(case when figures.value is not null then days.local_date end ignore nulls) over series
    end as change_since
from days
left join figures
    on
        days.account_id = figures.account_id
        and days.native_metric = figures.native_metric
        and days.local_date = figures.local_date
left join catalogue
    on
        days.platform = catalogue.platform
        and days.native_metric = catalogue.native_metric
        and (catalogue.holds_from is null or days.local_date >= catalogue.holds_from)
        and (catalogue.holds_before is null or days.local_date < catalogue.holds_before)
window series as (partition by days.account_id, days.native_metric, catalogue.definition_id order by days.local_date)
