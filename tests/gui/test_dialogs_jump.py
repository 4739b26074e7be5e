"""Going to a place in the video: what may be typed, and what it means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.dialogs.jump import JumpDialog
from app.dialogs.places import clock, find_place

EVEN = np.arange(250) / 25 + 1.075
VARIABLE = np.array([0.0, 0.04, 0.5, 0.54, 3.0])


@pytest.mark.quick
@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9999", 249),
        ("+10", 60),
        ("-10", 40),
        ("− 60", 0),
        ("50%", 124),
        ("100 %", 249),
        ("0:04.2", 105),
        ("0:04,2", 105),
        ("4.2 s", 105),
        ("4.2s", 105),
        ("1:00", 249),
        ("0:00:02", 50),
        ("", None),
        ("twelve", None),
        ("1e3", None),
        ("12:xx", None),
    ],
)
def test_places(text: str, frame: int | None) -> None:
    assert find_place(text, 50, EVEN) == frame


@pytest.mark.quick
@pytest.mark.parametrize(("text", "frame"), [("0.1 s", 1), ("0.5s", 2), ("2.9s", 3), ("3s", 4)])
def test_a_time_means_the_frame_on_show_then(text: str, frame: int) -> None:
    assert find_place(text, 0, VARIABLE) == frame


@pytest.mark.quick
@given(st.integers(0, 249))
def test_the_time_shown_leads_back_to_the_frame(frame: int) -> None:
    assert find_place(clock(float(EVEN[frame] - EVEN[0])), 0, EVEN) == frame


@pytest.mark.quick
def test_clock() -> None:
    assert clock(4.2) == "0:04.200"
    assert clock(59.9999) == "1:00.000"
    assert clock(3723) == "1:02:03.000"


def test_the_dialog_says_what_it_understands(qtbot: QtBot) -> None:
    dialog = JumpDialog(50, EVEN)
    qtbot.addWidget(dialog)
    assert dialog.choice() == 50
    dialog.place.setText("+25")
    assert dialog.choice() == 75
    assert dialog.said == "Frame 75 of 0–249, 0:03.000 from the start"
    dialog.place.setText("nowhere")
    assert dialog.choice() is None
    assert not dialog.do.isEnabled()
    assert dialog.said == "That is no frame of this clip."


def test_enter_goes_and_escape_leaves(qtbot: QtBot) -> None:
    for key, code in (
        (Qt.Key.Key_Return, JumpDialog.DialogCode.Accepted),
        (Qt.Key.Key_Escape, JumpDialog.DialogCode.Rejected),
    ):
        dialog = JumpDialog(50, EVEN)
        qtbot.addWidget(dialog)
        dialog.show()
        with qtbot.waitSignal(dialog.finished) as done:
            qtbot.keyClicks(dialog.place, "7")
            qtbot.keyClick(dialog.place, key)
        assert done.args == [code.value]
