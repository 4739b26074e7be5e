"""Draws of moving people, made by many processes: swung stills, and people of rendered scenes.

A process must load neither torch nor PyAV for this. A task is a call without arguments; what it returns travels
back, so that scenes need not be kept anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from glpose_core.skeleton import GLPOSE15
from glpose_core.synthetic import SceneOptions
from glpose_core.synthetic.motion import read_recordings
from glpose_core.train.clips import ClipSamples
from glpose_core.train.labelled import cut_clips
from glpose_core.train.motion import MotionSettings, MovingStills, degrade
from glpose_core.train.rendered import render_poses
from glpose_core.train.stills import load_stills
from glpose_core.train.views import Over, Sample, View

FRAMES, EVERY = 24, 3
"""Length of a rendered scene, and every how manieth frame of it is a key."""
PICTURE = (640, 360)


@dataclass(frozen=True)
class Degraded(Over):
    """Rendered people whose key frame is blurred or covered, as :class:`MovingStills` does it with stills."""

    chance: float

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        """As the clip has it, but the key may be degraded."""
        own = np.random.default_rng(rng.integers(2**63))
        sample = self.poses.draw(row, view, rng)
        if own.random() < self.chance:
            sample.crops[0] = degrade(sample.crops[0], own)
        return sample


class Draws(NamedTuple):
    """B draws: crops ``[B, 1 + 2k + n, h, w, 3]`` uint8, joints of the keys in crop pixels ``[B, J, 2]`` float32,
    which of them are known ``[B, J]``, and whose pose each is, ``[B]``."""

    crops: NDArray[np.uint8]
    xy: NDArray[np.float32]
    known: NDArray[np.bool_]
    person: NDArray[np.int64]


Task: TypeAlias = Callable[[], list[Draws]]
"""Draws for each chance that the key frame is degraded."""


@dataclass(frozen=True)
class Stills:
    """A task: some people of a file of stills, their limbs swung.

    Attributes:
        path: COCO-keypoints JSON.
        rows: whom to draw. first: place of the first of them among all draws, by which numbers are drawn.
        chances: of a degraded key frame, as often as draws are wanted.
    """

    path: Path
    rows: tuple[int, ...]
    view: View
    chances: tuple[float, ...]
    seed: int
    first: int = 0

    def __call__(self) -> list[Draws]:
        samples = _stills(self.path)
        return [
            _stacked(
                [
                    MovingStills(samples, MotionSettings(degrade_key=chance)).draw(
                        row, self.view, np.random.default_rng((self.seed, self.first + place))
                    )
                    for place, row in enumerate(self.rows)
                ],
                self.rows,
            )
            for chance in self.chances
        ]


@dataclass(frozen=True)
class Scene:
    """A task: the people of one rendered scene.

    Attributes:
        seed: the scene.
        motion: recorded motion; made-up gaits and gestures where it is None.
        count: draws, going round the scene's poses; every pose once where it is None. Fewer where the scene
            shows nobody.
        chances: as of :class:`Stills`.
    """

    seed: int
    motion: Path | None
    view: View
    chances: tuple[float, ...]
    count: int | None = None

    def __call__(self) -> list[Draws]:
        clip = self._clip()
        count = len(clip) if self.count is None else self.count if len(clip) else 0
        order = np.random.default_rng(self.seed).permutation(max(len(clip), 1))
        rows = tuple(int(order[number % len(order)]) for number in range(count))
        people = tuple(1000 * self.seed + int(clip.person[row]) for row in rows)
        return [
            _stacked(
                [
                    Degraded(clip, chance).draw(
                        row, self.view, np.random.default_rng((self.seed, number))
                    )
                    for number, row in enumerate(rows)
                ],
                people,
            )
            for chance in self.chances
        ]

    def _clip(self) -> ClipSamples:
        recordings = None if self.motion is None else _recordings(self.motion)
        options = SceneOptions(frames=FRAMES, recordings=recordings)
        labels = render_poses(self.seed, options, PICTURE)
        labels = labels.take(np.flatnonzero(labels.frame % EVERY == 0))
        return cut_clips(labels, GLPOSE15.joints, self.view.size, self.view.k)


def do(task: Task) -> list[Draws]:
    """What a process is given to call."""
    return task()


_stills = lru_cache(maxsize=None)(lambda path: load_stills(path, GLPOSE15.joints))
_recordings = lru_cache(maxsize=None)(read_recordings)


def _stacked(samples: list[Sample], people: tuple[int, ...]) -> Draws:
    """One array of each; without samples there is nothing to tell the shapes by, and nothing to read them."""
    if not samples:
        nothing = np.zeros(0)
        return Draws(
            nothing.astype(np.uint8), nothing.astype(np.float32), nothing > 0, np.zeros(0, np.int64)
        )
    return Draws(
        np.stack([sample.crops for sample in samples]),
        np.stack([sample.xy for sample in samples]).astype(np.float32),
        np.stack([sample.known for sample in samples]),
        np.array(people, dtype=np.int64),
    )
