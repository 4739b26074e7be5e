"""A key in the middle of a gesture: the drag is finished first, as if its button had been let go; Esc gives it up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.actions import ACTIONS, BY_ID
from app.canvas.hit import pose_grips
from app.commands import Commands
from glpose_core.labels import Project, heads
from glpose_core.skeleton import POSETRACK17

from .conftest import Build, Studio, made_up, wait_for

WRIST = POSETRACK17.index("left_wrist")
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
BY = np.array([7.0, 5.0])


def drag(studio: Studio, start: np.ndarray, **how) -> None:
    """Press, and move as far as BY; the button stays down."""
    studio.press(start, **how)
    for part in (0.5, 1.0):
        studio.move(start + part * BY)


def a_joint(studio: Studio) -> None:
    studio.session.select(1)
    drag(studio, studio.pose(1)["xy"][WRIST])


def a_whole_pose(studio: Studio) -> None:
    studio.session.select(1)
    drag(studio, studio.pose(1)["xy"][WRIST], keys=CONTROL)


def a_grip(studio: Studio) -> None:
    studio.session.select(1)
    box = studio.canvas.scene.figure(1).box
    drag(studio, studio.canvas.mapping.to_picture(pose_grips(box)[1][3]))


def a_placed_joint(studio: Studio) -> None:
    studio.session.select(1, WRIST)
    studio.canvas.set_tool("pick")
    drag(studio, np.array([60.0, 60.0]))


def a_box(studio: Studio) -> None:
    studio.session.select(None)
    studio.canvas.set_tool("box")
    drag(studio, np.array([5.0, 5.0]))


def a_head_box(studio: Studio) -> None:
    studio.session.select(1)
    box = heads.proposed_head_box(studio.pose(1))
    assert box is not None
    studio.canvas.set_tool("head")
    drag(studio, box[:2] + box[2:] / 2)


def a_region(studio: Studio) -> None:
    studio.canvas.set_tool("region")
    drag(studio, np.array([5.0, 5.0]))


def several_joints(studio: Studio) -> None:
    studio.session.select(1)
    studio.session.group.add([(1, WRIST), (2, WRIST)])
    drag(studio, studio.pose(1)["xy"][WRIST])


def nudges(studio: Studio) -> None:
    studio.session.select(1, WRIST)
    studio.key(Qt.Key.Key_Right)


DRAGS = [a_joint, a_whole_pose, a_grip, a_placed_joint, a_box, a_head_box, a_region, several_joints]
Begin = Callable[[Studio], None]


def project_of(studio: Studio) -> Project:
    assert studio.session.project is not None
    return studio.session.project


def looks(studio: Studio) -> list[object]:
    """All that is seen of the project, to be compared."""
    state = project_of(studio).state
    return [
        (state.poses(frame).tobytes(), state.frame_state(frame))
        for frame in range(studio.session.frames)
    ]


def settle(studio: Studio) -> None:
    """Wait until the picture has kept its place for a while: the timeline makes room for people who have just come, and as
    many pixels of the screen are then others of the picture."""
    before = None
    while (now := (studio.canvas.size(), studio.canvas.mapping)) != before:
        before = now
        QTest.qWait(200)


def finished(studio: Studio, begin: Begin) -> tuple[list[object], str | None]:
    """What the project looks like after the drag has been finished by letting go, and its title; undone again. Once more,
    if the picture has moved meanwhile: the same drag would end elsewhere."""
    while True:
        settle(studio)
        place = studio.canvas.mapping
        begin(studio)
        at = studio.canvas.pointer.at
        assert at is not None
        studio.release(studio.canvas.mapping.to_picture((at.x(), at.y())))
        after, title = looks(studio), project_of(studio).undo_title
        studio.session.undo()
        studio.canvas.set_tool("select")
        studio.session.select(None)
        QApplication.processEvents()
        settle(studio)
        if studio.canvas.mapping == place:
            return after, title


@pytest.mark.parametrize("begin", DRAGS)
def test_undo_takes_the_drag_back_and_escape_gives_it_up(crowd: Studio, begin: Begin) -> None:
    before = looks(crowd)
    after, title = finished(crowd, begin)
    assert before != after
    assert looks(crowd) == before
    begin(crowd)
    crowd.key(Qt.Key.Key_Z, CONTROL)
    assert looks(crowd) == before
    assert not crowd.session.collecting
    assert project_of(crowd).redo_title == title
    crowd.key(Qt.Key.Key_Y, CONTROL)
    assert looks(crowd) != before
    crowd.session.undo()
    made = crowd.edits
    begin(crowd)
    assert crowd.session.collecting
    crowd.key(Qt.Key.Key_Escape)
    crowd.release((80, 80))
    assert looks(crowd) == before
    assert crowd.edits == made
    assert not crowd.session.collecting


def test_the_first_drag_of_a_project_can_be_undone_while_it_lasts(studio: Studio) -> None:
    assert project_of(studio).undo_title is None
    a_box(studio)
    studio.key(Qt.Key.Key_Z, CONTROL)
    assert not studio.session.people()
    assert project_of(studio).redo_title is not None


def test_the_first_nudge_can_be_undone_at_once(crowd: Studio) -> None:
    while project_of(crowd).undo_title:
        project_of(crowd)._journal.done.pop()
    nudges(crowd)
    crowd.key(Qt.Key.Key_Z, CONTROL)
    assert project_of(crowd).redo_title is not None


@pytest.mark.parametrize("begin", DRAGS)
def test_a_step_keeps_what_was_dragged_in_its_own_frame(crowd: Studio, begin: Begin) -> None:
    after, title = finished(crowd, begin)
    place = crowd.canvas.mapping
    begin(crowd)
    assert crowd.canvas.mapping == place
    crowd.key(Qt.Key.Key_D)
    assert crowd.session.frame == 1
    assert project_of(crowd).undo_title == title
    made = crowd.edits
    crowd.move((90, 90))
    crowd.release((90, 90))
    assert crowd.edits == made, "letting go afterwards does nothing more"
    if begin not in (a_box, a_region):
        assert looks(crowd) == after


@pytest.mark.parametrize("begin", [a_joint, a_grip, a_head_box])
@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, SHIFT])
def test_what_is_deleted_in_a_drag_stays_deleted(crowd: Studio, begin: Begin, keys) -> None:
    begin(crowd)
    crowd.key(Qt.Key.Key_Delete, keys)
    assert crowd.pose(1) is None
    crowd.release((80, 80))
    assert crowd.pose(1) is None
    crowd.session.undo()
    assert crowd.pose(1) is not None, "the drag is a step of its own"
    assert project_of(crowd).undo_title is not None


def test_a_swap_in_a_drag_takes_what_was_dragged_along(crowd: Studio) -> None:
    a_joint(crowd)
    dragged = crowd.canvas.pointer.gesture.row["xy"][WRIST].copy()
    crowd.key(Qt.Key.Key_X)
    assert np.allclose(crowd.pose(2)["xy"][WRIST], dragged)


@pytest.mark.parametrize("begin", [a_joint, a_box, a_region, nudges])
def test_closing_the_window_in_a_drag_keeps_it(
    build_studio: Build, video: Path, begin: Begin
) -> None:
    studio = build_studio(video)
    wait_for(lambda: studio.session.project is not None, "the project")
    studio.wait_for_picture()
    studio.predict(made_up(range(40)))
    made, path = studio.edits, project_of(studio).path
    begin(studio)
    studio.close()
    with Project.open(path, read_only=True) as project:
        assert len(project.history()) == made + 1


def test_a_band_chooses_before_the_next_action(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.press((1, 1), keys=SHIFT)
    crowd.move((60, 60))
    crowd.move((170, 140))
    crowd.key(Qt.Key.Key_Delete)
    assert (crowd.pose(1)["visibility"] == 0).all()
    crowd.release((170, 140))
    assert crowd.session.group


@pytest.mark.parametrize("begin", [a_joint, a_grip])
def test_every_action_finds_the_drag_finished_or_leaves_it_alone(
    monkeypatch: pytest.MonkeyPatch, build_studio: Build, video: Path, begin: Begin
) -> None:
    """Over the whole table, so that no new action can forget it."""
    found: dict[str, bool] = {}
    holder: list[Studio] = []

    def probe(name: str):
        return lambda *_: found.__setitem__(name, holder[0].canvas.pointer.gesture is not None)

    for action in ACTIONS:
        if action.id != "escape":
            monkeypatch.setattr(Commands, action.id, probe(action.id))
    studio = build_studio(video)
    holder.append(studio)
    wait_for(lambda: studio.session.project is not None, "the project")
    studio.wait_for_picture()
    studio.predict(made_up(range(40)))
    for action in ACTIONS:
        if action.id == "escape":
            continue
        begin(studio)
        assert studio.canvas.pointer.gesture is not None
        studio.window.bound[action.id].setEnabled(True)
        studio.window.bound[action.id].trigger()
        assert found[action.id] is BY_ID[action.id].during_drag, action.id
        studio.canvas.escape()
        studio.release((80, 80))
        studio.canvas.set_tool("select")
        studio.session.group.clear()
        while studio.edits > 1:
            studio.session.undo()


def test_looking_closer_leaves_a_drag_in_hand(crowd: Studio) -> None:
    a_joint(crowd)
    crowd.key(Qt.Key.Key_Plus)
    assert crowd.canvas.pointer.gesture is not None
    crowd.release(crowd.canvas.pointer.gesture.row["xy"][WRIST])
    assert crowd.pose(1)["source"][WRIST] == 4
