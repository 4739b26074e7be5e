"""Why this pose: the crops that it was predicted from, with their weights, and what each of them does.

It works only while it can be seen, after the choice has rested, and not beside a running prediction
unless a person insists.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from glpose_core.labels import Visibility
from glpose_core.predict.evidence import Change, Explained, largest_move

from ..explaining import Explaining, Silence, Subject, subject_of
from ..naming import plain_tip
from ..theme import aside_font, heading_font, person_colours, reading_font
from .crop_paint import crop_image, in_crop
from .crop_strip import KEY, Cell, StripView
from .evidence_cells import cells_of
from .evidence_words import STILL, as_predicted, change_words, move_words, proposed_words, run_tip
from .focus_wish import FocusWish
from .key_crop import KeyCrop
from .panel import MARGIN, Panel

if TYPE_CHECKING:
    from ..session import Session

REST_MS = 150
"""A choice must rest so long before it is looked into, so that stepping through frames asks nothing."""
ROW = 5
"""Most crops in a row of the strip."""
PLAYING = "Pause the video, and this panel shows from which frames the pose was predicted"
WORKING = "Looking at the frames that it was predicted from…"
NOTHING = Change()


class EvidencePanel(Panel):
    """The panel *Evidence*. Follows the frame and the choice while it is on show."""

    leave = Signal()
    """The keyboard goes back to the picture."""

    def __init__(
        self, session: Session, explaining: Explaining, parent: QWidget | None = None
    ) -> None:
        self.session, self._explaining = session, explaining
        area = QScrollArea()
        super().__init__("Evidence", cast(QListView, area), parent)
        self._subject: Subject | None = None
        self._base: Explained | None = None
        self.change = NOTHING
        self.attended = False
        """Whether it can be seen: a tab that lies behind another counts as visible for Qt."""
        self._wish = FocusWish(self)
        self._insisted: tuple[int, int, int] | None = None
        self.proposed = _label("quiet")
        self.proposed.setContentsMargins(MARGIN, 0, MARGIN, 8)
        self.column.insertWidget(1, self.proposed)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName("Working")
        self.column.insertWidget(2, self.busy)
        self.again = QPushButton("Try again")
        self.again.setProperty("role", "small")
        self.again.clicked.connect(self._insist)
        self._page = self._page_of_silence()
        self._fill(area)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)
        session.project_changed.connect(self._forget)
        for signal in (
            session.project_changed,
            session.frame_changed,
            session.selection_changed,
            session.poses_changed,
            session.playing_changed,
            session.job_changed,
        ):
            signal.connect(self.refresh)
        explaining.answered.connect(self._hear)
        self._show_silence(Silence(""))

    # -- what it is made of --------------------------------------------------------------------

    def _page_of_silence(self) -> QWidget:
        """The sentence of the empty state, and below it the button that goes with some of them."""
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self._empty)
        self._empty.show()  # hidden with the page of the stack that it was
        beside = QHBoxLayout()
        beside.setContentsMargins(MARGIN, 0, MARGIN, 0)
        beside.addWidget(self.again)
        beside.addStretch(1)
        rows.addLayout(beside)
        rows.addStretch(1)
        self._stack.addWidget(page)
        return page

    @property
    def empty_text(self) -> str | None:
        """What the empty state says, or ``None`` while crops are shown."""
        return self._empty.text() if self._stack.currentWidget() is self._page else None

    def show_empty(self, sentence: str | None) -> None:
        """Show one sentence in place of the crops; ``None`` shows the crops."""
        if sentence is not None:
            self._empty.setText(sentence)
        self._stack.setCurrentWidget(self.view if sentence is None else self._page)

    def _fill(self, area: QScrollArea) -> None:
        self.key = KeyCrop()
        self.said = _label()
        self.skeletons = QCheckBox("Skeletons")
        self.skeletons.setChecked(True)
        self.skeletons.setFont(aside_font())
        self.skeletons.setToolTip("Draw the poses on the crops")
        self.skeletons.toggled.connect(self._show_skeletons)
        self.shuffle = QPushButton("Shuffle")
        self.shuffle.setToolTip("Put the crops into other slots (S): does their order matter?")
        self.shuffle.clicked.connect(self.shuffle_references)
        self.restore = QPushButton("Restore")
        self.restore.setToolTip("All crops back in their slots, as it was predicted (R)")
        self.restore.clicked.connect(self.restore_references)
        for button in (self.shuffle, self.restore):
            button.setProperty("role", "small")
        for one in (self.skeletons, self.shuffle, self.restore, self.again):
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where it is
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.shuffle)
        buttons.addWidget(self.restore)
        buttons.addStretch(1)
        beside = QVBoxLayout()
        beside.setSpacing(8)
        beside.addWidget(self.said)
        beside.addStretch(1)
        beside.addWidget(self.skeletons)
        beside.addLayout(buttons)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.key, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(beside, 1)
        self.near = StripView("Frames around this one")
        self.far = StripView("Similar crops elsewhere")
        self._far_heading = _heading("Similar crops elsewhere")
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(MARGIN - 3, 0, MARGIN - 3, MARGIN)
        rows.setSpacing(6)
        rows.addLayout(top)
        rows.addWidget(_heading("Frames around, in their order"))
        rows.addWidget(self.near)
        rows.addWidget(self._far_heading)
        rows.addWidget(self.far)
        rows.addStretch(1)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Crops are as high as their width allows: a bar that came and went would make each other's room, for ever.
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        bar = area.verticalScrollBar()
        bar.rangeChanged.connect(lambda least, most: bar.setEnabled(most > least))
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for strip in (self.near, self.far):
            strip.went.connect(lambda row, strip=strip: self._go(strip.cell(row)))
            strip.switched.connect(lambda row, strip=strip: self._switch(strip.cell(row)))
            strip.left.connect(lambda way, strip=strip: self._walk_on(strip, way))
            strip.shuffle_wanted.connect(self.shuffle_references)
            strip.restore_wanted.connect(self.restore_references)
        self._area = area

    # -- what it is about ----------------------------------------------------------------------

    def refresh(self, *_: object) -> None:
        """Something was chosen or changed: look into it once that has rested."""
        if not self.attended:
            return
        if not self.session.playing:
            self._rest.start()
        elif self.empty_text != PLAYING:
            self._rest.stop()
            self._look()

    def _forget(self) -> None:
        """Another project: its rows may have the same numbers."""
        self._subject = self._base = self._insisted = None
        self.change = NOTHING

    def attend(self, seen: bool) -> None:
        """The panel has come to the front, or gone behind another: then nothing is worked out."""
        self.attended = seen
        if seen:
            self._look()
        else:
            self._rest.stop()
            self._wish.drop()
            self._explaining.forget()
            focused = QApplication.focusWidget()
            if focused is not None and self.isAncestorOf(focused):
                self.leave.emit()  # else its keys would be meant for crops that nobody sees

    def _look(self) -> None:
        found = Silence(PLAYING) if self.session.playing else subject_of(self.session)
        if isinstance(found, Silence):
            self._explaining.forget()
            self._show_silence(found)
            return
        if self._subject is None or found.key != self._subject.key:
            self._base, self.change = None, NOTHING
            self._wish.drop()
        self._subject = found
        self._show_heading(found)
        if self.session.job is not None and self._insisted != found.key and self._base is None:
            title = self.session.job.title
            self._show_silence(
                Silence(f"{title} is running, and this would slow it down.", found), "Look now"
            )
            return
        self._ask()

    def _ask(self) -> None:
        """Have the pose explained, as it was predicted and then with what is changed."""
        assert self._subject is not None
        if self._base is None:
            base = self._explaining.ask(self._subject, NOTHING)
            if base is None:
                self._show_working()
                return
            self._base = base
        answer = self._explaining.ask(self._subject, self.change)
        if answer is None:
            self.said.setText("Working it out…")
            self.busy.show()
        else:
            self._show(answer)

    def _hear(self, key: object, change: object, answer: object) -> None:
        if self._subject is None or key != self._subject.key or not self.attended:
            return
        if isinstance(answer, str):
            self._show_silence(Silence(answer, self._subject), "Try again")
        elif change == NOTHING or change == self.change:
            self._ask()

    def _insist(self) -> None:
        if self._subject is not None:
            self._insisted = self._subject.key
            self._ask()

    # -- what a person does --------------------------------------------------------------------

    def focus_strip(self) -> None:
        """Bring the keyboard to the crops, as soon as they are there, unless the hand does something else before."""
        if self.empty_text is None:
            self.near.enter(0)
        else:
            self._wish.make()

    def shuffle_references(self) -> None:
        """The same crops in other slots; once more gives another order."""
        self._alter(replace(self.change, shuffle=self.change.shuffle + 1))

    def restore_references(self) -> None:
        """As it was predicted."""
        self._alter(NOTHING)

    def _switch(self, cell: Cell) -> None:
        if cell.slot != KEY:
            self._alter(replace(self.change, removed=self.change.removed ^ {cell.slot}))

    def _alter(self, change: Change) -> None:
        if self._base is not None and self._subject is not None:
            self.change = change
            self._ask()

    def _go(self, cell: Cell) -> None:
        self.session.pause()
        self.session.go_to(cell.frame)
        if cell.person is not None:
            self.session.select(cell.person)

    def _walk_on(self, strip: StripView, way: int) -> None:
        if way == 0:
            self.leave.emit()
        elif way > 0 and strip is self.near and self.far.strip.cells:
            self.far.enter(0)
        elif way < 0 and strip is self.far:
            self.near.enter(-1)

    # -- what it shows -------------------------------------------------------------------------

    def _show_heading(self, subject: Subject | None) -> None:
        if subject is None:
            self.set_heading("Evidence")
            self.proposed.hide()
            return
        name = self.session.person_name(subject.person)
        self.set_heading(name, kept=f" · frame {subject.frame}")
        self.proposed.setText(proposed_words(subject))
        self.proposed.setToolTip(plain_tip(run_tip(subject)))
        self.proposed.show()

    def _show_silence(self, silence: Silence, button: str = "") -> None:
        self._show_heading(silence.subject)
        self.busy.hide()
        self.again.setText(button)
        self.again.setVisible(bool(button))
        self.show_empty(silence.sentence)

    def _show_working(self) -> None:
        self.again.hide()
        self.show_empty(WORKING)
        self.busy.show()

    def _show(self, found: Explained) -> None:
        assert self._base is not None
        assert self._subject is not None
        base, subject = self._base, self._subject
        placed = subject.origin.row["visibility"] != Visibility.ABSENT
        size = base.crops.shape[2], base.crops.shape[1]
        joints = in_crop(found.xy, base.matrices[0], size)
        move = largest_move(base.xy, found.xy, placed)
        moved = move if move is not None and move.pixels >= STILL else None
        self.key.show_pose(
            crop_image(base.crops[0]),
            joints,
            placed,
            person_colours(subject.person),
            None if moved is None else in_crop(base.xy, base.matrices[0], size),
            None if moved is None else moved.joint,
        )
        if self.change == NOTHING:
            off = largest_move(subject.origin.row["xy"].astype(np.float64), base.xy, placed)
            self.said.setText(as_predicted(off))
        else:
            self.said.setText(f"{change_words(self.change, base)}: {move_words(move)}")
        self.restore.setEnabled(self.change != NOTHING)
        self._show_strips(found)
        self.busy.hide()
        self.again.hide()
        self.show_empty(None)
        if self._wish.take():
            self.near.enter(0)

    def _show_strips(self, found: Explained) -> None:
        assert self._base is not None
        assert self._subject is not None
        cells = cells_of(self.session, self._subject, self._base, found)
        count = len(found.local_weights)
        half = count // 2
        key = cells[0]
        near = [*cells[1 : 1 + half], key, *cells[1 + half : 1 + count]] if count else [key]
        columns = len(near) if len(near) <= ROW else half + 1
        aspect = self._base.crops.shape[1] / self._base.crops.shape[2]
        self.near.strip.show(near, self.change.removed)
        self.near.arrange(columns, aspect)
        self.far.strip.show(cells[1 + count :], self.change.removed)
        self.far.arrange(max(columns, 4), aspect)
        self._far_heading.setVisible(len(cells) > 1 + count)

    def _show_skeletons(self, shown: bool) -> None:
        for strip in (self.near, self.far):
            strip.strip.show_skeletons(shown)


def _label(role: str = "") -> QLabel:
    label = QLabel()
    label.setFont(aside_font() if role else reading_font())
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label


def _heading(text: str) -> QLabel:
    label = QLabel(text.upper())
    label.setFont(heading_font())
    label.setProperty("role", "quiet")
    label.setContentsMargins(3, 6, 0, 0)
    return label
