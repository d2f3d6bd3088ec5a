"""The classifier: character and word n-grams, one linear model a goal, probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import ConfigurationError
from pipelines.tagging.near_duplicates import groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

MIN_EXAMPLES = 20
"""Different texts of each side, serving the goal and not, below which it is not learnt; near-duplicates count once."""

_INNER_FOLDS = 3
_SEED = 20250101
_WORDS = r"(?u)[#@]?\w+|[?!]"
"""A word with its # or @, or a mark that says that somebody asks or calls."""


@dataclass(frozen=True)
class Classifier:
    """A trained classifier.

    Args:
        features: what turns texts into numbers.
        models: goal -> what gives the probability that a text serves it.
    """

    features: Any
    models: Mapping[str, Any]

    def probabilities(self, texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """Per goal, the probability that each text serves it."""
        known = self.features.transform(texts)
        return {goal: model.predict_proba(known)[:, 1] for goal, model in self.models.items()}


def require_sklearn() -> None:
    """Say what to install where the extra is missing.

    Raises:
        ConfigurationError: scikit-learn is not installed.
    """
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("sklearn") is None:
        raise ConfigurationError(
            "Suggestions need scikit-learn, which is not installed.",
            where="this Python environment",
            do="Run `pip install 'syfte[suggest]'`, and the command again.",
        )


def examples(labels: Mapping[str, Sequence[bool | None]], together: Sequence[int]) -> dict[str, tuple[int, int]]:
    """Goal -> different texts that serve it, different texts that do not; near-duplicates count once."""
    return {
        goal: (
            len({group for group, side in zip(together, said, strict=True) if side is True}),
            len({group for group, side in zip(together, said, strict=True) if side is False}),
        )
        for goal, said in sorted(labels.items())
    }


def train(
    texts: Sequence[str], labels: Mapping[str, Sequence[bool | None]], *, together: Sequence[int] | None = None
) -> Classifier:
    """Train one model for each goal that can be learnt.

    The same texts and labels in the same order give the same classifier.

    Args:
        texts: what is labelled, in whole or in part.
        labels: goal -> per text whether it serves it; None where nobody has said so.
        together: groups of near-duplicates, where they are known already.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from sklearn.pipeline import FeatureUnion  # noqa: PLC0415

    features: Any = FeatureUnion(_vectorisers())
    known: Any = csr_matrix(features.fit_transform(texts))
    together = groups(texts) if together is None else together
    models: dict[str, Any] = {}
    for goal, sides_given in examples(labels, together).items():
        if min(sides_given) < MIN_EXAMPLES:
            continue
        places = [place for place, said in enumerate(labels[goal]) if said is not None]
        sides = [bool(labels[goal][place]) for place in places]
        models[goal] = _calibrated(known[places], sides, [together[place] for place in places])
    return Classifier(features, models)


def _vectorisers() -> list[tuple[str, Any]]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    words = TfidfVectorizer(analyzer="word", token_pattern=_WORDS, ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    return [("words", words), ("characters", characters)]


def _calibrated(known: Any, sides: Sequence[bool], together: Sequence[int]) -> Any:  # noqa: ANN401  # a sparse matrix
    """A linear model, and a sigmoid over its distances on texts it had not seen, near-duplicates kept together."""
    from sklearn.calibration import CalibratedClassifierCV  # noqa: PLC0415
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    folds = StratifiedGroupKFold(_INNER_FOLDS, shuffle=True, random_state=_SEED)
    splits = list(folds.split(known, sides, together))
    linear = LinearSVC(C=0.2, class_weight="balanced", random_state=_SEED)
    as_one: Any = False  # one model, not one a fold; the stub says that it must be text
    return CalibratedClassifierCV(linear, method="sigmoid", cv=splits, ensemble=as_one).fit(known, sides)
