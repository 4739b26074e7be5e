"""The canvas: the picture, what lies on it, and the pointer.

Two layers are painted: the picture, kept as it was last scaled, and the overlay of people. The poses
shown always belong to the picture shown; while a picture is still being decoded the last one stays,
with its own poses, and cannot be edited on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ..colours import PersonColours, person_colours
from ..session import Session
from ..spreading import summary
from ..theme import PALETTE
from . import paint
from .ahead import Ahead, Look
from .backdrop import Backdrop
from .empty import paint_opening
from .gestures import Nudges
from .ghost import Ghost, make_ghost, paint_ghost
from .hit import NOTHING
from .pointer import Pointer
from .scene import Scene, exchange_figure, make_scene
from .tools import TOOLS, Tool, following_joint
from .view import ZoomedView

if TYPE_CHECKING:
    from glpose_core.labels import ProjectChange

log = logging.getLogger(__name__)

BURST_REST = 600
"""Milliseconds without an arrow key after which a burst of nudges is one edit."""
LATE = 300
"""Milliseconds after which a picture that has not come is excused."""


class Canvas(ZoomedView):
    """Shows the present frame of a session and lets people be corrected on it."""

    tool_changed = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.tool: Tool = TOOLS["select"]
        self.scene = Scene()
        self.shown_frame: int | None = None
        self.pointer = Pointer(self)
        self._levels: tuple[QImage, ...] = ()
        self._backdrop = Backdrop()
        self._ahead = Ahead(self)
        self._poses_changes = 0
        self._nudges: Nudges | None = None
        self._painting_failed = False
        self._job_runs = False
        self._rest = QTimer(self, singleShot=True, interval=BURST_REST)
        self._rest.timeout.connect(self.settle)
        self._late = QTimer(self, singleShot=True, interval=LATE)
        self._late.timeout.connect(self.update)
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

    def sizeHint(self) -> QSize:
        return QSize(960, 540)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def editable(self) -> bool:
        """Whether what is seen is the present frame, so that an edit lands where it is made."""
        return self.session.project is not None and self.shown_frame == self.session.frame

    def _project_changed(self) -> None:
        self._drop_gesture()
        self._poses_changes += 1
        self._ahead.forget()
        self._levels, self.shown_frame = (), None
        self.restore_view()
        if self.session.project is not None:
            self._picture_changed(self.session.frame)
        self.refresh()

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

    def refresh(self, *_: object) -> None:
        """Lay the scene out again, and paint."""
        self.scene = self._scene_ahead() or self._make_scene()
        self.pointer.look_again()
        self.update()

    def refresh_gesture(self) -> None:
        """The gesture under way has moved: lay out and paint its own person only."""
        row = self._changed_row()
        before = None if row is None else self.scene.figure(int(row["person"]))
        drawn = self.pointer.gesture is not None and self.pointer.gesture.box is not None
        if row is None or before is None or drawn:
            self.refresh()
            return
        self.scene = exchange_figure(self.scene, row, self.mapping, self._who, paint.tag_width)
        after = self.scene.figure(before.person)
        assert after is not None
        for figure in (before, after):
            self.update(paint.extent(figure, labelled=True).toAlignedRect())

    def _make_scene(self) -> Scene:
        if self.shown_frame is None or self.session.project is None:
            return Scene()
        return self._lay_out(self._rows())

    def laid_out(self, frame: int) -> Scene:
        """The people of any frame as they would lie on the screen."""
        return self._lay_out(self.session.poses(frame))

    def look(self, frame: int, levels: tuple[QImage, ...]) -> Look:
        """What a frame with this picture would be drawn from now."""
        return Look(
            frame=frame,
            picture=levels[0].cacheKey(),
            poses=self._poses_changes,
            mapping=self.mapping,
            width=self.width(),
            height=self.height(),
            ratio=self.devicePixelRatioF(),
            person=self.session.person,
            joint=self.session.joint,
            handles=self.tool.handles,
        )

    def _look_now(self) -> Look | None:
        """What the frame on show is drawn from, if that is nothing but what lies in the project."""
        if self.shown_frame is None or not self._levels or self._changed_row() is not None:
            return None
        return self.look(self.shown_frame, self._levels)

    def _scene_ahead(self) -> Scene | None:
        look = self._look_now() if self.session.playing else None
        return None if look is None else self._ahead.scene(look)

    def _lay_out(self, rows: Iterable[Any]) -> Scene:
        return make_scene(
            rows,
            self.mapping,
            self._who,
            paint.tag_width,
            selected=self.session.person,
            handles=self.tool.handles,
        )

    def _rows(self) -> Iterable[Any]:
        """The poses of the frame on show, with a gesture's own version in place of the real one."""
        changed = self._changed_row()
        rows: Iterable[Any] = self.session.poses(self.shown_frame)
        if changed is None:
            return rows
        others = [row for row in rows if row["person"] != changed["person"]]
        return [*others, changed]

    def _changed_row(self) -> Any | None:
        """The pose that a gesture or a burst of nudges makes, or ``None``."""
        changed = self.pointer.gesture.row if self.pointer.gesture is not None else None
        if changed is None and self._nudges is not None:
            changed = self._nudges.row
        return changed

    def _who(self, person: int) -> tuple[str, PersonColours]:
        if person < 0:
            project = self.session.project
            return "new person", person_colours(1 if project is None else project.state.next_person)
        return self.session.person_name(person), person_colours(person)

    # -- tools ---------------------------------------------------------------------------------

    def set_tool(self, name: str) -> None:
        """Choose "select", "box" or "place"."""
        if self.tool.name == name:
            return
        self.settle()
        self._drop_gesture()
        self.tool = TOOLS[name]
        if self.session.joint is None:
            self.tool.propose(self.session)
        self.tool_changed.emit(name)
        self.refresh()

    def escape(self) -> None:
        """Give up what is under way: a drag, then the tool, then the joint, then the person."""
        if self.pointer.gesture is not None or self._nudges is not None:
            self._drop_gesture()
        elif self.tool.name != "select":
            self.set_tool("select")
        elif self.session.joint is not None:
            self.session.select(self.session.person)
        else:
            self.session.select(None)

    def nudge(self, dx: float, dy: float) -> None:
        """Shift the chosen joint by picture pixels; a burst becomes one edit."""
        joint, row = self.session.joint, self.session.pose()
        if joint is None or row is None or not self.editable or not row["visibility"][joint]:
            return
        if self._nudges is None:
            self._nudges = Nudges(row, joint)
        self._nudges.by(dx, dy)
        self._rest.start()
        self.refresh_gesture()

    def settle(self) -> None:
        """Turn an unfinished burst of nudges into its edit."""
        self._rest.stop()
        nudges, self._nudges = self._nudges, None
        if nudges is not None and self.session.project is not None:
            self.session.apply(nudges.finish)
            self.refresh()

    def _drop_gesture(self) -> None:
        self._rest.stop()
        given_up = self._nudges is not None
        self._nudges = None
        if self.pointer.cancel() or given_up:
            self.refresh()

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        # An exception that leaves a paint event ends the process: tell the log once, and go on.
        painter = QPainter(self)
        try:
            self._paint(painter, QRectF(event.rect()))
            self._ahead.follow()
        except Exception:
            if not self._painting_failed:
                log.exception("painting the canvas failed")
            self._painting_failed = True
        finally:
            painter.end()

    def _paint(self, painter: QPainter, exposed: QRectF) -> None:
        area = QRectF(self.rect())
        session = self.session
        drawn = self._drawn_ahead()
        if drawn is None:
            painter.fillRect(exposed, QColor(PALETTE.picture))
        if session.opening is not None and session.project is None:
            paint_opening(painter, area, session.opening)
            return
        if session.project is None:
            return  # the welcome covers the canvas
        if drawn is not None:
            painter.drawPixmap(0, 0, drawn)
        else:
            self._paint_picture(painter)
            paint.paint_scene(painter, self._strokes(exposed))
        ghost = self._ghost()
        if ghost is not None:
            paint_ghost(painter, ghost)
        reason = session.broken_reason() if self.shown_frame == session.frame else None
        if reason is not None:
            title = f"Frame {session.frame} cannot be decoded"
            paint.paint_warning(painter, area, title, reason)
        gesture = self.pointer.gesture
        if gesture is not None and gesture.box is not None:
            shade = QColor(self._who(-1 if gesture.whose is None else gesture.whose)[1].light)
            paint.paint_rubber(painter, self.mapping.box_to_view(gesture.box), shade)
        hint = paint.fitting_hint(self._hint(), self.width() - 24)
        self.pointer.keep_clear = paint.hint_plate(hint, 12, self.height() - 12)
        if not self.pointer.is_in_the_way:
            paint.paint_hint(painter, hint, 12, self.height() - 12)

    def _ghost(self) -> Ghost | None:
        """What the last correction would change in the frame on show, or ``None``."""
        proposal = self.session.spreading.proposal
        if proposal is None or self.shown_frame is None:
            return None
        rows = [one for one in self._rows() if one["person"] == proposal.person]
        return make_ghost(
            proposal,
            self.shown_frame,
            rows[0] if rows else None,
            self.mapping,
            person_colours(proposal.person),
        )

    def _drawn_ahead(self) -> QPixmap | None:
        """The frame on show if it was drawn ahead and the pointer has nothing to add."""
        look = self._look_now() if self.session.playing else None
        if look is None or self.session.opening is not None or not self._pointer_adds_nothing():
            return None
        return self._ahead.drawn(look)

    def _pointer_adds_nothing(self) -> bool:
        return self.pointer.hover == NOTHING and self._next_up() is None

    def paint_ground(self, painter: QPainter, picture: QPixmap, area: QRect) -> None:
        """Paint a picture, scaled already, and what is seen beside it."""
        painter.fillRect(area, QColor(PALETTE.picture))
        painter.drawPixmap(self.visible_picture().topLeft(), picture)

    def strokes_ahead(self, scene: Scene) -> Iterator[paint.Stroke]:
        """The parts of a scene, without what the pointer adds to them."""
        return paint.strokes(
            scene,
            person=self.session.person,
            joint=self.session.joint,
            hover=NOTHING,
            handles=self.tool.handles,
            area=QRectF(self.rect()),
        )

    def _strokes(self, exposed: QRectF) -> Iterator[paint.Stroke]:
        return paint.strokes(
            self.scene,
            person=self.session.person,
            joint=self.session.joint,
            hover=self.pointer.hover,
            handles=self.tool.handles,
            area=exposed,
            next_up=self._next_up(),
        )

    def visible_picture(self) -> QRect:
        """The part of the view in which the picture lies."""
        return QRectF(*self.mapping.rectangle).toAlignedRect() & self.rect()

    def _next_up(self) -> tuple[QPointF, str] | None:
        """Where the pointer is and the joint that a click there would place, or ``None``."""
        at, joint = self.pointer.at, self.tool.next_up(self.session)
        if at is None or joint is None or not self.editable or self.pointer.busy:
            return None
        return at, paint.joint_words(joint)

    def _hint(self) -> list[tuple[str, bool]]:
        if self.session.opening is not None:
            return [
                (f"{self.session.opening.title}…  ·  ", False),
                ("Esc", True),
                (" cancels", False),
            ]
        if not self.editable and not self._late.isActive():
            return [(f"Frame {self.session.frame} is being decoded…", False)]
        if self.tool.name == "select" and not self.session.people():
            if self._job_runs:
                return [("The people that are found appear in the picture", False)]
            return [
                ("No people yet: press ", False),
                ("P", True),
                (" to find and predict, or ", False),
                ("B", True),
                (" to draw a box", False),
            ]
        proposal = self.session.spreading.proposal
        if proposal is not None:
            return [
                (f"{summary(proposal)} would follow: ", False),
                ("G", True),
                (" takes it  ·  ", False),
                ("Shift+G", True),
                (" and accepts the frame  ·  ", False),
                ("Backspace", True),
                (" leaves it", False),
            ]
        return self.tool.hint(self.session)

    def _paint_picture(self, painter: QPainter) -> None:
        target = QRectF(*self.mapping.rectangle)
        if not self._levels:
            painter.fillRect(target, QColor(PALETTE.panel))
            return
        visible = self.visible_picture()
        if visible.isEmpty():
            return
        pixmap = self._backdrop.scaled(
            self._levels, self.mapping, visible, self.devicePixelRatioF()
        )
        painter.drawPixmap(visible.topLeft(), pixmap)

    # -- the pointer ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self.settle()
        self.pointer.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.session.project is None:
            return
        pixels = event.pixelDelta()
        zooming = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if not pixels.isNull() and not zooming and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self.pan(pixels.x(), pixels.y())
        else:
            self.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
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
        self.settle()
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
