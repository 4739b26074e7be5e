"""Shows what the window has said, the latest first, whole and with its remedy."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..notices import Notice, split_remedy
from ..theme import GRID, PALETTE, aside_font, icon
from .form import fit_to_screen, quiet, wrapped

SIGNS = {
    "info": ("info", PALETTE.quiet),
    "warning": ("warning", PALETTE.middling),
    "error": ("error", PALETTE.doubt),
}
WORDS = {"info": "Note", "warning": "Warning", "error": "Error"}
NOTHING = "Nothing has been said yet."


class NoticesDialog(QDialog):
    """The list of messages, with the log a button away."""

    def __init__(self, said: Iterable[Notice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Messages")
        self.setModal(True)
        latest_first = list(said)[::-1]
        self.text = "\n".join(
            f"{one.at:%H:%M:%S} {WORDS[one.level]}: {one.sentence}" for one in latest_first
        )
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(_lines(latest_first))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        outer.setSpacing(2 * GRID)
        outer.addWidget(area, 1)
        outer.addWidget(self._buttons())
        fit_to_screen(self, QSize(640, 440))

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        close = QPushButton("Close")
        close.setDefault(True)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        copy = QPushButton("Copy all")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        copy.setEnabled(bool(self.text))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ResetRole)
        self.log = QPushButton("Show log folder")
        self.log.setAutoDefault(False)
        buttons.addButton(self.log, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.rejected.connect(self.reject)
        close.setFocus()
        return buttons


def _lines(said: list[Notice]) -> QWidget:
    inside = QWidget()
    grid = QGridLayout(inside)
    grid.setContentsMargins(0, 0, GRID, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(12)
    grid.setColumnStretch(2, 1)
    top = Qt.AlignmentFlag.AlignTop
    if not said:
        grid.addWidget(quiet(NOTHING), 0, 0, 1, 3)
    for at, one in enumerate(said):
        clock = QLabel(f"{one.at:%H:%M:%S}")
        clock.setFont(aside_font())
        clock.setProperty("role", "quiet")
        clock.setContentsMargins(0, 2, 0, 0)
        name, tint = SIGNS[one.level]
        sign = QLabel()
        sign.setPixmap(icon(name, tint).pixmap(QSize(16, 16)))
        sign.setAccessibleName(WORDS[one.level])
        what, remedy = split_remedy(one.sentence)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        for line in [wrapped(what), *([quiet(remedy)] if remedy else [])]:
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            # By the height at the real width; a label's own guess would scroll for nothing.
            line.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
            words.addWidget(line)
        grid.addWidget(clock, at, 0, top)
        grid.addWidget(sign, at, 1, top)
        grid.addLayout(words, at, 2)
    grid.setRowStretch(len(said), 1)
    return inside


def show_notices(said: Iterable[Notice], parent: QWidget | None, open_log: object) -> None:
    """Show the dialog; ``open_log`` is called by its button."""
    dialog = NoticesDialog(said, parent)
    dialog.log.clicked.connect(open_log)
    try:
        dialog.exec()
    finally:
        dialog.deleteLater()
