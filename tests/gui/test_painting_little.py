"""No more is painted than has changed, and a large picture from its halves."""

# ruff: noqa: RUF005 (arrays are added, not joined)

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication

from app.canvas.backdrop import Backdrop
from app.canvas.mapping import Mapping
from app.canvas.marks import painting_on
from app.workers.pictures import to_levels
from glpose_core.labels import Run
from glpose_core.skeleton import POSETRACK17

from .conftest import Studio, made_up

WRIST = POSETRACK17.index("left_wrist")


def test_predictions_of_other_frames_do_not_paint_the_picture_again(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, laid_out = crowd.session.project, []
    make = crowd.canvas._make_scene
    monkeypatch.setattr(crowd.canvas, "_make_scene", lambda: laid_out.append(1) or make())
    run = project.begin_run(Run(0, "test model", "none", "CPU", 0.0))
    project.add_tracks(run, dict.fromkeys((0, 1)))
    QApplication.processEvents()
    laid_out.clear()
    project.add_predictions(run, made_up(range(5, 15)))
    assert not laid_out
    project.add_predictions(run, made_up(range(0, 3)))
    assert laid_out
    project.finish_run(run, "done")


def test_while_dragging_only_the_dragged_person_is_laid_out_and_painted(crowd: Studio) -> None:
    first, second = (one.id for one in crowd.session.people())
    crowd.session.select(first)
    start = crowd.pose(first)["xy"][WRIST]
    crowd.press(start)
    crowd.move(start + (4, 4))
    other = crowd.canvas.scene.figure(second)
    crowd.move(start + (9, -30))
    assert crowd.canvas.scene.figure(second) is other
    painted = crowd.canvas.grab().toImage()
    crowd.canvas.refresh()
    assert crowd.canvas.grab().toImage() == painted, (
        "what is painted in part is what is painted whole"
    )
    crowd.release(start + (9, -30))


def test_a_failure_on_a_pixmap_ends_its_painter() -> None:
    pixmap = QPixmap(8, 8)
    with pytest.raises(ZeroDivisionError), painting_on(pixmap) as painter:
        painter.drawPoint(0, 1 // 0)
    assert not pixmap.paintingActive()


@pytest.mark.parametrize("zoom", [0.03, 0.2, 0.5, 1.0, 3.0, 8.0])
def test_a_large_picture_is_drawn_alike_from_its_halves(qapp: QApplication, zoom: float) -> None:
    y, x = np.mgrid[0:1200, 0:1600]
    rgb = np.stack([x % 256, y % 256, (x + y) // 11 % 256], axis=-1).astype(np.uint8) // 4 + 90
    levels = to_levels(rgb)
    assert [(one.width(), one.height()) for one in levels] == [(1600, 1200), (800, 600)]
    mapping = Mapping(1600, 1200, zoom=zoom).centred_on((800, 600), 400, 300)
    wide, high = min(400, int(1600 * zoom)), min(300, int(1200 * zoom))
    visible = QRect((400 - wide) // 2, (300 - high) // 2, wide, high)
    ours, plain = (
        Backdrop().scaled(some, mapping, visible, 1.0).toImage().convertToFormat(RGB)
        for some in (levels, levels[:1])
    )
    difference = pixels(ours).astype(int) - pixels(plain)
    assert np.abs(difference).mean() < 4


RGB = QImage.Format.Format_RGB888


def pixels(image: QImage) -> np.ndarray:
    """uint8 ``[h, w, 3]``."""
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
