"""Verdicts, reasons and states in the institution's languages. An unknown word is shown as it is, never hidden."""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["sv", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "met": ("uppfyllt", "met"),
    "not_met": ("inte uppfyllt", "not met"),
    "insufficient_evidence": ("otillräckligt underlag", "insufficient evidence"),
    "target_inside_interval": ("målet ligger inom osäkerheten", "the target lies inside the interval"),
    "missing_data": ("data saknas", "data are missing"),
    "small_n": ("för få observationer", "too few observations"),
    "series_break": ("brott i serien", "break in the series"),
    "evidence_grade": ("för svagt slag av underlag", "kind of evidence too weak"),
    "not_settled": ("siffrorna är inte slutliga", "figures not settled yet"),
    "suppressed": ("undertryckt, för få", "suppressed, too few"),
    "post_hoc_target": ("målet sattes i efterhand", "target set afterwards"),
    "no_target": ("inget mål satt", "no target set"),
    "no_primary_kpi": ("inget mått avgör", "no measure decides"),
    "no_controls": ("inget att jämföra med", "nothing to compare with"),
    "no_baseline": ("ingen tid före start att jämföra med", "no time before the start to compare with"),
    "no_adoption": ("ingen var aktiv", "nobody was active"),
    "pre_trend": ("skillnader redan före start", "differences already before the start"),
    "overdispersion": ("tipsen varierar för mycket", "tips vary too much"),
    "bounded": ("bara gränser", "only bounds"),
    "median_not_reached": ("färre än hälften besvarade", "fewer than half answered"),
    "raking_empty_cell": ("en grupp saknas bland svaren", "a group is absent from the answers"),
    "raking_missing_margin": ("en grupp saknar känd andel", "a group without a known share"),
    "raking_not_converged": ("svaren kan inte vägas till andelarna", "answers cannot be weighted to the shares"),
    "raking_extreme_weights": ("enstaka svar väger för mycket", "single answers weigh too much"),
    "missing": ("ingen data", "no data"),
    "not_offered": ("plattformen redovisar det inte", "the platform does not offer it"),
    "not_computed": ("räknas inte ännu", "not computed yet"),
    "own_channel": ("av dem som svarade i egna kanaler", "of those who answered in our own channels"),
    "own_channel_raked": ("egna kanaler, vägda", "own channels, weighted"),
    "own_channel_bounds": ("egna kanaler, gränser för alla", "own channels, bounds for everybody"),
    "panel_raked": ("panel, vägd", "panel, weighted"),
    "clock": ("alla timmar", "all hours"),
    "business": ("öppettid", "opening hours"),
    "probability_sample": ("slumpurval", "probability sample"),
    "panel": ("panel", "panel"),
    "unit_days": ("enhetsdagar", "unit-days"),
    "population": ("invånare", "inhabitants"),
    "rules_score": ("regler: precision / täckning", "rules: precision / recall"),
    "coded_posts": ("kodade inlägg", "coded posts"),
    "value": ("värde", "value"),
    "target": ("mål", "target"),
    "verdict": ("omdöme", "verdict"),
    "reasons": ("skäl", "reasons"),
    "grade": ("grad", "grade"),
    "completeness": ("läst", "read"),
    "goal": ("mål och mått", "goal and measure"),
    "as_of": ("Läget", "As of"),
    "period": ("Period", "Period"),
}


def word(code: str, lang: Language) -> str:
    """What a code is called."""
    pair = _WORDS.get(code)
    return code.replace("_", " ") if pair is None else pair[lang == "en"]


def preferred_language() -> Language:
    """Swedish where the person's locale is Swedish, else English."""
    # The locale belongs to the terminal, not to the project's settings.
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if given := os.environ.get(name):
            return "sv" if given.lower().startswith("sv") else "en"
    return "en"


_AFTER_Z = str.maketrans({"å": "{", "ä": "|", "ö": "}"})


def in_order(text: str) -> str:
    """What names are sorted by, in both languages: å, ä and ö come after z, and capitals do not matter."""
    return text.casefold().translate(_AFTER_Z)


def number(value: float, lang: Language) -> str:
    """A number with as many decimals as its size bears."""
    size = abs(value)
    decimals = 4 if size < 0.1 else 3 if size < 10 else 1
    text = f"{value:,.{decimals}f}" if size else "0"
    return text.replace(",", "\u00a0").replace(".", ",") if lang == "sv" else text
