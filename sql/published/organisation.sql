/*
title: Whose figures these are, and by which rules of its own they are shown
grain: one row per publication; there is one
key: [organisation_id]
missing: nothing is null
columns:
  organisation_id: the institution's id in goals.yaml
  label_sv: what it is called, in Swedish
  label_en: what it is called, in English
  timezone: zone of its days, an IANA name
  goals_version: edition of goals.yaml, as its owner counts them
  period_start: first day of the study period, local
  period_end: last day of the study period, local
  min_cell: smallest count of tips that is shown to its own people
  public_round_to: counts for the public are multiples of this
*/
select
    org_id as organisation_id,
    org_label_sv as label_sv,
    org_label_en as label_en,
    timezone,
    goals_version,
    study_start as period_start,
    study_end as period_end,
    min_cell,
    public_round_to
from config.run
