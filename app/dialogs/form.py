"""The frame that all dialogs share: an explanation, rows of fields, a live note, and two buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..theme import GRID, PALETTE, RADIUS, aside_font, icon, reading_font

LABEL_WIDTH = 88
WIDTH = 560
FIELD_HEIGHT = 30
TITLE_BAR = 32
"""About what a desktop puts above a dialog."""


class Form(QDialog):
    """A dialog of labelled rows. Enter does it, Escape leaves it, Alt with an underlined letter jumps.

    Subclasses add rows with :meth:`row`, and call :meth:`note` and :meth:`allow` as choices change.
    """

    def __init__(
        self, title: str, intro: str = "", action: str = "OK", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self._width = WIDTH
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        outer.setSpacing(2 * GRID)
        outer.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        if intro:
            outer.addWidget(quiet(intro))
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(2 * GRID)
        self._rows.setVerticalSpacing(GRID + 4)
        self._rows.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._rows.setColumnStretch(1, 1)
        outer.addLayout(self._rows)
        self._note = Note()
        self._note.hide()
        outer.addWidget(self._note)
        outer.addStretch(1)
        self.buttons = QDialogButtonBox()
        self.do = QPushButton(action)
        self.do.setDefault(True)
        self.buttons.addButton(self.do, QDialogButtonBox.ButtonRole.AcceptRole)
        self.leave = QPushButton("Cancel")
        self.leave.setAutoDefault(False)
        self.buttons.addButton(self.leave, QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        outer.addWidget(self.buttons)

    def row(self, label: str, *fields: QWidget | QLayout, aside: str = "") -> QLabel | None:
        """Add a row: a label (its ``&`` letter jumps to the first field), fields below one another, and a
        quiet explanation. Returns the label of the explanation, so that it can be reworded."""
        at = self._rows.rowCount()
        column = QVBoxLayout()
        column.setSpacing(GRID // 2)
        for field in fields:
            if isinstance(field, QWidget):
                column.addWidget(field)
            else:
                column.addLayout(field)
        explanation = quiet(aside) if aside else None
        if explanation is not None:
            column.addWidget(explanation)
        name = QLabel(label)
        name.setFont(reading_font())
        name.setMinimumHeight(_height(fields))
        name.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        buddy = _first_field(fields)
        if buddy is not None:
            name.setBuddy(buddy)
        self._rows.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
        self._rows.addLayout(column, at, 1)
        return explanation

    def add(self, widget: QWidget) -> None:
        """Add something over the whole width, below the rows so far."""
        self._rows.addWidget(widget, self._rows.rowCount(), 0, 1, 2)

    def note(self, sentences: list[str], warnings: list[str] | None = None) -> None:
        """Say what will happen: plain sentences, and warnings with a sign."""
        self._note.say(sentences, warnings or [])
        self._note.setVisible(bool(sentences or warnings))

    def fit(self) -> None:
        """Be as high as the wrapped texts need at this width: Qt's own guess is too high."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            high = layout.totalHeightForWidth(self._width)
            # Where nothing is wrapped no height follows from a width.
            self.setFixedSize(self._width, high if high > 0 else layout.totalSizeHint().height())
            keep_on_screen(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Fit before the first picture."""
        self.fit()
        super().showEvent(event)

    def event(self, event: QEvent) -> bool:
        """Fit again whenever a row appears, vanishes or is reworded."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self.fit()
        return handled

    @property
    def said(self) -> str:
        """What the note says, one sentence a line."""
        return self._note.text

    def allow(self, allowed: bool, action: str | None = None) -> None:
        """Enable the button that does it, and name it."""
        self.do.setEnabled(allowed)
        if action is not None:
            self.do.setText(action)


def fit_to_screen(dialog: QDialog, wanted: QSize) -> None:
    """Give a dialog that scrolls the size it would like, or as much of it as the screen has."""
    room = dialog.screen().availableGeometry()
    spare = QSize(4 * GRID, TITLE_BAR + 4 * GRID)
    dialog.resize(wanted.boundedTo(room.size() - spare))


def keep_on_screen(dialog: QDialog) -> None:
    """Move a dialog that has grown past the foot of the screen up, so that its buttons can be reached."""
    if not dialog.isVisible():
        return
    room = dialog.screen().availableGeometry()
    below = dialog.frameGeometry().bottom() - room.bottom()
    if below > 0:
        dialog.move(dialog.x(), max(dialog.y() - below, room.top()))


class Note(QFrame):
    """A quiet panel for what will happen."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("note")
        self.setStyleSheet(
            f"#note {{ background: {PALETTE.raised}; border: 1px solid {PALETTE.line};"
            f" border-radius: {RADIUS}px; }}"
        )
        self._lines = QGridLayout(self)
        self._lines.setContentsMargins(12, 10, 12, 10)
        self._lines.setHorizontalSpacing(GRID)
        self._lines.setVerticalSpacing(6)
        self._lines.setColumnStretch(1, 1)
        self.text = ""

    def say(self, sentences: list[str], warnings: list[str]) -> None:
        """Replace what is said."""
        text = "\n".join([*sentences, *warnings])
        if text == self.text:
            return
        self.text = text
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        signs = [("info", PALETTE.quiet)] * len(sentences)
        signs += [("warning", PALETTE.middling)] * len(warnings)
        for at, ((sign, tint), sentence) in enumerate(
            zip(signs, [*sentences, *warnings], strict=True)
        ):
            mark = QLabel()
            mark.setPixmap(icon(sign, tint).pixmap(QSize(16, 16), self.devicePixelRatioF()))
            mark.setAccessibleName("Warning" if sign == "warning" else "Note")
            self._lines.addWidget(mark, at, 0, Qt.AlignmentFlag.AlignTop)
            self._lines.addWidget(wrapped(sentence), at, 1)


def wrapped(text: str) -> QLabel:
    """A label that breaks its lines, in the font for reading."""
    label = QLabel(text)
    label.setFont(reading_font())
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def quiet(text: str) -> QLabel:
    """A wrapped explanation in the smaller font and the quiet colour."""
    label = wrapped(text)
    label.setFont(aside_font())
    label.setProperty("role", "quiet")
    return label


def side_by_side(*widgets: QWidget | str) -> QHBoxLayout:
    """Widgets and words in one line, from the left."""
    line = QHBoxLayout()
    line.setSpacing(GRID)
    for widget in widgets:
        if isinstance(widget, str):
            word = QLabel(widget)
            word.setFont(reading_font())
            line.addWidget(word)
        else:
            line.addWidget(widget)
    line.addStretch(1)
    return line


def room_for_lines(field: QComboBox) -> None:
    """Let the list of a field be as wide as its longest line, however narrow the field is."""
    view = field.view()
    view.setMinimumWidth(view.sizeHintForColumn(0) + 24)


def medium() -> QFont:
    """The font for what a dialog is about."""
    return reading_font(QFont.Weight.DemiBold)


def _height(fields: tuple[QWidget | QLayout, ...]) -> int:
    """The height of the first line, so that the label stands level with it."""
    first = fields[0]
    return FIELD_HEIGHT if isinstance(first, QLayout) else first.sizeHint().height()


def _first_field(fields: tuple[QWidget | QLayout, ...]) -> QWidget | None:
    for field in fields:
        if isinstance(field, QWidget):
            return field
        for at in range(field.count()):
            item = field.itemAt(at)
            widget = None if item is None else item.widget()
            if widget is not None and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                return widget
    return None
