/* What does presence add to tips, and what is the gap to the target made of? Variable public: counts of tips to
   the nearest five. */
select
    effect.goal_id,
    effect.kpi_id,
    effect.measure,
    effect.label_sv,
    effect.label_en,
    effect.definition_sv,
    effect.definition_en,
    case
        when getvariable('public') and effect.measure like '%_tips' then 5 * round(effect.value / 5) else effect.value
    end as value,
    case
        when getvariable('public') and effect.measure like '%_tips' then 5 * round(effect.low / 5) else effect.low
    end as low,
    case
        when getvariable('public') and effect.measure like '%_tips' then 5 * round(effect.high / 5) else effect.high
    end as high,
    effect.interval_kind,
    effect.state,
    effect.design,
    effect.evidence_grade,
    effect.failing,
    card.target_op,
    card.target_value,
    card.verdict
from published.tips_effect as effect
left join published.goal_scorecard as card
    on effect.goal_id = card.goal_id and effect.kpi_id = card.kpi_id and card.unit_id is null
