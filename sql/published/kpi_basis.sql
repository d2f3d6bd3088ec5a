/*
title: What each KPI's value and verdict rest on
grain: one row per goal, KPI and variant
key: [goal_id, kpi_id, variant]
missing: numerator, denominator and data_sha256 are null where the KPI was not measured or is suppressed (a hash of a
    small count would give it away); definitions and unit are null for a KPI that sql/seeds/kpis.csv does not describe
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  variant: kind of sample of a survey; else null
  measure: what the cells are made of; null where nothing computes this kind of KPI
  kind: kind of KPI in goals.yaml
  unit: unit of the value
  scale: the value is multiplied by this
  definition_sv: what it is, in Swedish
  definition_en: what it is, in English
  numerators: metrics above the line, joined by commas; empty where the measure says it
  denominator_metric: metric below the line; null where the measure says it
  is_on_last_day: only the cells of the last counted day make the value; those of the days before make the daily series
  numerator: sum above the line
  denominator: sum below the line
  clusters: clusters that were resampled; null elsewhere
  interval_level: level of the interval [0-1]
  min_completeness: lowest completeness a verdict may rest on [0-1]
  min_n: fewest observations a verdict may rest on; null for no such rule
  min_evidence: lowest evidence grade a verdict may rest on; null for no such rule
  min_cell: smallest count of tips that is shown
  settled_from: first local date on which the period and its settle lag are over
  target_set_at: day the target was set, as goals.yaml says; null where it does not
  data_of: what data_sha256 is taken over; cells (published.kpi_cell) or estimate (where a KPI has no cells); null
      where nothing was measured
  data_rows: number of these
  data_sha256: SHA-256 over them, sorted; the same facts give the same hash, whenever it is computed
  counted_to: last local date that the value counts. Of KPIs of tips in a period that runs the end of a month, for
      a day's growth of a total would be the day's count (docs/published.md); null where nothing is counted yet
checks:
  - data_sha256 is null or length(data_sha256) = 64
  - data_rows >= 0
*/
select
    registry.goal_id,
    registry.kpi_id,
    registry.variant,
    registry.measure,
    registry.kind,
    described.unit,
    registry.scale,
    described.definition_sv,
    described.definition_en,
    coalesce(array_to_string(registry.numerators, ','), '') as numerators,
    registry.denominator as denominator_metric,
    coalesce(cast(measures.is_on_last_day as boolean), false) as is_on_last_day,
    case when results.state = 'measured' then estimates.numerator end as numerator,
    case when results.state = 'measured' then estimates.denominator end as denominator,
    estimates.clusters,
    run.level as interval_level,
    run.min_completeness,
    registry.min_n,
    registry.min_evidence,
    run.min_cell,
    cast(run.study_end + (run.settle_days + 1) * interval '1 day' as date) as settled_from,
    kpis.target_set_at,
    found.data_of,
    coalesce(found.data_rows, 0) as data_rows,
    case when results.state = 'measured' then found.data_sha256 end as data_sha256,
    case
        when coalesce(counted.counted_to, registry.counted_to) >= registry.period_start
            then coalesce(counted.counted_to, registry.counted_to)
    end as counted_to
from kpi.kpi_registry as registry
cross join config.run
inner join kpi.kpi_results as results
    on
        registry.goal_id = results.goal_id
        and registry.kpi_id = results.kpi_id
        and registry.variant is not distinct from results.variant
left join kpi.kpi_tips_counted as counted
    on
        registry.period_start = counted.first_date
        and counted.kind = case registry.measure
            when 'documented_tips' then 'documented'
            when 'capture_rate' then 'documented'
            when 'useful_tips' then 'assessed'
            when 'tips_rate_ratio' then 'received'
        end
left join config.kpis as kpis on registry.goal_id = kpis.goal_id and registry.kpi_id = kpis.kpi_id
left join seeds.measures as measures on registry.measure = measures.measure
left join seeds.kpis as described on registry.kpi_id = described.kpi_id
left join kpi.kpi_data_hashes as found
    on
        registry.goal_id = found.goal_id
        and registry.kpi_id = found.kpi_id
        and registry.variant is not distinct from found.variant
left join kpi.kpi_estimates as estimates
    on
        registry.goal_id = estimates.goal_id
        and registry.kpi_id = estimates.kpi_id
        and registry.variant is not distinct from estimates.variant
        and estimates.grain = 'study'
        and estimates.unit_id is null
        and estimates.platform is null
order by registry.position, registry.variant
