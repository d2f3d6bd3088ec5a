/* What did the newest round of each expectation find? Those that failed or could not be tested first.
   Variable public: without what a failure says of the rows. */
with

newest as (
    select *, row_number() over (partition by table_name, expectation order by run_at desc) as place
    from published.check_result
)

select
    run_at,
    kind,
    table_name,
    expectation,
    severity,
    success,
    case when getvariable('public') then null else detail end as detail
from newest
where place = 1
order by success nulls first, severity, kind, table_name, expectation
