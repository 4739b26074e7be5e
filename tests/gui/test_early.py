"""Poses of a running prediction that may still change are marked on the canvas, quietly."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from glpose_core.labels import PREDICTION_DTYPE, PoseRows

from .conftest import Studio


def rows(*frames: int, track: int = 0) -> PoseRows:
    made = np.zeros(len(frames), PREDICTION_DTYPE)
    made["track"], made["frame"] = track, frames
    return made


def corner(studio: Studio) -> QImage:
    """The upper right corner of the canvas."""
    shown = studio.canvas.grab().toImage()
    return shown.copy(shown.width() - 330, 0, 330, 60)


def test_the_corner_says_so_while_poses_may_change(crowd: Studio) -> None:
    crowd.go_to(12)
    plain = corner(crowd)
    early = crowd.session.early
    early.hear(rows(12, 13), provisional=True)
    early.hear(rows(12, track=1), provisional=True)
    marked = corner(crowd)
    assert marked != plain
    early.hear(rows(12), provisional=False)
    assert corner(crowd) == marked, "somebody else in the frame may still change"
    early.hear(rows(12, track=1), provisional=False)
    assert corner(crowd) == plain
    crowd.go_to(13)
    assert 13 in early
    early.clear()
    assert 13 not in early
