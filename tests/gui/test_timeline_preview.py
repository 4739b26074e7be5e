"""The picture under the pointer over the timeline: the right one, soon, and in nobody's way."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.timeline.preview import PreviewCard
from tests.clips import read_number

from .conftest import Studio, wait_for


def number_on(image: QImage) -> int:
    rgb = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return read_number(rgb[..., 2::-1])


def point_at(studio: Studio, frame: int) -> None:
    """Move the pointer onto a frame of the timeline."""
    timeline = studio.window.timeline
    point = QPointF(timeline.scale.x_of(frame), 20)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        point,
        timeline.mapToGlobal(point),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(timeline, event)


def shows(card: PreviewCard, frame: int) -> bool:
    """Whether the card shows the frame itself, not one nearby."""
    return card.image is not None and card.caption.startswith(f"frame {frame}  ·")


def test_the_picture_under_the_pointer_is_shown(studio: Studio) -> None:
    card = studio.window.hover.card
    for frame in (33, 7):
        point_at(studio, frame)
        wait_for(lambda frame=frame: shows(card, frame), "the picture itself")
        assert card.isVisible()
        assert card.image is not None
        assert number_on(card.image) == frame
        assert studio.session.frame == 0, "nobody has gone there"
    timeline = studio.window.timeline
    top = timeline.mapTo(studio.window, QPoint(0, 0)).y()
    assert card.geometry().bottom() < top, "it covers no part of the timeline"
    QApplication.sendEvent(timeline, QEvent(QEvent.Type.Leave))
    assert not card.isVisible()


def test_it_goes_when_scrubbing_begins_and_ends_with_the_video(studio: Studio) -> None:
    card, timeline = studio.window.hover.card, studio.window.timeline
    point_at(studio, 20)
    wait_for(lambda: card.image is not None, "a picture")
    where = QPoint(round(timeline.scale.x_of(20)), 20)
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert not card.isVisible()
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    point_at(studio, 25)
    studio.session.close()
    QTest.qWait(200)
    assert not card.isVisible()
    assert studio.window.hover._thumbnails is None


def test_every_later_wish_overtakes(studio: Studio) -> None:
    card = studio.window.hover.card
    for frame in range(39, 0, -1):
        point_at(studio, frame)
        QApplication.processEvents()
    wait_for(lambda: shows(card, 1), "the last")
    assert card.image is not None
    assert number_on(card.image) == 1
