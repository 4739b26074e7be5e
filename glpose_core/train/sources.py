"""From a path to data sets: what ``glpose train --data`` takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ..errors import FormatError, UsageError
from .clips import patch_size
from .labelled import LabelledPoses, cut_clips, read_labels
from .motion import MovingStills
from .shards import read_shards, shards_in
from .stills import load_stills
from .views import PoseSet, View

MEMORY = 4_000_000_000
"""Patches of one file beyond so many bytes are to be packed first."""


def open_data(
    path: str | Path,
    joints: tuple[str, ...],
    view: View,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[PoseSet]:
    """Open a project, a PoseTrack18 or COCO keypoint file, a folder of them, or a folder of shards.

    Args:
        path: where the labels are.
        joints: the network's; those that the data lack stay unknown, and carry no loss.
        view: the network's crop size and references. Stills are set in motion where it has references.
        tell: told how many frames of a video are read; may raise to stop.

    Raises:
        GLPoseError: naming the file, if nothing can be learned from it.
    """
    path = Path(path)
    if not path.exists():
        raise FormatError("does not exist", file=path, remedy="check --data")
    if not path.is_dir():
        return [_open_file(path, joints, view, tell)]
    if shards_in(path):
        return [read_shards(path, joints)]
    files = sorted(path.glob("*.json"))
    if not files:
        raise FormatError(
            "holds neither shards nor JSON files",
            file=path,
            remedy="give a project, a label file, a folder of label files, or one of 'glpose pack'",
        )
    return [_open_file(file, joints, view, tell) for file in files]


def _open_file(
    path: Path, joints: tuple[str, ...], view: View, tell: Callable[[int, int], None]
) -> PoseSet:
    if path.suffix.lower() != ".glpose" and is_coco(path):
        stills = load_stills(path, joints)
        return stills if view.slots == 1 else MovingStills(stills)
    labels = read_labels(path)
    _check_memory(path, labels, view)
    return cut_clips(labels, joints, view.size, view.k, tell)


def is_coco(path: Path) -> bool:
    """Whether a label file is of stills: COCO keypoints, whose images belong to no video.

    Raises:
        FormatError: if it is no JSON.
    """
    try:
        images = json.loads(path.read_text(encoding="utf-8"))["images"]
        video = {"vid_id", "frame_id", "is_labeled"}
        return not any(video & set(image) for image in images)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"is no file of labels ({error})",
            file=path,
            remedy="give PoseTrack18 or COCO keypoint JSON, or a .glpose project",
        ) from error


def _check_memory(path: Path, labels: LabelledPoses, view: View) -> None:
    width, height = patch_size(view.size)
    needed = len(labels) * (1 + 2 * view.k) * width * height * 3
    if needed > MEMORY:
        raise UsageError(
            f"{len(labels)} poses need {needed / 1e9:.0f} GB of memory as they are",
            file=path,
            remedy="pack them first with 'glpose pack', and train from that folder",
        )
