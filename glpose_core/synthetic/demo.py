"""The demo clip: people in a square in front of houses, crossing and hiding one another.

Rendered on first use and kept. Its movement is made up (:mod:`.gaits`), so that it is the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..formats.posetrack import write_posetrack
from ..home import glpose_home
from .camera import still_camera
from .clip import truth_file, write_clip
from .gaits import gestures, walk
from .place import draw_place
from .scene import Actor, Scene, make_actor

SIZE = (960, 540)
RATE = 25.0
FRAMES = 125
SEQUENCE = "000001_mpii_demo"
"""What the clip is called in PoseTrack files."""
_VERSION = 1
"""Part of the file's name: a changed scene is rendered anew."""


@dataclass(frozen=True)
class DemoFiles:
    """Where the demo clip and its exact labels (PoseTrack18) are."""

    clip: Path
    truth: Path


def demo_scene() -> Scene:
    """Three people in five seconds: two cross in front of a third, who waves and stretches."""
    seconds = FRAMES / RATE
    left = walk(seconds, 1.78, 1.0, np.random.default_rng(4)).placed(-2.7, 0.55, np.pi / 2 - 0.06)
    right = walk(seconds, 1.66, 0.92, np.random.default_rng(9)).placed(
        2.9, -0.35, -np.pi / 2 + 0.10
    )
    standing = gestures(["wave", "stretch"], seconds, 1.72, np.random.default_rng(5)).placed(
        0.35, -1.5, 0.15
    )
    actors: tuple[Actor, ...] = tuple(
        make_actor(motion, np.random.default_rng(seed))
        for motion, seed in ((left, 31), (right, 8), (standing, 22))
    )
    camera = still_camera(np.array([-0.2, 1.5, 6.3]), np.array([0.0, 0.86, 0.0]), 1.72)
    return Scene(
        actors, camera, draw_place(np.random.default_rng(5), "street"), FRAMES, RATE, 0.5, 1.6, 1
    )


def demo_files(folder: Path | None = None) -> DemoFiles:
    """Where the demo's files are, or will be: in ``folder``, or in the app's own."""
    home = folder if folder is not None else glpose_home() / "demo"
    return DemoFiles(home / f"demo-{_VERSION}.mp4", home / f"demo-{_VERSION}-truth.json")


@dataclass(frozen=True)
class DemoRequest:
    """What :func:`run` takes: where the clip goes; perhaps fewer frames, or another size."""

    folder: Path
    frames: int | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Rendered:
    """What :func:`run` emits: so many of so many frames are done."""

    done: int
    total: int


def run(
    request: DemoRequest,
    emit: Callable[[Rendered], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Render the demo clip and its labels into a folder: a job, so that a window can leave it to a child.

    Raises as :func:`demo_clip`.
    """
    files = demo_files(request.folder)
    files.clip.parent.mkdir(parents=True, exist_ok=True)
    scene, size = demo_scene(), request.size or SIZE
    truth = write_clip(
        replace(scene, frames=request.frames or scene.frames),
        size,
        files.clip,
        lambda done, total: emit(Rendered(done, total)),
        cancelled,
        os.cpu_count() or 1,
    )
    write_posetrack(truth_file(truth, SEQUENCE, size), files.truth)


def demo_clip(
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    folder: Path | None = None,
) -> Path:
    """The demo clip, H.264, 960 × 540; rendered on first use, with its exact labels beside it.

    Args:
        progress: told how many of how many frames are done. cancelled: asked before each frame.
        folder: where to keep it; the app's own folder by default.

    Raises:
        Cancelled: ``cancelled`` said so; nothing is left behind.
        VideoError, FormatError: the folder cannot be written.
    """
    files = demo_files(folder)
    if files.clip.is_file() and files.truth.is_file():
        return files.clip

    def tell(event: Rendered) -> None:
        if progress is not None:
            progress(event.done, event.total)

    run(DemoRequest(files.clip.parent), tell, cancelled or (lambda: False))
    return files.clip
