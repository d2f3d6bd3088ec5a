"""The tips goal in words: how much more came, and what the gap to the target is made of (METHOD section 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.wording import word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.wording import Language

_OPENING = {
    "met": ("Syftet är uppfyllt", "The purpose is served"),
    "not_met": ("Syftet är inte uppfyllt", "The purpose is not served"),
    "insufficient_evidence": ("Underlaget räcker inte för ett omdöme", "The evidence does not allow a verdict"),
}

_SHARES = (
    (0.15, "En liten del", "A small part"),
    (0.29, "Omkring en fjärdedel", "About a quarter"),
    (0.40, "Omkring en tredjedel", "About a third"),
    (0.48, "Knappt hälften", "Somewhat less than half"),
    (0.52, "Hälften", "Half"),
    (0.65, "Drygt hälften", "Somewhat more than half"),
    (0.71, "Omkring två tredjedelar", "About two thirds"),
    (0.85, "Omkring tre fjärdedelar", "About three quarters"),
    (1.00, "Nästan hela", "Nearly all"),
)
"""Up to which share of the gap which words are used; from one on it is all of it."""

_DESIGNS = {
    "randomised_posting": ("Jämförelsen: lottade inlägg.", "Compared by: randomised posting."),
    "staggered_links": (
        "Jämförelsen: enheter som började vid olika tid, se staggered_by i goals.yaml.",
        "Compared by: units that began at different times, see staggered_by in goals.yaml.",
    ),
    "interrupted_time_series": (
        "Jämförelsen: före och efter en förändring; annat som hände samtidigt ingår.",
        "Compared by: before and after a change; whatever else happened at the time is in it.",
    ),
}


def tips_sentences(effect: Sequence[Mapping[str, Any]], card: Mapping[str, Any] | None, lang: Language) -> list[str]:
    """What to say below the scorecard.

    Args:
        effect: rows of `published.tips_effect`.
        card: the KPI's row of `published.goal_scorecard`; None without one.
        lang: language.

    Returns:
        Nothing where there is no value or no target.
    """
    rows = {row["measure"]: row for row in effect}
    whole = rows.get("rr_nat")
    if card is None or card["target_value"] is None or whole is None or whole["value"] is None:
        return []
    target, is_english = float(card["target_value"]), lang == "en"
    opening = _OPENING[card["verdict"] or "insufficient_evidence"][is_english]
    percent, ends = _percent(whole["value"]), _ends(whole, is_english)
    said = (
        f"{opening}: an estimated {percent}% more tips{ends} against the target of {_percent(target)}%."
        if is_english
        else f"{opening}: uppskattningsvis {percent} % fler tips{ends} mot målet {_percent(target)} %."
    )
    lines = [f"{said} {_gap(rows, target, is_english)}".strip()]
    if whole["design"] in _DESIGNS:
        lines.append(_DESIGNS[whole["design"]][is_english])
    lines.append(_checks(rows, lang))
    return [line for line in lines if line]


def _percent(ratio: float) -> int:
    return round(100 * (ratio - 1))


def _ends(row: Mapping[str, Any], is_english: bool) -> str:
    if row["low"] is None:
        return ""
    between = f"{_percent(row['low'])} to {_percent(row['high'])}"
    if row["low"] >= 1 - 0.005:
        between = f"{_percent(row['low'])}–{_percent(row['high'])}"
    elif not is_english:
        between = between.replace(" to ", " till ")
    return f" ({between}%)" if is_english else f" ({between} %)"


def _gap(rows: Mapping[str, Mapping[str, Any]], target: float, is_english: bool) -> str:
    share, active = rows.get("coverage_gap_share"), rows.get("rr_att")
    if share is None or share["value"] is None or active is None or share["value"] < 0:
        return ""
    words = next((both for end, *both in _SHARES if share["value"] < end), ["Hela", "All"])[is_english]
    percent = _percent(active["value"])
    if active["value"] >= target:
        reached = ("med full täckning hade målet nåtts", "with full coverage the target would have been reached")
    elif active["high"] is not None and active["high"] < target:
        reached = (
            "även med full täckning hade målet inte nåtts",
            "even with full coverage the target would not have been reached",
        )
    else:
        reached = (
            "även med full täckning hade målet troligen inte nåtts",
            "even with full coverage the target would probably not have been reached",
        )
    if is_english:
        return f"{words} of the gap is due to units that were not active; {reached[1]} ({percent}%)."
    return f"{words} av gapet beror på att alla enheter inte var aktiva; {reached[0]} ({percent} %)."


def _checks(rows: Mapping[str, Mapping[str, Any]], lang: Language) -> str:
    parts: list[str] = []
    for measure, digits in (("coverage_gap_share", 0), ("permutation_p", 4), ("pre_trend_p", 2), ("dispersion", 2)):
        row = rows.get(measure)
        if row is None or row["value"] is None:
            continue
        label = row[f"label_{lang}"]
        if measure == "coverage_gap_share":
            ends = "" if row["low"] is None else f" [{row['low']:.0%}; {row['high']:.0%}]"
            text = f"{label} {row['value']:.0%}{ends}"
            parts.append(text if lang == "en" else text.replace("%", " %"))
        else:
            text = f"{row['value']:.{digits}f}"
            parts.append(f"{label} {text.replace('.', ',') if lang == 'sv' else text}")
    failing = [word(code, lang) for code in (rows["rr_nat"]["failing"] or "").split(",") if code]
    return ". ".join([*parts, *failing]) + "." if parts or failing else ""
