/* By which rules was judged and shown, and what was this publication made from? */
select
    build.code_version,
    build.goals_sha256,
    build.models_sha256,
    any_value(organisation.min_cell) as min_cell,
    any_value(organisation.public_round_to) as public_round_to,
    max(basis.interval_level) as interval_level,
    max(basis.min_completeness) as min_completeness
from published.build
cross join published.organisation
left join published.kpi_basis as basis on true
group by all
