/*
title: Surveys
grain: one row per survey
key: [survey_id]
missing: topic, mode and frame are null where the file did not say; a survey that ends before it begins is left out (an
    import keeps it aside)
columns:
  survey_id: id of the survey
  conducted_from: first date of answers
  conducted_to: last date of answers
  sample_type: how the respondents were chosen (own_channel, probability_sample or panel)
  topic: which KPI's question it is, where goals.yaml tells several apart
  mode: how they were asked
  frame: whom the sample was drawn from
  question: the question put
checks:
  - conducted_from <= conducted_to
*/
select
    survey_id,
    conducted_from,
    conducted_to,
    sample_type,
    topic,
    mode,
    frame,
    question
from staging.stg_files__surveys
where conducted_from <= conducted_to
