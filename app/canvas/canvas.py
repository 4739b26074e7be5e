"""The canvas: the picture, what lies on it, and the pointer.

Two layers are painted: the picture, kept as it was last scaled, and the overlay of people. The poses
shown always belong to the picture shown; while a picture is still being decoded the last one stays,
with its own poses, and cannot be edited on.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from glpose_core.labels import ProjectChange, seen_box

from ..locking import refused
from ..session import Session
from .ahead import Ahead
from .light_panel import LightPanel
from .painted import PaintedView
from .pointer import Pointer
from .selecting import several
from .several import MoveJoints
from .toolbox import TOOLS
from .tools import following_joint
from .whole import TurnAndScale

BURST_REST = 600
"""Milliseconds without a key after which a burst of them is one edit."""
WHEEL_DEGREES, WHEEL_FACTOR = 2.0, 1.02
"""What a notch of the wheel does to a pose."""


class Canvas(PaintedView):
    """Shows the present frame of a session and lets people be corrected on it."""

    tool_changed = Signal(str)
    aids_changed = Signal()
    """Other aids for the eye are shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.pointer = Pointer(self)
        self._ahead = Ahead(self)
        self._rest = QTimer(self, singleShot=True, interval=BURST_REST)
        self._rest.timeout.connect(self._settle_burst)
        self.light = LightPanel(session, self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 180)
        self.setAccessibleName("Picture")
        session.project_changed.connect(self._project_changed)
        session.frame_changed.connect(self._frame_changed)
        session.picture_changed.connect(self._picture_changed)
        session.preview_changed.connect(self._preview_changed)
        session.poses_changed.connect(self._poses_changed)
        session.selection_changed.connect(self._selection_changed)
        session.opening_changed.connect(self.update)
        session.job_changed.connect(self._job_changed)
        session.playing_changed.connect(lambda _playing: self._ahead.forget())
        session.settling.connect(self.settle)
        session.spreading.changed.connect(self.update)
        session.regions.changed.connect(self.update)
        self.tool_changed.connect(lambda _name: session.regions.forget())
        session.group.changed.connect(self.refresh)
        session.hiding.changed.connect(lambda: self._poses_changed(ProjectChange(None)))

    def sizeHint(self) -> QSize:
        return QSize(960, 540)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.light.place()

    # -- what is shown -------------------------------------------------------------------------

    def _project_changed(self) -> None:
        self._drop_gesture()
        self._poses_changes += 1
        self._ahead.forget()
        self._levels, self.shown_frame = (), None
        self.restore_view()
        if self.session.project is not None:
            self._picture_changed(self.session.frame)
        self.refresh()
        self.aids_changed.emit()

    def _frame_changed(self, _frame: int) -> None:
        self._drop_gesture()
        self._late.start()
        self.tool.propose(self.session)

    def _poses_changed(self, change: ProjectChange) -> None:
        self._poses_changes += 1
        # Rows of a running prediction are mostly of other frames; a change of nothing but people or runs
        # (a name) names no frames.
        if not change.frames or self.shown_frame in change.frames:
            self.refresh()

    def _selection_changed(self) -> None:
        if self.session.joint is None:
            self.tool.propose(self.session)
        self.note_chosen()
        self.refresh()

    def _picture_changed(self, frame: int) -> None:
        levels = self.session.picture_levels()
        if not levels and self.session.broken_reason() is None:
            return
        again = frame == self.shown_frame and levels == self._levels
        self._levels, self.shown_frame = levels, frame
        self._late.stop()
        if not again:
            self._ahead.hold()
            self.keep_chosen_in_view()
            self.note_chosen()
            self.refresh()

    def _preview_changed(self, frame: int) -> None:
        """Show another frame, with its own people, while the present one is being decoded: to look at only."""
        levels = self.session.picture_levels(frame)
        if levels and not self.editable:
            self._levels, self.shown_frame = levels, frame
            self.refresh()

    def _job_changed(self) -> None:
        """Work begins or ends: the hint says something else. Its progress changes nothing here."""
        runs = self.session.job is not None
        if runs != self._job_runs:
            self._job_runs = runs
            self.update()

    # -- tools ---------------------------------------------------------------------------------

    def set_tool(self, name: str) -> None:
        """Choose one of the tools by its name."""
        if self.tool.name == name:
            return
        self.settle()
        self._drop_gesture()
        self.tool = TOOLS[name]
        if self.session.joint is None:
            self.tool.propose(self.session)
        self.tool_changed.emit(self.tool.button or name)
        self.refresh()

    def escape(self) -> None:
        """Give up what is under way: a drag, then the tool, then joints chosen together, then the joint, then the
        person."""
        if self.pointer.gesture is not None or self._burst is not None:
            self._drop_gesture()
        elif self.tool.name != "select":
            self.set_tool("select")
        elif self.session.group:
            self.session.group.clear()
        elif self.session.joint is not None:
            self.session.select(self.session.person)
        else:
            self.session.select(None)

    def nudge(self, dx: float, dy: float) -> None:
        """Shift the chosen joint, or all that are chosen together, by picture pixels; a burst becomes one
        edit."""
        session = self.session
        joint, row = session.joint, session.pose()
        if not self.editable or (not session.group and refused(session, session.person)):
            return
        if not isinstance(self._burst, MoveJoints):
            self.settle()
            if session.group:
                self._burst = several(session)
            elif joint is not None and row is not None and row["visibility"][joint]:
                self._burst = MoveJoints([row], {int(row["person"]): [joint]})
        if isinstance(self._burst, MoveJoints):
            self._burst.by(dx, dy)
            self._rest.start()
            self.tell_collecting()
            self.refresh_gesture()

    def turn(self, degrees: float, factor: float = 1.0) -> None:
        """Turn (clockwise as seen) and scale the chosen person's pose; a burst becomes one edit."""
        row, info = self.session.pose(), self.session.info
        if row is None or info is None or not self.editable or seen_box(row) is None:
            return
        if refused(self.session, self.session.person):
            return
        if not isinstance(self._burst, TurnAndScale):
            self.settle()
            self._burst = TurnAndScale(row, info.pixel_aspect)
        self._burst.by(degrees, factor)
        self._rest.start()
        self.tell_collecting()
        self.refresh_gesture()

    def settle(self) -> None:
        """Turn what is under way, a drag or a burst of keys, into its edit."""
        self.pointer.finish()
        self._settle_burst()

    def let_go(self) -> None:
        """An action is about to be done: what the hand holds is finished as if its button had been let go."""
        self.pointer.finish()

    def tell_collecting(self) -> None:
        """A drag or a burst of keys has begun or ended."""
        self.session.set_collecting(self.pointer.gesture is not None or self._burst is not None)

    def _settle_burst(self) -> None:
        self._rest.stop()
        burst, self._burst = self._burst, None
        self.tell_collecting()
        if burst is not None and self.session.project is not None:
            self.session.apply(burst.finish)
            self.refresh()

    def _drop_gesture(self) -> None:
        self._rest.stop()
        given_up = self._burst is not None
        self._burst = None
        self.tell_collecting()
        if self.pointer.cancel() or given_up:
            self.refresh()

    # -- aids ----------------------------------------------------------------------------------

    def toggle_aid(self, name: str) -> bool:
        """Show one of :class:`Aids`, or no longer. Returns whether it is shown now."""
        view = self.session.view
        view.aids = replace(view.aids, **{name: not getattr(view.aids, name)})
        self._ahead.forget()
        self.refresh()
        self.aids_changed.emit()
        self.session.view_changed.emit()
        return bool(getattr(view.aids, name))

    # -- the pointer ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._settle_burst()
        self.pointer.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.session.project is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._turn_by_wheel(event)
            return
        pixels = event.pixelDelta()
        zooming = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if not pixels.isNull() and not zooming and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self.pan(pixels.x(), pixels.y())
        else:
            self.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
        event.accept()

    def _turn_by_wheel(self, event: QWheelEvent) -> None:
        """With Alt the wheel turns the chosen pose, with Shift as well it scales it."""
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120.0
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.turn(0.0, WHEEL_FACTOR**notches)
        else:
            self.turn(WHEEL_DEGREES * notches)
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # Held, the space bar moves the view; only letting go of it plays or pauses.
            if event.key() == Qt.Key.Key_Space and not event.modifiers():
                event.accept()
                return True
        elif (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_by(1.0 + event.value(), event.position())
            return True
        return super().event(event)

    # -- keys ----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.pointer.hold_space()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat() and self.pointer.let_go_of_space():
            self.session.toggle_playing()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._settle_burst()
        self.pointer.let_go_of_space()
        super().focusOutEvent(event)

    def next_joint(self, step: int = 1) -> None:
        """Choose the joint after (or before) the chosen one."""
        if self.session.person is not None:
            self.session.select(self.session.person, following_joint(self.session.joint, step))

    def judged(self) -> None:
        """The chosen joint has been judged by a key: go on to the next one, or to the next to be placed."""
        session = self.session
        if session.person is not None:
            session.select(session.person, self.tool.after(session, session.joint))
        if self.tool.once:
            self.set_tool("select")
