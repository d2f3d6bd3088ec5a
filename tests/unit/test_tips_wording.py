from __future__ import annotations

from typing import Any

import pytest

from pipelines.tips_wording import tips_sentences


def effect(**values: tuple[float | None, ...]) -> list[dict[str, Any]]:
    return [
        {
            "measure": measure,
            "label_sv": measure,
            "label_en": measure,
            "value": regions[0],
            "low": regions[1] if len(regions) > 1 else None,
            "high": regions[2] if len(regions) > 1 else None,
            "design": "staggered_adoption",
            "failing": "",
        }
        for measure, regions in values.items()
    ]


EXAMPLE = effect(
    rr_nat=(1.0643, 1.0442, 1.0852),
    rr_att=(1.1501, 1.1032, 1.1989),
    coverage_gap_share=(0.63, 0.38, 0.99),
    permutation_p=(0.0005,),
)
CARD = {"target_value": 1.20, "verdict": "not_met"}


def test_the_worked_example_is_said_as_the_method_says_it() -> None:
    swedish = tips_sentences(EXAMPLE, CARD, "sv")
    assert swedish[0] == (
        "Syftet är inte uppfyllt: uppskattningsvis 6 % fler tips (4–9 %) mot målet 20 %. "
        "Drygt hälften av gapet beror på att alla enheter inte var aktiva; "
        "även med full täckning hade målet inte nåtts (15 %)."
    )
    assert swedish[1] == "coverage_gap_share 63 % [38 %; 99 %]. permutation_p 0,0005."
    assert tips_sentences(EXAMPLE, CARD, "en")[0] == (
        "The purpose is not served: an estimated 6% more tips (4–9%) against the target of 20%. Somewhat more than "
        "half of the gap is due to units that were not active; even with full coverage the target would not have been "
        "reached (15%)."
    )


@pytest.mark.parametrize(
    ("active", "said"),
    [
        ((1.15, 1.10, 1.22), "hade målet troligen inte nåtts"),
        ((1.25, 1.10, 1.32), "med full täckning hade målet nåtts (25 %)"),
    ],
)
def test_what_full_coverage_would_have_done_is_said_as_surely_as_it_is_known(active: Any, said: str) -> None:
    rows = effect(rr_nat=(1.06, 0.98, 1.1), rr_att=active, coverage_gap_share=(0.3, None, None))
    [line, _] = tips_sentences(rows, CARD, "sv")
    assert said in line
    assert "(-2 till 10 %)" in line
    assert "Omkring en tredjedel" in line


def test_without_a_value_or_a_target_nothing_is_said() -> None:
    assert tips_sentences([], CARD, "sv") == []
    assert tips_sentences(EXAMPLE, None, "sv") == []
    assert tips_sentences(EXAMPLE, {"target_value": None, "verdict": None}, "en") == []
    assert tips_sentences(effect(rr_nat=(None,)), CARD, "en") == []
