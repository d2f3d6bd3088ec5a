/* What does each KPI come to for the whole organisation, against which target, and on what does it rest?
   KPIs in the order of goals.yaml; of a survey's samples the best evidence first. Variable public: figures of tips as
   anybody may see them. */
with

kpis as (
    select
        goal.position,
        goal.is_guardrail,
        card.*,
        basis.unit,
        basis.min_n,
        basis.min_evidence,
        basis.min_completeness,
        basis.definition_sv,
        basis.definition_en,
        basis.settled_from,
        basis.numerator,
        coalesce(basis.measure in ('tips_rate_ratio', 'documented_tips', 'useful_tips', 'capture_rate'), false)
            as counts_tips,
        basis.measure
    from published.goal_scorecard as card
    inner join published.goal as goal on card.goal_id = goal.goal_id
    left join published.kpi_basis as basis
        on
            card.goal_id = basis.goal_id
            and card.kpi_id = basis.kpi_id
            and card.variant is not distinct from basis.variant
    where card.unit_id is null
),

guarded as (
    select
        *,
        getvariable('public') and counts_tips as is_coarse,
        getvariable('public') and counts_tips and measure <> 'tips_rate_ratio'
        and (least(n, numerator) < 10 or settled_from is null or cast(as_of as date) < settled_from) as is_withheld
    from kpis
)

select
    goal_id,
    kpi_id,
    variant,
    label_sv,
    label_en,
    is_primary,
    is_guardrail,
    case
        when is_withheld then null
        when is_coarse then round(value, 2 - cast(floor(log10(abs(value))) as integer))
        else value
    end as value,
    case
        when is_withheld then null when is_coarse then round(low, 2 - cast(floor(log10(abs(low))) as integer)) else low
    end as low,
    case
        when is_withheld then null
        when is_coarse then round(high, 2 - cast(floor(log10(abs(high))) as integer))
        else high
    end as high,
    case when is_withheld then null when is_coarse then 5 * round(n / 5) else n end as n,
    case when is_withheld then 'suppressed' else state end as state,
    target_op,
    target_value,
    verdict,
    reasons,
    evidence_grade,
    completeness,
    interval_kind,
    unit,
    min_n,
    min_evidence,
    min_completeness,
    definition_sv,
    definition_en
from guarded
order by position asc, is_primary desc, kpi_id asc, evidence_grade asc, variant asc nulls first
