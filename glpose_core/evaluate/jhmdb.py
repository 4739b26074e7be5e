"""The Sub-JHMDB protocol: PCK at 0.2 of the tight puppet box, the mean of three splits.

Two means are in use: over all 15 joints, neck and belly included (what papers call their average), and
over the seven printed columns. Both are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FormatError
from ..formats.jhmdb import (
    SPLITS,
    TestVideo,
    read_joint_positions,
    read_puppet_boxes,
    read_test_videos,
)
from ..skeleton import JHMDB15
from .joints import Floats
from .percentage_correct import Pck, pck, torso_size

THRESHOLD = 0.2
COLUMNS: Mapping[str, tuple[int, ...]] = {
    "Head": (JHMDB15.index("head"),),
    **{
        title: (JHMDB15.index(f"left_{part}"), JHMDB15.index(f"right_{part}"))
        for title, part in (
            ("Sho", "shoulder"),
            ("Elb", "elbow"),
            ("Wri", "wrist"),
            ("Hip", "hip"),
            ("Knee", "knee"),
            ("Ank", "ankle"),
        )
    },
}
_FILE = "joint_positions.mat"


@dataclass(frozen=True)
class SplitScore:
    """One split: ``videos`` and ``frames`` counted; ``without_box`` frames have no puppet (box variant)
    or no torso; ``score`` is the PCK of the 15 joints."""

    split: int
    videos: int
    frames: int
    without_box: int
    score: Pck


@dataclass(frozen=True)
class JhmdbScore:
    """In percent. ``normaliser`` is "puppet box" or "torso"; ``per_joint`` ``[15]`` is the mean of the
    splits."""

    normaliser: str
    splits: tuple[SplitScore, ...]

    @property
    def per_joint(self) -> Floats:
        """The mean of the splits for each joint, float64 ``[15]``."""
        return np.asarray(100 * np.mean([s.score.per_joint for s in self.splits], axis=0))

    @property
    def columns(self) -> dict[str, float]:
        """The seven printed columns."""
        return {title: float(self.per_joint[list(js)].mean()) for title, js in COLUMNS.items()}

    @property
    def mean_joints(self) -> float:
        """The mean over all 15 joints, neck and belly included."""
        return float(self.per_joint.mean())

    @property
    def mean_columns(self) -> float:
        """The mean of the seven columns."""
        return float(np.mean(list(self.columns.values())))


def score_jhmdb(truth: Path, predictions: Path, normaliser: str = "box") -> JhmdbScore:
    """Score the three splits.

    Args:
        truth: the data set's folder, with joint_positions, puppet_mask and sub_splits.
        predictions: a folder ``ACTION/VIDEO/joint_positions.mat``, in the data set's own form; with a
            model for each split, folders ``split1`` … ``split3`` of such folders.
        normaliser: "box" (the longer side of the tight puppet box) or "torso".

    Raises:
        FormatError: a file is missing or has another form or number of frames.
    """
    splits = []
    for split in SPLITS:
        own = predictions / f"split{split}"
        base = own if own.is_dir() else predictions
        videos = read_test_videos(truth, split)
        splits.append(_score_split(split, videos, truth, base, normaliser))
    return JhmdbScore("puppet box" if normaliser == "box" else "torso", tuple(splits))


def _score_split(
    split: int, videos: list[TestVideo], truth: Path, base: Path, normaliser: str
) -> SplitScore:
    labels, found, sizes = [], [], []
    for video in videos:
        place = Path(video.action) / video.name
        joints = read_joint_positions(truth / "joint_positions" / place / _FILE)
        guess = read_joint_positions(base / place / _FILE)
        if len(guess) != len(joints):
            raise FormatError(
                f"has {len(guess)} frames, but the video has {len(joints)}",
                file=base / place / _FILE,
                field="pos_img",
                remedy="predict every frame",
            )
        labels.append(joints)
        found.append(guess)
        sizes.append(_sizes(joints, truth / "puppet_mask" / place / "puppet_mask.mat", normaliser))
    if not labels:
        raise FormatError(
            f"names no test video in split {split}", file=truth / "sub_splits", remedy="check them"
        )
    xy = np.concatenate(labels)
    known = np.ones(xy.shape[:2], dtype=bool)
    score = pck(np.concatenate(found), xy, known, np.concatenate(sizes), THRESHOLD)
    return SplitScore(split, len(videos), score.people, score.left_out, score)


def _sizes(joints: Floats, mask: Path, normaliser: str) -> Floats:
    if normaliser == "torso":
        return torso_size(joints, np.ones(joints.shape[:2], dtype=bool), JHMDB15.joints)
    boxes = read_puppet_boxes(mask)
    if len(boxes) < len(joints):
        raise FormatError(
            f"has {len(boxes)} frames, but the joints have {len(joints)}",
            file=mask,
            field="part_mask",
            remedy="fetch the masks again",
        )
    return np.asarray(boxes[: len(joints), 2:].max(axis=1))
