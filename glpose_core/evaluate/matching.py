"""Which prediction belongs to which labelled person: by the share of joints that are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .joints import Bools, Floats, Ints
from .people import People

THRESHOLD = 0.5
"""A joint is right up to this distance, in head sizes, inclusive."""
PAIRS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Pairs:
    """Every pair of a prediction and a labelled person of one frame with at least one joint right.

    Attributes:
        prediction, truth: rows of the two :class:`People`, int64 ``[P]``, sorted by prediction.
        distance: between the same joint of the two, in units of the truth's size, float64 ``[P, J]``;
            infinite where one of them lacks it.
        right: which are within the threshold, ``[P, J]``.
    """

    prediction: Ints
    truth: Ints
    distance: Floats
    right: Bools


def find_pairs(truth: People, predictions: People, size: Floats, threshold: float) -> Pairs:
    """Compare each prediction with each labelled person of its frame.

    Args:
        truth, predictions: frames counted alike in both.
        size: what distances are divided by for each labelled person, float64 ``[truth]`` pixels; where
            it is NaN or 0, nothing is right.
        threshold: the largest distance that is still right.
    """
    frames = int(max(truth.frame.max(initial=-1), predictions.frame.max(initial=-1))) + 1
    labelled = truth.counts(frames)
    first = np.cumsum(labelled) - labelled
    partners = labelled[predictions.frame]
    chunks = np.searchsorted(
        np.cumsum(partners), np.arange(0, partners.sum() + 1, PAIRS_AT_ONCE), side="right"
    )
    parts = [
        _compare(truth, predictions, first, partners, np.arange(start, stop), size, threshold)
        for start, stop in zip(chunks, [*chunks[1:], len(predictions)], strict=True)
    ]
    return Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _compare(
    truth: People,
    predictions: People,
    first: Ints,
    partners: Ints,
    rows: Ints,
    size: Floats,
    threshold: float,
) -> tuple[Ints, Ints, Floats, Bools]:
    counts = partners[rows]
    prediction = np.repeat(rows, counts)
    within = np.arange(len(prediction)) - np.repeat(np.cumsum(counts) - counts, counts)
    labelled = first[predictions.frame[prediction]] + within
    apart = truth.xy[labelled] - predictions.xy[prediction]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.sqrt(apart[..., 0] ** 2 + apart[..., 1] ** 2) / size[labelled, None]
    both = truth.present[labelled] & predictions.present[prediction]
    distance = np.where(both, distance, np.inf)
    right = distance <= threshold
    some = right.any(axis=1)
    return prediction[some], labelled[some], distance[some], right[some]


@dataclass(frozen=True)
class Matches:
    """Who is whom. ``truth_of`` ``[predictions]`` and ``prediction_of`` ``[truth]`` are rows of the
    other side or −1; ``pair_of`` ``[predictions]`` is the row among the pairs or −1."""

    truth_of: Ints
    prediction_of: Ints
    pair_of: Ints


def match_people(pairs: Pairs, truth: People, predictions: People) -> Matches:
    """Match as PoseTrack does: each prediction keeps only the labelled person of whom it has the largest
    share of joints right (the first on ties), and each labelled person the best prediction kept."""
    labelled = truth.present.sum(axis=1)
    share = pairs.right.sum(axis=1) / labelled[pairs.truth]
    order = np.lexsort((pairs.truth, -share, pairs.prediction))
    best = order[_first_of_each(pairs.prediction[order])]
    order = best[np.lexsort((pairs.prediction[best], -share[best], pairs.truth[best]))]
    chosen = order[_first_of_each(pairs.truth[order])]
    truth_of = np.full(len(predictions), -1, dtype=np.int64)
    prediction_of = np.full(len(truth), -1, dtype=np.int64)
    pair_of = np.full(len(predictions), -1, dtype=np.int64)
    truth_of[pairs.prediction[chosen]] = pairs.truth[chosen]
    prediction_of[pairs.truth[chosen]] = pairs.prediction[chosen]
    pair_of[pairs.prediction[chosen]] = chosen
    return Matches(truth_of, prediction_of, pair_of)


def _first_of_each(values: Ints) -> Bools:
    """Where a new value begins in a sorted array."""
    first = np.ones(len(values), dtype=bool)
    first[1:] = values[1:] != values[:-1]
    return first
