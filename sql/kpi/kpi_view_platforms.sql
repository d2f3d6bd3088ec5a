/*
title: Platforms whose contacts are counted, and in what
grain: one row per platform with gains of views or impressions in the study period
key: [platform]
missing: >-
  a platform with neither in the study period has no row, and no contacts; factor is null where nothing leads from
  impressions to views
columns:
  platform: platform
  has_views: views were counted in the study period; impressions need a bridge to them then (docs/decisions/0002)
  factor: views for an impression, where views were counted and the platform's bridge holds
checks:
  - factor is null or has_views
*/
with

platforms as (
    select
        daily.platform,
        bool_or(daily.metric = 'views') as has_views
    from marts.fct_post_daily as daily
    cross join config.run
    where
        daily.is_counted
        and daily.metric in ('views', 'impressions')
        and daily.local_date between run.study_start and run.study_end
    group by all
)

select
    platforms.platform,
    platforms.has_views,
    case when platforms.has_views and bridges.is_usable then bridges.factor end as factor
from platforms
left join kpi.kpi_bridges as bridges on platforms.platform = bridges.platform
