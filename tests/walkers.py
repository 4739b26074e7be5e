"""Right movement for tests: people of glpose_core.synthetic.gaits seen by a camera, as poses of a model."""

from __future__ import annotations

import numpy as np

from glpose_core.geometry import person_boxes
from glpose_core.labels import POSE_DTYPE, PoseRows, Source, Visibility
from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic.camera import still_camera
from glpose_core.synthetic.gaits import gestures, jog, walk
from glpose_core.synthetic.motion import Motion
from glpose_core.synthetic.truth import posetrack_joints

SIZE = (1280, 720)
RATE = 25.0
J = {name: slot for slot, name in enumerate(POSETRACK17.joints)}


def seen(
    motion: Motion, frames: int, person: int = 1, noise: float = 0.5, seed: int = 0
) -> PoseRows:
    """A motion seen from the side of the floor's origin, with a model's small noise in pixels."""
    rng = np.random.default_rng(seed)
    joints = posetrack_joints(motion.at(np.arange(frames) / RATE))
    view = still_camera(np.array([0, 1.4, 7.0]), np.array([0, 0.9, 0.0])).view(0, SIZE)
    xy, _ = view.project(np.nan_to_num(joints))
    placed = np.isfinite(joints[..., 0])
    rows = np.zeros(frames, POSE_DTYPE)
    rows["person"], rows["frame"] = person, np.arange(frames)
    rows["xy"] = np.where(placed[..., None], xy + rng.normal(0, noise, xy.shape), 0)
    rows["visibility"] = np.where(placed, Visibility.VISIBLE, Visibility.ABSENT)
    rows["source"] = np.where(placed, Source.MODEL, Source.NONE)
    rows["score"] = np.where(placed, 0.8 + rng.normal(0, 0.03, placed.shape), 0)
    rows["box"] = person_boxes(rows["xy"], placed)
    rows["box_source"], rows["head_box"], rows["pose_score"] = Source.MODEL, np.nan, 0.8
    return rows


def walker(
    frames: int = 60, person: int = 1, z: float = 0.0, heading: float = np.pi / 2
) -> PoseRows:
    """Somebody who walks across the picture."""
    motion = walk(frames / RATE, rng=np.random.default_rng(person)).placed(-1.2, z, heading)
    return seen(motion, frames, person, seed=person)


def movements() -> dict[str, Motion]:
    """Walks, runs and gestures in several directions, four seconds each."""
    found: dict[str, Motion] = {}
    for turn in (0.0, 0.8, 1.57, 3.14, -1.57):
        rng = np.random.default_rng(round(turn * 100) % 97)
        x = -2.0 * np.sin(turn)
        found[f"walk {turn}"] = walk(4, rng=rng).placed(x, -1.0, turn)
        found[f"jog {turn}"] = jog(2.4, rng=rng).placed(1.5 * x, -2.0, turn)
        for names in (["wave", "kick"], ["squat", "hop"], ["stretch", "point", "talk"]):
            found[f"{names} {turn}"] = gestures(names, 4, rng=rng).placed(0, 0, turn)
    return found
