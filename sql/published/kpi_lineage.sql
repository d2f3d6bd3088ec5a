/*
title: The tables each KPI rests on, from the rows as they were read to the scorecard
grain: one row per goal, KPI and table
key: [goal_id, kpi_id, step]
missing: version is null for what no model makes (raw, config, seeds); rows is null for config and seeds, and for
    what is made of tips alone, whose rows grow by what a day brought; state is null
    where version is
columns:
  goal_id: goal, or the guardrail's own id
  kpi_id: KPI
  step: order in which the tables are made; raw ones first
  table_name: table of the warehouse, schema included; docs/tables.md describes it
  reads: tables it reads among these, joined by commas; empty for what was read from a source
  rows: rows it holds
  version: hash of the model's text
  state: hash of the model's text and of what it was built from; equal states hold equal rows, but a replay, which
      builds at once what grew day by day, has other states of the same rows (their hash is data_sha256 in kpi_basis)
checks:
  - step > 0
*/
with

kpis as (
    select distinct
        registry.goal_id,
        registry.kpi_id,
        registry.measure
    from kpi.kpi_registry as registry
    -- the scorecard is made last, so that every table it rests on has its state
    inner join published.goal_scorecard as cards
        on registry.goal_id = cards.goal_id and registry.kpi_id = cards.kpi_id
),

landed as (
    select
        'raw.' || source || '__' || stream as table_name,
        sum(rows_stored) as rows
    from raw.pages
    group by all
),

pages as (
    select count(*) as rows
    from raw.pages
)

select
    kpis.goal_id,
    kpis.kpi_id,
    lineage.step,
    lineage.table_name,
    lineage.reads,
    case when lineage.table_name not like '%tip%' then cast(
        coalesce(
            built.rows,
            case
                when lineage.table_name like 'raw.%__%' then coalesce(landed.rows, 0)
                when lineage.table_name = 'raw.pages' then pages.rows
            end
        ) as bigint
    ) end as rows,
    lineage.version,
    built.state
from kpis
inner join ops.lineage as lineage on kpis.measure is not distinct from lineage.measure
cross join pages
left join ops.built as built on lineage.table_name = built.model
left join landed on lineage.table_name = landed.table_name
order by kpis.goal_id, kpis.kpi_id, lineage.step
