"""Scheduled frames: chosen in the dialog, stepped through, counted, exported alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.dialogs.export import ExportDialog
from app.dialogs.schedule import ScheduleDialog
from glpose_core.errors import UsageError
from glpose_core.formats.posetrack import read_posetrack
from glpose_core.labels.schedule import (
    Stretch,
    posetrack_validation,
    read_schedule,
    schedule_of,
    set_schedule,
    written_schedule,
)

from .conftest import Dialogs, Studio, wait_for

FOURTH = (Stretch(0, 40, 4),)


def schedule(studio: Studio, only: bool = True) -> None:
    studio.session.apply(lambda state: set_schedule(state, FOURTH))
    studio.session.view.scheduled_only = only
    studio.session.view_changed.emit()


@pytest.mark.quick
def test_a_schedule_reads_as_it_is_written() -> None:
    made = posetrack_validation(125)
    assert written_schedule(made) == "0-44/4, 47-76, 80-124/4"
    assert read_schedule(written_schedule(made), 125) == (Stretch(0, 45, 4), *made[1:])
    assert read_schedule(" 7 , 9 \N{EN DASH} 11 ", 12) == (Stretch(7, 8), Stretch(9, 12))
    for wrong in ("x", "5-3", "0-200", "3/0", "-4"):
        with pytest.raises(UsageError):
            read_schedule(wrong, 125)


def test_the_dialog_sets_it_and_step_keys_follow(studio: Studio, dialogs: Dialogs) -> None:
    def choose(dialog: ScheduleDialog) -> int:
        dialog.ranges.setText("0-39/4")
        dialog._typed()
        assert "10 frames of 40" in dialog.said
        dialog.ranges.setText("0-50")
        dialog._typed()
        assert not dialog.do.isEnabled()
        dialog.preset.setCurrentIndex(dialog.preset.findData("stride"))
        dialog.stride.setValue(4)
        return int(ScheduleDialog.DialogCode.Accepted)

    dialogs.answer("ScheduleDialog", choose)
    studio.window.bound["schedule"].trigger()
    assert studio.session.project is not None
    assert len(schedule_of(studio.session.project.state)) == 1
    assert studio.window.bound["scheduled_only"].isChecked()
    for key, frame in ((Qt.Key.Key_D, 4), (Qt.Key.Key_D, 8), (Qt.Key.Key_A, 4), (Qt.Key.Key_O, 8)):
        studio.key(key)
        assert studio.session.frame == frame
    studio.go_to(38)
    studio.key(Qt.Key.Key_D)
    assert studio.session.frame == 38, "nothing is scheduled beyond"
    studio.window.bound["scheduled_only"].trigger()
    studio.key(Qt.Key.Key_D)
    assert studio.session.frame == 39
    studio.session.undo()
    assert not studio.window.bound["next_scheduled"].isEnabled()


def test_a_pose_is_carried_along_the_schedule(studio: Studio) -> None:
    schedule(studio)
    studio.key(Qt.Key.Key_N)
    studio.key(Qt.Key.Key_E)
    studio.key(Qt.Key.Key_E)
    assert studio.session.project is not None
    assert studio.session.project.state.frames_of(1).tolist() == [0, 4, 8]


def test_progress_counts_scheduled_frames(crowd: Studio) -> None:
    assert crowd.window.status.fields["progress"].text() == ""
    schedule(crowd)
    crowd.key(Qt.Key.Key_W)
    wait_for(lambda: crowd.session.frame == 4, "the next scheduled frame")
    wait_for(
        lambda: crowd.window.status.fields["progress"].text() == "1 of 10 scheduled reviewed",
        "the progress",
    )
    rows = crowd.window.people.model
    wait_for(lambda: [row.aside for row in rows.rows] == ["1 of 10"] * 2, "the people's progress")
    assert len(crowd.window.timeline.lanes.scheduled) == 10
    crowd.wait_for_picture()
    crowd.key(Qt.Key.Key_U)
    assert crowd.session.frame == 8


def test_export_takes_scheduled_frames_alone_by_default(
    crowd: Studio, dialogs: Dialogs, tmp_path: Path
) -> None:
    schedule(crowd)
    for frame in (3, 4):
        crowd.go_to(frame)
        crowd.key(Qt.Key.Key_Return)
    out = tmp_path / "labels.json"

    def choose(dialog: ExportDialog) -> int:
        dialog.path.setText(str(out))
        dialog.scheduled.setChecked(False)
        dialog.update_now()
        assert "2 of them reviewed" in dialog.said
        dialog.scheduled.setChecked(True)
        dialog.update_now()
        assert "10 scheduled of 40 frames, 1 of them reviewed, with 2 poses" in dialog.said
        return int(ExportDialog.DialogCode.Accepted)

    dialogs.answer("ExportDialog", choose)
    dialogs.answer("Message", lambda dialog: 0)
    crowd.window.bound["export_labels"].trigger()
    wait_for(lambda: any(said.startswith("Wrote") for _, said in crowd.notices), "the end")
    written = read_posetrack(out)
    assert [at for at, image in enumerate(written.images) if image.is_labeled] == [4]
    assert len(written.images) == 40
    assert len(written.annotations) == 2
