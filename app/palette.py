"""The palette: any action by typing part of its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from .actions import BY_ID
from .shortcuts import key_text
from .theme import PALETTE, aside_font

KEY_ROLE = Qt.ItemDataRole.UserRole + 1
MENU_ROLE = Qt.ItemDataRole.UserRole + 2
_KEY_ROOM = 124
"""Room at the right for the keys; the name of the menu ends before it."""
LETTERS_ONLY = 3
"""The worst fit: the letters of the query occur in order."""


def match(query: str, text: str) -> int | None:
    """How well ``text`` fits ``query``: 0 is best, ``None`` not at all.

    Every word of the query must begin a word of the text, or at least stand in it; failing that, its
    letters must occur in order.
    """
    text, words = text.lower(), query.lower().split()
    begins = [any(part.startswith(word) for part in text.split()) for word in words]
    if all(begins):
        return 0 if not words or text.startswith(words[0]) else 1
    if all(word in text for word in words):
        return 2
    letters = iter(text)
    return LETTERS_ONLY if all(letter in letters for letter in "".join(words)) else None


def ranked(query: str, texts: Sequence[str]) -> list[int]:
    """Places of the texts that fit, best first; equals stay in order.

    Texts that have only the letters in common are offered where nothing fits better.
    """
    scored = [(match(query, text), at) for at, text in enumerate(texts)]
    fitting = sorted((score, at) for score, at in scored if score is not None)
    best = fitting[0][0] if fitting else 0
    return [at for score, at in fitting if score < LETTERS_ONLY or best == LETTERS_ONLY]


class _KeyAtTheRight(QStyledItemDelegate):
    """An entry's icon and name as usual, and quieter at the right its menu and its key."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setFont(aside_font())
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QColor(PALETTE.bright if chosen else PALETTE.quiet))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(option.rect.adjusted(0, 0, -12, 0), flags, index.data(KEY_ROLE))
        menu = option.rect.adjusted(0, 0, -_KEY_ROOM, 0)
        painter.drawText(menu, flags, index.data(MENU_ROLE))
        painter.restore()


def _blank() -> QIcon:
    """Keeps names in line where there is no icon."""
    pixmap = QPixmap(16, 16)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


class Palette(QDialog):
    """A line to type in, and the actions that fit."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Search actions")
        self.setModal(True)
        self.resize(560, 440)
        self._actions = [one for one in actions if one.objectName() != "palette"]
        self.line = QLineEdit()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setProperty("role", "choices")
        self.list.setIconSize(QSize(16, 16))
        self.list.setItemDelegate(_KeyAtTheRight(self.list))
        self._none = QLabel(
            "Nothing is called that. Try one word of it, such as “accept” or “person”."
        )
        self._none.setWordWrap(True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._none.setProperty("role", "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.line)
        layout.addWidget(self._none, 1)
        layout.addWidget(self.list, 1)
        self.line.textChanged.connect(self._fill)
        self.line.returnPressed.connect(self._take)
        self.list.itemClicked.connect(self._take)
        self._fill("")

    def chosen(self) -> QAction | None:
        """The action in the chosen row, if it is possible now."""
        item = self.list.currentItem()
        if item is None:
            return None
        action = self._actions[item.data(Qt.ItemDataRole.UserRole)]
        return action if action.isEnabled() else None

    def _fill(self, query: str) -> None:
        self.list.clear()
        texts = [action.text().replace("&", "").removesuffix("…") for action in self._actions]
        places = ranked(query, texts)
        for at in sorted(places, key=lambda at: not self._actions[at].isEnabled()):
            action = self._actions[at]
            entry = BY_ID[action.objectName()]
            key = key_text(entry)
            item = QListWidgetItem(texts[at])
            item.setIcon(action.icon() if entry.icon else _blank())
            item.setData(Qt.ItemDataRole.UserRole, at)
            item.setData(KEY_ROLE, key)
            item.setData(MENU_ROLE, entry.menu)
            if not action.isEnabled():
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._none.setVisible(not places)
        self.list.setVisible(bool(places))

    def _take(self, *_: object) -> None:
        if self.chosen() is not None:
            self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)


def choose_action(actions: Sequence[QAction], parent: QWidget) -> QAction | None:
    """Ask for an action; ``None`` if the person went away."""
    dialog = Palette(actions, parent)
    try:
        return dialog.chosen() if dialog.exec() == Palette.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()
