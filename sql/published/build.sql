/*
title: What this publication was made with
grain: one row per publication; there is one
key: [as_of]
missing: nothing is null
columns:
  as_of: instant the figures stand for, UTC
  goals_sha256: SHA-256 of goals.yaml as it was; the file itself is data/landing/goals/<goals_sha256>.yaml
  code_version: version of Syfte
  models_sha256: SHA-256 of the text of all models; another one may give other figures from the same rows
checks:
  - length(goals_sha256) = 64
*/
select
    as_of,
    goals_sha256,
    code_version,
    models_sha256
from ops.build
