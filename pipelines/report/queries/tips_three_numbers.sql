/* What had appeals a part in? Documented, touched and incremental tips side by side: the organisation, its platforms,
   its units. Variable public: rounded figures, of the organisation and its platforms; below ten none, the smallest
   platform that is left hidden with them, because the total would tell the rest; and none while the study period runs,
   because its total would tell its last days. */
with

guarded as (
    select
        touch.*,
        getvariable('public') as is_public,
        cast(build.as_of as date) <= touch.period_end as is_open,
        count(*) filter (where touch.documented_public < 10) over parts as few_documented,
        row_number() over (parts order by touch.documented_public nulls first, touch.platform) as place_documented,
        count(*) filter (where touch.touched_public < 10) over parts as few_touched,
        row_number() over (parts order by touch.touched_public nulls first, touch.platform) as place_touched
    from published.tips_touch as touch
    cross join published.build
    where not getvariable('public') or touch.unit_id is null
    window parts as (partition by touch.platform is not null)
),

judged as (
    select
        *,
        is_public
        and (is_open or documented_public < 10 or (few_documented > 0 and place_documented <= few_documented + 1))
            as hides_documented,
        is_public and (is_open or touched_public < 10 or (few_touched > 0 and place_touched <= few_touched + 1))
            as hides_touched
    from guarded
)

select
    unit_id,
    platform,
    period_start,
    period_end,
    case when hides_documented then null when is_public then documented_public else documented end as documented,
    case when documented_state = 'measured' and hides_documented then 'suppressed' else documented_state end
        as documented_state,
    case when hides_touched then null when is_public then touched_public else touched end as touched,
    case when not is_public then touched_low end as touched_low,
    case when not is_public then touched_high end as touched_high,
    case when touched_state = 'measured' and hides_touched then 'suppressed' else touched_state end as touched_state,
    case when is_public then 5 * round(incremental / 5) else incremental end as incremental,
    case when is_public then 5 * round(incremental_low / 5) else incremental_low end as incremental_low,
    case when is_public then 5 * round(incremental_high / 5) else incremental_high end as incremental_high,
    incremental_state,
    remark,
    counted_to
from judged
order by unit_id nulls first, platform nulls first
