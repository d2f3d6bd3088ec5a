/*
title: How complete the data behind each KPI is, and what kind of evidence it makes
grain: one row per KPI and variant
key: [goal_id, kpi_id, variant]
missing: completeness is null where nothing was due or the KPI is not computed; unknown is not complete
columns:
  goal_id: goal
  kpi_id: KPI
  variant: kind of sample of a survey; else null
  completeness: share of what was due that was read [0-1]; what was due stands in docs/kpis.md
  evidence_grade: A complete log or census, B probability sample, C calibrated or modelled, D self-selected
  is_bridged: part of the value came over a measured bridge between two definitions
  has_break: part of it lies on the other side of a changed definition, without a bridge
checks:
  - completeness is null or completeness between 0 and 1
*/
with

registry as (
    select
        goal_id,
        kpi_id,
        variant,
        measure,
        variant_grade
    from kpi.kpi_registry
),

account_days as (
    select
        sum(accounts_due) as due,
        sum(accounts_read) as obtained
    from kpi.kpi_unit_activity_daily
),

posts as (
    select
        goal_id,
        kpi_id,
        count(*) as due,
        count(*) filter (where numerator is not null and denominator is not null) as obtained,
        count(*) filter (where is_other_definition) as broken
    from kpi.kpi_engagement_posts
    group by all
),

surveys as (
    select
        goal_id,
        kpi_id,
        variant,
        count(*) as due,
        count(*) filter (where is_yes is not null) as obtained
    from kpi.kpi_survey_answers
    group by all
),

due as (
    select
        registry.goal_id,
        registry.kpi_id,
        registry.variant,
        registry.measure,
        registry.variant_grade,
        case
            when registry.measure in ('population_covered', 'active_weeks', 'coverage') then account_days.due
            when registry.measure = 'views_per_inhabitants' then views.days_due
            else coalesce(logs.days_due, posts.due, surveys.due, reaches.posts_due)
        end as due,
        case
            when registry.measure in ('population_covered', 'active_weeks', 'coverage') then account_days.obtained
            when registry.measure = 'views_per_inhabitants' then views.days_read
            else coalesce(logs.days_read, posts.obtained, surveys.obtained, reaches.posts_read)
        end as obtained,
        coalesce(views.is_bridged, false) as is_bridged,
        -- posts left out for their other definition are a break when too few are left without them
        (coalesce(views.has_break, reaches.has_break, false) or coalesce(redefined.has_break, false))
        or (coalesce(posts.broken, 0) > 0 and posts.obtained < run.min_completeness * posts.due) as has_break
    from registry
    cross join config.run
    cross join account_days
    left join kpi.kpi_views_completeness as views
        on registry.goal_id = views.goal_id and registry.kpi_id = views.kpi_id
    left join kpi.kpi_log_completeness as logs
        on registry.goal_id = logs.goal_id and registry.kpi_id = logs.kpi_id
    left join posts on registry.goal_id = posts.goal_id and registry.kpi_id = posts.kpi_id
    left join surveys
        on
            registry.goal_id = surveys.goal_id and registry.kpi_id = surveys.kpi_id
            and registry.variant = surveys.variant
    left join kpi.kpi_views_redefined as redefined
        on registry.goal_id = redefined.goal_id and registry.kpi_id = redefined.kpi_id
    left join kpi.kpi_reach_completeness as reaches
        on registry.goal_id = reaches.goal_id and registry.kpi_id = reaches.kpi_id
)

select
    goal_id,
    kpi_id,
    variant,
    case when due > 0 then cast(obtained as double) / due end as completeness,
    case
        when measure = 'survey_share' then variant_grade
        -- what was touched is modelled, not counted
        when measure = 'capture_rate' then 'C'
        when measure is not null then 'A'
    end as evidence_grade,
    is_bridged,
    has_break
from due
