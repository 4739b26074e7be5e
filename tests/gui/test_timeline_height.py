"""How high the timeline is: as its lanes need, as the window can spare, or as a hand has set it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.settings import settings
from app.timeline.arrangement import LEAST_LANES, MOST_LANES, ROW_HEIGHT, fitting_height
from app.timeline.height import BY_HAND
from glpose_core.labels import edits

from .conftest import Studio, made_up, wait_for

LOW, HIGH = (1366, 768), (1920, 1080)


def crowd(studio: Studio, people: int) -> None:
    """Predict so many people more."""
    one = made_up(range(40), tracks=1)
    rows = np.concatenate([one] * people)
    rows["track"] = np.repeat(np.arange(people), len(one))
    studio.predict(rows)


def lanes(studio: Studio) -> int:
    """How many lanes are seen."""
    return studio.window.timeline.areas.lanes.height() // ROW_HEIGHT


def fits(studio: Studio) -> bool:
    timeline, people = studio.window.timeline, len(studio.session.people())
    return timeline.height() == fitting_height(people, studio.window.height())


@pytest.mark.quick
def test_a_window_spares_so_much_and_no_more() -> None:
    heights = [fitting_height(people, 1080) for people in range(15)]
    assert heights == sorted(heights)
    assert heights[0] == heights[LEAST_LANES]
    assert fitting_height(99, 9999) - fitting_height(0, 9999) == ROW_HEIGHT * (
        MOST_LANES - LEAST_LANES
    )
    assert fitting_height(12, 768) <= 0.3 * 768 < fitting_height(12, 1080) <= 0.3 * 1080


@pytest.mark.parametrize("size", [LOW, HIGH])
def test_everybody_has_a_lane_as_far_as_there_is_room(
    studio: Studio, size: tuple[int, int]
) -> None:
    studio.window.resize(*size)
    crowd(studio, 2)
    wait_for(lambda: fits(studio), "the height for two")
    few = studio.window.timeline.height()
    wait_for(lambda: lanes(studio) == 2, "two lanes")
    crowd(studio, 3)
    wait_for(lambda: fits(studio), "the height for five")
    assert studio.window.timeline.height() > few
    wait_for(lambda: lanes(studio) == 5, "five lanes")
    high = studio.window.timeline.height()
    studio.session.apply(lambda state: edits.delete_person(state, 1))
    QTest.qWait(120)
    assert studio.window.timeline.height() == high, "the picture stays where it is"


def test_somebody_drawn_does_not_move_the_picture_from_under_the_pointer(studio: Studio) -> None:
    crowd(studio, 2)
    wait_for(lambda: lanes(studio) == 2, "two lanes")
    high = studio.window.timeline.height()
    xy, shown = np.full((17, 2), 60.0), np.full(17, 2, np.uint8)
    for _ in range(2):
        studio.session.apply(lambda state: edits.add_person(state, 3, xy=xy, visibility=shown)[0])
        QTest.qWait(120)
    assert len(studio.window.timeline.lanes.people) == 4
    assert studio.window.timeline.height() == high


def drag_edge(studio: Studio, up: float) -> None:
    """Make the timeline so many pixels higher by its upper edge."""
    start = edge(studio)
    high = studio.window.timeline.height()
    _send(studio, QEvent.Type.MouseButtonPress, start)
    _send(studio, QEvent.Type.MouseMove, start - QPointF(0, up))
    wait_for(lambda: studio.window.timeline.height() != high, "the border to come along")
    _send(studio, QEvent.Type.MouseButtonRelease, start - QPointF(0, up))


def edge(studio: Studio) -> QPointF:
    """A point on the handle above the timeline."""
    window, timeline = studio.window, studio.window.timeline
    return QPointF(700, timeline.mapTo(window, timeline.rect().topLeft()).y() - 2)


def test_what_a_hand_has_set_stays(studio: Studio) -> None:
    window, timeline = studio.window, studio.window.timeline
    window.resize(*HIGH)
    wait_for(lambda: not window.timeline_height._later.isActive(), "the first height")
    assert timeline.height() == fitting_height(0, window.height())
    drag_edge(studio, 78)
    assert timeline.height() > 200
    assert settings().value(BY_HAND, False, bool) is True
    high = timeline.height()
    crowd(studio, 7)
    QTest.qWait(200)
    assert timeline.height() == high


def test_a_double_click_on_the_edge_takes_what_was_set_by_hand_back(studio: Studio) -> None:
    window = studio.window
    window.resize(*HIGH)
    crowd(studio, 4)
    wait_for(lambda: fits(studio), "the first height")
    drag_edge(studio, 78)
    assert not fits(studio)
    _send(studio, QEvent.Type.MouseButtonDblClick, edge(studio) - QPointF(0, 200))
    assert settings().value(BY_HAND, False, bool) is True, "on the picture it means nothing"
    _send(studio, QEvent.Type.MouseButtonDblClick, edge(studio))
    _send(studio, QEvent.Type.MouseButtonRelease, edge(studio))
    wait_for(lambda: fits(studio), "the height that the lanes need")
    assert settings().value(BY_HAND, False, bool) is False
    crowd(studio, 2)
    wait_for(lambda: fits(studio), "the height for six")


def test_the_menu_fits_the_timeline_too_and_to_fewer_people(studio: Studio) -> None:
    window = studio.window
    window.resize(*HIGH)
    crowd(studio, 5)
    wait_for(lambda: fits(studio), "the height for five")
    drag_edge(studio, -30)
    for person in (1, 2):
        studio.session.apply(lambda state, person=person: edits.delete_person(state, person))
    window.bound["fit_timeline"].trigger()
    wait_for(lambda: fits(studio), "the height for three")
    assert settings().value(BY_HAND, False, bool) is False


def test_a_click_that_moves_nothing_is_no_choice(studio: Studio) -> None:
    point = QPointF(700, 400)
    _send(studio, QEvent.Type.MouseButtonPress, point)
    _send(studio, QEvent.Type.MouseButtonRelease, point)
    assert settings().value(BY_HAND, False, bool) is False


def _send(studio: Studio, kind: QEvent.Type, at: QPointF) -> None:
    """The window itself is pressed or let go."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    held = none if kind is QEvent.Type.MouseButtonRelease else left
    event = QMouseEvent(
        kind, at, studio.window.mapToGlobal(at), left, held, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(studio.window, event)
