/* What worked for each goal? Posts of the study period by the goal's own measure at one fixed age: the five highest of
   each goal and platform, the three nearest its median, and the quartiles of all of them.
   The measure is contacts; for a goal whose deciding KPI is acts by people reached, those acts per 1,000 contacts,
   because no platform tells reach at an age. Contacts are views, or impressions on a platform whose posts have no
   views; never one for the other. Tips are never told per post. Platforms count differently, so there is no list of
   all of them. */
with

measures as (
    select
        basis.goal_id,
        min(basis.kpi_id) as kpi_id,
        arg_min(basis.numerators, basis.kpi_id) as numerators
    from published.kpi_basis as basis
    inner join published.goal_scorecard as card
        on basis.goal_id = card.goal_id and basis.kpi_id = card.kpi_id and card.unit_id is null
    where basis.measure = 'engagement_ratio' and card.is_primary
    group by basis.goal_id
),

acts as (
    select
        goal_id,
        case trim(name) when 'likes' then 'reactions' else trim(name) end as metric
    from (
        select
            goal_id,
            unnest(string_split(numerators, ',')) as name
        from measures
    ) as named
),

contact_metrics as (
    select
        post.platform,
        case when bool_or(aged.metric = 'views') then 'views' else 'impressions' end as metric
    from published.post_at_age as aged
    inner join published.post on aged.post_id = post.post_id
    where aged.metric in ('views', 'impressions')
    group by post.platform
),

served as (
    select
        serving.goal_id,
        post.*,
        measures.kpi_id,
        measures.numerators
    from published.post_goal as serving
    inner join published.post on serving.post_id = post.post_id
    inner join published.goal_verdict as verdict on serving.goal_id = verdict.goal_id
    left join measures on serving.goal_id = measures.goal_id
    where cast(post.published_at as date) between verdict.period_start and verdict.period_end
),

totals as (
    select
        served.goal_id,
        served.post_id,
        case when count(*) = count(aged.value) then sum(aged.value) end as acts
    from served
    inner join acts on served.goal_id = acts.goal_id
    inner join published.post_at_age as aged on served.post_id = aged.post_id and acts.metric = aged.metric
    group by served.goal_id, served.post_id
),

valued as (
    select
        served.*,
        case when served.kpi_id is null then 'contacts' else 'acts_per_1000_contacts' end as measure,
        contact_metrics.metric as contact_metric,
        contacts.age_hours,
        contacts.value as contacts,
        case
            when served.kpi_id is null then contacts.value
            when contacts.value >= 100 then 1000 * totals.acts / contacts.value
        end as value
    from served
    left join totals on served.goal_id = totals.goal_id and served.post_id = totals.post_id
    left join contact_metrics on served.platform = contact_metrics.platform
    left join published.post_at_age as contacts
        on served.post_id = contacts.post_id and contact_metrics.metric = contacts.metric
),

told as (
    select
        *,
        count(*) over of_platform as posts,
        count(value) over of_platform as measured,
        quantile_cont(value, 0.25) over of_platform as quarter,
        median(value) over of_platform as median,
        quantile_cont(value, 0.75) over of_platform as three_quarters,
        row_number() over (partition by goal_id, platform order by value desc nulls last, post_id asc) as place
    from valued
    window of_platform as (partition by goal_id, platform)
),

typical as (
    select
        *,
        row_number()
            over (partition by goal_id, platform order by abs(value - median) nulls last, post_id)
            as from_median
    from told
)

select
    goal_id,
    platform,
    measure,
    kpi_id,
    numerators,
    contact_metric,
    age_hours,
    posts,
    measured,
    quarter,
    median,
    three_quarters,
    case when value is null then 'none' when place <= 5 then 'top' else 'typical' end as kind,
    post_id,
    unit_id,
    published_at,
    media_type,
    case when deleted_seen_at is null and permalink like 'https://%' then permalink end as permalink,
    deleted_seen_at,
    contacts,
    value
from typical
where (value is not null and (place <= 5 or from_median <= 3)) or (measured = 0 and place = 1)
order by goal_id asc, platform asc, kind desc, place asc
