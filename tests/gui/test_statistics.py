"""The window of statistics: figures of a known history, an empty state, and CSV that pandas reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from app.canvas.paint import joint_label
from app.dialogs.statistics import NOTHING, StatisticsDialog, span
from app.panels.joint_rows import SOURCE_WORDS, STATE_WORDS
from app.shortcuts import spelled
from glpose_core.labels import edits
from glpose_core.skeleton import POSETRACK17

from .conftest import Dialogs, Studio, wait_for

WRIST = POSETRACK17.index("left_wrist")


def counted(studio: Studio) -> StatisticsDialog:
    assert studio.session.project is not None
    dialog = StatisticsDialog(studio.session.project, studio.window)
    dialog.show()
    wait_for(lambda: dialog.tables, "the figures")
    return dialog


def written(table: QTableView, row: str, column: str) -> str:
    """What a cell says, by the first cell of its row and the heading of its column."""
    model = table.model()
    assert model is not None
    headings = [
        model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())
    ]
    rows = [model.index(at, 0).data() for at in range(model.rowCount())]
    return str(model.index(rows.index(row), headings.index(column)).data())


def test_the_figures_are_those_of_the_project(crowd: Studio) -> None:
    session = crowd.session
    assert session.project is not None
    person = session.people()[0].id
    where = crowd.pose(person, 0)["xy"][WRIST]
    session.apply(lambda state: edits.move_joint(state, person, 0, WRIST, np.add(where, (55, 0))))
    session.apply(lambda state: edits.accept_frame(state, 1))
    dialog = counted(crowd)
    table = dialog.tabs.widget(0).findChild(QTableView)
    assert isinstance(table, QTableView)
    assert written(table, "left wrist", "Placed") == "1"
    assert written(table, "left wrist", "Accepted") == "2"
    assert written(table, "left wrist", "Model") == "77"
    assert written(table, "left wrist", "Model right") == "67 %"
    assert written(table, "left wrist", "Off by") == "50.0 %"
    assert written(table, "nose", "Off by") == "–"
    assert dialog.figures["Joints done"].text() == "3 %", "31 of 1,200"
    assert dialog.figures["Model right"].text() == "97 %", "30 of 31"
    people = dialog.tabs.widget(1)
    assert isinstance(people, QTableView)
    assert written(people, session.person_name(person), "Labelled") == "2"
    dialog.close()


def test_without_people_it_says_what_to_do(studio: Studio) -> None:
    dialog = counted(studio)
    assert dialog.message.isVisible()
    assert dialog.message.text() == spelled(NOTHING)
    assert not dialog.export.isEnabled()
    dialog.close()


def test_csv_is_what_pandas_reads(crowd: Studio, dialogs: Dialogs, tmp_path: Path) -> None:
    dialog = counted(crowd)
    dialogs.answer("getExistingDirectory", str(tmp_path / "out"))
    dialog.export.click()
    folder = tmp_path / "out" / "walk statistics"
    assert sorted(path.name for path in folder.iterdir()) == [
        "days.csv",
        "joints.csv",
        "parts.csv",
        "people.csv",
    ]
    again = pd.read_csv(folder / "joints.csv", index_col="joint")
    assert again.loc["nose", "model"] == 80
    assert str(folder) in dialog.written.text()
    dialog.close()


def test_a_dialog_that_is_closed_at_once_leaves_nothing_behind(crowd: Studio) -> None:
    assert crowd.session.project is not None
    dialog = StatisticsDialog(crowd.session.project, crowd.window)
    dialog.show()
    dialog.close()
    dialog.deleteLater()
    crowd.canvas.grab()


def test_times_are_said_briefly() -> None:
    assert [span(m) for m in (0.0, 0.01, 0.5, 12, 133)] == [
        "0.0 s",
        "0.6 s",
        "30 s",
        "12 min",
        "2 h 13 min",
    ]


def test_who_calls_a_visible_joint_hidden_has_not_accepted_it(crowd: Studio) -> None:
    person = crowd.session.people()[0].id
    for key in (Qt.Key.Key_1, Qt.Key.Key_2):  # person 1 agrees in frame 0, and not in frame 1
        crowd.session.select(person, WRIST)
        crowd.key(key)
        crowd.go_to(crowd.session.frame + 1)
    panel = crowd.window.joints
    said = []
    for frame in (0, 1):
        crowd.go_to(frame)
        row = panel.model.rows[panel.model.index_of(WRIST).row()]
        said.append((STATE_WORDS[row.visibility], SOURCE_WORDS[row.source]))
        said.append(joint_label(crowd.canvas.scene.figure(person), WRIST))
    assert said == [
        ("visible", "accepted"),
        "left wrist \N{MIDDLE DOT} accepted",
        ("hidden", "you"),
        "left wrist \N{MIDDLE DOT} hidden \N{MIDDLE DOT} you",
    ]
    table = counted(crowd).tabs.widget(0).findChild(QTableView)
    assert isinstance(table, QTableView)
    assert [written(table, "left wrist", one) for one in ("Accepted", "Placed")] == ["1", "1"]
    assert written(table, "left wrist", "Model right") == "50 %"
    assert written(table, "left wrist", "Off by") == "–", "it was not moved"
