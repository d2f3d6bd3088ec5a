"""The words a goals file may use for what is measured, and what each measure is called in both languages."""

from __future__ import annotations

from typing import Literal

Platform = Literal["facebook", "instagram", "x", "youtube", "threads", "mastodon", "bluesky", "linkedin", "tiktok"]

Stage = Literal["input", "output", "outtake", "outcome", "impact"]
"""Where on the way from effort to effect a KPI stands (METHOD section 0)."""

Grade = Literal["A", "B", "C", "D"]
"""A complete log or census, B probability sample or causal design, C calibrated or modelled, D self-selected."""

Verdict = Literal["met", "not_met", "insufficient_evidence"]

SampleType = Literal["own_channel", "probability_sample", "panel"]

CensusMetric = Literal["population_covered", "active_unit_weeks_with_post"]
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

LABELS: dict[str, tuple[str, str]] = {
    "active_unit_weeks_with_post": ("Andel aktiva enhetsveckor med inlägg", "Share of active unit-weeks with a post"),
    "advice_visits": ("besök på rådgivningssidan", "visits to the advice page"),
    "answered_24h": ("besvarade inom ett dygn", "answered within 24 hours"),
    "appeals": ("vädjanden", "appeals"),
    "comments": ("kommentarer", "comments"),
    "days": ("dagar", "days"),
    "documented_tips": ("dokumenterade tips", "documented tips"),
    "engaged_views": ("engagerade visningar", "engaged views"),
    "followers": ("följare", "followers"),
    "impressions": ("exponeringar", "impressions"),
    "likes": ("gilla", "likes"),
    "link_clicks": ("länkklick", "link clicks"),
    "population_covered": (
        "Andel av befolkningen som nås av ett aktivt konto",
        "Share of the population with an active account",
    ),
    "questions_due_24h": ("frågor att besvara", "questions due"),
    "quotes": ("citat", "quotes"),
    "reach": ("räckvidd", "reach"),
    "reactions": ("reaktioner", "reactions"),
    "response_minutes": ("Svarstid i minuter, median", "Response time in minutes, median"),
    "saves": ("sparade", "saves"),
    "shares": ("delningar", "shares"),
    "tips": ("tips", "tips"),
    "tips_assessed": ("bedömda tips", "assessed tips"),
    "tips_useful": ("användbara tips", "useful tips"),
    "touched_tips": ("tips som berörts av ett inlägg", "tips touched by a post"),
    "unique_reach_share": ("Andel av invånarna som nåtts", "Share of inhabitants reached"),
    "views": ("visningar", "views"),
    "views_per_1000_inhabitants": (
        "Visningar per 1 000 invånare och aktiv enhetsmånad",
        "Views per 1,000 inhabitants and active unit-month",
    ),
}
"""Measure -> what it is called in Swedish and in English, for a KPI without a `label` of its own."""
