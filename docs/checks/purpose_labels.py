"""How well the classifier and plain rules find three purposes in police posts that people labelled.

    python docs/checks/purpose_labels.py DIR/labelled.csv

The file (erica-kane/uk_police_twitter) is not part of this repository; nothing of its text is printed. Of its four
labels, `unusable` (25 posts that nobody could assign) is no purpose and is left out.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import polars as pl

from pipelines.tagging.evaluation import cross_validate, macro_f1, score_sets

PURPOSES = ("appeal", "engagement", "information")

RULES = {
    "appeal": {
        "include": [
            r"\bappeal\w*|witness\w*|missing\b|have you seen|any(one with)? information|dash ?cam|recogni[sz]e",
            r"can you (help|identify)|help us (find|trace|identify)|wanted\b|crimestoppers|0800 555 ?111|found safe",
        ],
        "exclude": [r"missing (out|you)|most wanted film"],
    },
    "engagement": {
        "include": [
            r"\bthank(s| you)\b|well done|congratulations|good luck|happy |welcome|join us|ask us|\bQ:|q&a",
            r"(?<!@user )\?\s*$|what do you think|tell us|proud|#onthisday|competition|vote|!\s*$",
        ],
        "exclude": [r"appeal\w*|witness\w*|crimestoppers|charged|jailed|arrest\w*"],
    },
    "information": {
        "include": [
            r"arrest\w*|charged|jailed|sentenced|court|convict\w*|seized|update\b|road (is )?(closed|open)|collision",
            r"\badvice\b|report (it|this|online|to)|please (call|contact|ring|dm|report)|\b101\b|\b999\b|prevent",
            r"more here|read more|find out|full story|website|\blink\b|officers (have|are|were)|scam|fraud",
        ],
        "exclude": [r"\bappeal\w*|witness\w*|missing\b|have you seen|crimestoppers"],
    },
}
"""An English goals.yaml's `post_match` for each purpose, written from its name and not fitted to the labels."""


def by_rules(text: str) -> set[str]:
    """The purposes that the rules give a text: any include and no exclude."""
    return {
        purpose
        for purpose, rules in RULES.items()
        if any(re.search(p, text, re.IGNORECASE) for p in rules["include"])
        and not any(re.search(p, text, re.IGNORECASE) for p in rules["exclude"])
    }


def read(path: Path) -> tuple[list[str], list[str]]:
    """Texts and purposes of a labelled file, without what is no purpose."""
    frame = pl.read_csv(path).filter(pl.col("purpose").is_in(PURPOSES))
    return frame["text"].to_list(), frame["purpose"].to_list()


def main(path: Path) -> None:
    """Print the figures."""
    texts, purposes = read(path)
    started = time.perf_counter()
    made = cross_validate(texts, purposes)
    took = time.perf_counter() - started
    rules = score_sets([by_rules(text) for text in texts], purposes, PURPOSES)
    print(f"{made.texts} texts in {made.groups} groups of near-duplicates; 5 folds, grouped; {took:.0f} s")
    print(f"macro-F1: classifier {made.macro_f1:.4f}, rules {macro_f1(rules):.4f}\n")
    print("| purpose | texts | precision | recall | F1 | Brier | ECE | rules: precision | recall | F1 |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in PURPOSES:
        m, r = made.scores[name], rules[name]
        print(
            f"| {name} | {m.texts} | {m.precision:.3f} | {m.recall:.3f} | {m.f1:.3f} | {m.brier:.3f} "
            f"| {m.calibration_error:.3f} | {r.precision:.3f} | {r.recall:.3f} | {r.f1:.3f} |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
