/*
title: Answers to surveys in imported files, newest row
grain: one row per survey and respondent
key: [survey_id, resp_id]
missing: weight and the background columns are null where the file did not say
columns:
  survey_id: id of the survey
  resp_id: random number of the survey's own
  answer: the answer given
  weight: design or calibration weight
  age_band: age band
  sex: sex
  region: region
  follower: whether the respondent follows the account
  ingested_at: when the row became known, UTC
checks:
  - survey_id is not null and resp_id is not null
*/
select
    survey_id,
    resp_id,
    answer,
    weight,
    age_band,
    sex,
    region,
    follower,
    ingested_at
from raw.files__survey_responses
qualify row_number() over (partition by survey_id, resp_id order by ingested_at desc, page_id desc, row_hash asc) = 1
