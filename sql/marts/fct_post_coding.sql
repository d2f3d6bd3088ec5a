/*
title: Drawn posts as two people coded them, beside what the rules say
grain: one row per sample, post and goal that both coders coded
key: [sample_id, post_id, goal_id]
missing: serves is null where the coders differ and nobody has adjudicated
columns:
  sample_id: name of the draw
  post_id: platform:native id
  goal_id: goal of goals.yaml
  coder_a: coder a says that it serves the goal
  coder_b: coder b says so
  serves: what both say, else what was agreed afterwards
  is_matched: the rules of the present goals.yaml give it the goal; manual tags do not count
  sample_goals_version: edition of goals.yaml when the sample was drawn
  frame_posts: posts it was drawn from
  drawn_at: when it was drawn, UTC
checks:
  - coder_a <> coder_b or serves = coder_a
*/
with

said as (
    select
        sample_id,
        post_id,
        goal_id,
        bool_or(case when coder = 'a' then serves end) as coder_a,
        bool_or(case when coder = 'b' then serves end) as coder_b,
        bool_or(case when coder = 'adjudicated' then serves end) as adjudicated
    from staging.stg_files__goal_codings
    group by all
)

select
    said.sample_id,
    said.post_id,
    said.goal_id,
    said.coder_a,
    said.coder_b,
    case when said.coder_a = said.coder_b then said.coder_a else said.adjudicated end as serves,
    rules.post_id is not null as is_matched,
    draws.goals_version as sample_goals_version,
    draws.frame_posts,
    draws.drawn_at
from said
inner join staging.stg_files__coding_draws as draws on said.sample_id = draws.sample_id and said.post_id = draws.post_id
inner join config.goals as goals on said.goal_id = goals.goal_id
left join marts.fct_post_rule as rules on said.post_id = rules.post_id and said.goal_id = rules.goal_id
where said.coder_a is not null and said.coder_b is not null
