"""The status line: where we are, what is open, whether it is saved, and the running work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QStatusBar,
    QStyle,
    QStyleOption,
    QToolButton,
    QWidget,
)

from .durations import clock, time_left
from .naming import plain_tip
from .scheduling import Progress, progress
from .shortcuts import in_use, shortcuts, spelled
from .theme import PALETTE, icon, reading_font

if TYPE_CHECKING:
    from collections.abc import Callable

    from glpose_core.labels import ProjectChange

    from .session import Session

HEIGHT = 32
CANCELLING = "Cancelling …"
_NOTICE_MS = 6000
_ERROR_MS = 20_000
_TIPS = {
    "place": "The present frame, counted from 0, and its time in the file · `Ctrl+G` jumps",
    "progress": "Frames that are to be labelled and are reviewed · Go → Scheduled Frames… sets them",
    "size": "Width and height of the picture, and frames per second on average",
    "zoom": "Screen pixels per picture pixel · `F` fits, `Ctrl+0` shows actual pixels",
    "model": "The model whose predictions are shown",
    "device": "Where the model computes, or did",
}
_SPACING = 20
_NOTICE_MARGINS = 12 + 16 + 8
_SIGNS = {
    "info": ("info", PALETTE.quiet),
    "warning": ("warning", PALETTE.middling),
    "error": ("error", PALETTE.doubt),
}


@dataclass(frozen=True)
class Work:
    """The running work in the words of the status line. ``fraction`` is ``None`` while unknown."""

    text: str
    fraction: float | None
    cancel: Callable[[], None] | None


class _NoticePage(QWidget):
    """The place of a message; tells when it has another width."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class StatusLine(QStatusBar):
    """One line at the bottom of the window. Follows the session; the zoom is told."""

    details_wanted = Signal()
    """Somebody wants to read the message whole."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._cancel: Callable[[], None] | None = None
        self._level = "info"
        self.setSizeGripEnabled(False)
        self.setFixedHeight(HEIGHT)
        self.fields = {
            name: self._field(name)
            for name in ("place", "progress", "size", "zoom", "model", "device")
        }
        self._saved = self._field("saved")
        # Keeps its place while it changes, as it does all through a prediction: Cancel stands beside it.
        self._saved.setFixedSize(_room_for("all saved 00:00"))
        self._saved.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(152)
        self._text = self._field("job")
        self._button = QPushButton("Cancel")
        self._button.setProperty("role", "small")
        self._button.setFont(reading_font())
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.clicked.connect(self._cancel_work)
        self._lay_out()
        session.project_changed.connect(self._show_video)
        session.frame_changed.connect(lambda _frame: self._show_place())
        session.saved_changed.connect(self._show_saved)
        session.job_changed.connect(self._show_work)
        session.job_changed.connect(self._show_model)
        session.poses_changed.connect(self._note_change)
        session.edited.connect(self._forget_old)
        session.opening_changed.connect(self._show_work)
        shortcuts.changed.connect(self._spell_tips)
        self._spell_tips()
        self._show_video()
        self._show_saved()
        self._show_work()

    def _spell_tips(self) -> None:
        for name, tip in _TIPS.items():
            self.fields[name].setToolTip(spelled(tip))

    def _field(self, name: str) -> QLabel:
        label = QLabel()
        label.setObjectName(f"status-{name}")
        label.setFont(reading_font())
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _lay_out(self) -> None:
        fields = QWidget()
        row = QHBoxLayout(fields)
        row.setContentsMargins(12, 0, 0, 0)
        row.setSpacing(_SPACING)
        for name, field in self.fields.items():
            if name != "place":
                row.addWidget(field)
        row.addStretch(1)
        # Apart from the others: one always sees where one is, whatever there is to say.
        place = QWidget()
        here = QHBoxLayout(place)
        here.setContentsMargins(12, 0, 0, 0)
        here.addWidget(self.fields["place"])
        self._work = QWidget()
        work = QHBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(8)
        for part in (self._text, self._bar, self._button):
            work.addWidget(part)
        right = QWidget()
        ends = QHBoxLayout(right)
        ends.setContentsMargins(0, 0, 12, 0)
        ends.setSpacing(_SPACING)
        ends.addWidget(self._work)
        ends.addWidget(self._saved)
        self._right = right
        self._left = QStackedWidget()
        self._left.addWidget(fields)
        self._left.addWidget(self._make_notice())
        # What stands there has the room that is left, and never widens the window.
        self._left.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        # Permanent, so that the bar leaves it alone: it would paint messages across what stands there.
        self.addPermanentWidget(place)
        self.addPermanentWidget(self._left, 1)
        self.addPermanentWidget(right)
        self.messageChanged.connect(self._show_message)

    def _make_notice(self) -> QWidget:
        """A sign, a sentence, and buttons that show it whole and put it away."""
        self._sign = QLabel()
        self._notice = QLabel()
        self._notice.setObjectName("status-notice")
        self._notice.setFont(reading_font())
        self._notice.setTextFormat(Qt.TextFormat.PlainText)
        # As wide as it needs to be, but a long sentence never widens the window.
        self._notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.details = QPushButton("Details…")
        self.details.setProperty("role", "flat")
        self.details.setFont(reading_font())
        self.details.setToolTip("Read this message whole, and the ones before it")
        self.details.clicked.connect(self.details_wanted)
        self.dismiss = QToolButton()
        self.dismiss.setIcon(icon("cancel"))
        self.dismiss.setIconSize(QSize(14, 14))
        self.dismiss.setProperty("role", "transport")
        self.dismiss.setFixedSize(24, 24)
        self.dismiss.setToolTip("Put this message away")
        self.dismiss.setAccessibleName("Put this message away")
        self.dismiss.clicked.connect(self.clearMessage)
        page = _NoticePage()
        page.resized.connect(self._fit_message)
        row = QHBoxLayout(page)
        row.setContentsMargins(12, 0, 0, 0)
        row.setSpacing(8)
        for part in (self._sign, self._notice, self.details, self.dismiss):
            row.addWidget(part, 1000 if part is self._notice else 0)
        row.addStretch(1)
        for button in (self.details, self.dismiss):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return page

    # -- what is told --------------------------------------------------------------------------

    def set_zoom(self, zoom: float) -> None:
        """Screen pixels per picture pixel: 0.6 is shown as "zoom 60 %"."""
        self._set("zoom", f"zoom {zoom * 100:.0f} %" if self.session.frames else "")

    def notice(self, level: str, sentence: str) -> None:
        """Show a sentence in place of all fields but the first for a few seconds, an error for longer."""
        shown_for = _ERROR_MS if level == "error" else _NOTICE_MS
        self._level = level
        self.clearMessage()
        self.showMessage(sentence, shown_for)

    def _show_message(self, sentence: str) -> None:
        """Show what the bar has to say, shortened to the room there is, whole in the tooltip."""
        self._left.setCurrentIndex(1 if sentence else 0)
        name, tint = _SIGNS[self._level]
        self._sign.setPixmap(icon(name, tint).pixmap(QSize(16, 16)))
        self._sign.setAccessibleName(self._level)
        serious = self._level != "info"
        metrics = QFontMetrics(reading_font())
        wanted = metrics.horizontalAdvance(sentence) + 2
        room = self._left.width() - _NOTICE_MARGINS - self.dismiss.width() - 8
        detailed = serious or wanted > room
        if detailed:
            room -= self.details.sizeHint().width() + 8
        self.details.setVisible(detailed)
        self._notice.setText(metrics.elidedText(sentence, Qt.TextElideMode.ElideRight, room))
        self._notice.setMaximumWidth(max(wanted, 1))
        self._notice.setToolTip(plain_tip(sentence))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground alone: messages have a place of their own."""
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)

    # -- what the session says -----------------------------------------------------------------

    def _show_video(self) -> None:
        self._forget_failure()
        info = self.session.info
        rate = "" if info is None else f"{info.average_rate:.2f}".rstrip("0").rstrip(".")
        self._set("size", "" if info is None else f"{info.width} × {info.height} · {rate} fps")
        if info is None:
            self._set("zoom", "")
        self._show_model()
        self._show_place()
        self._show_progress()

    def _forget_old(self, _edit: object) -> None:
        """What was said before an edit is not about it; what is said of it comes after."""
        if self._level != "error":
            self.clearMessage()

    def _forget_failure(self) -> None:
        """A failure to open is old news once something else is open."""
        if self._level == "error" and self.session.project is not None:
            self.clearMessage()

    def _show_progress(self) -> None:
        done = progress(self.session)
        longest = "" if done is None else Progress(done.frames, done.frames).words
        self._set("progress", "" if done is None else done.words, longest)

    def _note_change(self, change: ProjectChange) -> None:
        self._show_progress()
        if change.runs:
            self._show_model()

    def _show_model(self) -> None:
        """The model whose predictions are seen, and where it computes (or did)."""
        project, job = self.session.project, self.session.job
        state = None if project is None else project.state
        run = None if state is None else state.runs.get(state.active_run or 0)
        self._set("model", "" if run is None else run.model)
        device = job.device if job is not None else ""
        self._set("device", device or ("" if run is None else run.device))

    def _show_place(self) -> None:
        session = self.session
        if not session.frames:
            self._set("place", "no video open")
            return
        here, last = (
            f"frame {frame} · {clock(float(session.times[frame]))}"
            for frame in (session.frame, session.frames - 1)
        )
        self._set("place", here, max(here, last, key=len))

    def _show_saved(self) -> None:
        text = self.session.saved_text
        if len(text) > len(self._saved.text()):
            self._saved.setFixedSize(_room_for(text).expandedTo(_room_for("all saved 00:00")))
        self._saved.setText(text)
        role = "doubt" if text.startswith("not saved") else "quiet"
        if self._saved.property("role") != role:
            self._saved.setProperty("role", role)
            self._saved.style().polish(self._saved)
        self._saved.setToolTip("Every edit is written to the project file at once" if text else "")

    def _show_work(self) -> None:
        work = self.work()
        self._work.setVisible(work is not None)
        if work is None or work.cancel != self._cancel:
            self._button.setEnabled(True)
        self._cancel = None if work is None else work.cancel
        if work is not None:
            self._say_work(work.text if self._button.isEnabled() else CANCELLING)
            self._bar.setRange(0, 0 if work.fraction is None else 1000)
            if work.fraction is not None:
                self._bar.setValue(round(1000 * work.fraction))
            self._button.setVisible(work.cancel is not None)
            opening = self.session.job is None
            key, what = ("Esc", "opening") if opening else (in_use("Ctrl+."), "this work")
            self._button.setToolTip(f"Cancel ({key}): stop {what}")
        self._make_room()

    def work(self) -> Work | None:
        """The running work: a job, or else an opening; ``None`` if there is neither."""
        job, opening = self.session.job, self.session.opening
        if job is not None:
            text = f"{job.title} {job.done} of {job.total}" if job.total else f"{job.title} …"
            if job.seconds_left is not None:
                text += f" · {time_left(job.seconds_left)} left"
            return Work(text, job.done / job.total if job.total else None, job.cancel)
        if opening is not None:
            return Work(opening.title, opening.fraction or None, self.session.cancel_opening)
        return None

    def _cancel_work(self) -> None:
        if self._cancel is not None:
            self._say_work(CANCELLING)
            self._button.setEnabled(False)
            self._cancel()

    def _say_work(self, text: str) -> None:
        if len(text) != len(self._text.text()):
            self._text.setFixedSize(_room_for(text))
        self._text.setText(text)

    # -- room ----------------------------------------------------------------------------------

    def _set(self, name: str, text: str, longest: str = "") -> None:
        """Write into a field; it keeps room for ``longest``."""
        field = self.fields[name]
        if field.text() != text:
            room, empty = _room_for(longest or text), not (field.text() and text)
            moved = empty or field.minimumSize() != room
            if moved:
                field.setFixedSize(room)
            field.setText(text)
            if moved:
                self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
        self._show_message(self.currentMessage())

    def _make_room(self) -> None:
        """Leave out the least needed fields where the line is too short for all of them."""
        if (work := self._work.layout()) is not None:
            work.activate()  # else the text of the work counts only from the next turn of the loop
        room = self.width() - self._right.sizeHint().width() - 24
        for name in ("place", "progress", "model", "zoom", "device", "size"):
            field = self.fields[name]
            room -= field.minimumWidth() + _SPACING
            field.setVisible(bool(field.text()) and (name == "place" or room >= 0))

    def _fit_message(self) -> None:
        """The room at the left has changed once the layout has settled."""
        if self.currentMessage():
            self._show_message(self.currentMessage())


def _room_for(text: str) -> QSize:
    """The size of a field: the same for every text as long, because a label whose size may change has the
    whole window laid out anew whenever its text does, at every frame of a video that plays."""
    return _room_for_pattern(re.sub(r"\d", "0", text))


@lru_cache(maxsize=64)
def _room_for_pattern(text: str) -> QSize:
    metrics = QFontMetrics(reading_font())
    widest = max("0123456789", key=metrics.horizontalAdvance)
    return QSize(metrics.horizontalAdvance(text.replace("0", widest)) + 2, metrics.height())
