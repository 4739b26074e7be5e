"""What a prediction is asked, and what it says while it runs.

The job itself is :func:`glpose_core.job.run`: it finds and follows people as well as predicting them, so
it lies to the right of this package. Everything here is picklable, because the job runs in a process of
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UsageError
from ..labels.poses import PoseRows
from ..people.find import DEFAULT_DETECTOR

if TYPE_CHECKING:
    from ..video import FrameIndex
    from .decode import Decoder

Mode: TypeAlias = Literal["cached", "paper"]
Precision: TypeAlias = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class Seed:
    """A box drawn by a person around somebody in one frame, who is to be followed both ways.

    ``box`` is x, y, w, h in picture pixels; ``person`` is the caller's id.
    """

    person: int
    frame: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class KnownBoxes:
    """Where people are already known to be. Struct of arrays over N boxes.

    Attributes:
        person: the caller's ids (not negative), ``[N]`` int32.
        frame: ``[N]`` int32.
        box: x y w h in picture pixels, ``[N, 4]`` float64.
        human: boxes that a person drew or that follow from joints a person placed: used to the digit.
        deleted: boxes of poses that a person deleted. Nobody is predicted there. A person all of whose
            boxes are deleted is still followed, so that nobody finds them anew.
    """

    person: NDArray[np.int32]
    frame: NDArray[np.int32]
    box: NDArray[np.float64]
    human: NDArray[np.bool_]
    deleted: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def none(cls) -> KnownBoxes:
        """Nobody is known."""
        return cls.of([], [], np.zeros((0, 4)))

    @classmethod
    def of(
        cls,
        person: ArrayLike,
        frame: ArrayLike,
        box: ArrayLike,
        human: ArrayLike | None = None,
        deleted: ArrayLike | None = None,
    ) -> KnownBoxes:
        """Make the arrays from anything array-like; ``human`` and ``deleted`` are false by default."""
        people = np.asarray(person, dtype=np.int32).reshape(-1)
        count = len(people)
        known = cls(
            people,
            np.asarray(frame, dtype=np.int32).reshape(-1),
            np.asarray(box, dtype=np.float64).reshape(-1, 4),
            _flags(human, count),
            _flags(deleted, count),
        )
        if not len(known.frame) == len(known.box) == count:
            raise UsageError("known boxes need as many frames and boxes as people", field="known")
        return known


def _flags(values: ArrayLike | None, count: int) -> NDArray[np.bool_]:
    if values is None:
        return np.zeros(count, dtype=bool)
    return np.broadcast_to(np.asarray(values, dtype=bool), (count,)).copy()


@dataclass(frozen=True, eq=False)
class PredictRequest:
    """One execution of a model over frames of a video.

    Attributes:
        video: the video file or folder of pictures.
        weights: a weights file, or the name of bundled or pulled weights.
        index: the video's frame table, to skip the scan.
        start, stop: the frames, half open; ``stop`` None means to the end.
        focus: the frame whose surroundings come first (the playhead); by default the first seed's
            frame, else ``start``.
        find_people: whether people are looked for with ``detector``; otherwise only known people and seeds
            are predicted.
        known: where people are already known to be. Boxes drawn by humans stand to the digit. The others
            are used as they are if nobody is looked for; while looking for people they only say who somebody is.
        seeds: boxes to follow both ways; they count as human.
        detector: a name in ``glpose_core.people.find.DETECTORS``, or the path of an ONNX file.
        device: "auto", "cpu", "cuda" or "cuda:1".
        mode: "cached" makes one backbone pass per person and frame and resamples its features for the
            windows around; "paper" crops every local reference in the key's box, as written.
        k, n: local references on each side and non-local references; None keeps the weights' own.
        precision: of the network; "auto" is bfloat16 where the device computes it well.
        batch: crops per pass at most; None chooses by the network's cost.
        decoder: how joints are read off heatmaps: "dark", the paper's "quarter", or None for what the
            weights' configuration says.
        flip_test: whether heatmaps are averaged with those of the mirrored crops, at twice the cost; None
            for what the weights' configuration says.
        early: whether a pose is also told as soon as its local references are known, marked provisional;
            otherwise only when its non-local ones are settled, too. Costs one more pass of GLPose's own modules.
        generation: repeated in every event, so that late results of an older run can be dropped.
    """

    video: Path
    weights: str
    index: FrameIndex | None = None
    start: int = 0
    stop: int | None = None
    focus: int | None = None
    find_people: bool = True
    known: KnownBoxes = field(default_factory=KnownBoxes.none)
    seeds: Sequence[Seed] = ()
    detector: str = DEFAULT_DETECTOR
    device: str = "auto"
    mode: Mode = "cached"
    k: int | None = None
    n: int | None = None
    precision: Precision = "auto"
    batch: int | None = None
    decoder: Decoder | None = "dark"
    flip_test: bool | None = None
    early: bool = False
    generation: int = 0


@dataclass(frozen=True)
class Started:
    """The video and the weights are open. ``device`` is in words; frames ``start`` … ``stop`` − 1.

    ``record`` is what the project keeps of the run: see :class:`glpose_core.predict.record.RunRecord`.
    """

    generation: int
    device: str
    model: str
    start: int
    stop: int
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TracksFound:
    """New tracks, each told once and before its first row.

    ``tracks`` maps a track's number in this run to a person: the caller's id, or a negative number for
    somebody new. The same negative number on several tracks is the same new person.
    """

    generation: int
    tracks: dict[int, int]


@dataclass(frozen=True, eq=False)
class Rows:
    """Predicted poses, ``[N]`` of ``PREDICTION_DTYPE``.

    Every pose comes once for good. Before that it may come once as ``provisional``, made while the frames
    that its non-local references are chosen from had not all been seen. ``references`` are the crops that
    each was predicted from, ``[N, 2k + n]`` of ``REFERENCE_DTYPE`` in the slot order of Eq. 4; None where nobody
    keeps them.
    """

    generation: int
    rows: PoseRows
    provisional: bool = False
    references: PoseRows | None = None


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` frames are finished; ``seconds_left`` is None until it can be said."""

    generation: int
    done: int
    total: int
    seconds_left: float | None
    stage: str


@dataclass(frozen=True)
class Note:
    """Something a person should know, as a sentence; the run goes on."""

    generation: int
    message: str


@dataclass(frozen=True)
class Finished:
    """Everything has been said: so many poses of so many people; ``broken`` frames were passed over."""

    generation: int
    poses: int
    people: int
    broken: int = 0


Event: TypeAlias = Started | TracksFound | Rows | Progress | Note | Finished
