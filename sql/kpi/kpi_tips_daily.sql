/*
title: Tips per day with small cells suppressed, and enough others that no total gives them away
goal: tips
grain: one row per finished local date, level, unit and channel
key: [local_date, level, unit_id, channel]
missing: tips and documented are null where their state is missing (day not read) or suppressed; docs/published.md
    says how suppression works
columns:
  local_date: calendar date in the organisation's zone
  level: organisation, unit, channel (of the whole organisation) or unit_channel
  unit_id: unit; null for the whole organisation
  channel: way in; null for all of them
  tips: tips received [count, may be summed over dates within a level where none is suppressed]
  state: measured, missing or suppressed; of tips
  documented: documented tips [count]
  documented_state: measured, missing or suppressed; of documented
checks:
  - (tips is null) = (state <> 'measured')
  - (documented is null) = (documented_state <> 'measured')
  - documented is null or tips is not null
*/
with

cells as (
    select
        *,
        case level
            when 'organisation' then cast(is_in_study as varchar)
            when 'unit_channel' then cast(local_date as varchar) || ' ' || unit_id
            else cast(local_date as varchar)
        end as total_of
    from kpi.kpi_tips_daily_cells
),

run as (
    -- three is the lowest any disclosure rule in use goes
    select greatest(min_cell, 3) as min_cell
    from config.run
),

long as (
    select
        cells.*,
        'tips' as measure,
        cells.tips as value,
        cells.tips < run.min_cell and (cells.tips > 0 or cells.has_appeal) as is_small
    from cells
    cross join run
    where cells.tips is not null
    union all
    select
        cells.*,
        'documented' as measure,
        cells.documented as value,
        (cells.documented < run.min_cell and (cells.documented > 0 or cells.has_appeal))
        or cells.tips - cells.documented between 1 and run.min_cell - 1 as is_small
    from cells
    cross join run
    where cells.tips is not null
),

ranked as (
    select
        *,
        value = 0 and not is_small as is_known_zero,
        bool_or(is_small) over (partition by measure, level, total_of) as has_small,
        row_number() over (
            partition by measure, level, total_of order by value = 0 and not is_small, value, local_date, unit_id, channel
        ) as place,
        sum(value) over (
            partition by measure, level, total_of order by value = 0 and not is_small, value, local_date, unit_id, channel
            rows between unbounded preceding and current row
        ) - value as smaller
    from long
),

own as (
    select
        ranked.*,
        -- beside a small cell at least one more is hidden, and together they hide twice the threshold
        ranked.is_small
        or (
            ranked.has_small
            and not ranked.is_known_zero
            and (ranked.place <= 2 or ranked.smaller < 2 * run.min_cell)
        ) as is_hidden
    from ranked
    cross join run
),

-- where most cells of unit x channel are small, the channels' totals are worth more than they are
modes as (
    select
        local_date,
        count(*) filter (where not is_small) > count(*) filter (where is_small) as shows_unit_channels
    from own
    where level = 'unit_channel' and measure = 'tips'
    group by all
),

totals as (
    select
        measure,
        local_date,
        is_hidden as is_day_hidden
    from own
    where level = 'organisation'
),

units as (
    select
        own.measure,
        own.local_date,
        own.unit_id,
        own.is_hidden or totals.is_day_hidden as is_unit_hidden
    from own
    inner join totals using (measure, local_date)
    where own.level = 'unit'
),

inner_cells as (
    select
        own.measure,
        own.local_date,
        own.unit_id,
        own.channel,
        own.is_hidden or units.is_unit_hidden or not modes.shows_unit_channels as is_cell_hidden
    from own
    inner join units using (measure, local_date, unit_id)
    inner join modes using (local_date)
    where own.level = 'unit_channel'
),

channels as (
    select
        inner_cells.measure,
        inner_cells.local_date,
        inner_cells.channel,
        bool_or(inner_cells.is_cell_hidden) as has_hidden_cell
    from inner_cells
    group by all
),

decided as (
    select
        own.local_date,
        own.level,
        own.unit_id,
        own.channel,
        own.measure,
        case own.level
            when 'organisation' then own.is_hidden
            when 'unit' then units.is_unit_hidden
            when 'unit_channel' then inner_cells.is_cell_hidden
            -- a channel's total is shown either where its cells are not, or where all of them are
            when 'channel' then totals.is_day_hidden or case
                when modes.shows_unit_channels then channels.has_hidden_cell
                else own.is_hidden
            end
        end as is_hidden
    from own
    inner join totals using (measure, local_date)
    left join units using (measure, local_date, unit_id)
    left join modes using (local_date)
    left join inner_cells using (measure, local_date, unit_id, channel)
    left join channels using (measure, local_date, channel)
),

states as (
    select
        local_date,
        level,
        unit_id,
        channel,
        bool_or(is_hidden) filter (where measure = 'tips') as is_tips_hidden,
        bool_or(is_hidden) as is_documented_hidden
    from decided
    group by all
)

select
    cells.local_date,
    cells.level,
    cells.unit_id,
    cells.channel,
    case when not states.is_tips_hidden then cells.tips end as tips,
    case when cells.tips is null then 'missing' when states.is_tips_hidden then 'suppressed' else 'measured' end as state,
    case when not states.is_documented_hidden then cells.documented end as documented,
    case when cells.tips is null then 'missing' when states.is_documented_hidden then 'suppressed' else 'measured' end
        as documented_state
from cells
left join states
    on
        cells.local_date = states.local_date
        and cells.level = states.level
        and cells.unit_id is not distinct from states.unit_id
        and cells.channel is not distinct from states.channel
