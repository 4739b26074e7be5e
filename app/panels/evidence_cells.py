"""The crops that a pose was predicted from, as cells of a strip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glpose_core.labels import Visibility
from glpose_core.predict.evidence import Explained

from ..explaining import Subject
from ..theme import person_colours
from .crop_paint import crop_image, in_crop
from .crop_strip import Cell

if TYPE_CHECKING:
    from ..session import Session


def cells_of(session: Session, subject: Subject, base: Explained, found: Explained) -> list[Cell]:
    """The key's cell, then one a slot in the order of Eq. 4; pictures of ``base``, weights of ``found``."""
    assert session.project is not None
    size = base.crops.shape[2], base.crops.shape[1]
    count = len(found.local_weights)
    of_crops, in_place, _ = found.weight_of_crops
    weights = [in_place or None, *of_crops.tolist()]
    most = [float(found.local_weights.max(initial=0.0))] * (1 + count)
    most += [float(found.global_weights.max(initial=0.0))] * len(found.global_weights)
    cells = []
    for at, weight in enumerate(weights):
        frame = subject.frame if at == 0 else int(base.frames[at - 1])
        pose = None
        if at <= count:
            pose = session.project.state.prediction(subject.person, frame)
        else:
            pose = _pose_in(session.poses(frame), base.boxes[at - 1])
        person = None if pose is None else int(pose["person"])
        tag = "key" if at == 0 else f"{frame - subject.frame:+d}".replace("-", "−")
        if at > count:
            tag = str(frame)
        share = 0.0 if weight is None else min(weight / max(most[at], 1e-9), 1.0)
        cells.append(
            Cell(
                slot=at - 1,
                tag=tag,
                frame=frame,
                person=person,
                picture=crop_image(base.crops[at]),
                weight=weight,
                share=share,
                words=_cell_words(session, at, count, frame, person, weight),
                colours=person_colours(subject.person if person is None else person),
                joints=None if pose is None else in_crop(pose["xy"], base.matrices[at], size),
                placed=None if pose is None else pose["visibility"] != Visibility.ABSENT,
            )
        )
    return cells


def _pose_in(poses: Sequence[np.void], box: np.ndarray) -> np.void | None:
    """The pose of a frame whose box is (nearly) the one that a crop was cut by."""
    best, nearest = None, 0.25 * float(box[3])
    for pose in poses:
        away = float(np.abs(pose["box"] - box).max())
        if away < nearest:
            best, nearest = pose, away
    return best


def _cell_words(
    session: Session, at: int, count: int, frame: int, person: int | None, weight: float | None
) -> str:
    if at == 0:
        instead = "" if weight is None else f", weight {weight:.3f} in place of what is removed"
        return f"The frame itself, {frame}{instead}"
    name = "" if person is None or at <= count else f" of {session.person_name(person)}"
    kind = "Similar crop" if at > count else "Crop"
    return f"{kind}{name} in frame {frame}, weight {weight:.3f}: click to go there"
