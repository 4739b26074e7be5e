"""Keys of one's own: one place decides them, everything that shows or binds a key follows, nothing breaks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

import app
from app.actions import ACTIONS, BY_ID
from app.dialogs.shortcuts import ShortcutDialog
from app.keys import KeySheet
from app.settings import settings
from app.shortcuts import all_keys, editable, in_use, portable, shortcuts, spelled

from .conftest import Build, Studio, wait_for

_IN_BACKQUOTES = re.compile(r"`([^`]+)`")


@pytest.fixture(autouse=True)
def usual_keys() -> Iterator[None]:
    """Keys are the program's, not a window's: put them back."""
    yield
    shortcuts.reset_all()


@pytest.fixture
def sheet(studio: Studio) -> ShortcutDialog:
    """The dialog of keys over an open clip."""
    dialog = ShortcutDialog(studio.window)
    dialog.show()
    return dialog


def choose(dialog: ShortcutDialog, action: str) -> None:
    dialog.tree.setCurrentItem(dialog._items[action])


def press(dialog: ShortcutDialog, key: Qt.Key) -> None:
    dialog.change.click()
    QTest.keyClick(dialog.catcher, key)


def test_a_new_key_holds_at_once_and_after_a_restart(
    build_studio: Build, video: Path, studio: Studio
) -> None:
    dialog = ShortcutDialog(studio.window)
    dialog.show()
    choose(dialog, "tool_box")
    press(dialog, Qt.Key.Key_F9)
    assert dialog.said == "Box is F9 now."
    dialog.close()
    studio.key(Qt.Key.Key_F9)
    assert studio.canvas.tool.name == "box"
    button = next(b for b in studio.window.findChildren(QLabel) if b.text() == "F9")
    assert button.property("role") == "key", "the hint of the first clip shows it, too"
    assert "(F9)" in studio.window.bound["tool_box"].toolTip()
    assert studio.window.people.empty_text is not None
    assert "or F9 to draw a box" in studio.window.people.empty_text
    key_sheet = KeySheet(studio.window)
    assert "F9" in {label.text() for label in key_sheet.findChildren(QLabel)}
    studio.close()
    shortcuts.reset_all()  # what the first window still holds in memory must not be what the second shows
    settings().setValue("keys/tool_box", "F9")
    again = build_studio(video)
    wait_for(lambda: again.session.project is not None, "the project")
    again.wait_for_picture()
    again.key(Qt.Key.Key_F9)
    assert again.canvas.tool.name == "box"


def test_a_conflict_is_named_before_anything_is_taken(sheet: ShortcutDialog) -> None:
    choose(sheet, "step_back")
    press(sheet, Qt.Key.Key_D)
    assert sheet.said == "D is Next Frame: take it from there?"
    assert shortcuts.of("step_on") == ("D", "."), "nothing is taken yet"
    sheet.leave.click()
    assert shortcuts.of("step_back") == ("A", ",")
    press(sheet, Qt.Key.Key_D)
    sheet.take.click()
    assert (shortcuts.of("step_back"), shortcuts.of("step_on")) == (("D",), (".",))
    assert sheet.said == "Previous Frame is D now. Next Frame keeps “.”."
    sheet.reset.click()
    assert shortcuts.of("step_back") == ("A", ",")
    assert shortcuts.of("step_on") == (".",), (
        "D was taken, and stays nobody's until it is given back"
    )


def test_every_key_can_be_caught_and_escape_gives_up(sheet: ShortcutDialog) -> None:
    choose(sheet, "merge_people")
    press(sheet, Qt.Key.Key_Escape)
    assert shortcuts.of("merge_people") == ()
    press(sheet, Qt.Key.Key_Left)
    assert "choose another key" in sheet.said
    sheet.change.click()
    QTest.keyClick(sheet.catcher, Qt.Key.Key_Shift)
    QTest.keyClick(sheet.catcher, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert shortcuts.of("merge_people") == ("Alt+Enter", "Alt+Return"), "both keys of that name"
    assert all_keys(BY_ID["merge_people"]) == "Alt+Enter"
    choose(sheet, "swap_people")
    press(sheet, Qt.Key.Key_Tab)
    assert sheet.said == "Tab is Next Joint: take it from there?"


@pytest.mark.parametrize(
    "nonsense",
    [
        "[keys]\nstep_on=Ctrl+Nonsense\nstep_back=@Invalid()\nescape=Q\n",
        "[keys\nstep_on\x00=\x01\x02",
        "[keys]\nstep_on=D\nstep_back=D\ntool_box=D\n",
    ],
)
def test_broken_settings_never_stop_the_app(
    build_studio: Build, video: Path, nonsense: str
) -> None:
    where = Path(settings().fileName())
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text(nonsense)
    studio = build_studio(video)
    wait_for(lambda: studio.session.project is not None, "the project")
    keys = [portable(key) for action in ACTIONS for key in shortcuts.of(action.id)]
    assert len(keys) == len(set(keys)), "no key does two things"
    assert shortcuts.of("escape") == ("Esc",)
    for action in ACTIONS:
        assert editable(action) or shortcuts.of(action.id) == action.keys


def test_keys_in_sentences_are_those_of_the_table() -> None:
    """A key in backquotes that no action has would stay as it is when the key changes."""
    known = {portable(key) for action in ACTIONS for key in action.keys}
    for path in sorted(Path(app.__file__).parent.rglob("*.py")):
        if path.name == "shortcuts.py":  # its pattern is in backquotes
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named = set() if id(node) in docs else set(_IN_BACKQUOTES.findall(node.value))
                assert named <= known, path


def test_a_sentence_names_the_menu_where_no_key_is_left(studio: Studio) -> None:
    assert spelled("press `B` to draw") == "press B to draw"
    shortcuts.give("tool_box", ())
    assert in_use("B") == "Edit → Box"
    assert in_use("Shift") == "Shift", "no action's key"
    shortcuts.reset_all()
    assert spelled("press `B` to draw") == "press B to draw"
