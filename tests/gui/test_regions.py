"""Ignore regions with the hand: drawn by a drag or by clicks, kept, moved from here on, ended, undone."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app.canvas.hint_place import covered
from glpose_core.formats.posetrack import to_document
from glpose_core.formats.posetrack_labels import export_labels

from .conftest import Studio

RIGHT = Qt.MouseButton.RightButton


def held(studio: Studio) -> dict[int, list]:
    assert studio.session.project is not None
    regions = studio.session.project.state.regions
    return {frame: [np.round(one) for one in there] for frame, there in regions.items()}


@pytest.fixture
def drawn(studio: Studio) -> Studio:
    """A rectangle dragged in frame 10."""
    studio.go_to(10)
    studio.key(Qt.Key.Key_I)
    studio.drag((20, 20), (80, 60))
    return studio


def test_a_rectangle_is_kept_from_here_to_the_end_and_exported(drawn: Studio) -> None:
    assert sorted(held(drawn)) == list(range(10, 40))
    corners = held(drawn)[10][0]
    assert np.abs(corners - [(20, 20), (80, 20), (80, 60), (20, 60)]).max() <= 1
    assert drawn.session.project is not None
    file, _ = export_labels(drawn.session.project.state, empty_ok=True)
    images = to_document(file)["images"]
    assert len(images[10]["ignore_regions_x"][0]) == 4
    assert "ignore_regions_x" not in images[9]


def test_the_pointer_says_where_a_region_would_be_moved(drawn: Studio) -> None:
    cross, whole = Qt.CursorShape.CrossCursor, Qt.CursorShape.SizeAllCursor
    for at, expected in (((120, 100), cross), ((50, 40), whole), ((80, 60), whole)):
        drawn.move(at)
        assert drawn.canvas.cursor().shape() == expected


def test_the_line_of_help_makes_way_for_the_corners_of_a_region(studio: Studio) -> None:
    canvas = studio.canvas
    studio.key(Qt.Key.Key_I)
    studio.drag((5, 100), (120, 143))
    assert studio.session.regions.chosen is not None
    corners = canvas.mapping.to_view(np.array(studio.session.regions.chosen))
    canvas.pan(0, canvas.height() - 20 - corners[:, 1].max())
    canvas.pointer.leave()
    canvas.grab()
    corners = canvas.mapping.to_view(np.array(studio.session.regions.chosen))
    assert corners[:, 1].max() > canvas.height() - 40, "where the line of help lies by itself"
    assert covered(corners, canvas.pointer.keep_clear) == 0


def test_a_polygon_grows_by_clicks_and_enter_closes_it(studio: Studio) -> None:
    studio.session.mark(4, 9)
    studio.go_to(5)
    studio.key(Qt.Key.Key_I)
    for corner in ((20, 20), (100, 30), (90, 110), (10, 10)):
        studio.click(corner)
    studio.click((10, 10), button=RIGHT)
    assert len(studio.session.regions.draft) == 3
    studio.key(Qt.Key.Key_Return)
    assert sorted(held(studio)) == list(range(4, 9)), "the marked range"
    assert len(held(studio)[5][0]) == 3
    assert not studio.session.project.state.reviewed, "Enter closed it, and accepted nothing"
    studio.key(Qt.Key.Key_Return)
    assert studio.session.project.state.reviewed == {5}


@pytest.mark.parametrize("how", ["first corner", "double click"])
def test_a_polygon_closes_by_the_mouse_too(studio: Studio, how: str) -> None:
    studio.key(Qt.Key.Key_I)
    corners = [(20, 20), (100, 30), (90, 110)]
    for corner in corners:
        studio.click(corner)
    studio.click(corners[0] if how == "first corner" else corners[-1])
    assert len(held(studio)[0][0]) == 3
    assert not studio.session.regions.draft


def test_escape_leaves_the_polygon_then_the_choice_then_the_tool(drawn: Studio) -> None:
    drawn.click((120, 100))
    for expected in (False, False, True):
        assert (drawn.canvas.tool.name == "select") == expected or drawn.session.regions.draft
        drawn.key(Qt.Key.Key_Escape)
    assert drawn.canvas.tool.name == "select"
    assert drawn.edits == 1


def test_moving_and_ending_count_from_here_on(drawn: Studio) -> None:
    drawn.go_to(20)
    drawn.drag((50, 40), (60, 50))
    assert np.abs(held(drawn)[19][0][0] - (20, 20)).max() <= 1
    assert np.abs(held(drawn)[20][0][0] - (30, 30)).max() <= 2
    drawn.drag(held(drawn)[20][0][2], (120, 100))
    assert np.abs(held(drawn)[39][0][2] - (120, 100)).max() <= 2, "one corner"
    assert np.abs(held(drawn)[39][0][0] - (30, 30)).max() <= 2
    drawn.go_to(30)
    drawn.key(Qt.Key.Key_Delete)
    assert sorted(held(drawn)) == list(range(10, 30))
    drawn.session.undo()
    assert sorted(held(drawn)) == list(range(10, 40))


def test_a_chosen_region_is_kept_everywhere_or_deleted_everywhere(drawn: Studio) -> None:
    drawn.key(Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    assert sorted(held(drawn)) == list(range(40))
    drawn.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert not held(drawn)


def test_regions_are_hatched_and_make_way_for_people(crowd: Studio) -> None:
    crowd.key(Qt.Key.Key_I)
    crowd.drag((130, 10), (170, 60))
    at = crowd.point((150, 35)).toPoint()
    image = crowd.canvas.grab().toImage()
    patch = {image.pixel(at.x() + x, at.y() + y) for x in range(12) for y in range(12)}
    brightness = [QColor(pixel).lightness() for pixel in patch]
    assert max(brightness) - min(brightness) > 20, "lines and ground"
    crowd.session.select(1)
    assert crowd.session.regions.chosen is None
