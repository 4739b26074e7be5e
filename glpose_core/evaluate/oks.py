"""COCO's measure for keypoints: average precision by object keypoint similarity (OKS).

Counts as pycocotools does with ``iouType="keypoints"``: at most 20 detections a picture, thresholds
.50:.05:.95, 101 recall points, people without labelled joints and crowds ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .joints import Bools, Floats, Ints

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
MAX_DETECTIONS = 20
AREAS = {"all": (0.0, 1e10), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
CELLS_AT_ONCE = 2_000_000
_TINY = np.spacing(1.0)


@dataclass(frozen=True)
class OksTruth:
    """G labelled people.

    Attributes:
        image: which picture, int64 ``[G]``.
        xy: ``[G, J, 2]`` float64 pixels; known: labelled joints ``[G, J]``.
        area: the person's area in pixels, float64 ``[G]``; box: x, y, w, h, float64 ``[G, 4]``.
        ignored: people who neither count nor make a detection wrong, ``[G]``; a crowd (``crowd``,
            ``[G]``) may be found any number of times.
    """

    image: Ints
    xy: Floats
    known: Bools
    area: Floats
    box: Floats
    ignored: Bools
    crowd: Bools


@dataclass(frozen=True)
class OksFound:
    """D detections: ``image`` int64 ``[D]``, ``xy`` ``[D, J, 2]`` float64 (infinite: no such joint),
    ``score`` and ``area`` (see :func:`extent`) float64 ``[D]``."""

    image: Ints
    xy: Floats
    score: Floats
    area: Floats

    def take(self, rows: Ints) -> OksFound:
        """Some of them, in the given order."""
        return OksFound(self.image[rows], self.xy[rows], self.score[rows], self.area[rows])


def extent(xy: Floats) -> Floats:
    """What COCO takes for the area of a detection: that of its joints' extent. ``[D, J, 2]`` → ``[D]``."""
    some = np.isfinite(xy)
    size = np.where(some, xy, -np.inf).max(axis=1) - np.where(some, xy, np.inf).min(axis=1)
    return np.asarray(np.maximum(size, 0).prod(axis=1))


@dataclass(frozen=True)
class OksScore:
    """In percent; NaN where there is nobody of that size.

    Attributes:
        ap, ap50, ap75, ap_medium, ap_large: average precision: the mean over the thresholds, at .50
            and .75, and of people between 32² and 96² pixels and above.
        ar, ar50, ar75, ar_medium, ar_large: the largest recall, likewise.
        people, detections: how many of each counted; ``ignored`` people did not, ``surplus``
            detections beyond 20 a picture did not.
    """

    ap: float
    ap50: float
    ap75: float
    ap_medium: float
    ap_large: float
    ar: float
    ar50: float
    ar75: float
    ar_medium: float
    ar_large: float
    people: int
    detections: int
    ignored: int
    surplus: int


def similarity(
    truth: OksTruth, people: Ints, found: OksFound, rows: Ints, sigmas: Floats
) -> Floats:
    """OKS of pairs: labelled ``people`` ``[P]`` with detections ``rows`` ``[P]``. float64 ``[P]``.

    Where nobody labelled a joint, distances are those from the doubled box, as in COCO.
    """
    apart = found.xy[rows] - truth.xy[people]
    known = truth.known[people]
    low = truth.box[people, :2] - truth.box[people, 2:]
    high = truth.box[people, :2] + 2 * truth.box[people, 2:]
    outside = np.maximum(0, low[:, None] - found.xy[rows]) + np.maximum(
        0, found.xy[rows] - high[:, None]
    )
    some = np.asarray(known.any(axis=1))
    apart = np.where(some[:, None, None], apart, outside)
    reach = (2 * sigmas) ** 2 * (truth.area[people] + _TINY)[:, None] * 2
    near = np.exp(-(apart**2).sum(axis=2) / reach)
    counted = known | ~some[:, None]
    return np.asarray((near * counted).sum(axis=1) / counted.sum(axis=1))


def score_oks(truth: OksTruth, found: OksFound, sigmas: Floats) -> OksScore:
    """Average precision and recall by OKS.

    ``sigmas`` ``[J]`` are the joints' fall-offs, as :class:`glpose_core.skeleton.Skeleton` has them.
    """
    order = np.lexsort((-found.score, found.image))
    ranks = _rank(found.image[order])
    kept = order[ranks < MAX_DETECTIONS]
    found_kept = found.take(kept)
    ranks = ranks[ranks < MAX_DETECTIONS]
    results = {}
    for name, (low, high) in AREAS.items():
        ignored = truth.ignored | (truth.area < low) | (truth.area > high)
        matched, unused = _match(truth, ignored, found_kept, ranks, sigmas)
        size = found_kept.area
        unused |= ~matched & ((size < low) | (size > high))
        results[name] = _precision(found_kept.score, matched, unused, int((~ignored).sum()))
    precision, recall = results["all"]
    return OksScore(
        ap=_mean(precision),
        ap50=_mean(precision[:1]),
        ap75=_mean(precision[5:6]),
        ap_medium=_mean(results["medium"][0]),
        ap_large=_mean(results["large"][0]),
        ar=_mean(recall),
        ar50=_mean(recall[:1]),
        ar75=_mean(recall[5:6]),
        ar_medium=_mean(results["medium"][1]),
        ar_large=_mean(results["large"][1]),
        people=int((~truth.ignored).sum()),
        detections=len(kept),
        ignored=int(truth.ignored.sum()),
        surplus=len(order) - len(kept),
    )


def _mean(values: Floats) -> float:
    return float(100 * values.mean())


def _rank(image: Ints) -> Ints:
    """The place of each row within its picture, for rows sorted by picture."""
    return np.arange(len(image)) - np.searchsorted(image, image, side="left")


def _match(
    truth: OksTruth, ignored: Bools, found: OksFound, ranks: Ints, sigmas: Floats
) -> tuple[Bools, Bools]:
    """Match at every threshold; ``[thresholds, D]`` each: whether a detection has a person, and whether
    that one is ignored. Detections are sorted by picture and score; the best of every picture choose
    first, then the second best of every picture, and so on."""
    matched = np.zeros((len(THRESHOLDS), len(found.score)), dtype=bool)
    unused = np.zeros_like(matched)
    people = np.lexsort((ignored, truth.image))
    places = _rank(truth.image[people])
    images = np.unique(truth.image)
    first = np.searchsorted(truth.image[people], images)
    counts = np.append(first[1:], len(people)) - first
    deep = np.searchsorted(found.image, images, side="right")
    start = np.searchsorted(found.image, images)
    cells = np.cumsum((deep - start) * counts.max(initial=1))
    for portion in _portions(cells):
        mine = [np.arange(a, b) for a, b in zip(start[portion], deep[portion], strict=True)]
        theirs = [np.arange(a, a + n) for a, n in zip(first[portion], counts[portion], strict=True)]
        rows = np.concatenate([np.repeat(m, len(t)) for m, t in zip(mine, theirs, strict=True)])
        whom = np.concatenate([np.tile(t, len(m)) for m, t in zip(mine, theirs, strict=True)])
        if not len(rows):
            continue
        local = np.searchsorted(images[portion], found.image[rows])
        shape = len(mine), int(ranks[rows].max()) + 1, int(places[whom].max()) + 1
        likeness = np.full(shape, -1.0)
        likeness[local, ranks[rows], places[whom]] = similarity(
            truth, people[whom], found, rows, sigmas
        )
        detection = np.full(shape[:2], -1)
        detection[local, ranks[rows]] = rows
        out = np.ones((shape[0], shape[2]), dtype=bool)
        crowd = np.zeros_like(out)
        out[local, places[whom]] = ignored[people[whom]]
        crowd[local, places[whom]] = truth.crowd[people[whom]]
        _choose(likeness, detection, out, crowd, matched, unused)
    return matched, unused


def _portions(cells: Ints) -> list[slice]:
    """Stretches of pictures that need no more than ``CELLS_AT_ONCE`` similarities each."""
    if not len(cells):
        return []
    number = cells // CELLS_AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(cells)]
    return [slice(a, b) for a, b in pairwise(edges)]


def _choose(
    likeness: Floats, detection: Ints, ignored: Bools, crowd: Bools, matched: Bools, unused: Bools
) -> None:
    """Let detections of I pictures choose: ``likeness`` ``[I, K, G]``, ``detection`` ``[I, K]`` (−1:
    none). A counted person goes before an ignored one; of equals the last is taken. Writes into
    ``matched`` and ``unused``."""
    images, depth, people = likeness.shape
    taken = np.zeros((len(THRESHOLDS), images, people), dtype=bool)
    limits = np.minimum(THRESHOLDS, 1 - 1e-10)[:, None, None]
    for step in range(depth):
        here = likeness[None, :, step]
        free = (~taken | crowd) & (here >= limits) & (detection[:, step] >= 0)[None, :, None]
        counted = free & ~ignored
        options = np.where(counted.any(axis=2, keepdims=True), counted, free)
        best = np.where(options, here, -np.inf)
        place = people - 1 - best[..., ::-1].argmax(axis=2)
        got, image = np.nonzero(options.any(axis=2))
        chosen = place[got, image]
        taken[got, image, chosen] = True
        rows = detection[image, step]
        matched[got, rows] = True
        unused[got, rows] = ignored[image, chosen]


def _precision(score: Floats, matched: Bools, unused: Bools, people: int) -> tuple[Floats, Floats]:
    """The mean of the interpolated precision over the recall points, and the largest recall, at each
    threshold: float64 ``[thresholds]``, NaN where nobody counts."""
    if not people:
        nothing = np.full(len(THRESHOLDS), np.nan)
        return nothing, nothing
    order = np.argsort(-score, kind="mergesort")
    hits = np.cumsum((matched & ~unused)[:, order], axis=1, dtype=np.float64)
    wrong = np.cumsum((~matched & ~unused)[:, order], axis=1, dtype=np.float64)
    recall = hits / people
    precision = hits / (hits + wrong + _TINY)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    mean, most = np.zeros(len(THRESHOLDS)), np.zeros(len(THRESHOLDS))
    for at in range(len(THRESHOLDS)):
        if len(order):
            reached = np.searchsorted(recall[at], RECALLS, side="left")
            mean[at] = np.append(envelope[at], 0.0)[reached].mean()
            most[at] = recall[at, -1]
    return mean, most
