"""How well two annotators of one video agree: where joints are, which are seen, and who is who.

Neither is the truth. Exchanging the two exchanges rows with columns and "only in the first" with "only in
the second", and changes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..errors import FormatError
from ..formats.posetrack_file import PoseTrackFile
from ..formats.posetrack_import import seen_joints
from ..formats.posetrack_names import may_be_one_video, videos_named
from .coco import sigmas_of
from .joints import JOINTS, SLOTS, Bools, Floats, Ints
from .oks import OksFound, OksTruth, extent, similarity
from .people import People, numbers_of, people_of

STATES = ("visible", "occluded", "absent")
"""The states of a joint, in the order of every table here. Absent is whatever has no position."""
VISIBLE, OCCLUDED, ABSENT = range(len(STATES))
ALIKE = 0.1
"""Two poses less alike than this (OKS) are of two people."""
NEAR = 0.5
"""Two joints agree up to this distance, in head sizes, inclusive: PoseTrack's threshold."""
BOX_SHARE = 0.1
"""Without a head box, the head size is this much of the longer side of the person box."""
WORST = 10


@dataclass(frozen=True)
class JointAgreement:
    """One joint (or ``"all"``) of the people whom both have.

    Attributes:
        joint: its name.
        placed: how often both gave it a position.
        median, p90: median and 90th percentile of the distance in head sizes; NaN where none is known.
        within: share of those distances up to ``NEAR``; NaN likewise.
        states: how often the first said what (rows) and the second what (columns), int64 ``[3, 3]``, in
            the order of ``STATES``.
    """

    joint: str
    placed: int
    median: float
    p90: float
    within: float
    states: Ints

    @property
    def equal(self) -> float:
        """The share of equal states; NaN where there is none."""
        total = int(self.states.sum())
        return float(np.trace(self.states)) / total if total else float("nan")

    @property
    def kappa(self) -> float:
        """Cohen's kappa of the states."""
        return cohens_kappa(self.states)


@dataclass(frozen=True)
class Apart:
    """A joint that both have placed, and how far apart: ``frame`` of the video from 0; ``person`` and
    ``other``, the track numbers of the first and the second; pixels and head sizes."""

    frame: int
    person: int
    other: int
    joint: str
    pixels: float
    sizes: float


@dataclass(frozen=True)
class Agreement:
    """What two annotators of a video agree on.

    Attributes:
        joints, all: figures for each of ``JOINTS``, and for all together.
        frames: frames that both have labelled: somebody is in them, or they are marked as labelled.
        only_frames: those that only the first, only the second has labelled.
        people: poses of such frames that both have; ``only_people``: only the first, only the second.
        usual: how many of ``people`` join the two tracks that belong together in most frames.
        without_head: of ``people``, those where one of the two has no head box; ``without_size``: those of
            which no distance in head sizes is known, since neither has a person box with an extent either.
        worst: the joints furthest apart, the furthest first.
    """

    joints: tuple[JointAgreement, ...]
    all: JointAgreement
    frames: int
    only_frames: tuple[int, int]
    people: int
    only_people: tuple[int, int]
    usual: int
    without_head: int
    without_size: int
    worst: tuple[Apart, ...]


def measure_agreement(first: PoseTrackFile, second: PoseTrackFile, worst: int = WORST) -> Agreement:
    """Compare the labels of two annotators of one video.

    In each frame that both have labelled, people are paired one to one so that their likeness (the mean
    of the OKS of either against the other) is largest in sum. Distances are divided by the mean of the
    two head sizes. Ignore regions are not regarded.

    Raises:
        FormatError: the two are of different videos or list different frames, or no frame is labelled
            in both.
    """
    _demand_one_video(first, second)
    labelled = _labelled(first), _labelled(second)
    both = labelled[0] & labelled[1]
    if not both.any():
        raise FormatError(
            f"has no labelled frame that {_name(first)} has labelled, too",
            file=second.path,
            field="images",
            remedy="give labels of the same frames",
        )
    one, other = _Side.of(first, both), _Side.of(second, both)
    rows, others = _pair(one, other)
    mine, theirs = one.take(rows), other.take(others)
    size = _mean_size(mine.people, theirs.people)
    pixels = _distances(mine.people, theirs.people)
    placed = mine.people.present & theirs.people.present
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = pixels / size[:, None]
    codes = mine.states * len(STATES) + theirs.states
    return Agreement(
        joints=tuple(
            _joint(joint, placed[:, at], sizes[:, at], codes[:, at])
            for at, joint in enumerate(JOINTS)
        ),
        all=_joint("all", placed, sizes, codes),
        frames=int(both.sum()),
        only_frames=(int((labelled[0] & ~both).sum()), int((labelled[1] & ~both).sum())),
        people=len(rows),
        only_people=(len(one.people) - len(rows), len(other.people) - len(rows)),
        usual=_usual(mine.people.track, theirs.people.track),
        without_head=int((_headless(mine.people) | _headless(theirs.people)).sum()),
        without_size=int(np.isnan(size).sum()),
        worst=_furthest(mine.people, theirs.people, pixels, sizes, numbers_of(first), worst),
    )


def cohens_kappa(table: Ints) -> float:
    """Agreement beyond chance of two raters, from their counts ``[K, K]``; NaN where the table is empty or
    both have said one and the same state throughout: chance alone would agree as well."""
    total = int(table.sum())
    chance = int(table.sum(axis=1) @ table.sum(axis=0))
    if chance == total**2:
        return float("nan")
    return float((total * np.trace(table) - chance) / (total**2 - chance))


# What is compared


@dataclass(frozen=True)
class _Side:
    """One annotator: people with a joint, and what is said of each joint (places in ``STATES``), ``[N, 15]``."""

    people: People
    states: Ints

    @classmethod
    def of(cls, file: PoseTrackFile, frames: Bools) -> _Side:
        """The people of the chosen frames, in the order of :func:`.people.people_of`."""
        people = people_of(file)
        seen = seen_joints(file.annotations, file.annotations.uses_two)[:, SLOTS]
        image = file.image_index if len(people) else np.zeros(0, np.int64)
        seen = seen[np.argsort(image, kind="stable")]
        placed = np.where(seen, VISIBLE, OCCLUDED)
        states = np.where(people.present, placed, ABSENT).astype(np.int64)
        kept = frames[people.frame] & people.present.any(axis=1)
        return cls(people.take(kept), states[kept])

    def take(self, rows: Ints) -> _Side:
        return _Side(self.people.take(rows), self.states[rows])


def _demand_one_video(first: PoseTrackFile, second: PoseTrackFile) -> None:
    """Refuse what cannot be laid side by side, frame by frame."""
    names, others = videos_named(first), videos_named(second)
    if names and others and not any(may_be_one_video(a, b) for a in names for b in others):
        raise FormatError(
            f'is of the video "{others[0]}", but {_name(first)} is of "{names[0]}"',
            file=second.path,
            field="images[0].file_name",
            remedy="give two labels of one video",
        )
    wanted, given = len(first.images), len(second.images)
    if wanted != given:
        raise FormatError(
            f"lists {given} frames, but {_name(first)} lists {wanted}",
            file=second.path,
            field="images",
            remedy="give labels that list the same frames, with or without people",
        )
    mine, theirs = numbers_of(first), numbers_of(second)
    if (mine != theirs).any():
        at = int(np.flatnonzero(mine != theirs)[0])
        raise FormatError(
            f"is frame {theirs[at]}, where {_name(first)} has frame {mine[at]}",
            file=second.path,
            field=f"images[{at}].file_name",
            remedy="give labels that list the same frames in the same order",
        )


def _name(file: PoseTrackFile) -> str:
    return str(file.path) if file.path else "the first"


def _labelled(file: PoseTrackFile) -> Bools:
    """Frames that are marked as labelled or have somebody with a joint: ``[images]``."""
    labelled = np.array([image.is_labeled for image in file.images], dtype=bool)
    people = people_of(file)
    labelled[people.frame[people.present.any(axis=1)]] = True
    return labelled


# Who is whom


def _pair(one: _Side, other: _Side) -> tuple[Ints, Ints]:
    """Rows of the poses of the same person, int64 ``[M]`` each.

    Of equally good pairings the assignment takes one that depends on which side are its rows: the
    sides' content decides that, not their order.
    """
    if _content(other) < _content(one):
        rows, others = _assign(other.people, one.people)
        return others, rows
    return _assign(one.people, other.people)


def _content(side: _Side) -> tuple[bytes, ...]:
    who = side.people
    fields = who.frame, who.track, who.xy, who.box, who.head_size, side.states
    return tuple(column.tobytes() for column in fields)


def _assign(one: People, other: People) -> tuple[Ints, Ints]:
    first = np.searchsorted(other.frame, one.frame, side="left")
    partners = np.searchsorted(other.frame, one.frame, side="right") - first
    rows = np.repeat(np.arange(len(one)), partners)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(partners) - partners, partners)
    others = first[rows] + within
    likeness = _likeness(one.take(rows), other.take(others))
    chosen = np.zeros(len(rows), dtype=bool)
    starts = np.flatnonzero(np.diff(one.frame[rows], prepend=-1))
    for here in np.split(np.arange(len(rows)), starts[1:]):
        if not len(here):
            continue
        # Every person of one side stands beside every person of the other, row by row.
        cells = here.reshape(-1, partners[rows[here[0]]])
        gain = np.where(likeness[cells] >= ALIKE, likeness[cells], 0.0)
        chosen[cells[linear_sum_assignment(gain, maximize=True)]] = True
    chosen &= likeness >= ALIKE
    return rows[chosen], others[chosen]


def _likeness(one: People, other: People) -> Floats:
    """The mean of the OKS of either against the other, with the mean of their boxes' areas: float64 ``[P]``.

    Where both have but one joint, no box has an area: that of a square with the side that the head size
    tells stands for it, else nobody would be like anybody.
    """
    area = (one.box[:, 2] * one.box[:, 3] + other.box[:, 2] * other.box[:, 3]) / 2
    square = np.nan_to_num(_mean_size(one, other) / BOX_SHARE) ** 2
    area = np.where(area > 0, area, square)
    return (_oks(one, other, area) + _oks(other, one, area)) / 2


def _oks(labels: People, others: People, area: Floats) -> Floats:
    rows, none = np.arange(len(labels)), np.zeros(len(labels), dtype=bool)
    truth = OksTruth(labels.frame, labels.xy, labels.present, area, labels.box, none, none)
    xy = np.where(others.present[..., None], others.xy, np.inf)
    found = OksFound(others.frame, xy, np.ones(len(others)), extent(xy))
    return similarity(truth, rows, found, rows, sigmas_of(JOINTS))


def _usual(tracks: Ints, others: Ints) -> int:
    """How many of M pairs are of tracks that belong together, where each has one partner: the partners
    that cover most pairs."""
    names, row = np.unique(tracks, return_inverse=True)
    partners, column = np.unique(others, return_inverse=True)
    together = np.zeros((len(names), len(partners)), dtype=np.int64)
    np.add.at(together, (row, column), 1)
    return int(together[linear_sum_assignment(together, maximize=True)].sum())


# How far apart


def _headless(people: People) -> Bools:
    return np.asarray(~(people.head_size > 0))


def _mean_size(one: People, other: People) -> Floats:
    """The mean of both head sizes in pixels, or the only one known: float64 ``[M]``, NaN without any."""
    mine, theirs = _size(one), _size(other)
    mean = (mine + theirs) / 2
    return np.where(np.isnan(mine), theirs, np.where(np.isnan(theirs), mine, mean))


def _size(people: People) -> Floats:
    side = BOX_SHARE * people.box[:, 2:].max(axis=1, initial=-np.inf)
    size = np.where(_headless(people), side, people.head_size)
    return np.where(size > 0, size, np.nan)


def _distances(one: People, other: People) -> Floats:
    """Pixels between the joints of both, float64 ``[M, 15]``; NaN where one has none."""
    apart = one.xy - other.xy
    distance = np.sqrt(apart[..., 0] ** 2 + apart[..., 1] ** 2)
    return np.where(one.present & other.present, distance, np.nan)


def _joint(name: str, placed: Bools, sizes: Floats, codes: Ints) -> JointAgreement:
    """Figures of one joint, or of several together. Codes are row × 3 + column of the table of states."""
    known = sizes[~np.isnan(sizes)]
    median, p90 = np.percentile(known, (50, 90)) if len(known) else (np.nan, np.nan)
    within = float((known <= NEAR).mean()) if len(known) else float("nan")
    states = np.bincount(codes.reshape(-1), minlength=len(STATES) ** 2).astype(np.int64)
    table = states.reshape(len(STATES), len(STATES))
    return JointAgreement(name, int(placed.sum()), float(median), float(p90), within, table)


def _furthest(
    one: People, other: People, pixels: Floats, sizes: Floats, numbers: Ints, count: int
) -> tuple[Apart, ...]:
    """The places with the largest distance in head sizes; of equals the earlier, none that is exact."""
    rows, joints = np.nonzero(sizes > 0)
    order = np.lexsort((joints, one.frame[rows], -sizes[rows, joints]))[:count]
    return tuple(
        Apart(
            frame=int(numbers[one.frame[row]]),
            person=int(one.track[row]),
            other=int(other.track[row]),
            joint=JOINTS[joint],
            pixels=float(pixels[row, joint]),
            sizes=float(sizes[row, joint]),
        )
        for row, joint in zip(rows[order].tolist(), joints[order].tolist(), strict=True)
    )
