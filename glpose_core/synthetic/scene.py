"""A scene: who moves where, seen by which camera, in which place. Drawn by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .body import Body, make_body
from .camera import Camera, moving_camera, still_camera
from .gaits import GESTURES, gestures, jog, walk
from .motion import Motion, Recordings
from .outfit import draw_person
from .place import Place, draw_place, photo_place
from .rig import bone_frames, rest_pose

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Actor:
    """One person of a scene: a body and how it moves. The motion begins with the scene."""

    body: Body
    motion: Motion

    def joints(self, seconds: float) -> Floats:
        """Joints ``[21, 3]`` at a moment, metres."""
        return np.asarray(self.motion.at(np.array([seconds]))[0])

    def frames(self, seconds: Floats) -> Floats:
        """Bone frames ``[N, 16, 3, 4]`` at moments ``[N]``."""
        return bone_frames(self.motion.at(seconds), self.body.rest)


@dataclass(frozen=True)
class Scene:
    """Everything that a picture is made of.

    Attributes:
        frames: how many pictures. rate: pictures a second.
        shutter: share of the time between pictures in which one is exposed (motion blur).
        noise: grain of the sensor in sRGB steps. seed: of that grain.
    """

    actors: tuple[Actor, ...]
    camera: Camera
    place: Place
    frames: int
    rate: float = 25.0
    shutter: float = 0.5
    noise: float = 2.0
    seed: int = 0


@dataclass(frozen=True)
class SceneOptions:
    """What :func:`draw_scene` may draw.

    Attributes:
        people: least and most people. frames, rate: length and speed of the clip.
        place: a kind of :data:`.place.KINDS`; any of them by default.
        recordings: recorded motion to draw from; made-up gaits and gestures without it.
        photographs: pictures to stand in for places now and then.
        moving: chance that somebody holds the camera.
    """

    people: tuple[int, int] = (2, 4)
    frames: int = 100
    rate: float = 25.0
    place: str | None = None
    recordings: Recordings | None = None
    photographs: Sequence[Path] = ()
    moving: float = 0.5


def draw_scene(seed: int, options: SceneOptions | None = None) -> Scene:
    """Draw a scene; the same seed and options always give the same one.

    Raises:
        FormatError: a photograph cannot be read.
    """
    options = options or SceneOptions()
    rng = np.random.default_rng(seed)
    seconds = options.frames / options.rate
    if options.photographs and rng.random() < 0.5:
        chosen = options.photographs[int(rng.integers(len(options.photographs)))]
        place = photo_place(_read(chosen), rng)
    else:
        place = draw_place(rng, options.place)
    count = int(rng.integers(options.people[0], options.people[1] + 1))
    actors = tuple(_draw_actor(rng, options, n, count, seconds) for n in range(count))
    camera = _draw_camera(rng, seconds, rng.random() < options.moving)
    return Scene(
        actors, camera, place, options.frames, options.rate,
        shutter=float(rng.uniform(0.25, 0.9)), noise=float(rng.uniform(1, 4)), seed=seed,
    )  # fmt: skip


def make_actor(motion: Motion, rng: np.random.Generator) -> Actor:
    """Give a motion a body of its proportions, dressed by ``rng``."""
    build, outfit = draw_person(rng)
    return Actor(make_body(rest_pose(motion.joints), build, outfit), motion)


def _draw_actor(
    rng: np.random.Generator, options: SceneOptions, number: int, count: int, seconds: float
) -> Actor:
    height = float(np.clip(rng.normal(1.71, 0.09), 1.5, 1.95))
    lane = float(-1.6 + 3.0 * (number + rng.uniform(0.2, 0.8)) / count)
    if options.recordings is not None:
        motion = _recorded(rng, options.recordings, seconds).scaled(height / 1.72)
    else:
        motion = _made_up(rng, seconds, height)
    travel = motion.joints[-1, 0] - motion.joints[0, 0]
    distance = float(np.hypot(travel[0], travel[2]))
    if distance > 1.2:  # walkers cross the picture, to either side
        heading = float(rng.choice([-1, 1]) * (np.pi / 2 + rng.normal(0, 0.35)))
        start = -np.sin(heading) * distance / 2 + float(rng.normal(0, 0.5))
        motion = motion.placed(start, lane, heading)
    else:
        motion = motion.placed(
            float(rng.uniform(-1.9, 1.9)), lane, float(rng.uniform(-np.pi, np.pi))
        )
    return make_actor(motion, rng)


def _made_up(rng: np.random.Generator, seconds: float, height: float) -> Motion:
    kind = rng.random()
    if kind < 0.4:
        return walk(seconds, height, float(rng.uniform(0.75, 1.25)), rng)
    if kind < 0.55:
        return jog(seconds, height, float(rng.uniform(0.8, 1.15)), rng)
    names = [str(name) for name in rng.permutation(sorted(GESTURES))[:3]]
    motion = gestures(names, seconds, height, rng)
    return motion.mirrored() if rng.random() < 0.5 else motion


def _recorded(rng: np.random.Generator, recordings: Recordings, seconds: float) -> Motion:
    """A stretch of a recording, each group of actions being as likely as the square root of its size."""
    _, where, sizes = np.unique(recordings.groups, return_inverse=True, return_counts=True)
    share = (sizes**-0.5)[where]
    chosen = int(rng.choice(len(recordings), p=share / share.sum()))
    motion = recordings.motion(chosen)
    spare = motion.seconds - seconds
    if spare > 0:
        start = int(rng.integers(0, int(spare * motion.rate) + 1))
        motion = replace(
            motion, joints=motion.joints[start : start + int(seconds * motion.rate) + 2]
        )
    return motion.mirrored() if rng.random() < 0.5 else motion


def _draw_camera(rng: np.random.Generator, seconds: float, moving: bool) -> Camera:
    away = float(rng.uniform(4.2, 7.5))
    round_ = float(rng.normal(0, 0.45))
    eye = np.array([away * np.sin(round_), rng.uniform(0.7, 2.4), away * np.cos(round_)])
    target = np.array([rng.normal(0, 0.3), rng.uniform(0.8, 1.1), rng.normal(0, 0.3)])
    focal = float(rng.uniform(0.26, 0.36) * away)
    if not moving:
        return still_camera(eye, target, focal)
    drift = rng.normal(0, 1, 3) * np.array([1.0, 0.12, 0.5])
    pan = rng.normal(0, 1, 3) * np.array([0.7, 0.08, 0.2])
    shake = float(rng.uniform(0.004, 0.02))
    return moving_camera(eye, target, seconds, rng, focal=focal, drift=drift, pan=pan, shake=shake)


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise FormatError("is not a picture", file=path, remedy="leave it out of the backgrounds")
    return np.asarray(picture, dtype=np.uint8)
