/*
title: How far the tips that name an appeal or a platform can be trusted
grain: one row per rung that rests on what the tip says
key: [rung]
missing: precision and its ends are null with a reason where they cannot be estimated or rest on too few tips
columns:
  rung: 2 (names an appeal) or 3 (names a platform)
  precision: share of the rung's tips that an appeal really had a part in [0-1]; the others are misreports, estimated
      from days without an appeal out
  low: lower end of its interval
  high: upper end of its interval
  reason: no_quiet_tips, small_n or suppressed; else null
checks:
  - (precision is null) = (reason is not null)
*/
select
    found.rung,
    case when found.claims >= greatest(run.min_cell, 3) then round(found.precision, 2) end as precision,
    case when found.claims >= greatest(run.min_cell, 3) then round(found.low, 2) end as low,
    case when found.claims >= greatest(run.min_cell, 3) then round(found.high, 2) end as high,
    case
        when found.precision is not null and found.claims < greatest(run.min_cell, 3) then 'suppressed'
        else found.reason
    end as reason
from kpi.kpi_tip_precision as found
cross join config.run
order by found.rung
