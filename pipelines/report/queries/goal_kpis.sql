/* What does each of a goal's KPIs come to for the whole organisation, what is it made of, and what was aimed at, set
   when? Variable goal: goal. public: counts of people's tips, questions and answers from ten on, to the nearest five,
   their shares and times to three digits; of tips only once their period has settled. */
with

kpis as (
    select
        card.*,
        basis.* exclude (basis.goal_id, basis.kpi_id, basis.variant),
        coalesce(basis.measure in ('tips_rate_ratio', 'documented_tips', 'useful_tips', 'capture_rate'), false)
            as counts_tips,
        coalesce(
            basis.measure in (
                'tips_rate_ratio', 'documented_tips', 'useful_tips', 'capture_rate', 'answered_in_time', 'km_median',
                'survey_share'
            ),
            false
        ) as counts_people
    from published.goal_scorecard as card
    left join published.kpi_basis as basis
        on
            card.goal_id = basis.goal_id
            and card.kpi_id = basis.kpi_id
            and card.variant is not distinct from basis.variant
    where card.goal_id = getvariable('goal') and card.unit_id is null
),

guarded as (
    select
        *,
        getvariable('public') and counts_people as is_coarse,
        getvariable('public') and counts_people and (
            least(n, numerator) < 10
            -- a count of tips that still grows from one publication to the next would tell its last day
            or (
                counts_tips and measure <> 'tips_rate_ratio'
                and (settled_from is null or cast(as_of as date) < settled_from)
            )
        ) as is_withheld
    from kpis
)

select
    goal_id,
    kpi_id,
    variant,
    label_sv,
    label_en,
    is_primary,
    period_start,
    period_end,
    as_of,
    case
        when is_withheld then null
        when is_coarse and value <> 0 then round(value, 2 - cast(floor(log10(abs(value))) as integer))
        else value
    end as value,
    case
        when is_withheld then null
        when is_coarse and low <> 0 then round(low, 2 - cast(floor(log10(abs(low))) as integer))
        else low
    end as low,
    case
        when is_withheld then null
        when is_coarse and high <> 0 then round(high, 2 - cast(floor(log10(abs(high))) as integer))
        else high
    end as high,
    case when is_withheld then null when is_coarse then 5 * round(n / 5) else n end as n,
    case when is_withheld then null when is_coarse then 5 * round(numerator / 5) else numerator end as numerator,
    case when is_withheld then null when is_coarse then 5 * round(denominator / 5) else denominator end as denominator,
    case when is_withheld then 'suppressed' else state end as state,
    target_op,
    target_value,
    target_set_at,
    verdict,
    reasons,
    evidence_grade,
    completeness,
    interval_kind,
    interval_level,
    is_bridged,
    measure,
    unit,
    scale,
    definition_sv,
    definition_en,
    numerators,
    denominator_metric,
    min_completeness,
    min_n,
    min_evidence,
    settled_from,
    counted_to
from guarded
order by is_primary desc, kpi_id asc, variant asc nulls first
