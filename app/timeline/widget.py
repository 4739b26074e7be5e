"""The timeline: one painted widget with a ruler, a lane per person and a curve.

It watches the session and calls it. What changes seldom (ruler, lanes, curve) is painted once into a
pixmap; a change of frame repaints two thin strips. Painting never raises: an exception inside
``paintEvent`` would end the program.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from ..naming import plain_tip
from ..settings import settings
from ..theme import PALETTE, person_colours
from . import crossings
from .arrangement import (
    BAR,
    CACHED_HEIGHT,
    CURVE_HEIGHT,
    GAP,
    MOST_CURVE,
    NAMES_WIDTH,
    ROW_HEIGHT,
    RULER_HEIGHT,
)
from .curves import CURVES, NO_TRACK, TIPS, Kind, Track, words_of
from .laid_out import LaidOutTimeline
from .layers import (
    NO_PEOPLE,
    NO_VIDEO,
    Curve,
    Moment,
    Row,
    paint_moving,
    paint_nothing,
    paint_still,
)
from .mouse import Drag, TimelineMouse
from .painting import Areas
from .scale import TimeScale
from .stretches import Ints, stretches
from .transport import Transport

if TYPE_CHECKING:
    from ..session import Session

log = logging.getLogger(__name__)

_REFRESH_MS = 40
_CURVE = "timeline/curve"


class Timeline(LaidOutTimeline):
    """Ruler, playhead, lanes and a curve of the chosen joint.

    Click or drag the ruler to move through the video, shift-drag to mark a range; click a lane to
    choose that person there; double-click a lane for the nearest labelled frame, the ruler for the
    whole video. The wheel zooms at the cursor, shift + wheel pans, ctrl + wheel (or the wheel over the
    names) scrolls the lanes.
    """

    hovered = Signal(object)
    """Where the pointer is without a gesture, a QPoint, or ``None``."""
    people_changed = Signal(int, int)
    """There were lanes for so many people before, and are for so many now."""
    range_selected = Signal(int, int)
    """The frames start … stop − 1 were marked by dragging (the session's ``marked`` says the same)."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.curve_kind = _remembered_curve()
        self._track: Track = NO_TRACK
        self._still: QPixmap | None = None
        self._hovered: QPoint | None = None
        self._drawn_frame = 0
        self._complained = False
        self._by_keyboard = False
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(RULER_HEIGHT + CACHED_HEIGHT + GAP + 2 * ROW_HEIGHT + BAR)
        self._transport = Transport(self)
        self.mouse = TimelineMouse(self)
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.setInterval(_REFRESH_MS)
        self._connect()
        self._reset()

    def _connect(self) -> None:
        session = self.session
        session.project_changed.connect(self._reset)
        session.frame_changed.connect(self._follow)
        session.selection_changed.connect(self._note_selection)
        session.poses_changed.connect(self._note_poses)
        session.cache_changed.connect(self._note_cache)
        session.marked_changed.connect(self.update)
        session.spreading.changed.connect(self.redraw)
        session.crossings.changed.connect(self._note_crossings)
        self._refresh_timer.timeout.connect(self.refresh)

    def sizeHint(self) -> QSize:
        return QSize(900, RULER_HEIGHT + CACHED_HEIGHT + GAP + 4 * ROW_HEIGHT + CURVE_HEIGHT + BAR)

    def set_transport(self, actions: list[QAction]) -> None:
        """Show small buttons (first, back, play, on, last) at the top left, in place of the heading."""
        self._transport.set_actions(actions)
        self.redraw()

    # -- following the session -----------------------------------------------------------------

    def refresh(self) -> None:
        """Read lanes and curve again. Called a little after changes, and the longer it takes the less
        often: never more than a fifth of the time."""
        began, before = time.monotonic(), len(self.lanes.people)
        self.lanes.refresh()
        if len(self.lanes.people) != before:
            self.people_changed.emit(before, len(self.lanes.people))
        self._read_curve()
        self.arrange()
        self._reveal_choice()
        self.redraw()
        took = round(1000 * (time.monotonic() - began))
        self._refresh_timer.setInterval(max(_REFRESH_MS, 4 * took))

    def _note_poses(self, _change: object) -> None:
        # Not restarted by further changes: a run that never pauses must still be seen.
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()

    def _reset(self) -> None:
        self.scale = TimeScale.fitted(self.session.frames, 0, 1)
        self._rows_bar.setValue(0)
        self.refresh()
        self._note_cache()

    def _note_selection(self) -> None:
        self._read_curve()
        self._reveal_choice()
        self.redraw()

    def _reveal_choice(self) -> None:
        row = self.lanes.row_of(self.session.person)
        if row is not None:
            room = self.areas.lanes.height()
            top = max(self._rows_bar.value(), (row + 1) * ROW_HEIGHT - room)
            self._rows_bar.setValue(min(top, row * ROW_HEIGHT))

    def _read_curve(self) -> None:
        project, person, joint = self.session.project, self.session.person, self.session.joint
        self._track = replace(NO_TRACK, kind=self.curve_kind)
        if project is not None and person is not None and joint is not None:
            self._track = CURVES[self.curve_kind](project.state, person, joint)

    def show_curve(self, kind: Kind) -> None:
        """Show another curve of the chosen joint, from now on."""
        self.curve_kind = kind
        settings().setValue(_CURVE, kind.value)
        self._read_curve()
        self.redraw()

    def _note_crossings(self) -> None:
        """The strip of marks comes or goes, or shows others."""
        self.arrange()
        self.redraw()

    def _note_cache(self) -> None:
        self.lanes.refresh_cached()
        self.update(self.areas.cached.adjusted(-2, -1, 2, 1))

    def _follow(self, frame: int) -> None:
        """Move the playhead; only one that leaves the view redraws more than thin strips."""
        scale = self.scale
        if not scale.first <= frame < scale.stop and self.mouse.drag is not Drag.SCRUB:
            if self.session.playing:
                self.set_scale(scale.panned(frame - scale.start - scale.shown * 0.05))
            else:
                self.set_scale(scale.showing(frame))
        for at in (self._drawn_frame, frame):
            self.update(QRect(round(self.scale.x_of(at)) - 10, 0, 20, self.height()))
        self._drawn_frame = frame
        # Not under the buttons: each of them would be painted, too.
        buttons = self._transport.right
        self.update(QRect(buttons, 0, NAMES_WIDTH - buttons, RULER_HEIGHT))
        if len(self._track.frames):
            self.update(QRect(0, self.areas.curve.top(), NAMES_WIDTH, MOST_CURVE))

    # -- painting ------------------------------------------------------------------------------

    def redraw(self) -> None:
        self._still = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            areas, curve = self.areas, self._curve()
            if self._still is None:
                self._still = self._painted_still(areas, curve)
            painter.drawPixmap(0, 0, self._still)
            paint_moving(painter, areas, self.scale, self._moment(), curve)
        except Exception:
            if not self._complained:
                log.exception("the timeline could not be painted")
            self._complained = True
        finally:
            painter.end()

    def _painted_still(self, areas: Areas, curve: Curve) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(PALETTE.panel)
        painter = QPainter(pixmap)
        try:
            if self.session.frames:
                scheduled = self.lanes.scheduled
                paint_still(painter, self.size(), areas, self.scale, self._rows(), curve, scheduled)
                found = self.session.crossings.found
                crossings.paint_crossings(
                    painter, found, self.scale, areas.crossings, areas.lanes, self._middle
                )
            if not self.lanes.people:
                paint_nothing(painter, areas, NO_PEOPLE if self.session.frames else NO_VIDEO)
        finally:
            painter.end()
        return pixmap

    def _rows(self) -> list[Row]:
        people = self.lanes.people
        return [
            Row(
                self.row_rect(row),
                self.lanes.lane(row),
                self.lanes.names[people[row]],
                person_colours(people[row]),
                people[row] == self.session.person,
                self._proposed(people[row]),
            )
            for row in self.visible_rows()
        ]

    def _middle(self, person: int) -> float | None:
        row = self.lanes.row_of(person)
        return None if row is None else self.row_rect(row).center().y() + 0.5

    def _proposed(self, person: int) -> Ints:
        proposal = self.session.spreading.proposal
        mine = proposal is not None and proposal.person == person
        return stretches(proposal.frames if proposal is not None and mine else ())

    def _curve(self) -> Curve:
        person, joint = self.session.person, self.session.joint
        known = person is not None and joint is not None and person in self.lanes.people
        title = words_of(joint or 0) if known else None
        return Curve(self._track, title, person_colours(person or 1).light)

    def _moment(self) -> Moment:
        session = self.session
        return Moment(
            frame=session.frame,
            frames=session.frames,
            hovered=self._hovered if self.mouse.drag is Drag.NONE else None,
            marked=self.mouse.preview or session.marked,
            cached=self.lanes.cached,
            heading=self._transport.isHidden(),
            focused=self._by_keyboard and self.hasFocus(),
            people=bool(self.lanes.people),
        )

    # -- events --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()
        self.redraw()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouse.press(event)
        self.hovered.emit(None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse.move(event)
        point = event.position().toPoint()
        over = self.crossing_at(point) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        self._hover(point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mouse.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.mouse.wheel(event)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keyboard = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """With the keyboard on the timeline: up and down choose the person, Escape drops the mark."""
        row = self.lanes.row_of(self.session.person)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self.lanes.people:
            target = 0 if row is None else min(max(row + step, 0), len(self.lanes.people) - 1)
            self.session.select(self.lanes.people[target])
        elif event.key() == Qt.Key.Key_Escape and self.session.marked is not None:
            self.session.mark(None)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.tip_at(event.pos())
            if text:
                QToolTip.showText(event.globalPos(), plain_tip(text), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def tip_at(self, point: QPoint) -> str:
        """What the tooltip says: "frame 120 · 4.000 s · person 2"."""
        row, mark = self.row_at(point), self.crossing_at(point)
        if mark is not None:
            said = f"frame {mark.main['frame']} · {self.session.crossings.words(mark.main)}"
            more = len(mark.crossings) - 1
            return said + (f" · and {more} more crossing{'s' * (more > 1)} near" if more else "")
        if (kind := self.curve_at(point)) is not None:
            return TIPS[kind]
        parts = []
        if self.areas.time.contains(point) and self.session.frames:
            frame = self.scale.frame_at(point.x())
            parts = [f"frame {frame}", f"{float(self.session.times[frame]):.3f} s"]
        if row is not None:
            parts.append(self.lanes.names[self.lanes.people[row]])
        return " · ".join(parts)

    def _hover(self, point: QPoint | None) -> None:
        for at in (self._hovered, point):
            if at is not None:
                self.update(QRect(at.x() - 40, 0, 80, self.height()))
        self._hovered = point
        self.hovered.emit(point if self.mouse.drag is Drag.NONE else None)


def _remembered_curve() -> Kind:
    said = settings().value(_CURVE)
    return next((kind for kind in Kind if kind.value == said), Kind.CONFIDENCE)
