/*
title: What the expectation suites found, over time
grain: one row per expectation and instant at which it was tested
key: [table_name, expectation, run_at]
missing: >-
  success is null where the expectation could not be tested; an expectation whose table has not changed is not tested
  again, and has no row at that instant. Runs whose results forbade publishing are here from the next publication on
columns:
  run_at: instant the tested figures stand for, UTC
  kind: >-
    what the suite looks at: volumes, freshness, ranges, drift, reconciliation, totals, integrity, completeness, or own
    (the institution's, from its expectations/)
  table_name: the table it speaks of, stage included
  expectation: what should hold, as a sentence
  severity: error forbids publishing, warn does not
  success: it holds; null where it could not be tested
  detail: what it means that it does not hold, or the kind of error that kept it from being tested; else empty
checks:
  - severity in ('warn', 'error')
  - detail is not null
*/
select
    run_at,
    kind,
    table_name,
    expectation,
    severity,
    success,
    detail
from ops.check_result
order by run_at, table_name, expectation
