/*
title: Platforms whose contacts are counted, and whether in views
grain: one row per platform with gains of views or impressions in the study period
key: [platform]
missing: a platform with neither in the study period has no row, and no contacts
columns:
  platform: platform
  has_views: views were counted in the study period; impressions need a bridge to them then (docs/decisions/0002)
*/
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
