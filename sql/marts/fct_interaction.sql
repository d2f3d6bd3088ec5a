/*
title: Questions and comments put to the organisation
grain: one row per interaction
key: [interaction_id]
missing: answered_at is null while nobody has answered; kind where nobody has judged it; a row answered before it was
    asked, or asked after it was read, has a wrong clock or zone and is left out (an import keeps such rows aside)
columns:
  interaction_id: id of the question or comment
  post_id: the post it was put to
  asked_at: when it was asked, UTC
  answered_at: when the institution first answered, UTC
  kind: what it was judged to be
  watched_to: when it was last looked at, UTC; null for imports, which know of every later answer
checks:
  - asked_at is not null
  - answered_at is null or answered_at >= asked_at
*/
with

-- where answers hang below the thread and not below the comment they answer, ours answers what stands there before it
answers as (
    select
        comments.comment_id,
        min(ours.commented_at) as answered_at
    from marts.fct_comment as comments
    inner join seeds.platforms on comments.platform = platforms.platform
    inner join marts.fct_comment as ours
        on
            comments.post_id = ours.post_id
            and comments.commented_at <= ours.commented_at
            and (
                comments.comment_id = ours.parent_id
                or (platforms.comment_threads = 'flat' and comments.parent_id = ours.parent_id)
            )
    where ours.is_ours and not comments.is_ours
    group by comments.comment_id
),

told as (
    select distinct
        post_id,
        asked_at
    from staging.stg_files__interactions
    where post_id is not null
)

select
    interaction_id,
    post_id,
    asked_at,
    answered_at,
    kind,
    cast(null as timestamptz) as watched_to
from staging.stg_files__interactions
where
    coalesce(answered_at >= asked_at, true)
    and coalesce(asked_at <= ingested_at, true)
union all
select
    comments.comment_id as interaction_id,
    comments.post_id,
    comments.commented_at as asked_at,
    answers.answered_at,
    comments.kind,
    comments.seen_at as watched_to
from marts.fct_comment as comments
left join answers on comments.comment_id = answers.comment_id
-- what is imported too is told by the import, which may know of an answer by private message
left join staging.stg_files__interactions as same_id on comments.comment_id = same_id.interaction_id
left join told
    on comments.post_id = told.post_id and comments.commented_at = told.asked_at
where
    not comments.is_ours
    and comments.commented_at <= comments.seen_at
    and same_id.interaction_id is null
    and told.post_id is null
