/*
title: Surveys in imported files, newest row
grain: one row per survey
key: [survey_id]
missing: mode, frame and topic are null where the file did not say
columns:
  survey_id: id of the survey
  conducted_from: first date of answers
  conducted_to: last date of answers
  sample_type: how the respondents were chosen
  mode: how they were asked
  frame: whom the sample was drawn from
  question: the question put
  topic: which KPI's question it is, where goals.yaml tells several apart
  ingested_at: when the row became known, UTC
checks:
  - survey_id is not null
*/
select
    survey_id,
    conducted_from,
    conducted_to,
    sample_type,
    mode,
    frame,
    question,
    topic,
    ingested_at
from raw.files__surveys
qualify row_number() over (partition by survey_id order by ingested_at desc, page_id desc, row_hash asc) = 1
