"""Which doubts the review list shows: three fields above it that a hand at the keyboard can reach and leave."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionViewItem,
    QStylePainter,
    QWidget,
)

from glpose_core.review import TAGS
from glpose_core.skeleton import POSETRACK17

from ..palette import ranked
from ..theme import GRID, PALETTE, aside_font
from ..workers.reviewing import shares
from .panel import MARGIN

if TYPE_CHECKING:
    from ..reviewing import Reviewing

COUNT_ROLE = Qt.ItemDataRole.UserRole + 1
TYPING_S = 1.0
"""Letters that follow one another so closely are one word."""
FRAME = 32
"""Pixels of a field beside its words: borders, and the arrow."""
LEAST, MOST = 44, 120
"""Pixels of words that a field has room for at least, and those that it does not ask to have more than."""
_TAKES = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CLEARS = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_WALKS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_OWN = (
    *_TAKES,
    *_CLEARS,
    *_WALKS,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
)
_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class Filter(QComboBox):
    """A field whose keys are its own while the keyboard is in it; elsewhere they would nudge a joint.

    Up and Down choose, letters choose what has a word that begins so, Backspace clears, Left and Right go to
    the field beside. The first entry names the field, and means all.
    """

    walked = Signal(int)
    """To the field before (−1) or behind (1)."""
    taken = Signal()
    """Enter: this is what is to be looked at."""
    left = Signal()
    """Escape: back to the picture."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._typed, self._typed_at = "", 0.0
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFont(aside_font())
        self.setProperty("role", "compact")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setItemDelegate(_CountAtTheRight(self))
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.addItem(name, None)

    def count_entries(self, counts: Mapping[int, int]) -> None:
        """Say beside each entry how many doubts it would leave; arrows pass over those that leave none."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for at in range(1, self.count()):
            count = counts.get(self.itemData(at), 0)
            self.setItemData(at, count, COUNT_ROLE)
            model.item(at).setEnabled(count > 0 or at == self.currentIndex())

    def needed(self) -> int:
        """Pixels of width in which all that may be said here can be read; of a heading alone if that is said."""
        metrics = self.fontMetrics()
        said = range(self.count()) if self.currentIndex() > 0 else range(1)
        words = max(metrics.horizontalAdvance(self.itemText(at)) for at in said)
        return min(max(words, LEAST), MOST) + FRAME

    # -- keys ----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and (event.key() in _OWN or _is_written(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in _TAKES:
            self.taken.emit()
        elif key in _WALKS:
            self.walked.emit(_WALKS[key])
        elif key in _CLEARS:
            self._choose(0)
        elif _is_written(event) and (event.text() != " " or self._in_a_word()):
            self._search(event.text())
        else:  # a space that is no part of a word opens the list
            super().keyPressEvent(event)

    def _in_a_word(self) -> bool:
        return time.monotonic() - self._typed_at < TYPING_S

    def _search(self, letters: str) -> None:
        self._typed = self._typed + letters if self._in_a_word() else letters
        self._typed_at = time.monotonic()
        there = [at for at in range(1, self.count()) if self.model().index(at, 0).flags() & _ON]
        found = ranked(self._typed.strip(), [self.itemText(at) for at in there])
        if found:
            self._choose(there[found[0]])

    def _choose(self, at: int) -> None:
        self.setCurrentIndex(at)
        self.activated.emit(at)

    # -- look ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = option.fontMetrics.elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


_ON = Qt.ItemFlag.ItemIsEnabled


def _is_written(event: QKeyEvent) -> bool:
    """Whether a key writes a character, and gives no command."""
    return bool(event.text()) and event.text().isprintable() and not event.modifiers() & _COMMANDS


class _CountAtTheRight(QStyledItemDelegate):
    """An entry, and quieter at the right how many doubts it would leave."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        count = index.data(COUNT_ROLE)
        if not count:
            return
        painter.save()
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(option.rect.adjusted(0, 0, -GRID, 0), flags, str(count))
        painter.restore()


class ReviewFilters(QWidget):
    """The three fields in one line, or in two where what they say would not have room.

    Attributes:
        reasons, people, joints: the fields.
    """

    taken = Signal()
    left = Signal()

    def __init__(self, reviewing: Reviewing) -> None:
        super().__init__()
        self._reviewing = reviewing
        self.reasons = Filter("Reason", "All reasons, or only what is doubted for one")
        self.people = Filter("Person", "Everybody, or one person")
        self.joints = Filter("Joint", "All joints, or one")
        self.boxes = (self.reasons, self.people, self.joints)
        for reason, tag in TAGS.items():
            self.reasons.addItem(tag, int(reason))
        for joint, name in enumerate(POSETRACK17.joints):
            if not name.endswith("_ear"):
                self.joints.addItem(name.replace("_", " "), joint)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(MARGIN, GRID, MARGIN, GRID)
        self._grid.setSpacing(GRID // 2)
        self._lines: tuple[tuple[Filter, ...], ...] = ()
        for at, box in enumerate(self.boxes):
            box.activated.connect(self.narrow)
            box.taken.connect(self.taken)
            box.left.connect(self.left)
            box.walked.connect(lambda way, at=at: self._walk(at + way))
        self._arrange()

    def take_keyboard(self) -> None:
        """Bring the keyboard to the first field in which something is chosen, or to the first of all."""
        chosen = [box for box in self.boxes if box.currentIndex() > 0]
        (chosen or self.boxes)[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def has_keyboard(self) -> bool:
        """Whether one of the fields has the keyboard."""
        return any(box.hasFocus() for box in self.boxes)

    def _walk(self, to: int) -> None:
        self.boxes[to % len(self.boxes)].setFocus(Qt.FocusReason.TabFocusReason)

    def fill_people(self) -> None:
        """The people there are now; the one who is chosen here stays chosen."""
        chosen = self._reviewing.person
        while self.people.count() > 1:
            self.people.removeItem(1)
        session = self._reviewing.session
        for person in session.people():
            self.people.addItem(session.person_name(person.id), person.id)
        self.people.setCurrentIndex(max(self.people.findData(chosen), 0))
        self.narrow()
        self.count()

    def narrow(self) -> None:
        """Have the list show what is chosen."""
        self._arrange()
        self._reviewing.narrow(*(box.currentData() for box in self.boxes))

    def count(self) -> None:
        """Say beside every entry how many doubts it would leave."""
        found = shares(self._reviewing.all, *(box.currentData() for box in self.boxes))
        for box, counts in zip(
            self.boxes, (found.reasons, found.people, found.joints), strict=True
        ):
            box.count_entries(counts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        needed = [box.needed() for box in self.boxes]
        gaps = (len(self.boxes) - 1) * self._grid.spacing()
        fits = sum(needed) + gaps <= self.width() - 2 * MARGIN
        lines = (self.boxes,) if fits else (self.boxes[:2], self.boxes[2:])
        for at, wide in enumerate(needed):
            self._grid.setColumnStretch(at, wide if len(lines) == 1 or at < 2 else 0)
        if lines == self._lines:
            return
        self._lines = lines
        for row, line in enumerate(lines):
            for column, box in enumerate(line):
                across = 2 if len(line) == 1 else 1
                self._grid.addWidget(box, row, column, 1, across)
