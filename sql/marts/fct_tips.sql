/*
title: Tips, with the evidence that a post led to them
grain: one row per tip
key: [tip_id]
missing: >-
  rung is null where nothing ties the tip to a post; unit_id, channel, heard_via and disposition where the intake did
  not say
columns:
  tip_id: random id of the intake's own
  received_at: when it came in, cut to the hour, UTC
  local_date: date of receipt in the organisation's time zone
  unit_id: the unit it was given to
  channel: how it came in
  ref_code: code of the short link the person followed, lower case
  appeal_id: the appeal it answers; a case number only as 'case:' and its hash
  heard_via: where the person says they saw the appeal
  disposition: what became of it
  rung: >-
    1 where the link of a known post was followed, 2 where it answers an appeal that was out, 3 where it was heard of on
    a platform on which the unit had an appeal out within the method's horizon; rung 4 is in kpi.kpi_tip_touch
  is_documented: it stands on rung 1 or 2
  post_id: the post, on rung 1; an appeal may have several posts
checks:
  - received_at is not null and local_date is not null
  - rung is null or rung in (1, 2, 3)
  - is_documented = coalesce(rung <= 2, false)
  - (post_id is not null) = coalesce(rung = 1, false)
*/
with

received as (
    select * from staging.stg_tips__tips
    union all
    select * from staging.stg_files__tips
),

tips as (
    select *
    from received
    qualify row_number() over (partition by tip_id order by ingested_at desc, received_at asc, disposition asc) = 1
),

cases as (
    select
        tips.tip_id,
        max(upper(regex_first(tips.appeal_id, goals.case_pattern))) as case_number
    from tips
    cross join config.goals
    where tips.appeal_id is not null and goals.case_pattern is not null
    group by tips.tip_id
),

links as (
    select
        ref_code,
        min_by(post_id, published_at) as post_id
    from marts.dim_post
    where ref_code is not null and published_at is not null
    group by ref_code
),

appeals as (
    select
        appeal,
        min(published_at) as out_from
    from marts.dim_appeal_post
    group by appeal
),

-- the same hash as for a post, so that a case number meets its post without being kept
named as (
    select
        tips.*,
        lower(tips.ref_code) as code,
        case
            when cases.case_number is null then tips.appeal_id
            else 'case:' || md5(run.org_id || cases.case_number)
        end as appeal,
        cast(tips.received_at at time zone run.timezone as date) as local_date
    from tips
    cross join config.run
    left join cases on tips.tip_id = cases.tip_id
),

told as (
    select distinct named.tip_id
    from named
    cross join seeds.method
    inner join marts.dim_appeal_post as posts
        on
            named.unit_id = posts.unit_id
            and named.heard_via = posts.platform
            and posts.published_at < named.received_at + interval 1 hour
            and posts.published_at + method.tip_horizon_hours * interval 1 hour > named.received_at
)

select
    named.tip_id,
    named.received_at,
    named.local_date,
    named.unit_id,
    named.channel,
    named.code as ref_code,
    named.appeal as appeal_id,
    named.heard_via,
    named.disposition,
    case
        when links.post_id is not null then 1
        when appeals.appeal is not null then 2
        when told.tip_id is not null then 3
    end as rung,
    links.post_id is not null or appeals.appeal is not null as is_documented,
    links.post_id
from named
left join links on named.code = links.ref_code
-- the hour is all that is known: an appeal of the same hour may have come first
left join appeals
    on 'appeal ' || named.appeal = appeals.appeal and appeals.out_from < named.received_at + interval 1 hour
left join told on named.tip_id = told.tip_id
