/* Which published figures changed at the newest publications, and why? The organisation's only. Variable public:
   figures of tips are left out, because the difference of two would be a small count. */
select
    revision.goal_id,
    revision.kpi_id,
    revision.variant,
    revision.as_of_old,
    revision.as_of_new,
    revision.value_old,
    revision.value_new,
    revision.verdict_old, revision.verdict_new, revision.why, basis.unit
from published.kpi_revision as revision
left join published.kpi_basis as basis
    on
        revision.goal_id = basis.goal_id
        and revision.kpi_id = basis.kpi_id
        and revision.variant is not distinct from basis.variant
where
    revision.unit_id is null
    and not (
        getvariable('public')
        and coalesce(basis.measure in ('tips_rate_ratio', 'documented_tips', 'useful_tips', 'capture_rate'), true)
    )
order by revision.as_of_new desc, revision.goal_id asc, revision.kpi_id asc, revision.variant asc
