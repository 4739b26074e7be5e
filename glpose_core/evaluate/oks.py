"""COCO's measure for keypoints: average precision by object keypoint similarity (OKS).

Counts as pycocotools does with ``iouType="keypoints"``: at most 20 detections a picture, thresholds
.50:.05:.95, 101 recall points, people without labelled joints and crowds ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .joints import Bools, Floats, Ints

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
MAX_DETECTIONS = 20
AREAS = {"all": (0.0, 1e10), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
CELLS_AT_ONCE = 200_000
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
    known = truth.known[people]
    apart = found.xy[rows]
    apart -= truth.xy[people]
    bare = np.flatnonzero(~known.any(axis=1))
    if len(bare):
        box, xy = truth.box[people[bare], None], found.xy[rows[bare]]
        low, high = box[..., :2] - box[..., 2:], box[..., :2] + 2 * box[..., 2:]
        apart[bare] = np.maximum(0, low - xy) + np.maximum(0, xy - high)
        known[bare] = True
    squared = apart[..., 0] ** 2 + apart[..., 1] ** 2
    squared /= (2 * sigmas) ** 2
    squared /= (truth.area[people] + _TINY)[:, None]
    near = np.exp(squared / -2)
    return np.asarray((near * known).sum(axis=1) / known.sum(axis=1))


def score_oks(truth: OksTruth, found: OksFound, sigmas: Floats) -> OksScore:
    """Average precision and recall by OKS.

    ``sigmas`` ``[J]`` are the joints' fall-offs, as :class:`glpose_core.skeleton.Skeleton` has them.
    """
    order = np.lexsort((-found.score, found.image))
    ranks = _rank(found.image[order])
    kept = order[ranks < MAX_DETECTIONS]
    found_kept = found.take(kept)
    ranks = ranks[ranks < MAX_DETECTIONS]
    portions = list(_portions(truth, found_kept, ranks, sigmas))
    results = {}
    for name, (low, high) in AREAS.items():
        ignored = truth.ignored | (truth.area < low) | (truth.area > high)
        matched, unused = _match(truth, ignored, len(kept), portions)
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


@dataclass(frozen=True)
class _Portion:
    """Every pair of a detection and a labelled person of some pictures, P of them: rows of both, the
    picture's place in the portion, the detection's among those of its picture, and their likeness."""

    row: Ints
    person: Ints
    picture: Ints
    rank: Ints
    likeness: Floats


def _portions(truth: OksTruth, found: OksFound, ranks: Ints, sigmas: Floats) -> Iterator[_Portion]:
    """Stretches of pictures of about ``CELLS_AT_ONCE`` pairs each. Detections are sorted by picture."""
    people = np.argsort(truth.image, kind="stable")
    sorted_image = truth.image[people]
    first = np.searchsorted(sorted_image, found.image, side="left")
    partners = np.searchsorted(sorted_image, found.image, side="right") - first
    begin = np.searchsorted(found.image, found.image, side="left")
    number = (np.cumsum(partners) - partners)[begin] // CELLS_AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(found.image)]
    for start, stop in pairwise(edges):
        counts = partners[start:stop]
        row = np.repeat(np.arange(start, stop), counts)
        if not len(row):
            continue
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        person = people[first[row] + within]
        picture = np.unique(found.image[row], return_inverse=True)[1]
        likeness = similarity(truth, person, found, row, sigmas)
        yield _Portion(row, person, picture, ranks[row], likeness)


def _match(
    truth: OksTruth, ignored: Bools, detections: int, portions: Sequence[_Portion]
) -> tuple[Bools, Bools]:
    """Match at every threshold; ``[thresholds, D]`` each: whether a detection has a person, and whether
    that one is ignored. The best detections of all pictures choose first, then the second best of all
    pictures, and so on."""
    matched = np.zeros((len(THRESHOLDS), detections), dtype=bool)
    unused = np.zeros_like(matched)
    order = np.lexsort((ignored, truth.image))
    places = np.empty(len(order), dtype=np.int64)
    places[order] = _rank(truth.image[order])
    for one in portions:
        place = places[one.person]
        shape = int(one.picture.max()) + 1, int(one.rank.max()) + 1, int(place.max()) + 1
        likeness = np.full(shape, -1.0)
        likeness[one.picture, one.rank, place] = one.likeness
        detection = np.full(shape[:2], -1)
        detection[one.picture, one.rank] = one.row
        out = np.ones((shape[0], shape[2]), dtype=bool)
        out[one.picture, place] = ignored[one.person]
        crowd = np.zeros_like(out)
        crowd[one.picture, place] = truth.crowd[one.person]
        _choose(likeness, detection, out, crowd, matched, unused)
    return matched, unused


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
