"""What is missing before export: listed, gone to by a click, mended, and exported all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem

from app.dialogs.export import LOOK_FIRST, ExportDialog
from app.panels.coverage import ABOVE, LINE, Group, grouped
from app.panels.panel import MARGIN
from app.theme import aside_font
from glpose_core.cli import main
from glpose_core.labels import edits, regions
from glpose_core.labels.coverage import Finding, Gap, check_coverage
from glpose_core.labels.schedule import Stretch, set_schedule

from .conftest import Dialogs, Studio, wait_for


@pytest.fixture
def checked(crowd: Studio) -> Studio:
    """Two people in the frames 0 and 20, which are scheduled; frame 0 is accepted."""
    crowd.session.apply(lambda state: set_schedule(state, [Stretch(0, 40, 20)]))
    crowd.session.apply(lambda state: edits.accept_frame(state, 0))
    crowd.window.bound["check_coverage"].trigger()
    wait_for(lambda: crowd.window.coverage.found is not None, "the check")
    return crowd


def test_a_click_goes_there_and_mending_empties_the_list(checked: Studio) -> None:
    panel = checked.window.missing
    assert [(one.gap, one.frames, one.person) for one in panel.model.rows] == [
        (Gap.UNLABELLED, (20,), 1),
        (Gap.UNLABELLED, (20,), 2),
        (Gap.UNREVIEWED, (20,), None),
    ]
    panel.view.clicked.emit(panel.model.index(1))
    assert (checked.session.frame, checked.session.person) == (20, 2)
    panel.kinds.setCurrentIndex(panel.kinds.findData(Gap.UNREVIEWED))
    assert len(panel.model.rows) == 1
    checked.window.grab()
    checked.session.apply(lambda state: edits.accept_frame(state, 20))
    wait_for(lambda: checked.window.coverage.found == [], "the next check")
    assert panel.empty_text is not None
    assert "Nothing is missing" in panel.empty_text


def test_the_export_dialog_says_what_is_missing_after_accepting(checked: Studio) -> None:
    session = checked.session
    session.apply(lambda state: edits.lock_person(state, 2, True))
    dialog = ExportDialog(session.project.state, Path("/nowhere"), coverage=checked.window.coverage)
    said = dialog.coverage_said
    wait_for(lambda: "2 not labelled, 1 not reviewed" in said.text(), "what is missing now")
    dialog.labels.setChecked(True)
    dialog.accept_first.setChecked(True)
    wait_for(lambda: "after accepting" in said.text(), "what would be missing")
    assert said.text() == "1 not labelled, 1 not reviewed after accepting", "who is locked waits"
    dialog.accept_first.setChecked(False)
    wait_for(lambda: said.text() == "2 not labelled, 1 not reviewed", "the first answer")
    session.apply(lambda state: edits.lock_person(state, 2, False))
    dialog.accept_first.setChecked(True)
    wait_for(lambda: said.text() == "Nothing is missing after accepting", "what would be missing")
    session.apply(lambda state: edits.accept_frame(state, 20))
    assert check_coverage(session.project.state) == [], "as was foretold"
    dialog.deleteLater()


def test_looking_ahead_holds_back_no_answer_that_others_wait_for(checked: Studio) -> None:
    coverage = checked.window.coverage
    checked.session.apply(lambda state: edits.accept_frame(state, 20))
    coverage.check()  # as soon as the change has settled
    coverage.foresee(np.array([0, 20]))  # and meanwhile the dialog asks
    wait_for(lambda: coverage.foreseen == [], "what would be missing")
    wait_for(lambda: coverage.found == [], "what is missing")


def test_what_lacks_in_many_frames_is_one_row_that_leads_through_them(checked: Studio) -> None:
    panel, session = checked.window.missing, checked.session
    session.apply(lambda state: set_schedule(state, [Stretch(0, 40, 5)]))
    wait_for(lambda: len(checked.window.coverage.found or ()) > 10, "the next check")
    row = panel.model.rows[0]
    assert (row.gap, row.person, row.where) == (Gap.UNLABELLED, 1, f"{len(row.frames)} frames")
    assert [one.gap for one in panel.model.rows].count(Gap.UNREVIEWED) == 1
    session.go_to(12)
    place = panel.view.visualRect(panel.model.index(0)).center()
    for frame in (15, 20, 25):
        QTest.mouseClick(
            panel.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
        )
        assert (session.frame, session.person) == (frame, 1)
    session.go_to(row.frames[-1])
    panel.view.clicked.emit(panel.model.index(0))
    assert session.frame == row.frames[0]


def test_a_row_is_as_high_as_its_sentence(checked: Studio) -> None:
    view = checked.window.missing.view
    long = Finding(Gap.BROKEN, 3, 1, "word " * 40)
    short = Finding(Gap.EMPTY, 3, None, "word")
    checked.window.missing.model.show(grouped([long, short]))
    heights = [view.sizeHintForRow(row) for row in (0, 1)]
    assert heights[0] > heights[1] + 30


def test_rows_are_high_enough_beside_a_scroll_bar(checked: Studio) -> None:
    """It comes when they have been measured."""
    view = checked.window.missing.view
    model = checked.window.missing.model
    bar = view.verticalScrollBar().sizeHint().width()
    model.show([Group(Gap.UNREVIEWED, None, (1,), "word " * count) for count in range(1, 30)])
    for at in range(model.rowCount()):
        index = model.index(at)
        needed = QFontMetrics(aside_font()).boundingRect(
            QRect(0, 0, view.width() - bar - 2 * MARGIN, 1000),
            Qt.TextFlag.TextWordWrap,
            model.rows[at].sentence,
        )
        high = view.itemDelegate().sizeHint(QStyleOptionViewItem(), index).height()
        assert high >= ABOVE + LINE + needed.height()


def test_who_is_drawn_over_by_a_region_is_not_missing(checked: Studio) -> None:
    pose = checked.pose(2, 20)
    placed = pose["xy"][pose["visibility"] > 0]
    (x1, y1), (x2, y2) = placed.min(axis=0) - 2, placed.max(axis=0) + 2
    around = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    checked.session.apply(lambda state: regions.add_region(state, around, 20, 21))
    wait_for(
        lambda: [one.person for one in checked.window.coverage.found or ()] == [1, None],
        "the next check",
    )


def test_the_export_dialog_counts_what_is_missing_in_the_frames_it_exports(checked: Studio) -> None:
    state = checked.session.project.state
    dialog = ExportDialog(state, Path("/nowhere"), coverage=checked.window.coverage)
    said = dialog.coverage_said
    wait_for(lambda: "2 not labelled, 1 not reviewed" in said.text(), "what is missing")
    dialog.range.choose(0, 20)
    dialog.update_now()
    assert said.text() == "Nothing is missing"
    dialog.range.choose(15, 30)
    dialog.update_now()
    assert "2 not labelled" in said.text()
    dialog.deleteLater()


def test_the_export_dialog_says_what_is_missing_and_can_go_there(
    checked: Studio, dialogs: Dialogs
) -> None:
    checked.window.left.setCurrentIndex(0)

    def look(dialog: ExportDialog) -> int:
        wait_for(lambda: "2 not labelled" in dialog.coverage_said.text(), "what is missing")
        assert dialog.do.isEnabled(), "exporting is possible all the same"
        dialog.predictions.setChecked(True)
        dialog.update_now()
        assert "labels alone" in dialog.coverage_said.text()
        return LOOK_FIRST

    dialogs.answer("ExportDialog", look)
    checked.window.bound["export_labels"].trigger()
    assert checked.window.left.currentWidget() is checked.window.missing


def test_who_is_only_partly_confirmed_is_said_before_the_file_is_written(
    checked: Studio, tmp_path: Path
) -> None:
    session = checked.session
    session.apply(lambda state: edits.accept_joint(state, 2, 20, 5))
    wait_for(
        lambda: [one.gap for one in checked.window.coverage.found].count(Gap.PARTIAL) == 1,
        "the next check",
    )
    row = next(one for one in checked.window.missing.model.rows if one.gap is Gap.PARTIAL)
    assert (row.person, row.frames) == (2, (20,))
    assert "1 of 15 joints confirmed" in row.sentence
    dialog = ExportDialog(session.project.state, tmp_path, coverage=checked.window.coverage)
    said = "1 pose is only partly confirmed: 1 of 15 joints is written."
    wait_for(lambda: said in dialog.said, "the note")
    assert "1 only partly confirmed" in dialog.coverage_said.text()
    assert dialog.do.isEnabled(), "exporting is possible all the same"
    dialog.predictions.setChecked(True)
    dialog.update_now()
    assert said not in dialog.said
    dialog.labels.setChecked(True)
    dialog.accept_first.setChecked(True)
    wait_for(lambda: "after accepting" in dialog.coverage_said.text(), "what would be missing")
    assert said not in dialog.said
    dialog.accept_first.setChecked(False)
    session.apply(lambda state: edits.accept_joint(state, 1, 20, 5))
    dialog._coverage.check()
    wait_for(lambda: "2 poses are only partly confirmed" in dialog.said, "the note")
    session.apply(lambda state: edits.accept_frame(state, 20))
    wait_for(lambda: checked.window.coverage.found == [], "the next check")
    dialog.deleteLater()


def test_the_terminal_lists_the_same(
    checked: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked.session.project is not None
    copy = checked.session.project.snapshot(tmp_path / "copy.glpose")
    assert main(["project", "check", str(copy)]) == 0
    assert "reviewed   1 of 2 scheduled frames" in capsys.readouterr().out
    assert main(["project", "check", "--coverage", str(copy)]) == 4
    said = capsys.readouterr().out
    assert "coverage   2 not labelled, 1 not reviewed" in said
    assert "20  Not labelled: person 2 is not confirmed" in said
