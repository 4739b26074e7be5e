"""A whole pose turned, scaled, moved or mirrored."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..skeleton import POSETRACK17
from .changes import Edit, label_change
from .edits import label_and_seen, living
from .poses import OUTLINING, Source, Visibility, seen_box
from .state import ProjectState

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Transform:
    """The map p → about + matrix · (p − about) + offset on picture pixels.

    Attributes:
        about: the point that only the offset moves, ``[2]``.
        matrix: ``[2, 2]``: a rotation, a scaling or a reflection across, or one after another.
        offset: ``[2]``.
    """

    about: Floats
    matrix: Floats = field(default_factory=lambda: np.eye(2))
    offset: Floats = field(default_factory=lambda: np.zeros(2))

    def __call__(self, points: ArrayLike) -> Floats:
        """Points ``[..., 2]`` → points."""
        relative = np.asarray(points, dtype=np.float64) - self.about
        return np.asarray(self.about + relative @ self.matrix.T + self.offset)

    @property
    def factor(self) -> float:
        """How much longer lines become."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))

    @property
    def mirrors(self) -> bool:
        """Whether left becomes right in the picture."""
        return bool(np.linalg.det(self.matrix) < 0)


def turned_and_scaled(
    about: ArrayLike, degrees: float = 0.0, factor: float = 1.0, stretch: float = 1.0
) -> Transform:
    """Turn clockwise as seen, and scale, about a point.

    Args:
        stretch: width / height of one picture pixel: what is turned keeps its shape on the screen, where
            pixels are stretched.
    """
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shown = np.diag([stretch, 1.0])
    matrix = factor * (np.linalg.inv(shown) @ turn @ shown)
    return Transform(np.asarray(about, dtype=np.float64), matrix)


def middle(row: np.void) -> Floats | None:
    """The point about which a pose (a row of POSE_DTYPE) is turned: the middle of its box, ``[2]``."""
    box = seen_box(row)
    return None if box is None else np.asarray(box[:2] + box[2:] / 2)


def transformed(row: np.void, by: Transform) -> np.void:
    """A pose after a transform, placed by hand; where it mirrors, left and right joints change places.

    The head box stays upright. So does a box of the pose's own, which keeps its margins around the joints.
    """
    new: np.void = row.copy()
    placed = row["visibility"] != Visibility.ABSENT
    new["xy"][placed] = by(row["xy"][placed])
    new["source"][placed] = Source.PLACED
    if np.isfinite(row["box"]).all():
        new["box"] = _box_after(row["box"], row["xy"][placed], new["xy"][placed], by)
    if np.isfinite(row["head_box"]).all():
        new["head_box"] = _box_about(row["head_box"], by)
    if by.mirrors:
        for name in ("xy", "visibility", "source", "score"):
            new[name] = new[name][list(POSETRACK17.flip_order)]
    return new


def _box_about(box: Floats, by: Transform) -> Floats:
    size = box[2:] * by.factor
    return np.concatenate([by(box[:2] + box[2:] / 2) - size / 2, size])


def _box_after(box: Floats, before: Floats, after: Floats, by: Transform) -> Floats:
    if len(before) == 0:
        return _box_about(box, by)
    low = (before.min(axis=0) - box[:2]) * by.factor
    high = (box[:2] + box[2:] - before.max(axis=0)) * by.factor
    if by.mirrors:
        low[0], high[0] = high[0], low[0]
    corner = after.min(axis=0) - low
    return np.concatenate([corner, after.max(axis=0) + high - corner])


def transform_pose(
    state: ProjectState, person: int, frame: int, by: Transform, title: str = "Transform pose"
) -> Edit:
    """Turn, scale, move or mirror what is seen of a person in a frame; all of it counts as placed by hand."""
    seen = state.pose(person, frame)
    if seen is None:
        return Edit(title, (), frame)
    label, _ = label_and_seen(state, person, frame)
    return Edit(title, (label_change(_with_transformed(label, seen, by)),), frame)


def mirror_poses(state: ProjectState, person: int, start: int, stop: int) -> Edit:
    """Mirror a person's poses in the frames ``start`` … ``stop`` − 1, each about the upright line through its own
    middle: left and right change places, so that who raised the left arm on one side raises the right arm on the
    other. Frames in which the person is not seen stay as they are."""
    seen = state.seen(living(state, person), start, stop)
    changes = []
    for row in seen[~seen["deleted"]]:
        about = middle(row)
        if about is not None:
            label, _ = label_and_seen(state, person, int(row["frame"]))
            by = Transform(about, np.diag([-1.0, 1.0]))
            changes.append(label_change(_with_transformed(label, row, by)))
    where = "" if stop - start == 1 else f" in frames {start}–{stop - 1}"
    return Edit(f"Mirror pose{where}", tuple(changes), start)


def _with_transformed(label: np.void, seen: np.void, by: Transform) -> np.void:
    """The label of a pose after a transform of what is ``seen`` of it."""
    new = transformed(seen, by)
    placed = new["visibility"] != Visibility.ABSENT
    said = placed
    if by.mirrors:
        known = seen["source"] != Source.NONE
        said = known | known[list(POSETRACK17.flip_order)]
    for name in ("xy", "visibility", "score"):
        label[name][said] = new[name][said]
    label["source"][said] = Source.PLACED
    # The joints of a pose make its box, unless it was drawn or there are too few of them.
    drawn = seen["box_source"] == Source.PLACED or placed.sum() < OUTLINING
    if np.isfinite(new["box"]).all() and drawn:
        label["box"], label["box_source"] = new["box"], Source.PLACED
    label["head_box"] = new["head_box"]
    return label
