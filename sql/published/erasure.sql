/*
title: What was erased
grain: one row per erasure, by request, because a platform deleted it, or by age
key: [erasure_id]
missing: done_at is null until the publication after its end; target_hash is null where more than one thing was named,
    or age alone decided
columns:
  erasure_id: random name
  erased_at: when it was asked for, UTC
  done_at: when nothing of it was left, UTC
  kind: 'what was named: post, comment, author or account; retention where age alone decided'
  scope: 'content: text and address went, ids and figures stay; all: everything'
  reason: request, deleted_on_platform, authorisation_withdrawn, disposal, mistake or retention
  decision: number of the decision in the institution's register
  target_hash: keyed hash of what was named; nobody can go back
  targets: how many things were named or hang on them [count]
  files_rewritten: landed files that were written anew [count]
  rows_erased: rows that are gone [count]
  rows_blanked: rows, or for imports tables, of which a part is gone [count]
sums:
  targets: [erasure_id]
  files_rewritten: [erasure_id]
  rows_erased: [erasure_id]
  rows_blanked: [erasure_id]
checks:
  - erased_at is not null and kind is not null and decision is not null
  - rows_erased >= 0 and rows_blanked >= 0
*/
select
    erasure_id,
    erased_at,
    done_at,
    kind,
    scope,
    reason,
    decision,
    target_hash,
    targets,
    files_rewritten,
    rows_erased,
    rows_blanked
from ops.erasure
order by erased_at, erasure_id
