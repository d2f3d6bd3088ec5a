"""The words a goals file may use for what is measured, where, and how it is judged."""

from __future__ import annotations

from typing import Literal

Platform = Literal["facebook", "instagram", "x", "youtube", "threads", "mastodon", "bluesky", "linkedin", "tiktok"]

Stage = Literal["input", "output", "outtake", "outcome", "impact"]
"""Where on the way from effort to effect a KPI stands (METHOD section 0)."""

Grade = Literal["A", "B", "C", "D"]
"""A complete log or census, B probability sample or causal design, C calibrated or modelled, D self-selected."""

Verdict = Literal["met", "not_met", "insufficient_evidence"]

SampleType = Literal["own_channel", "probability_sample", "panel"]

MarginVariable = Literal["age_band", "sex", "region", "follower"]
"""What answers can be weighted by: the background columns of a survey."""

Fallback = Literal["randomised_posting", "staggered_links", "interrupted_time_series"]
"""What may stand in for the staggered adoption where every unit is active (METHOD section 5.4)."""

StaggeredBy = Literal[
    "short_link",
    "platform:facebook",
    "platform:instagram",
    "platform:x",
    "platform:youtube",
    "platform:threads",
    "platform:mastodon",
    "platform:bluesky",
    "platform:linkedin",
    "platform:tiktok",
]

CensusMetric = Literal["population_covered", "active_unit_weeks_with_post", "coverage"]
MedianMetric = Literal["response_minutes"]
UnitMonthMetric = Literal["views_per_1000_inhabitants"]
BoundedMetric = Literal["unique_reach_share"]

Measure = Literal[
    "advice_visits",
    "answered_24h",
    "appeals",
    "comments",
    "days",
    "documented_tips",
    "engaged_views",
    "followers",
    "impressions",
    "likes",
    "link_clicks",
    "questions_due_24h",
    "quotes",
    "reach",
    "reactions",
    "saves",
    "shares",
    "tips",
    "tips_assessed",
    "tips_useful",
    "touched_tips",
    "views",
]
"""What can be counted above or below a fraction's line."""
