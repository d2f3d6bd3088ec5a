/*
title: Answers to surveys
grain: one row per survey and respondent
key: [survey_id, resp_id]
missing: weight and the background columns are null where the survey did not give them
columns:
  survey_id: id of the survey
  resp_id: random number of the survey's own
  answer: the answer given
  weight: design or calibration weight
  age_band: age band
  sex: sex
  region: region
  follower: whether the respondent follows the account
checks:
  - weight is null or weight >= 0
*/
select
    survey_id,
    resp_id,
    answer,
    weight,
    age_band,
    sex,
    region,
    follower
from staging.stg_files__survey_responses
