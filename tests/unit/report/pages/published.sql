-- The published tables that the report reads, empty. A test holds them to the models' columns.
create schema published;
create table published.account_daily (
    account_id varchar, metric varchar, local_date date, value double, state varchar, native_metric varchar,
    day_zone varchar, net_change double, change_since date
);
create table published.build (
    as_of timestamptz, goals_sha256 varchar, code_version varchar, models_sha256 varchar
);
create table published.check_result (
    run_at timestamptz, kind varchar, table_name varchar, expectation varchar, severity varchar, success boolean,
    detail varchar
);
create table published.counter_check (
    platform varchar, native_metric varchar, checks bigint, complete_checks bigint, wrong_checks bigint,
    wrong_ratio double, displayed bigint, listed bigint, largest_difference bigint, first_checked_at timestamptz,
    last_checked_at timestamptz
);
create table published.goal (
    goal_id varchar, position integer, label_sv varchar, label_en varchar, is_guardrail boolean, purpose_sv
    varchar, purpose_en varchar, target_group_sv varchar, target_group_en varchar, motive_sv varchar, motive_en
    varchar, user_benefit_sv varchar, user_benefit_en varchar
);
create table published.goal_matching (
    platform varchar, goal_id varchar, goals_version integer, method varchar, posts bigint, weight double,
    platform_posts bigint
);
create table published.goal_scorecard (
    goal_id varchar, kpi_id varchar, label_sv varchar, label_en varchar, is_primary boolean, unit_id varchar,
    period_start date, period_end date, as_of timestamptz, value double, low double, high double, target_op
    varchar, target_value double, verdict varchar, reasons varchar, evidence_grade varchar, completeness double, n
    bigint, state varchar, variant varchar, interval_kind varchar, is_bridged boolean
);
create table published.goal_verdict (
    goal_id varchar, label_sv varchar, label_en varchar, period_start date, period_end date, as_of timestamptz,
    verdict varchar, reasons varchar, is_guardrail boolean, rules_precision double, rules_recall double,
    coded_posts bigint
);
create table published.kpi_basis (
    goal_id varchar, kpi_id varchar, variant varchar, measure varchar, kind varchar, unit varchar, scale double,
    definition_sv varchar, definition_en varchar, numerators varchar, denominator_metric varchar, is_on_last_day
    boolean, numerator double, denominator double, clusters bigint, interval_level double, min_completeness
    double, min_n integer, min_evidence varchar, min_cell integer, settled_from date, target_set_at date, data_of
    varchar, data_rows bigint, data_sha256 varchar, counted_to date
);
create table published.kpi_exclusion (
    goal_id varchar, kpi_id varchar, what varchar, excluded bigint, state varchar
);
create table published.kpi_period (
    kpi_id varchar, goal_id varchar, variant varchar, unit_id varchar, platform varchar, grain varchar,
    period_start date, period_end date, value double, low double, high double, interval_kind varchar, n bigint,
    state varchar, reasons varchar
);
create table published.kpi_revision (
    goal_id varchar, kpi_id varchar, variant varchar, unit_id varchar, period_start date, period_end date,
    as_of_old timestamptz, as_of_new timestamptz, value_old double, value_new double, low_old double, low_new
    double, high_old double, high_new double, verdict_old varchar, verdict_new varchar, reasons_old varchar,
    reasons_new varchar, why varchar
);
create table published.kpi_unit_funnel (
    kpi_id varchar, goal_id varchar, variant varchar, unit_id varchar, period_start date, period_end date, value
    double, n bigint, centre double, low_95 double, high_95 double, low_998 double, high_998 double, position
    varchar, phi double
);
create table published.load_log (
    source varchar, stream varchar, account_id varchar, fetched_at timestamptz, rows_read bigint, rows_stored
    bigint, rows_duplicate bigint, rows_quarantined bigint, complete boolean, file varchar, page_id varchar,
    counts_rows boolean, api_version_asked varchar, api_version_answered varchar, rows_replayed bigint
);
create table published.metric_definition (
    platform varchar, scope varchar, native_metric varchar, media_type varchar, metric varchar, definition_id
    varchar, kind varchar, unit varchar, valid_from date, valid_to date, additive_over_posts boolean,
    additive_over_time boolean, certainty varchar, definition varchar, closed_on date
);
create table published.metric_status (
    platform varchar, scope varchar, native_metric varchar, media_type varchar, accounts bigint, not_offered_since
    timestamptz, last_asked_at timestamptz, reason varchar, back_since timestamptz, closed_on date
);
create table published.organisation (
    organisation_id varchar, label_sv varchar, label_en varchar, timezone varchar, goals_version integer,
    period_start date, period_end date, min_cell integer, public_round_to integer
);
create table published.platform_metric (
    platform varchar, scope varchar, metric varchar, state varchar, certainty varchar, note varchar
);
create table published.post (
    post_id varchar, account_id varchar, platform varchar, unit_id varchar, published_at timestamptz, media_type
    varchar, permalink varchar, goal_ids varchar, deleted_seen_at timestamptz
);
create table published.post_at_age (
    post_id varchar, metric varchar, native_metric varchar, age_hours bigint, value double, state varchar
);
create table published.post_goal (
    post_id varchar, goal_id varchar, goals_version integer, weight double, method varchar, rule_id varchar
);
create table published.response_time (
    goal_id varchar, kpi_id varchar, hours varchar, unit_id varchar, platform varchar, grain varchar, period_start
    date, period_end date, questions bigint, answered bigint, p50 double, p50_low double, p50_high double, p80
    double, p80_low double, p80_high double, p95 double, p95_low double, p95_high double
);
create table published.series_break (
    platform varchar, scope varchar, media_type varchar, metric varchar, old_metric varchar, break_date date,
    new_from date, old_definition_id varchar, new_definition_id varchar, old_definition varchar, new_definition
    varchar, bridge_factor double
);
create table published.survey_result (
    goal_id varchar, kpi_id varchar, variant varchar, survey_id varchar, conducted_from date, conducted_to date,
    question varchar, mode varchar, frame varchar, responses bigint, n bigint, n_eff double, max_weight double,
    value double, low double, high double, interval_kind varchar, evidence_grade varchar, speaks_of varchar,
    reasons varchar
);
create table published.tips_daily (
    unit_id varchar, local_date date, channel varchar, tips bigint, documented bigint, touched double, state
    varchar, documented_state varchar, touched_state varchar
);
create table published.tips_effect (
    goal_id varchar, kpi_id varchar, measure varchar, label_sv varchar, label_en varchar, definition_sv varchar,
    definition_en varchar, value double, low double, high double, interval_kind varchar, state varchar, design
    varchar, evidence_grade varchar, failing varchar
);
create table published.tips_lag (
    measure varchar, value double, low double, high double, reason varchar
);
create table published.tips_precision (
    rung bigint, precision double, low double, high double, reason varchar
);
create table published.tips_touch (
    unit_id varchar, platform varchar, documented double, touched double, touched_low double, touched_high double,
    incremental double, incremental_low double, incremental_high double, period_start date, period_end date,
    documented_state varchar, touched_state varchar, incremental_state varchar, documented_public bigint,
    touched_public bigint, remark varchar, counted_to date
);
create table published.unit (
    unit_id varchar, name varchar, parent_unit_id varchar, population bigint, valid_from date, valid_to date,
    is_measured boolean
);
