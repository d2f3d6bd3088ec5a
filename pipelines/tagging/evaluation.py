"""How good suggestions are: cross-validation that keeps near-duplicates on one side, and honest figures from it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipelines.tagging.classifier import train
from pipelines.tagging.near_duplicates import groups

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FOLDS = 5
_BINS = 10
_SEED = 20250101


@dataclass(frozen=True)
class ClassScore:
    """How one purpose was found.

    Args:
        texts: that have the purpose.
        precision, recall, f1: in 0-1; 0 where nothing was found or there was nothing to find.
        brier: mean squared distance of the probability from what was so; None for rules, which give none.
        calibration_error: mean distance of probability and share, over ten bins by probability (ECE).
    """

    texts: int
    precision: float
    recall: float
    f1: float
    brier: float | None = None
    calibration_error: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """What a cross-validation came to.

    Args:
        texts: that were judged, each once, by a classifier that had seen neither it nor its near-duplicates.
        groups: of near-duplicates among all texts; a text alone is one.
        scores: purpose -> its score.
        places: which texts were judged.
        found: per judged text the purpose with the highest probability.
    """

    texts: int
    groups: int
    scores: dict[str, ClassScore]
    places: list[int]
    found: list[str]

    @property
    def macro_f1(self) -> float:
        """Mean of the purposes' F1, each counting the same."""
        return macro_f1(self.scores)


def macro_f1(scores: Mapping[str, ClassScore]) -> float:
    """Mean of the purposes' F1, each counting the same."""
    return sum(score.f1 for score in scores.values()) / len(scores)


def cross_validate(texts: Sequence[str], purposes: Sequence[str], *, only: int = FOLDS) -> Evaluation:
    """Judge every text by a classifier trained on the other folds.

    Args:
        texts: one or more for each purpose.
        purposes: per text its one purpose.
        only: judge the texts of so many of the five folds, to save time.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415

    together = groups(texts)
    names = sorted(set(purposes))
    probabilities: dict[int, dict[str, float]] = {}
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=_SEED)
    splits: Any = folds.split(texts, purposes, together)
    for split in islice(splits, only):
        seen, unseen = ([int(place) for place in side] for side in split)
        labels = {name: [purposes[place] == name for place in seen] for name in names}
        classifier = train([texts[p] for p in seen], labels, together=[together[p] for p in seen])
        found = classifier.probabilities([texts[place] for place in unseen])
        for row, place in enumerate(unseen):
            probabilities[place] = {name: float(found[name][row]) for name in names}
    places = sorted(probabilities)
    best = [max(names, key=lambda name: probabilities[place][name]) for place in places]
    so = [purposes[place] for place in places]
    plain = score_sets([{name} for name in best], so, names)
    scores = {name: _calibration(plain[name], [probabilities[p][name] for p in places], name, so) for name in names}
    return Evaluation(len(places), len(set(together)), scores, places, best)


def score_sets(
    found: Sequence[Collection[str]], purposes: Sequence[str], names: Sequence[str]
) -> dict[str, ClassScore]:
    """Score what rules found, which may be none or several purposes for a text.

    Args:
        found: per text the purposes it was given.
        purposes: per text its one purpose.
        names: all purposes.
    """
    scores: dict[str, ClassScore] = {}
    for name in names:
        given = sum(name in said for said in found)
        there = sum(purpose == name for purpose in purposes)
        both = sum(name in said and purpose == name for said, purpose in zip(found, purposes, strict=True))
        precision, recall = both / given if given else 0.0, both / there if there else 0.0
        f1 = 2 * both / (given + there) if given + there else 0.0
        scores[name] = ClassScore(there, precision, recall, f1)
    return scores


def _calibration(score: ClassScore, said: Sequence[float], name: str, purposes: Sequence[str]) -> ClassScore:
    so = [float(purpose == name) for purpose in purposes]
    brier = sum((p - s) ** 2 for p, s in zip(said, so, strict=True)) / len(said)
    bins: dict[int, list[tuple[float, float]]] = {}
    for p, s in zip(said, so, strict=True):
        bins.setdefault(min(int(p * _BINS), _BINS - 1), []).append((p, s))
    error = sum(abs(sum(p - s for p, s in pairs)) for pairs in bins.values()) / len(said)
    return ClassScore(score.texts, score.precision, score.recall, score.f1, brier, error)
