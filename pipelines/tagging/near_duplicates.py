"""Texts that say the same thing in almost the same words: they belong together when a classifier is tried.

A reply sent a hundred times, or an appeal and its update, would else stand in the training and in the test alike.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SHINGLE = 5
"""Characters of a shingle: about a word."""

SIMILARITY = 0.5
"""Share of common shingles (Jaccard) from which two texts count as near-duplicates."""

_BANDS, _ROWS = 64, 3
"""Of a text's signature: two texts that share half of their shingles meet in a band with probability 0.9998."""

_PRIME = 2**31 - 1
_SEED = 20250101

_ADDRESS = re.compile(r"https?://\S+|@\w+")
_DIGIT = re.compile(r"\d")
_BETWEEN = re.compile(r"[\W_]+")


def groups(texts: Sequence[str], similarity: float = SIMILARITY) -> list[int]:
    """Group texts so that near-duplicates, and near-duplicates of these, have the same number.

    Compared without case, addresses, handles and punctuation, and with every digit alike.

    Returns:
        Per text the place of the first text of its group.
    """
    shingles = [_shingles(text) for text in texts]
    parent = list(range(len(texts)))
    for one, other in _candidates(shingles):
        first, second = sorted((_root(parent, one), _root(parent, other)))
        if first != second:
            common = len(shingles[one] & shingles[other])
            if common >= similarity * (len(shingles[one]) + len(shingles[other]) - common):
                parent[second] = first
    return [_root(parent, place) for place in range(len(texts))]


def _shingles(text: str) -> frozenset[int]:
    plain = _BETWEEN.sub(" ", _DIGIT.sub("0", _ADDRESS.sub(" ", text.casefold()))).strip()
    starts = range(max(1, len(plain) - SHINGLE + 1))
    return frozenset(zlib.crc32(plain[start : start + SHINGLE].encode()) % _PRIME for start in starts)


def _candidates(shingles: Sequence[frozenset[int]]) -> Iterator[tuple[int, int]]:
    """Pairs whose signatures agree in a band (MinHash); each is compared in full afterwards."""
    signatures = _signatures(shingles)
    seen: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        buckets: defaultdict[bytes, list[int]] = defaultdict(list)
        for place, signature in enumerate(signatures[:, band * _ROWS : (band + 1) * _ROWS]):
            buckets[signature.tobytes()].append(place)
        for places in buckets.values():
            for position, other in enumerate(places):
                for one in places[:position]:
                    if (one, other) not in seen:
                        seen.add((one, other))
                        yield one, other


def _signatures(shingles: Sequence[frozenset[int]]) -> NDArray[np.int64]:
    random = np.random.default_rng(_SEED)
    factor = random.integers(1, _PRIME, _BANDS * _ROWS, dtype=np.int64)
    addend = random.integers(0, _PRIME, _BANDS * _ROWS, dtype=np.int64)
    signatures = np.empty((len(shingles), _BANDS * _ROWS), dtype=np.int64)
    for place, own in enumerate(shingles):
        hashed = np.fromiter(own, dtype=np.int64, count=len(own))
        signatures[place] = ((hashed[:, None] * factor + addend) % _PRIME).min(axis=0)
    return signatures


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place
