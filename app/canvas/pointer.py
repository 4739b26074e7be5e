"""The pointer on the canvas: presses become gestures, clicks or movements of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent

from ..locking import is_locked_in
from .gestures import Gesture
from .hit import NOTHING, HitTarget, Part, hit_test
from .refused import Refused
from .tools import Press, moves_whole

if TYPE_CHECKING:
    from .canvas import Canvas

DRAG_DISTANCE = 3
"""Screen pixels the pointer must move before a press becomes a drag."""

_RESIZE = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
}


class Pointer:
    """What the mouse is doing.

    Attributes:
        gesture: the drag that will become an edit, or ``None``.
        hover: what lies under the resting pointer.
        keep_clear: where a note lies that makes way for the pointer.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.gesture: Gesture | None = None
        self.hover: HitTarget = NOTHING
        self.keep_clear = QRectF()
        self._at: QPointF | None = None
        self._press: tuple[Press, QPointF] | None = None
        self._dragging = False
        self._pan_from: QPointF | None = None
        self._space = False
        self._space_used = False

    @property
    def at(self) -> QPointF | None:
        """Where the pointer is on the view, or ``None``."""
        return self._at

    @property
    def busy(self) -> bool:
        """Whether a button is held, or the space bar."""
        return self._press is not None or self._pan_from is not None or self._space

    def look_again(self) -> None:
        """Something else may lie under the pointer now, though it has not moved."""
        if self._at is not None and not self.busy:
            self.hover_over(self.target(self._at))

    def cancel(self) -> bool:
        """Forget what is under way. Returns whether a gesture was given up."""
        given_up = self.gesture is not None
        self.gesture = self._press = self._pan_from = None
        self._dragging = False
        self._show_cursor()
        return given_up

    # -- the buttons ---------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        canvas = self._canvas
        if canvas.session.project is None or self.gesture is not None:
            return
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or self._space:
            self._pan_from, self._space_used = event.position(), True
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        if button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        canvas.session.pause()
        canvas.settle()
        press = self._make_press(event)
        self._press, self._dragging = (press, event.position()), False
        if canvas.editable:
            gesture = canvas.tool.press(canvas.session, press)
            if gesture is not None and is_locked_in(canvas.session, gesture.person):
                gesture = Refused(canvas.session, gesture)
            self.gesture = gesture
            canvas.refresh()

    def move(self, at: QPointF) -> None:
        """The pointer is at a point of the view."""
        was_in_the_way, self._at = self.is_in_the_way, at
        if self.is_in_the_way != was_in_the_way:
            self._canvas.update()
        if self._pan_from is not None:
            offset, self._pan_from = at - self._pan_from, at
            self._canvas.pan(offset.x(), offset.y())
        elif self._press is not None:
            self._drag(at)
        else:
            self.hover_over(self.target(at))
            if self._canvas.tool.next_up(self._canvas.session) is not None:
                self._canvas.update()

    def release(self, at: QPointF) -> None:
        """The button was let go."""
        canvas = self._canvas
        if self._pan_from is not None:
            self._pan_from = None
            self._show_cursor()
            return
        pressed, gesture, dragged = self._press, self.gesture, self._dragging
        self.cancel()
        if pressed is None:
            return
        if gesture is not None and (dragged or gesture.by_click):
            self._finish(gesture)
        elif not dragged:
            canvas.tool.click(canvas.session, pressed[0])
        canvas.refresh()
        self.hover_over(self.target(at))

    def _drag(self, at: QPointF) -> None:
        assert self._press is not None
        press, start = self._press
        if not self._dragging and (at - start).manhattanLength() < DRAG_DISTANCE:
            return
        self._dragging = True
        canvas = self._canvas
        if self.gesture is None:
            self._press = (press, at)
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
            canvas.pan(at.x() - start.x(), at.y() - start.y())
            return
        self.gesture.move(canvas.mapping.to_picture((at.x(), at.y())))
        canvas.refresh_gesture()

    def _finish(self, gesture: Gesture) -> None:
        canvas = self._canvas
        if canvas.editable and canvas.session.apply(gesture.finish):
            canvas.tool.finished(canvas.session, gesture)

    def leave(self) -> None:
        """The pointer is elsewhere."""
        self._at = None
        self.hover_over(NOTHING)
        self._canvas.update()

    @property
    def is_in_the_way(self) -> bool:
        """Whether the note would hide what the pointer is about to touch."""
        return self._at is not None and self.keep_clear.adjusted(-16, -16, 16, 16).contains(
            self._at
        )

    # -- what lies under it --------------------------------------------------------------------

    def target(self, at: QPointF) -> HitTarget:
        """What lies under a point of the view."""
        return hit_test(self._canvas.scene.hit, at.x(), at.y())

    def _make_press(self, event: QMouseEvent) -> Press:
        keys, at = event.modifiers(), event.position()
        return Press(
            target=self.target(at),
            point=self._canvas.mapping.to_picture((at.x(), at.y())),
            secondary=event.button() == Qt.MouseButton.RightButton,
            control=bool(keys & Qt.KeyboardModifier.ControlModifier),
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
        )

    def hover_over(self, target: HitTarget) -> None:
        """Show what a press would take."""
        if target != self.hover:
            self.hover = target
            self._show_cursor()
            self._canvas.update()

    # -- the space bar -------------------------------------------------------------------------

    def hold_space(self) -> None:
        """While the space bar is held, dragging moves the view."""
        self._space, self._space_used = True, False
        self._show_cursor()

    def let_go_of_space(self) -> bool:
        """The space bar was let go. Returns whether it was only tapped."""
        tapped = self._space and not self._space_used
        self._space = False
        self._show_cursor()
        return tapped

    def _show_cursor(self) -> None:
        tool, target = self._canvas.tool, self.hover
        shape = tool.cursor
        if self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif target.part is Part.HANDLE and target.handle is not None:
            shape = _RESIZE[target.handle]
        elif tool.name == "select" and moves_whole(self._canvas.session, target):
            shape = Qt.CursorShape.SizeAllCursor
        elif tool.name == "select" and target.part is not Part.NOTHING:
            shape = Qt.CursorShape.PointingHandCursor
        if shape != self._canvas.cursor().shape():  # Qt would tell the screen again
            self._canvas.setCursor(shape)
