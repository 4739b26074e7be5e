"""A view that paints itself: the picture, kept as it was last scaled, then people, then what is said."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRect, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from ..colours import person_colours
from ..session import Session
from ..theme import PALETTE
from . import paint
from .backdrop import Backdrop
from .empty import paint_opening
from .ghost import Ghost, make_ghost, paint_ghost
from .hint import line_of_help
from .hit import NOTHING
from .laid_out import LaidOutView
from .scene import Scene

log = logging.getLogger(__name__)

LATE = 300
"""Milliseconds after which a picture that has not come is excused."""


class PaintedView(LaidOutView):
    """Paints what is laid out."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._backdrop = Backdrop()
        self._painting_failed = False
        self._job_runs = False
        self._late = QTimer(self, singleShot=True, interval=LATE)
        self._late.timeout.connect(self.update)

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

    def _hint(self) -> list[tuple[str, bool]]:
        late = not self.editable and not self._late.isActive()
        return line_of_help(self.session, self.tool, late=late, job_runs=self._job_runs)
