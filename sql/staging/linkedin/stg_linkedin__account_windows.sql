/*
title: Figures that LinkedIn computed for a page's days
grain: one row per account, native metric, window and reading
key: [account_id, native_metric, window_start, window_end, observed_at, ingested_at]
missing: value is null where LinkedIn told of a day without the figure; a day it did not tell of is not here
columns:
  account_id: 'platform:native_id'
  native_metric: the platform's own name
  window_start: the window the platform computed begins, UTC
  window_end: the window ends, UTC, exclusive
  observed_at: the server's clock when it answered, UTC
  ingested_at: when it landed, UTC
  status: ok or not_offered
  value: the figure for the window; likes may be below zero, because people withdraw theirs
checks:
  - account_id is not null and native_metric is not null
  - window_start < window_end
  - value is null or status = 'ok'
*/
with

days as (
    select
        account_id, page_id, observed_at, ingested_at, timerange as span,
        unnest([
            { 'native_metric': 'impressionCount', 'value': totalsharestatistics.impressioncount },
            { 'native_metric': 'uniqueImpressionsCount', 'value': totalsharestatistics.uniqueimpressionscount },
            { 'native_metric': 'clickCount', 'value': totalsharestatistics.clickcount },
            { 'native_metric': 'likeCount', 'value': totalsharestatistics.likecount },
            { 'native_metric': 'commentCount', 'value': totalsharestatistics.commentcount },
            { 'native_metric': 'shareCount', 'value': totalsharestatistics.sharecount },
            { 'native_metric': 'engagement', 'value': totalsharestatistics.engagement },
            { 'native_metric': 'shareMentionsCount', 'value': totalsharestatistics.sharementionscount },
            { 'native_metric': 'commentMentionsCount', 'value': totalsharestatistics.commentmentionscount }
        ]) as figure
    from raw.linkedin__share_statistics

    union all

    select
        account_id, page_id, observed_at, ingested_at, timerange as span,
        unnest([
            { 'native_metric': 'organicFollowerGain', 'value': followergains.organicfollowergain },
            { 'native_metric': 'paidFollowerGain', 'value': followergains.paidfollowergain }
        ]) as figure
    from raw.linkedin__follower_statistics

    union all

    select
        account_id, page_id, observed_at, ingested_at, timerange as span,
        {
            'native_metric': 'allPageViews',
            'value': totalpagestatistics.views.allpageviews.pageviews
        } as figure
    from raw.linkedin__page_statistics
)

select
    account_id,
    figure.native_metric,
    to_timestamp(span.start / 1000) as window_start,
    to_timestamp(span.end / 1000) as window_end,
    observed_at,
    ingested_at,
    'ok' as status,
    cast(figure.value as double) as value
from days
qualify row_number() over (
    partition by account_id, figure.native_metric, span, observed_at, ingested_at
    order by figure.value desc nulls last, page_id asc
) = 1
