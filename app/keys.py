"""The help sheet of keys, made from the table of actions."""

from __future__ import annotations

from itertools import combinations, pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from . import theme
from .actions import ACTIONS, MENUS
from .dialogs.form import fit_to_screen
from .shortcuts import all_keys

ARROWS = (
    ("Arrows", "Nudge the joint by a pixel"),
    ("Shift + arrows", "Nudge it by ten"),
    ("Left, Right", "No joint chosen: a frame"),
    ("Shift + Left, Right", "No joint chosen: a long step"),
)
"""Said in four lines what the table needs eight actions for."""

CALLED = (
    ("4, 5, 6, 7", "Head, shoulder, elbow, wrist"),
    ("8, 9, 0", "Hip, knee, ankle"),
    ("The same again", "Its other side"),
)
"""Keys that call a joint by its name, which the next click places."""

POINTER = (
    ("Wheel", "Zoom at the cursor"),
    ("Space + drag", "Move the view"),
    ("Drag", "Put a joint where it belongs"),
    ("Ctrl + drag", "Move a person"),
    ("Drag a limb or tag", "Move a person"),
    ("Drag a corner", "Scale the pose"),
    ("Drag the ring above", "Turn the pose"),
    ("Alt + wheel", "Turn the pose"),
    ("Alt + Shift + wheel", "Scale the pose"),
    ("Shift + drag", "Choose joints by a band"),
    ("Shift + click", "Choose one joint more"),
    ("Click again", "The joint beneath"),
    ("Middle drag", "Move the view"),
    ("Right click", "Place Joints: a hidden joint"),
)
"""What the pointer does; not in the table because it has no keys."""

COLUMNS = 4
"""So many at most: as many as there is room for."""
MARGIN = 24


class KeySheet(QDialog):
    """Every key, by menu, in columns."""

    CHANGE = 2
    """The result code of the button that leads to changing them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setModal(True)
        fit_to_screen(self, QSize(1320, 680))
        room = (
            self.width()
            - 2 * MARGIN
            - self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        )
        sheets = (_sheet(columns) for columns in range(COLUMNS, 0, -1))
        inside = next(sheet for sheet in sheets if sheet.sizeHint().width() <= room)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.change = buttons.addButton("Change keys…", QDialogButtonBox.ButtonRole.ResetRole)
        self.change.setAutoDefault(False)
        self.change.clicked.connect(lambda: self.done(self.CHANGE))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(MARGIN, MARGIN, MARGIN, 16)
        whole.setSpacing(16)
        whole.addWidget(area)
        whole.addWidget(buttons)


Rows = list[tuple[str, str]]


def _sheet(columns: int) -> QWidget:
    """All keys in so many columns."""
    row = QHBoxLayout()
    row.setSpacing(24)
    for groups in _spread(_groups(), columns):
        column = QVBoxLayout()
        column.setSpacing(24)
        for title, rows in groups:
            column.addLayout(_group(title, rows))
        column.addStretch(1)
        row.addLayout(column, 1)
    sheet = QWidget()
    sheet.setLayout(row)
    return sheet


def _groups() -> list[tuple[str, Rows]]:
    """(menu, [(keys, what)]) of everything that has a key, and the pointer."""
    groups = []
    for menu in MENUS:
        listed = [one for one in ACTIONS if one.menu == menu and (one.listed or one.id == "escape")]
        rows = [(all_keys(one), one.text.removesuffix("…")) for one in listed]
        groups.append((menu, [row for row in rows if row[0]]))
    groups += [
        ("Arrows", list(ARROWS)),
        ("Call a joint", list(CALLED)),
        ("Pointer", list(POINTER)),
    ]
    return [(title, rows) for title, rows in groups if rows]


def _spread(groups: list[tuple[str, Rows]], columns: int) -> list[list[tuple[str, Rows]]]:
    """Groups in columns, in order, with the longest column as short as it can be."""
    heights = [len(rows) + 2 for _, rows in groups]
    spans = [
        list(pairwise((0, *cuts, len(groups))))
        for cuts in combinations(range(1, len(groups)), columns - 1)
    ]
    best = min(spans, key=lambda span: max(sum(heights[start:stop]) for start, stop in span))
    return [groups[start:stop] for start, stop in best]


def _group(title: str, rows: Rows) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(4)
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
