/*
title: Stories and their figures as last read before they vanished
grain: one row per story and native metric
key: [story_id, native_metric]
missing: >-
  a story that fewer than five people had seen has one row without a metric, state not_offered. Stories are no posts:
  they count in no KPI. What came after the last reading is nowhere, so that values are lower bounds
columns:
  story_id: story
  account_id: account
  unit_id: unit the account belongs to
  platform: platform
  published_at: when it was published, UTC
  media_type: image or video
  metric: canonical metric; null where there are no figures
  native_metric: the platform's own name
  value: the last figure read
  state: measured, missing or not_offered
  observed_at: when it was read, UTC
  age_hours: how old the story was then
*/
select
    stories.story_id,
    stories.account_id,
    accounts.unit_id,
    stories.platform,
    stories.published_at,
    stories.media_type,
    stories.metric,
    stories.native_metric,
    stories.value,
    stories.state,
    stories.observed_at,
    stories.age_hours
from marts.fct_story_figure as stories
left join marts.dim_account as accounts on stories.account_id = accounts.account_id
order by stories.published_at, stories.story_id, stories.native_metric
