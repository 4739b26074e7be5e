"""Where features meet: locked and hidden people, pending nudges, schedules, copied poses, ranges that are played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.canvas.stance import standing
from app.dialogs.exporting import ExportChoices, export
from glpose_core.labels import edits, heads
from glpose_core.labels.schedule import Stretch, set_schedule

from .conftest import Studio, wait_for

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
BOX = np.array([20.0, 20.0, 50.0, 110.0])


def draw(studio: Studio, frames: range, left: float = 20.0) -> int:
    """Somebody new, drawn by hand in some frames."""
    xy, visibility = standing(np.add(BOX, (left - 20.0, 0, 0, 0)))
    made: list[int] = []

    def add(state):
        edit, person = edits.add_person(state, frames.start, xy=xy, visibility=visibility)
        made.append(person)
        return edit

    assert studio.session.apply(add)
    for frame in frames[1:]:
        studio.session.apply(
            lambda state, at=frame: edits.add_pose(state, made[0], at, xy, visibility)
        )
    return made[0]


def lock(studio: Studio, person: int) -> None:
    studio.session.apply(lambda state: edits.lock_person(state, person, True))


def test_a_swap_with_a_locked_person_changes_neither(studio: Studio) -> None:
    a, b = draw(studio, range(6)), draw(studio, range(6), 90.0)
    lock(studio, a)
    before = studio.pose(b, 3).tobytes()
    made = studio.edits
    studio.session.apply(lambda state: edits.swap_people(state, a, b, 0))
    assert studio.edits == made
    assert studio.pose(b, 3).tobytes() == before


@pytest.mark.parametrize("labelled", [True, False])
def test_nudges_belong_to_who_is_split_off(crowd: Studio, labelled: bool) -> None:
    crowd.go_to(10)
    if labelled:
        crowd.session.apply(lambda state: edits.accept_pose(state, 1, 10))
    crowd.session.select(1, 0)
    before = crowd.pose(1)["xy"][0, 0]
    for _ in range(5):
        crowd.key(Qt.Key.Key_Right)
    crowd.key(Qt.Key.Key_X, SHIFT)
    assert crowd.session.person != 1
    assert crowd.pose(1) is None
    assert crowd.pose(crowd.session.person)["xy"][0, 0] == before + 5


def test_a_frame_in_which_a_locked_person_waits_is_not_reviewed(crowd: Studio) -> None:
    lock(crowd, 2)
    crowd.go_to(5)
    crowd.key(Qt.Key.Key_Return)
    assert crowd.session.project.state.label(1, 5) is not None
    assert 5 not in crowd.session.project.state.reviewed


def test_somebody_deleted_who_was_hidden_keeps_no_frame_from_being_reviewed(crowd: Studio) -> None:
    crowd.go_to(5)
    crowd.session.hiding.hide([2])
    crowd.session.select(2)
    crowd.key(Qt.Key.Key_Delete, SHIFT)
    crowd.key(Qt.Key.Key_Return)
    assert 5 in crowd.session.project.state.reviewed


def test_accepting_before_export_spares_locked_people(crowd: Studio, tmp_path: Path) -> None:
    lock(crowd, 2)
    choices = ExportChoices(tmp_path / "x.json", "labels", "x", 0, 5, accept_first=True)
    export(crowd.session.project, choices)
    assert crowd.session.project.state.label(1, 2) is not None
    assert crowd.session.project.state.label(2, 2) is None


def test_joints_of_somebody_hidden_are_left_out_of_what_the_group_does(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.session.group.add([(1, 7), (1, 8), (2, 7), (2, 8)])
    crowd.window.bound["hide_others"].trigger()
    before = crowd.pose(2).tobytes()
    crowd.key(Qt.Key.Key_Delete)
    assert crowd.pose(1)["visibility"][7] == 0
    assert crowd.pose(2).tobytes() == before


def test_a_correction_is_taken_and_accepted_without_hidden_people(crowd: Studio) -> None:
    crowd.go_to(5)
    crowd.session.hiding.hide([2])
    crowd.session.select(1)
    crowd.session.apply(lambda state: edits.move_joint(state, 1, 5, 7, (40.0, 40.0)))
    wait_for(lambda: crowd.session.spreading.proposal is not None, "what would follow")
    crowd.key(Qt.Key.Key_G, SHIFT)
    assert crowd.session.project.state.label(1, 5) is not None
    assert crowd.session.project.state.label(2, 5) is None


def test_a_head_is_not_given_to_somebody_hidden(crowd: Studio) -> None:
    crowd.go_to(5)
    crowd.session.hiding.hide([2])
    crowd.canvas.set_tool("head")
    middle = crowd.pose(2)["xy"][[heads.HEAD_TOP, heads.HEAD_BOTTOM]].mean(axis=0)
    crowd.drag(middle - 14, middle + 14)
    assert not heads.has_head_box(crowd.pose(2))


def test_a_copied_pose_belongs_to_nobody_in_another_project(
    crowd: Studio, tmp_path: Path, clip: Path
) -> None:
    crowd.session.select(1)
    crowd.key(Qt.Key.Key_C, CONTROL)
    other = tmp_path / "other" / "other.mp4"
    other.parent.mkdir()
    other.write_bytes(clip.read_bytes())
    crowd.open(other)
    wait_for(lambda: crowd.session.info and Path(crowd.session.info.path) == other, "the other")
    person = draw(crowd, range(1), 90.0)
    crowd.session.select(None)
    crowd.wait_for_picture()
    before = crowd.pose(person).tobytes()
    crowd.key(Qt.Key.Key_V, CONTROL)
    assert crowd.pose(person).tobytes() == before


def test_carrying_on_from_the_last_scheduled_frame_copies_nothing(crowd: Studio) -> None:
    crowd.session.apply(lambda state: set_schedule(state, [Stretch(0, 11, 5)]))
    crowd.session.view.scheduled_only = True
    crowd.session.select(draw(crowd, range(5, 6)))
    crowd.go_to(10)
    made = crowd.edits
    crowd.key(Qt.Key.Key_E)
    assert (crowd.session.frame, crowd.edits) == (10, made)


def test_playing_a_person_marks_nothing(crowd: Studio) -> None:
    crowd.session.select(1)
    crowd.window.bound["play_person"].trigger()
    assert crowd.session.playing
    crowd.session.pause()
    assert crowd.session.marked is None


def test_playing_from_the_end_of_a_marked_range_begins_at_its_start(crowd: Studio) -> None:
    crowd.session.mark(30, 40)
    crowd.go_to(39)
    crowd.session.play()
    crowd.session.pause()
    assert 30 <= crowd.session.frame < 40
