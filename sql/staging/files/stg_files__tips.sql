/*
title: Tips in imported files, newest state
grain: one row per tip
key: [tip_id]
missing: every column but the id, the hour and the unit is null where the file did not say
columns:
  tip_id: random id of the intake's own
  received_at: when it came in, cut to the hour, UTC
  unit_id: the unit it was given to
  channel: how it came in
  ref_code: code of the short link the person followed
  appeal_id: the appeal it answers, as the intake names it
  heard_via: where the person says they saw the appeal
  disposition: what became of it
  ingested_at: when it landed, UTC
checks:
  - tip_id is not null and received_at is not null
*/
select
    tip_id,
    received_at,
    unit_id,
    channel,
    ref_code,
    appeal_id,
    heard_via,
    disposition,
    ingested_at
from raw.files__tips
qualify row_number() over (partition by tip_id order by ingested_at desc, page_id desc, row_hash asc) = 1
