"""The help sheet of keys, made from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from . import theme
from .actions import ACTIONS, MENUS, Action

POINTER = (
    ("Wheel", "Zoom at the cursor"),
    ("Middle drag, Space + drag", "Move the view"),
    ("Drag a joint", "Put it where it belongs"),
    ("Drag a name tag, Ctrl + drag", "Move a whole person"),
    ("Right click with J", "Place a hidden joint"),
)
"""What the pointer does; not in the table because it has no keys."""

COLUMNS = 3


class KeySheet(QDialog):
    """Every key, by menu, in columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setModal(True)
        self.resize(1080, 680)
        columns = QHBoxLayout()
        columns.setSpacing(40)
        for groups in _spread(_groups(), COLUMNS):
            column = QVBoxLayout()
            column.setSpacing(24)
            for title, rows in groups:
                column.addLayout(_group(title, rows))
            column.addStretch(1)
            columns.addLayout(column, 1)
        inside = QWidget()
        inside.setLayout(columns)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 24, 24, 16)
        whole.setSpacing(16)
        whole.addWidget(area)
        whole.addWidget(buttons)


Rows = list[tuple[str, str]]


def _groups() -> list[tuple[str, Rows]]:
    """(menu, [(keys, what)]) of everything that has a key, and the pointer."""
    groups = []
    for menu in MENUS:
        rows = [(all_keys(one), one.text.removesuffix("…")) for one in ACTIONS if one.menu == menu]
        groups.append((menu, [row for row in rows if row[0]]))
    return [(title, rows) for title, rows in groups if rows] + [("Pointer", list(POINTER))]


def all_keys(action: Action) -> str:
    """Every key of an action as this system writes it: "A or ,"."""
    native = QKeySequence.SequenceFormat.NativeText
    names = [QKeySequence(key).toString(native) for key in action.keys]
    shown = [name for name in dict.fromkeys(names) if name not in ("Enter", "Shift+Enter")]
    return " or ".join(shown)


def _spread(groups: list[tuple[str, Rows]], columns: int) -> list[list[tuple[str, Rows]]]:
    """Groups in columns of about equal height, in order."""
    total = sum(len(rows) + 2 for _, rows in groups)
    spread: list[list[tuple[str, Rows]]] = [[] for _ in range(columns)]
    height = 0
    for title, rows in groups:
        middle = height + (len(rows) + 2) / 2
        spread[min(int(middle * columns / total), columns - 1)].append((title, rows))
        height += len(rows) + 2
    return spread


def _group(title: str, rows: Rows) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    heading = QLabel(title.upper())
    heading.setFont(theme.heading_font())
    heading.setProperty("role", "quiet")
    grid.addWidget(heading, 0, 0, 1, 2)
    for at, (keys, what) in enumerate(rows, start=1):
        key = QLabel(keys)
        key.setFont(theme.aside_font())
        key.setProperty("role", "quiet")
        key.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(QLabel(what), at, 0)
        grid.addWidget(key, at, 1)
    grid.setColumnStretch(0, 1)
    return grid
