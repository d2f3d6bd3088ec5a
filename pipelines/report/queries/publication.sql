/* Whose figures are these, for which days, as of when, and made with which version? */
select
    organisation.label_sv as organisation_sv,
    organisation.label_en as organisation_en,
    organisation.timezone,
    organisation.goals_version,
    organisation.period_start,
    organisation.period_end,
    build.as_of,
    build.goals_sha256,
    build.code_version,
    build.models_sha256
from published.organisation as organisation
cross join published.build as build
