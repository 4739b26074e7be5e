"""Head boxes with the hand: whose they are, handles, proposals, and what a file gets of them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.canvas import areas
from app.canvas.hit import pose_grips
from app.canvas.paint import joint_label
from app.panels.joint_rows import SOURCE_WORDS
from glpose_core.formats.posetrack_labels import export_labels
from glpose_core.labels import Source, heads
from glpose_core.labels.heads import HEAD_BOTTOM, HEAD_TOP, proposed_head_box
from glpose_core.labels.statistics import joints_table

from .conftest import Studio

SHIFT = Qt.KeyboardModifier.ShiftModifier


def head_of(studio: Studio, person: int) -> np.ndarray:
    return studio.pose(person)["head_box"]


def around(studio: Studio, person: int, margin: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Two corners around the proposed head box of a person."""
    box = proposed_head_box(studio.pose(person))
    assert box is not None
    return box[:2] - margin, box[:2] + box[2:] + margin


def test_a_head_box_of_nobody_is_somebody_new(studio: Studio) -> None:
    studio.key(Qt.Key.Key_H)
    studio.drag((60, 20), (90, 60))
    assert studio.session.person == 1
    assert np.abs(head_of(studio, 1) - (60, 20, 30, 40)).max() <= 1
    pose = studio.pose(1)
    assert pose["source"][[HEAD_TOP, HEAD_BOTTOM]].tolist() == [Source.INTERPOLATED] * 2
    studio.canvas.grab()


def test_what_a_head_box_proposes_is_called_so_everywhere(studio: Studio) -> None:
    studio.key(Qt.Key.Key_H)
    studio.drag((60, 20), (90, 60))
    panel = studio.window.joints
    rows = [panel.model.rows[panel.model.index_of(one).row()] for one in (HEAD_TOP, HEAD_BOTTOM)]
    assert [SOURCE_WORDS[row.source] for row in rows] == ["proposed"] * 2
    assert "a head box" in rows[0].tip
    assert panel.aside == "2 of 15 proposed"
    figure = studio.canvas.scene.figure(1)
    assert figure is not None
    assert joint_label(figure, HEAD_TOP) == "head top · proposed"
    assert studio.session.project is not None
    counted = joints_table(studio.session.project.state)
    assert counted["proposed"].sum() == 2
    assert counted["model"].sum() == 0


def test_a_box_around_a_head_belongs_to_that_person(crowd: Studio) -> None:
    crowd.key(Qt.Key.Key_H)
    crowd.session.select(1)
    crowd.drag(*around(crowd, 2), keys=Qt.KeyboardModifier.NoModifier)
    assert np.isfinite(head_of(crowd, 2)).all()
    assert np.isnan(head_of(crowd, 1)).all()
    assert crowd.session.person == 2, "whose head it is, is chosen then"


def test_handles_resize_and_the_box_moves(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_H)
    low, high = around(crowd, 1)
    crowd.drag(low, high)
    drawn = head_of(crowd, 1).copy()
    crowd.drag(drawn[:2] + drawn[2:], drawn[:2] + drawn[2:] + 8)
    assert np.abs(head_of(crowd, 1) - drawn - (0, 0, 8, 8)).max() <= 1.5
    crowd.drag(drawn[:2] + drawn[2:] / 2, drawn[:2] + drawn[2:] / 2 + (5, 0))
    assert np.abs(head_of(crowd, 1) - drawn - (5, 0, 8, 8)).max() <= 2
    crowd.session.undo()
    crowd.session.undo()
    assert np.abs(head_of(crowd, 1) - drawn).max() < 1e-9


def test_a_proposed_box_becomes_drawn_by_dragging_it(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_H)
    box = proposed_head_box(crowd.pose(1))
    assert box is not None
    corner = box[:2] + box[2:]
    crowd.drag(corner, corner + 6)
    assert np.abs(head_of(crowd, 1) - box - (0, 0, 6, 6)).max() <= 1.5
    crowd.key(Qt.Key.Key_H, SHIFT)
    assert np.isnan(head_of(crowd, 1)).all()


def test_a_proposed_box_is_moved_by_its_border_and_a_drag_inside_draws(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_H)
    box = proposed_head_box(crowd.pose(1))
    assert box is not None
    people, start = len(crowd.session.people()), box[:2] + box[2:] * (0.3, 0.3)
    crowd.drag(start, box[:2] + box[2:] + 6)
    drawn = np.array([*start, *(box[:2] + box[2:] + 6 - start)])
    assert np.abs(head_of(crowd, 1) - drawn).max() <= 1.5
    crowd.session.undo()
    crowd.drag(start, (start[0] + 8, start[1] + 8))
    assert len(crowd.session.people()) == people, "a corner of a head is nobody new"
    crowd.session.undo()
    side = box[:2] + box[2:] * (0.25, 0.0)
    crowd.drag(side, (side[0] + 7, side[1] + 3))
    assert np.abs(head_of(crowd, 1) - box - (7, 3, 0, 0)).max() <= 1.5


def test_the_pointer_says_what_a_drag_would_do_to_a_head_box(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_H)
    box = proposed_head_box(crowd.pose(1))
    assert box is not None
    shape, cross, whole = (
        crowd.canvas.cursor,
        Qt.CursorShape.CrossCursor,
        Qt.CursorShape.SizeAllCursor,
    )
    inside, border = box[:2] + box[2:] * (0.3, 0.3), box[:2] + box[2:] * (0.25, 0.0)
    for at, expected in (
        (inside, cross),
        (border, whole),
        (box[:2], Qt.CursorShape.SizeFDiagCursor),
    ):
        crowd.move(at)
        assert shape().shape() == expected
    crowd.drag(*around(crowd, 1, 0.0), keys=SHIFT)
    crowd.move(inside)
    assert shape().shape() == whole, "one that is drawn is moved from anywhere within"


def test_a_click_in_a_proposed_box_chooses_whose_it_is(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_H)
    box = proposed_head_box(crowd.pose(2))
    assert box is not None
    crowd.click(box[:2] + box[2:] * (0.3, 0.7))
    assert crowd.session.person == 2
    assert np.isnan(head_of(crowd, 2)).all()


@pytest.mark.parametrize("again", [True, False])
def test_shift_draws_a_head_box_again(crowd: Studio, again: bool) -> None:
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_H)
    crowd.drag(*around(crowd, 1))
    crowd.drag((130, 100), (150, 130), keys=SHIFT if again else Qt.KeyboardModifier.NoModifier)
    people = len(crowd.session.people())
    assert people == (2 if again else 3)
    assert bool(head_of(crowd, 1)[0] > 120) == again


def test_a_drawn_head_box_is_exported(crowd: Studio) -> None:
    crowd.key(Qt.Key.Key_Return)
    crowd.session.select(2)
    crowd.key(Qt.Key.Key_H)
    crowd.drag(*around(crowd, 2), keys=SHIFT)
    assert crowd.session.project is not None
    file, _ = export_labels(crowd.session.project.state)
    at = file.annotations.track_id.tolist().index(2)
    assert np.allclose(file.annotations.bbox_head[at], head_of(crowd, 2))


@pytest.mark.parametrize("how", ["moved", "scaled", "turned by keys"])
def test_a_head_box_follows_its_pose_while_it_is_dragged(
    crowd: Studio, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    crowd.session.apply(lambda state: heads.draw_head_box(state, 1, 0, (30.0, 20.0, 20.0, 24.0)))
    drawn: dict[int, np.ndarray] = {}
    paint = areas._paint_head

    def watch(painter, box, person, **how) -> None:
        drawn[person] = box
        paint(painter, box, person, **how)

    monkeypatch.setattr(areas, "_paint_head", watch)
    crowd.session.select(1)
    crowd.canvas.grab()
    before = drawn[1]
    if how == "turned by keys":
        crowd.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier | SHIFT)
    else:
        corner = pose_grips(crowd.canvas.scene.figure(1).box)[1][3]
        start = crowd.canvas.mapping.to_picture(corner)
        control = Qt.KeyboardModifier.ControlModifier
        if how == "moved":
            start = crowd.pose(1)["xy"][HEAD_BOTTOM]
        crowd.press(start, keys=control if how == "moved" else Qt.KeyboardModifier.NoModifier)
        crowd.move(start + 4)
        crowd.move(start + 12)
    crowd.canvas.grab()
    shown = drawn[1]
    assert np.abs(shown - before).max() > 5
    area = crowd.canvas.scene.figure(1).reach
    assert (shown[:2] >= area[:2]).all(), "it is painted over"
    assert (shown[:2] + shown[2:] <= area[2:]).all()
    crowd.canvas.settle()
    crowd.canvas.grab()
    assert np.allclose(drawn[1], shown), "what is shown is what is kept"
