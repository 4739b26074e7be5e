"""What the mouse does on the timeline: which gesture begins where, and what it calls."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent

from ..tracking import go_to_crossing
from .stretches import nearest

if TYPE_CHECKING:
    from .widget import Timeline

ZOOM_PER_NOTCH = 1.25
PAN_PER_NOTCH = 0.12
_EDGE_MS = 30
_EDGE_SPEED = 0.02


class Drag(Enum):
    """The gesture that is going on."""

    NONE = auto()
    SCRUB = auto()
    RANGE = auto()
    PAN = auto()


class TimelineMouse:
    """Turns presses, moves and wheel turns into calls of the session and of the timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._session = timeline.session
        self._from_frame = 0
        self._at = QPoint()
        self.drag = Drag.NONE
        self.preview: tuple[int, int] | None = None
        self._edge = QTimer(timeline)
        self._edge.setInterval(_EDGE_MS)
        self._edge.timeout.connect(self._pan_at_edge)

    def press(self, event: QMouseEvent) -> None:
        """Begin a gesture, or choose the person of a lane."""
        timeline, session = self._timeline, self._session
        point = event.position().toPoint()
        self._at = point
        if session.frames == 0:
            return
        if event.button() is Qt.MouseButton.MiddleButton:
            self.drag = Drag.PAN
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        mark = timeline.crossing_at(point)
        if mark is not None:
            go_to_crossing(session, mark.main)
            return
        row = timeline.row_at(point)
        if row is not None:
            person = timeline.lanes.people[row]
            session.select(person, session.joint if person == session.person else None)
        kind = timeline.curve_at(point)
        if kind is not None:
            timeline.show_curve(kind)
        if point.x() < timeline.areas.ruler.left():
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.drag = Drag.RANGE
            self._from_frame = timeline.scale.frame_at(point.x())
            self.preview = None
        else:
            self.drag = Drag.SCRUB
            session.pause()
            session.go_to(timeline.scale.frame_at(point.x()))

    def move(self, event: QMouseEvent) -> None:
        """Go on with the gesture; beyond the edges of the strip the view follows."""
        before, self._at = self._at, event.position().toPoint()
        if self.drag is Drag.PAN:
            scale = self._timeline.scale
            self._timeline.set_scale(scale.panned((before.x() - self._at.x()) / scale.per_frame))
        elif self.drag is not Drag.NONE:
            self._go_on()
            if self._beyond() and not self._timeline.scale.fits:
                self._edge.start()
            else:
                self._edge.stop()

    def release(self, event: QMouseEvent) -> None:
        """End the gesture. Shift + click without moving takes the mark away."""
        drag, self.drag = self.drag, Drag.NONE
        preview, self.preview = self.preview, None
        self._edge.stop()
        if drag is Drag.RANGE:
            if preview is None:
                self._session.mark(None)
            else:
                self._session.mark(*preview)
                self._timeline.range_selected.emit(*preview)
            self._timeline.update()

    def double_click(self, event: QMouseEvent) -> None:
        """A lane: its nearest labelled frame. The ruler: the whole video."""
        timeline = self._timeline
        point = event.position().toPoint()
        row = timeline.row_at(point)
        if row is not None:
            frame = self._session.frame
            if point.x() >= timeline.areas.ruler.left():
                frame = timeline.scale.frame_at(point.x())
            found = nearest(timeline.lanes.lane(row).keys, frame)
            if found is not None:
                self._session.go_to(found)
        elif timeline.areas.ruler.contains(point):
            timeline.fit()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; shift pans; ctrl, or the pointer over the names, scrolls the lanes."""
        timeline = self._timeline
        turn = event.angleDelta()
        point = event.position().toPoint()
        keys = event.modifiers()
        notches = (turn.y() or turn.x()) / 120
        if keys & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y()):
            scale = timeline.scale
            timeline.set_scale(scale.panned(-notches * scale.shown * PAN_PER_NOTCH))
        elif keys & Qt.KeyboardModifier.ControlModifier or point.x() < timeline.areas.ruler.left():
            timeline.scroll_rows(-notches)
        else:
            timeline.set_scale(timeline.scale.zoomed(ZOOM_PER_NOTCH**notches, point.x()))

    def _go_on(self) -> None:
        frame = self._timeline.scale.frame_at(self._at.x())
        if self.drag is Drag.SCRUB:
            self._session.go_to(frame)
        elif self.preview is not None or frame != self._from_frame:
            low, high = sorted((self._from_frame, frame))
            self.preview = (low, high + 1)
            self._timeline.update()

    def _beyond(self) -> int:
        """How many pixels the pointer is beyond the strip: negative at the left."""
        ruler = self._timeline.areas.ruler
        return min(self._at.x() - ruler.left(), 0) + max(self._at.x() - ruler.right(), 0)

    def _pan_at_edge(self) -> None:
        scale = self._timeline.scale
        push = max(-3.0, min(3.0, self._beyond() / 24))
        self._timeline.set_scale(scale.panned(push * max(scale.shown * _EDGE_SPEED, 0.2)))
        self._go_on()
