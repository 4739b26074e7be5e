"""Changing keys: choose an action, press the new key. A conflict is named before anything is taken."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..actions import ACTIONS, BY_ID, MENUS, Action
from ..palette import ranked
from ..shortcuts import Keys, all_keys, editable, native, shortcuts
from ..theme import GRID, PALETTE, reading_font
from .form import fit_to_screen, medium, quiet, wrapped
from .messages import ask

INTRO = "Choose an action and press Enter, then the new key. It holds at once, everywhere."
_ID = Qt.ItemDataRole.UserRole
_BARE = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_unknown,
)
_TWINS: dict[str, str] = {"Return": "Enter", "Enter": "Return"}


def name_of(action: Action) -> str:
    """An action's name in a sentence."""
    return action.text.removesuffix("…")


def pressed(event: QKeyEvent) -> str:
    """The key of a press in Qt's portable form; "" for a modifier alone."""
    key, modifiers = Qt.Key(event.key()), event.modifiers()
    if key in _BARE:
        return ""
    if key == Qt.Key.Key_Backtab:
        return "Shift+Tab"
    modifiers &= ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(int(key) | modifiers.value).toString(
        QKeySequence.SequenceFormat.PortableText
    )


def with_twin(key: str) -> Keys:
    """A key and, for one of the two Enter keys, the other."""
    head, plus, last = key.rpartition("+")
    twin = _TWINS.get(last)
    return (key,) if twin is None else (f"{head}{plus}Enter", f"{head}{plus}Return")


def _quoted(keys: str) -> str:
    """Keys in a sentence: a full stop alone would be read as its end."""
    return f"“{keys}”" if len(keys) == 1 and not keys.isalnum() else keys


class KeyCatcher(QLabel):
    """Has the keyboard while a new key is awaited: every key is a key here, Tab and Enter included."""

    caught = Signal(str)
    """A key in Qt's portable form; "" if Escape or a click elsewhere gave up."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(reading_font())
        self.setWordWrap(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                key = "" if event.key() == Qt.Key.Key_Escape else pressed(event)
                if key or event.key() == Qt.Key.Key_Escape:
                    self.caught.emit(key)
                return True
        elif event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.caught.emit("")
        return super().event(event)


class ShortcutDialog(QDialog):
    """All actions by menu with their keys, and below them what is going on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Change Keys")
        self.setModal(True)
        self._adding = self._waiting = False
        self._claim: tuple[str, Keys] | None = None
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find an action, or a key")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._sift)
        self.tree = self._make_tree()
        self.saying = wrapped(INTRO)
        self.catcher = KeyCatcher()
        self.catcher.caught.connect(self._catch)
        self.question = wrapped("")
        self.take = self._button("Take it", self._take)
        self.leave = self._button("Leave it there", self._leave)
        self.change = self._button("Change…", self._change)
        self.add = self._button("Add another…", lambda: self._change(adding=True))
        self.remove = self._button("No key", self._remove)
        self.reset = self._button("Reset", self._reset)
        self._lay_out()
        self._fill()
        shortcuts.changed.connect(self._show_keys)
        fit_to_screen(self, QSize(560, 720))
        self.tree.setFocus()

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName("Actions and their keys")
        tree.setHeaderHidden(True)
        tree.setColumnCount(2)
        tree.setRootIsDecorated(False)
        tree.setIndentation(GRID)
        tree.setStyleSheet("QTreeView::item { border-radius: 0; }")  # one bar over both columns
        tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        tree.currentItemChanged.connect(lambda *_: self._allow())
        tree.itemActivated.connect(lambda *_: self._change())
        return tree

    def _button(self, text: str, does: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(does)
        return button

    def _lay_out(self) -> None:
        asking = QWidget()
        line = QHBoxLayout(asking)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID)
        line.addWidget(self.question, 1)
        line.addWidget(self.take)
        line.addWidget(self.leave)
        self._foot = QStackedWidget()
        self._foot.setFixedHeight(40)
        for page in (self.saying, self.catcher, asking):
            self._foot.addWidget(page)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for button in (self.change, self.add, self.remove, self.reset):
            row.addWidget(button)
        row.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.reset_all = buttons.addButton("Reset all…", QDialogButtonBox.ButtonRole.ResetRole)
        self.reset_all.setAutoDefault(False)
        self.reset_all.clicked.connect(self._reset_all)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        outer.setSpacing(12)
        outer.addWidget(self.filter)
        outer.addWidget(self.tree, 1)
        outer.addWidget(self._foot)
        outer.addLayout(row)
        outer.addWidget(quiet("Escape, the arrows and the space bar do the same thing everywhere."))
        outer.addWidget(buttons)

    def _fill(self) -> None:
        self._items: dict[str, QTreeWidgetItem] = {}
        self._headings: list[QTreeWidgetItem] = []
        for menu in MENUS:
            heading = QTreeWidgetItem([menu])
            heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
            heading.setFont(0, medium())
            heading.setForeground(0, QColor(PALETTE.quiet))
            self.tree.addTopLevelItem(heading)
            self._headings.append(heading)
            for action in ACTIONS:
                if action.menu == menu and editable(action):
                    item = QTreeWidgetItem([name_of(action), ""])
                    item.setData(0, _ID, action.id)
                    item.setToolTip(0, action.tip.replace("`", ""))
                    heading.addChild(item)
                    self._items[action.id] = item
        self.tree.expandAll()
        self._show_keys()
        self.tree.setCurrentItem(next(iter(self._items.values())))

    def _show_keys(self) -> None:
        for name, item in self._items.items():
            other = shortcuts.differs(name)
            item.setText(1, all_keys(BY_ID[name]) or ("no key" if other else ""))
            item.setForeground(1, QColor(PALETTE.focus if other else PALETTE.text))
            item.setFont(1, medium() if other else reading_font())
            usual = " or ".join(map(native, BY_ID[name].keys)) or "no key"
            item.setToolTip(1, f"Yours; before it was {usual}" if other else "")
        self._allow()

    def _sift(self, query: str) -> None:
        """Show the actions whose name or key fits."""
        names = list(self._items)
        texts = [f"{name_of(BY_ID[name])} {all_keys(BY_ID[name])}" for name in names]
        fitting = {names[at] for at in ranked(query, texts)}
        for name, item in self._items.items():
            item.setHidden(name not in fitting)
        for heading in self._headings:
            children = [heading.child(row) for row in range(heading.childCount())]
            heading.setHidden(all(child is None or child.isHidden() for child in children))
        first = next((item for item in self._items.values() if not item.isHidden()), None)
        current = self.tree.currentItem()
        if first is not None and (current is None or current.isHidden()):
            self.tree.setCurrentItem(first)
        self._allow()

    @property
    def chosen(self) -> str | None:
        """The id of the chosen action, or ``None``."""
        item = self.tree.currentItem()
        return None if item is None or item.isHidden() else item.data(0, _ID)

    def say(self, sentence: str) -> None:
        """Say what was done, or what to do."""
        self.saying.setText(sentence)
        self._foot.setCurrentWidget(self.saying)

    @property
    def said(self) -> str:
        """What the line below the list says now."""
        page = self._foot.currentWidget()
        return page.text() if isinstance(page, QLabel) else self.question.text()

    def _allow(self) -> None:
        chosen = self.chosen
        keys = () if chosen is None else shortcuts.of(chosen)
        self.change.setEnabled(chosen is not None)
        self.add.setEnabled(bool(keys))
        self.remove.setEnabled(bool(keys))
        self.reset.setEnabled(chosen is not None and shortcuts.differs(chosen))

    # -- what the buttons do -------------------------------------------------------------------

    def _change(self, *, adding: bool = False) -> None:
        """Wait for the new key of the chosen action."""
        if self.chosen is None:
            return
        self._adding, self._waiting = adding, True
        which = "another key" if adding else "the new key"
        self.catcher.setText(
            f"Press {which} for {name_of(BY_ID[self.chosen])}. Escape leaves it as it is."
        )
        self._foot.setCurrentWidget(self.catcher)
        self.catcher.setFocus()

    def _catch(self, key: str) -> None:
        """A key was pressed for the chosen action, or none after all."""
        chosen = self.chosen
        if not self._waiting or chosen is None:
            return
        self._waiting = False  # turning the page takes the focus away, which would give up
        if not key:
            self._done(INTRO)
            return
        keys = with_twin(key)
        owner = shortcuts.owner(key)
        if self._adding:
            keys = tuple(dict.fromkeys((*shortcuts.of(chosen), *keys)))
        if owner is None or owner.id == chosen:
            self._give(chosen, keys)
        elif not editable(owner):
            self._done(f"{_quoted(native(key))} is {name_of(owner)}, always: choose another key.")
        else:
            self._claim = (chosen, keys)
            self.question.setText(
                f"{_quoted(native(key))} is {name_of(owner)}: take it from there?"
            )
            self._foot.setCurrentIndex(2)
            self.leave.setFocus()

    def _take(self) -> None:
        if self._claim is not None:
            self._give(*self._claim)

    def _leave(self) -> None:
        self._done(INTRO)

    def _remove(self) -> None:
        if self.chosen is not None:
            self._give(self.chosen, ())

    def _reset(self) -> None:
        if self.chosen is not None:
            self._give(self.chosen, BY_ID[self.chosen].keys)

    def _reset_all(self) -> None:
        if ask(
            self,
            "Reset all keys?",
            "Every action gets its own key back.",
            yes="Reset all",
            no="Keep mine",
            sure=False,
        ):
            shortcuts.reset_all()
            self._done("Every action has its own key again.")

    def _give(self, action: str, keys: Keys) -> None:
        losers = shortcuts.give(action, keys)
        now = _quoted(all_keys(BY_ID[action]))
        sentence = f"{name_of(BY_ID[action])} is {now} now." if now else ""
        sentence = sentence or f"{name_of(BY_ID[action])} has no key now."
        for loser in losers:
            left = _quoted(all_keys(loser))
            sentence += f" {name_of(loser)} " + (f"keeps {left}." if left else "has no key now.")
        self._done(sentence)

    def _done(self, sentence: str) -> None:
        self._claim = None
        self.say(sentence)
        self.tree.setFocus()


def change_keys(parent: QWidget | None = None) -> None:
    """Show the dialog; what is changed there holds at once."""
    dialog = ShortcutDialog(parent)
    try:
        dialog.exec()
    finally:
        dialog.deleteLater()
