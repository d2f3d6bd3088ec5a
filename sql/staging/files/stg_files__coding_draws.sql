/*
title: Posts drawn for blind codings
grain: one row per sample and post
key: [sample_id, post_id]
missing: nothing can be; a post that was not drawn has no row
columns:
  sample_id: name of the draw
  post_id: platform:native id
  place: its place in the sheet, from 1
  seed: what the draw can be repeated with
  goals_version: edition of goals.yaml when it was drawn
  frame_from: first local date of the posts it was drawn from
  frame_to: last local date of them
  frame_posts: posts it was drawn from
  drawn_at: when it was drawn, UTC
  ingested_at: when the row became known, UTC
checks:
  - place >= 1 and place <= frame_posts
*/
select
    sample_id,
    post_id,
    place,
    seed,
    goals_version,
    frame_from,
    frame_to,
    frame_posts,
    drawn_at,
    ingested_at
from raw.files__coding_draws
qualify row_number() over (partition by sample_id, post_id order by ingested_at desc, page_id desc, row_hash asc) = 1
