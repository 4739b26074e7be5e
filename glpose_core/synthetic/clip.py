"""Rendered scenes as files: an H.264 clip, and its exact labels as PoseTrack18."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import Cancelled
from ..formats.posetrack_export import labels_file
from ..formats.posetrack_file import PoseTrackFile
from ..labels import POSE_DTYPE, PoseRows
from ..skeleton import POSETRACK17
from .render import render
from .scene import Scene
from .truth import ABSENT, OCCLUDED, VISIBLE, FrameTruth, stack

HoldOn = Callable[[int, int], None]
"""Told how many of how many frames are done."""


def write_clip(
    scene: Scene,
    size: tuple[int, int],
    path: Path,
    progress: HoldOn | None = None,
    cancelled: Callable[[], bool] | None = None,
    threads: int = 1,
) -> FrameTruth:
    """Render a scene into a video; its labels come back, with a leading axis of frames.

    Args:
        size: (width, height) in pixels, even.
        path: the video; what was there stays until the new one is complete.
        progress: called after each frame. cancelled: asked before each frame.

    Raises:
        VideoError: the file cannot be written.
        Cancelled: ``cancelled`` said so; nothing is left behind.
    """
    # Loads PyAV, which machines that only render pictures to learn from need not have.
    from ..video import write_video

    frames = []
    with write_video(path, *size, scene.rate) as writer:
        for picture, truth in render(scene, size, threads):
            if cancelled is not None and cancelled():
                raise Cancelled
            writer.write(picture)
            frames.append(truth)
            if progress is not None:
                progress(len(frames), scene.frames)
    return stack(frames)


def truth_rows(truth: FrameTruth) -> PoseRows:
    """Exact labels of a clip as rows of POSE_DTYPE, by frame and person; those nobody could label are left out."""
    frames, people = np.nonzero(truth.labelled)
    rows = np.zeros(len(frames), POSE_DTYPE)
    rows["frame"], rows["person"] = frames, people
    for name in ("xy", "visibility", "box", "head_box"):
        rows[name] = getattr(truth, name)[frames, people].round(3 if name != "visibility" else 0)
    return rows


def truth_file(truth: FrameTruth, name: str, size: tuple[int, int]) -> PoseTrackFile:
    """Exact labels of a clip as a PoseTrack18 file; hidden joints are kept with visibility 0."""
    return labels_file(
        truth_rows(truth), name=name, frames=len(truth.labelled), width=size[0], height=size[1]
    )


def truth_of(file: PoseTrackFile) -> FrameTruth:
    """What :func:`truth_file` wrote, read back: people are tracks, in the order of their numbers."""
    people = file.annotations
    tracks, person = np.unique(people.track_id, return_inverse=True)
    shape = (len(file.images), len(tracks))
    at = (file.image_index, person)
    truth = FrameTruth(
        xy=np.zeros((*shape, len(POSETRACK17), 2)),
        visibility=np.zeros((*shape, len(POSETRACK17)), np.uint8),
        box=np.full((*shape, 4), np.nan),
        head_box=np.full((*shape, 4), np.nan),
        labelled=np.zeros(shape, bool),
    )
    truth.xy[at] = people.keypoints[..., :2]
    seen = people.keypoints[..., 2] > 0
    truth.visibility[at] = np.where(seen, VISIBLE, np.where(people.present, OCCLUDED, ABSENT))
    truth.box[at], truth.head_box[at], truth.labelled[at] = people.bbox, people.bbox_head, True
    return truth
