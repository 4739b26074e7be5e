"""The pointer on the canvas: presses become gestures, clicks or movements of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent

from ..locking import is_locked_in
from .gestures import Gesture
from .hit import NOTHING, HitTarget, Part, hit_test, joints_at, joints_within
from .refused import Refused
from .tools import RESIZE, Press, moves_whole

if TYPE_CHECKING:
    from .canvas import Canvas

DRAG_DISTANCE = 3
"""Screen pixels the pointer must move before a press becomes a drag."""


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
        self._clicked: tuple[object, QPointF] | None = None
        self._cycled: HitTarget | None = None

    @property
    def beneath(self) -> int:
        """How many joints lie under the one that the resting pointer is on."""
        if self._at is None or self.hover.part is not Part.JOINT:
            return 0
        return max(len(joints_at(self._canvas.scene.hit, self._at.x(), self._at.y())) - 1, 0)

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
        if given_up:
            self._canvas.tell_collecting()
        return given_up

    def finish(self) -> bool:
        """End the drag under way as if its button had been let go here. Returns whether there was one."""
        gesture, dragged = self.gesture, self._dragging
        if gesture is None:
            return False
        self.cancel()
        if dragged or gesture.by_click:
            self._clicked = None
            self._finish(gesture)
        self._canvas.refresh()
        return True

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
            people = [] if gesture is None else gesture.people
            locked = [one for one in people if is_locked_in(canvas.session, one)]
            if gesture is not None and locked:
                gesture = Refused(canvas.session, gesture, locked[0])
            self.gesture = gesture
            canvas.tell_collecting()
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
            self._show_cursor()  # a tool's own grips are no target
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
        if pressed is None:
            return
        if gesture is not None and (dragged or gesture.by_click):
            self.finish()
        else:
            self.cancel()
            if not dragged:
                canvas.tool.click(canvas.session, pressed[0])
                self._cycle(pressed[0], at)
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
        if not canvas.editable:
            return
        if gesture.chooses and gesture.box is not None:
            box = canvas.mapping.box_to_view(gesture.box)
            canvas.session.group.add(joints_within(canvas.scene.hit, box))
        elif canvas.session.apply(gesture.finish):
            canvas.tool.finished(canvas.session, gesture)
            if canvas.tool.once:
                canvas.set_tool("select")

    def _cycle(self, press: Press, at: QPointF) -> None:
        """A click where the last one was chooses the next of the joints that lie over one another there."""
        canvas, session = self._canvas, self._canvas.session
        again = self._is_same_place(at)
        self._clicked, self._cycled = (self._circumstances(), at), None
        if canvas.tool.name != "select" or press.shift or press.control or press.secondary:
            return
        here = [(one.person, one.joint) for one in joints_at(canvas.scene.hit, at.x(), at.y())]
        chosen = (session.person, session.joint)
        if again and len(here) > 1 and chosen in here:
            session.select(*here[(here.index(chosen) + 1) % len(here)])
            self._cycled = HitTarget(Part.JOINT, session.person, session.joint)

    def _circumstances(self) -> object:
        """What a place on the screen means joints by."""
        return self._canvas.session.frame, self._canvas.mapping

    def _is_same_place(self, at: QPointF) -> bool:
        if self._clicked is None or self._clicked[0] != self._circumstances():
            return False
        return (at - self._clicked[1]).manhattanLength() <= DRAG_DISTANCE

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

    def _pressed(self, at: QPointF) -> HitTarget:
        """What a press takes: where joints were gone through by clicks, the one that was come to."""
        kept, session = self._cycled, self._canvas.session
        if kept is None or not self._is_same_place(at):
            return self.target(at)
        chosen = (kept.person, kept.joint) == (session.person, session.joint)
        here = joints_at(self._canvas.scene.hit, at.x(), at.y())
        return kept if chosen and kept in here else self.target(at)

    def _make_press(self, event: QMouseEvent) -> Press:
        keys, at = event.modifiers(), event.position()
        return Press(
            target=self._pressed(at),
            point=self._canvas.mapping.to_picture((at.x(), at.y())),
            secondary=event.button() == Qt.MouseButton.RightButton,
            control=bool(keys & Qt.KeyboardModifier.ControlModifier),
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            zoom=self._canvas.mapping.zoom,
        )

    def _would_press(self, at: QPointF) -> Press:
        """A press of the left button at a point of the view."""
        mapping = self._canvas.mapping
        return Press(self.hover, mapping.to_picture((at.x(), at.y())), zoom=mapping.zoom)

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
        if self._at is not None and not self.busy:
            shape = tool.cursor_at(self._canvas.session, self._would_press(self._at))
        if self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif target.handle is not None:
            shape = RESIZE[target.handle]
        elif tool.name == "select" and moves_whole(self._canvas.session, target):
            shape = Qt.CursorShape.SizeAllCursor
        elif tool.name == "select" and target.part is not Part.NOTHING:
            shape = Qt.CursorShape.PointingHandCursor
        if shape != self._canvas.cursor().shape():  # Qt would tell the screen again
            self._canvas.setCursor(shape)
