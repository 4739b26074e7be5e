"""A view with people laid out on it: those of the frame on show, or what a gesture makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from glpose_core.labels import POSE_DTYPE

from ..colours import PersonColours, person_colours
from ..session import Session
from . import paint
from .ahead import Ahead, Look
from .gestures import Gesture
from .pointer import Pointer
from .scene import Scene, exchange_figure, make_scene
from .toolbox import TOOLS
from .tools import Tool
from .view import ZoomedView


class LaidOutView(ZoomedView):
    """Keeps the scene of the frame on show.

    Attributes:
        tool: the way the pointer works.
        pointer: what the mouse is doing.
        scene: everybody in the frame on show, in screen pixels.
        shown_frame: the frame whose picture is on show, or ``None``.
    """

    pointer: Pointer
    _ahead: Ahead

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.tool: Tool = TOOLS["select"]
        self.scene = Scene()
        self.shown_frame: int | None = None
        self._levels: tuple[QImage, ...] = ()
        self._poses_changes = 0
        self._burst: Gesture | None = None

    @property
    def editable(self) -> bool:
        """Whether what is seen is the present frame, so that an edit lands where it is made."""
        return self.session.project is not None and self.shown_frame == self.session.frame

    def refresh(self, *_: object) -> None:
        """Lay the scene out again, and paint."""
        self.scene = self._scene_ahead() or self._make_scene()
        self.pointer.look_again()
        self.update()

    def refresh_gesture(self) -> None:
        """The gesture under way has moved: lay out and paint its own people only."""
        gesture = self.pointer.gesture
        if gesture is not None and gesture.chooses:
            self.update()  # nobody moves
            return
        rows = self._changed_rows()
        before = [self.scene.figure(int(row["person"])) for row in rows]
        drawn = gesture is not None and gesture.box is not None
        drawn = drawn or self.tool.name == "head"  # head boxes that joints propose lie beside them
        if not rows or None in before or drawn:
            self.refresh()
            return
        for row in rows:
            self.scene = exchange_figure(self.scene, row, self.mapping, self._who, paint.tag_width)
        after = [self.scene.figure(int(row["person"])) for row in rows]
        for figure in (*before, *after):
            assert figure is not None
            self.update(paint.extent(figure, labelled=True).toAlignedRect())
        self.paint_beside()

    def paint_beside(self) -> None:
        """A gesture has moved: paint what is shown of it beside its people."""

    def _make_scene(self) -> Scene:
        if self.shown_frame is None or self.session.project is None:
            return Scene()
        return self._lay_out(self.shown_rows())

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
            members=self.session.group.members,
            handles=self.tool.handles,
            grips=self.tool.grips(self.session),
            dim=self.session.view.aids.dim,
        )

    def _look_now(self) -> Look | None:
        """What the frame on show is drawn from, if that is nothing but what lies in the project."""
        if self.shown_frame is None or not self._levels or self._changed_rows():
            return None
        return self.look(self.shown_frame, self._levels)

    def _scene_ahead(self) -> Scene | None:
        look = self._look_now() if self.session.playing else None
        return None if look is None else self._ahead.scene(look)

    def _lay_out(self, rows: Any) -> Scene:
        return make_scene(
            self.session.hiding.drawn(rows),
            self.mapping,
            self._who,
            paint.tag_width,
            selected=self.session.person,
            handles=self.tool.handles,
            grips=self.tool.grips(self.session),
        )

    def shown_rows(self) -> Any:
        """The poses of the frame on show, with a gesture's own version in place of the real one."""
        changed = self._changed_rows()
        rows = self.session.poses(self.shown_frame)
        if not changed:
            return rows
        rows = np.asarray(rows, POSE_DTYPE)
        others = rows[~np.isin(rows["person"], [row["person"] for row in changed])]
        return np.append(others, np.array(changed, POSE_DTYPE))

    def _changed_rows(self) -> list[Any]:
        """The poses that a gesture or a burst of keys makes."""
        changed = [] if self.pointer.gesture is None else self.pointer.gesture.rows
        return changed or ([] if self._burst is None else self._burst.rows)

    def _who(self, person: int) -> tuple[str, PersonColours]:
        if person < 0:
            project = self.session.project
            return "new person", person_colours(1 if project is None else project.state.next_person)
        return self.session.person_name(person), person_colours(person)
