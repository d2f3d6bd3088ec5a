/*
title: How long each question waited, in all minutes and in those of the opening hours
grain: one row per question asked by as_of; spam and mere comments are none
key: [interaction_id]
missing: business_minutes is null without a calendar in goals.yaml; unit_id and platform where the post is not known
columns:
  interaction_id: id of the question
  post_id: the post it was put to
  unit_id: unit of the post's account
  platform: platform of the post
  local_date: date on which it was asked, in the organisation's time zone
  asked_at: when it was asked, UTC
  answered_at: when it was answered, UTC; null while it is open at as_of
  is_open: nobody had answered by as_of, or when it was last looked at
  response_minutes: from the question to its answer; while it is open to as_of, or to when it was last looked at [min]
  business_minutes: of those, the minutes in which the institution was open [min]
checks:
  - response_minutes >= 0
  - business_minutes is null or business_minutes between 0 and response_minutes
  - is_open = (answered_at is null)
*/
with

questions as (
    select
        interactions.interaction_id,
        interactions.post_id,
        interactions.asked_at,
        case when interactions.answered_at <= run.as_of then interactions.answered_at end as answered_at,
        -- a clock that runs ahead answers after as_of: the question is still open; one that nobody watches any more
        -- was seen to wait until it was last looked at
        least(coalesce(interactions.answered_at, interactions.watched_to, run.as_of), run.as_of) as waited_to
    from marts.fct_interaction as interactions
    cross join config.run
    where
        interactions.asked_at <= run.as_of
        and coalesce(interactions.kind, 'question') not in ('spam', 'comment')
),

-- open seconds from the calendar's first day to an instant: those of earlier days, and what has passed of its own
spans as (
    select
        questions.*,
        calendar.local_date,
        asked.open_s_before + coalesce(
            greatest(
                0, date_diff('second', asked.opens_at, least(questions.asked_at, asked.closes_at))
            ), 0
        ) as open_s_asked,
        waited.open_s_before + coalesce(
            greatest(
                0, date_diff('second', waited.opens_at, least(questions.waited_to, waited.closes_at))
            ), 0
        ) as open_s_waited
    from questions
    inner join seeds.calendar
        on questions.asked_at >= calendar.starts_at and questions.asked_at < calendar.ends_at
    left join marts.dim_business_day as asked on calendar.local_date = asked.local_date
    left join marts.dim_business_day as waited
        on questions.waited_to >= waited.starts_at and questions.waited_to < waited.ends_at
)

select
    spans.interaction_id,
    spans.post_id,
    posts.unit_id,
    posts.platform,
    spans.local_date,
    spans.asked_at,
    spans.answered_at,
    spans.answered_at is null as is_open,
    cast(date_diff('second', spans.asked_at, spans.waited_to) as double) / 60 as response_minutes,
    cast(spans.open_s_waited - spans.open_s_asked as double) / 60 as business_minutes
from spans
left join marts.dim_post as posts on spans.post_id = posts.post_id
