"""The guideline beside the picture: where exactly the chosen joint lies, and when it is hidden or absent.

It follows the chosen joint. Every text can be reworded for a project, and Undo takes that back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from glpose_core.labels.guideline import (
    HEAD_BOX,
    MEANT,
    REGIONS,
    SELF_OCCLUSION,
    STATES,
    TITLES,
    guideline_text,
    is_own,
    set_guideline,
)
from glpose_core.labels.poses import JOINTS

from ..theme import GRID, PALETTE, aside_font, heading_font, reading_font
from .body_figure import BodyFigure, SideFigure
from .panel import MARGIN

if TYPE_CHECKING:
    from ..session import Session

FIRST = "Choose a joint, in the picture or on this body, to read where exactly it lies."
OWN = "Reworded for this project"


class Section(QWidget):
    """A heading, its text, and a button to reword it."""

    reworded = Signal(int, str)
    """The topic, and what was typed ("": as usual)."""

    def __init__(self, topic: int | None) -> None:
        super().__init__()
        self.topic = topic
        self.heading = QLabel()
        self.heading.setFont(heading_font())
        self.heading.setProperty("role", "quiet")
        self.text = QLabel()
        self.text.setFont(reading_font())
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.own = QLabel(OWN)
        self.own.setFont(aside_font())
        self.own.setProperty("role", "quiet")
        self.reword = _button("Reword", "Say it in other words, for this project")
        self.reword.clicked.connect(self.begin)
        self.editor = QPlainTextEdit()
        self.editor.setFont(reading_font())
        self.editor.setFixedHeight(132)
        self.editor.setTabChangesFocus(True)
        self.editor.setAccessibleName("Text of the guideline")
        self.editor.installEventFilter(self)
        self.save = _button("Save", "Keep these words with the project (Ctrl+Return)")
        self.usual = _button("As usual", "Back to the words that hold in every project")
        self.cancel = _button("Cancel", "Leave it as it was (Esc)")
        self.save.clicked.connect(lambda: self._finish(self.editor.toPlainText()))
        self.usual.clicked.connect(lambda: self._finish(""))
        self.cancel.clicked.connect(self.leave)
        self._lay_out()
        self.leave()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.reword)
        buttons = QHBoxLayout()
        for button in (self.save, self.usual, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._edit = QWidget()
        column = QVBoxLayout(self._edit)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.editor)
        column.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, GRID, 0, 0)
        outer.setSpacing(GRID // 2)
        outer.addLayout(head)
        for part in (self.text, self.own, self._edit):
            outer.addWidget(part)

    @property
    def rewording(self) -> bool:
        """Whether the text is being reworded."""
        return not self._edit.isHidden()

    def show_topic(self, topic: int | None, text: str, own: bool, editable: bool) -> None:
        """Show a topic and its text; another topic ends the rewording of the one before."""
        if topic != self.topic:
            self.leave()
        self.topic = topic
        self.heading.setText("" if topic is None else TITLES[topic].upper())
        self.text.setText(text)
        self.own.setVisible(own)
        self.reword.setVisible(editable and topic is not None and self._edit.isHidden())

    def begin(self) -> None:
        """Let the text be reworded."""
        self.editor.setPlainText(self.text.text())
        self._edit.show()
        self.text.hide()
        self.reword.hide()
        self.usual.setEnabled(self.topic is not None and self.text.text() != MEANT[self.topic])
        self.editor.setFocus()

    def leave(self) -> None:
        """Give up rewording."""
        editing = not self._edit.isHidden()
        self._edit.hide()
        self.text.show()
        if editing:
            self.reword.show()

    def _finish(self, text: str) -> None:
        self.leave()
        if self.topic is not None:
            self.reworded.emit(self.topic, text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys are text while one types; Escape leaves, Ctrl+Return saves."""
        if isinstance(event, QKeyEvent) and watched is self.editor:
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            ends = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and (ends or event.key() == Qt.Key.Key_Escape):
                self._finish(self.editor.toPlainText()) if ends else self.leave()
                return True
        return super().eventFilter(watched, event)


class GuidelinePanel(QWidget):
    """Figure and text of the chosen joint, and below them the rules that hold for all."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.topic: int | None = None
        self.figure = BodyFigure()
        self.figure.picked.connect(self.show_joint)
        self.joint = Section(None)
        self.rules = [Section(topic) for topic in (STATES, SELF_OCCLUSION, HEAD_BOX, REGIONS)]
        for section in (self.joint, *self.rules):
            section.reworded.connect(self._reword)
        self._lay_out()
        session.selection_changed.connect(self._follow)
        session.project_changed.connect(self.refresh)
        session.poses_changed.connect(self._note_change)
        self.refresh()

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(MARGIN, GRID, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addWidget(self.figure)
        column.addWidget(self.joint)
        for section in self.rules:
            line = QFrame()
            line.setFixedHeight(1)
            line.setStyleSheet(f"background: {PALETTE.line};")
            column.addWidget(line)
            column.addWidget(section)
            if section.topic == SELF_OCCLUSION:
                column.addWidget(SideFigure())
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setWidget(inside)
        for widget in (self, inside, area):
            palette = widget.palette()
            palette.setColor(QPalette.ColorRole.Window, QColor(PALETTE.panel))
            widget.setPalette(palette)
            widget.setAutoFillBackground(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def show_joint(self, joint: int) -> None:
        """Show where a joint lies."""
        self.topic = joint
        self.refresh()

    def refresh(self) -> None:
        """Read the texts again."""
        state = None if self.session.project is None else self.session.project.state
        for section in (self.joint, *self.rules):
            topic = self.topic if section is self.joint else section.topic
            text = FIRST if topic is None else guideline_text(state, topic)
            own = state is not None and topic is not None and is_own(state, topic)
            section.show_topic(topic, text, own, state is not None)
        shown = self.topic if self.topic is not None and self.topic < JOINTS else None
        self.figure.show_joint(shown)

    def _follow(self) -> None:
        if self.joint.rewording:
            return  # what is being typed is not thrown away by a click into the picture
        if self.session.joint is not None and self.session.joint != self.topic:
            self.show_joint(self.session.joint)

    def _note_change(self, change: object) -> None:
        # Rewording changes no frame in particular; nearly everything else does.
        if getattr(change, "frames", None) is None:
            self.refresh()

    def _reword(self, topic: int, text: str) -> None:
        self.session.apply(lambda state: set_guideline(state, topic, text))
        self.refresh()


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setProperty("role", "flat")
    button.setFont(aside_font())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
