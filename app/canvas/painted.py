"""A view that paints itself: the picture, kept as it was last scaled, then people, then what is said."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from ..colours import person_colours
from ..comparing import Opinion
from ..session import Session
from ..theme import PALETTE
from . import paint
from .areas import paint_areas
from .around import Around, paint_key_poses, paint_trail
from .backdrop import Backdrop
from .empty import paint_opening
from .gestures import Gesture
from .ghost import Ghost, fade_behind, make_ghost, paint_ghost
from .hint import SHORTEST, aids_in_words, line_of_help
from .hint_paint import (
    HINT_HEIGHT,
    Hint,
    fits,
    fitting_hint,
    hint_plate,
    paint_hint,
    wrapped_hint,
)
from .hint_place import covered, taken_by_hand
from .hit import NOTHING, joints_within
from .laid_out import LaidOutView
from .loupe import loupe_place, paint_loupe
from .opinion import Marks, paint_opinion
from .path import Path, PathAhead, paint_path
from .scene import Scene

log = logging.getLogger(__name__)

MARGIN = 12
"""Screen pixels between what is said and the edges of the view."""
HIGH_FOR_A_LINE = 100
"""Screen pixels of the view's height for each line that the help may have."""
LATE = 300
"""Milliseconds after which a picture that has not come is excused."""


class PaintedView(LaidOutView):
    """Paints what is laid out."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._backdrop = Backdrop()
        self._around = Around()
        self._path_ahead = PathAhead()
        self._loupe = QRect()
        self._hint_place = (0, False)
        self._opinion: Opinion | None = None
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
        drawn, ghost = self._drawn_ahead(), self._ghost()
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
            self._paint_around(painter)
            paint.paint_scene(painter, self._strokes(exposed, ghost))
        paint_areas(painter, self)
        opinion = self._opinion_here()
        if opinion is not None:
            paint_opinion(painter, opinion)
        path = self._path()
        if path is not None:
            paint_path(painter, path, self.mapping, person_colours(session.person or 0))
        if ghost is not None:
            paint_ghost(painter, ghost)
        reason = session.broken_reason() if self.shown_frame == session.frame else None
        if reason is not None:
            title = f"Frame {session.frame} cannot be decoded"
            paint.paint_warning(painter, area, title, reason)
        gesture = self.pointer.gesture
        if gesture is not None and gesture.box is not None:
            box = self.mapping.box_to_view(gesture.box)
            paint.paint_rubber(painter, box, self._shade_of(gesture))
        self._paint_aids(painter)
        self._paint_loupe(painter)
        hints = self._fitting_hints()
        if gesture is None and not session.playing:  # else it would jump about
            self._hint_place = self._least_in_the_way(hints)
        at, above = self._hint_place
        hint = hints[min(at, len(hints) - 1)]
        bottom = self._above(hint) if above else self.height() - MARGIN
        self.pointer.keep_clear = hint_plate(hint, MARGIN, bottom)
        if not self.pointer.is_in_the_way:
            paint_hint(painter, hint, MARGIN, bottom)

    def show_opinion(self, opinion: Opinion | None) -> None:
        """Show where a second model has some joints, as long as their person is chosen in one of its frames."""
        self._opinion = opinion
        self.update()

    def _opinion_here(self) -> Marks | None:
        """What of it is to be painted in the frame on show."""
        opinion = self._opinion
        if opinion is None or self.session.playing or opinion.person != self.session.person:
            return None
        second, figure = opinion.at(self.shown_frame), self.scene.figure(opinion.person)
        if second is None or figure is None:
            return None
        joints = list(opinion.joints)
        placed = figure.placed[joints]
        seen = np.where(placed[:, None], figure.joints[joints], np.nan)
        known = np.isfinite(second).all(axis=1)
        if not known.any():
            return None
        return Marks(seen[known], self.mapping.to_view(second[known]), opinion.model)

    def _fitting_hints(self) -> list[Hint]:
        """The line of help in as many words as have room beside all of its keys: in one line, else in several as far as
        the canvas is high enough, or with some left out."""
        room, most = self.width() - 24, self.height() // HIGH_FOR_A_LINE
        said: list[Hint] = []
        for short in range(SHORTEST + 1):
            said.append(self._hint(short))
            if fits(said[-1], room):
                return [fitting_hint(said[-1], room)]
        lines = (
            wrapped_hint(hint, room, most, whole=whole) for whole in (True, False) for hint in said
        )
        wrapped = next((hint for hint in lines if hint), None)
        cut = fitting_hint(said[-1], room)
        return [cut] if wrapped is None else [wrapped, cut]

    def _least_in_the_way(self, hints: Sequence[Hint]) -> tuple[int, bool]:
        """Which of some lines of help to show, and whether at the upper edge: the first that covers the least of what the
        hand can take, below rather than above."""
        points = self.mapping.to_view(self.tool.grips_in_picture(self.session))
        figure = self.scene.figure(self.session.person)
        if figure is not None:
            own = taken_by_hand(
                figure, handles=self.tool.handles, grips=self.tool.grips(self.session)
            )
            points = np.concatenate([points, own])
        bottom = self.height() - MARGIN
        places = [(at, above) for at in range(len(hints)) for above in (False, True)]
        return min(
            places,
            key=lambda place: covered(
                points,
                hint_plate(
                    hints[place[0]],
                    MARGIN,
                    self._above(hints[place[0]]) if place[1] else bottom,
                ),
            ),
        )

    def _above(self, hint: Hint) -> float:
        """Where the line of help ends at the upper edge: below what is said of the aids."""
        aids = HINT_HEIGHT if self._aids() else 0
        return 2 * MARGIN + aids + hint_plate(hint, 0, 0).height()

    def _shade_of(self, gesture: Gesture) -> QColor:
        """The colour of a box that is being drawn: its person's, or white for a band."""
        if gesture.chooses:
            return QColor(PALETTE.bright)
        return QColor(self._who(-1 if gesture.whose is None else gesture.whose)[1].light)

    def _paint_around(self, painter: QPainter) -> None:
        """Key poses and trail of the chosen person, below everybody's skeleton. Playing, they would flicker."""
        session, aids = self.session, self.session.view.aids
        person, frame = session.person, self.shown_frame
        if person is None or frame is None or session.project is None or session.playing:
            return
        if not (aids.onion or aids.trails):
            return
        at = (frame, self._poses_changes)
        poses, trail = self._around.find(session.project.state, aids, person, session.joint, at)
        paint_key_poses(painter, poses, self.mapping)
        if trail is not None:
            paint_trail(painter, trail, self.mapping, person_colours(person))

    def _magnified(self) -> QPointF | None:
        """The point of the view that is shown larger: the joint that is held, or where one would be placed."""
        if not self.session.view.aids.loupe or not self._levels or not self.editable:
            return None
        gesture = self.pointer.gesture
        if gesture is not None:
            if gesture.row is None or gesture.held is None:
                return None
            return QPointF(*self.mapping.to_view(gesture.row["xy"][gesture.held]).tolist())
        following = self._next_up()
        return None if following is None else following[0]

    def _paint_loupe(self, painter: QPainter) -> None:
        at = self._magnified()
        self._loupe = QRect()
        if at is not None:
            place = loupe_place(at, QRectF(self.rect()))
            self._loupe = place.toAlignedRect().adjusted(-2, -2, 2, 2)
            paint_loupe(painter, self._levels[0], self.mapping, at, place)

    def _paint_aids(self, painter: QPainter) -> None:
        """In the upper right corner, whatever makes the picture look other than it is, or will."""
        said = self._aids()
        if said and not self.session.playing:
            line = fitting_hint(said, self.width() - 24)
            plate = hint_plate(line, 0, 0)
            paint_hint(painter, line, self.width() - plate.width() - 12, 12 + plate.height())

    def _aids(self) -> Hint:
        return aids_in_words(self.session.view, self.shown_frame in self.session.early)

    def paint_beside(self) -> None:
        at = self._magnified()
        if at is not None or not self._loupe.isNull():
            self.update(self._loupe)
            if at is not None:
                place = loupe_place(at, QRectF(self.rect()))
                self.update(place.toAlignedRect().adjusted(-2, -2, 2, 2))
        doing = self.pointer.gesture or self._burst
        if doing is not None and doing.words:
            where = self.pointer.keep_clear.toAlignedRect()  # where it says how far
            self.update(QRect(0, where.top() - 2, self.width(), where.height() + 4))

    def _ghost(self) -> Ghost | None:
        """What the last correction would change in the frame on show, or ``None``."""
        proposal = self.session.spreading.proposal
        if proposal is None or self.shown_frame is None:
            return None
        if proposal.person in self.session.hiding.unseen:
            return None
        rows = [one for one in self.shown_rows() if one["person"] == proposal.person]
        return make_ghost(
            proposal,
            self.shown_frame,
            rows[0] if rows else None,
            self.mapping,
            person_colours(proposal.person),
        )

    def _path(self) -> Path | None:
        """The way that the chosen joint would take, or ``None``. Playing, it would flicker."""
        session, frame = self.session, self.shown_frame
        proposal, joint = session.spreading.proposal, session.joint
        if proposal is None or joint is None or frame is None or session.playing:
            return None
        if session.project is None or session.person != proposal.person:
            return None
        state, changes = session.project.state, self._poses_changes
        return self._path_ahead.find(state, proposal, joint, frame, changes)

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
            **self._more_strokes(),
        )

    def _more_strokes(self) -> dict[str, Any]:
        """What is said of a scene both when it is drawn ahead and in its time."""
        return {
            "grips": self.tool.grips(self.session),
            "members": self.session.group.members,
            "dim": self.session.view.aids.dim,
        }

    def _strokes(self, exposed: QRectF, ghost: Ghost | None) -> Iterator[paint.Stroke]:
        more = self._more_strokes()
        scene, proposal = self.scene, self.session.spreading.proposal
        if ghost is not None and proposal is not None:
            scene = fade_behind(scene, proposal.person, ghost)
        gesture = self.pointer.gesture
        if gesture is not None and gesture.chooses and gesture.box is not None:
            box = self.mapping.box_to_view(gesture.box)
            more["members"] = more["members"] | set(joints_within(self.scene.hit, box))
        return paint.strokes(
            scene,
            person=self.session.person,
            joint=self.session.joint,
            hover=self.pointer.hover,
            handles=self.tool.handles,
            area=exposed,
            next_up=self._next_up(),
            **more,
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

    def _hint(self, short: int = 0) -> list[tuple[str, bool]]:
        late = not self.editable and not self._late.isActive()
        doing = self.pointer.gesture or self._burst
        if doing is not None and doing.words:
            return [(doing.words, False)]
        beneath = self.pointer.beneath
        return line_of_help(
            self.session,
            self.tool,
            late=late,
            job_runs=self._job_runs,
            beneath=beneath,
            short=short,
        )
