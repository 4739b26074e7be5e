"""The tool for head boxes: drawn for the chosen person or whose head it is, resized by handles, moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import Qt

from glpose_core.labels import heads
from glpose_core.labels.changes import Edit
from glpose_core.labels.state import ProjectState

from ..naming import brief
from .gestures import SMALLEST_BOX, Gesture, box_between
from .hit import HANDLE_RADIUS, box_handles
from .tools import RESIZE, Hint, Press, Tool, hint_parts, select_hit

if TYPE_CHECKING:
    from ..session import Session

Floats = NDArray[np.float64]


SMALL = 40.0
"""Screen pixels: a box with a shorter side has handles at its corners alone."""
BORDER = 5.0
"""Screen pixels on each side of a proposed box's border by which it is taken: within, one draws."""


def handles_of(box: Floats, zoom: float = 1.0) -> tuple[list[tuple[int, int]], Floats]:
    """The handles of a head box ``[4]`` seen at a ``zoom``: their (column, row) and positions ``[N, 2]``."""
    places, positions = box_handles(box)
    small = box[2:].min() * zoom < SMALL
    kept = [at for at, place in enumerate(places) if not small or all(place)]
    return [places[at] for at in kept], positions[kept]


class HeadGesture(Gesture):
    """A drag that makes a head box of :attr:`whose`, or of somebody new."""

    def __init__(self, frame: int, whose: int | None, box: ArrayLike) -> None:
        self._frame, self.whose = frame, whose
        self.box = np.array(box, dtype=np.float64)

    def finish(self, state: ProjectState) -> Edit | None:
        assert self.box is not None
        if self.box[2:].min() < SMALLEST_BOX:
            return None
        if self.whose is not None:
            return heads.draw_head_box(state, self.whose, self._frame, self.box)
        edit, self.added = heads.add_head(state, self._frame, self.box)
        return edit


class DrawHead(HeadGesture):
    """From corner to corner; whose head it is shows while it is drawn.

    ``within`` is in whose proposed box it begins: theirs it is, unless it is drawn around somebody else's head.
    """

    def __init__(
        self,
        rows: Any,
        chosen: int | None,
        again: bool,
        frame: int,
        start: ArrayLike,
        within: int | None = None,
    ) -> None:
        self._start = np.asarray(start, dtype=np.float64)
        super().__init__(frame, chosen if again else within, (*self._start, 0.0, 0.0))
        self._rows, self._chosen, self._again, self._within = rows, chosen, again, within

    def move(self, point: ArrayLike) -> None:
        self.box = box_between(self._start, np.asarray(point, dtype=np.float64))
        if not self._again:
            whose = heads.whose_head(self._rows, self.box, self._chosen)
            self.whose = self._within if whose is None else whose


class ChangeHead(HeadGesture):
    """Move a head box, or (``handle``) some of its edges."""

    def __init__(
        self, row: Any, handle: tuple[int, int] | None, frame: int, start: ArrayLike
    ) -> None:
        box = heads.seen_head_box(row)
        assert box is not None
        super().__init__(frame, int(row["person"]), box)
        self._start = np.asarray(start, dtype=np.float64)
        self._low, self._high = box[:2].copy(), box[:2] + box[2:]
        sides = np.ones(2) if handle is None else np.array(handle)
        self._at_low = sides < 0 if handle is not None else np.ones(2, bool)
        self._at_high = sides > 0

    def move(self, point: ArrayLike) -> None:
        offset = np.asarray(point, dtype=np.float64) - self._start
        low = self._low + np.where(self._at_low, offset, 0.0)
        self.box = box_between(low, self._high + np.where(self._at_high, offset, 0.0))


class HeadTool(Tool):
    """Draw and correct head boxes."""

    name = "head"
    cursor = Qt.CursorShape.CrossCursor

    def press(self, session: Session, press: Press) -> Gesture | None:
        if press.secondary:
            return None
        row, frame = session.pose(), session.frame
        handle = self._handle_at(session, press)
        if handle is not None:
            return ChangeHead(row, handle, frame, press.point)
        around = None if press.shift else self._around(session, press)
        if around is not None and _is_taken(around, press):
            session.select(int(around["person"]))
            return ChangeHead(around, None, frame, press.point)
        again = press.shift and session.person is not None
        within = None if around is None else int(around["person"])
        rows = session.hiding.drawn(session.poses())
        return DrawHead(rows, session.person, again, frame, press.point, within)

    def _handle_at(self, session: Session, press: Press) -> tuple[int, int] | None:
        """The handle of the chosen person's head box that a press takes."""
        row = session.pose()
        box = None if row is None else heads.seen_head_box(row)
        if box is None or press.shift:
            return None
        places, positions = handles_of(box, press.zoom)
        away = np.linalg.norm(positions - press.point, axis=1) * press.zoom
        # Of a small box, too, the middle is left to move it by.
        taken = away.min() <= min(HANDLE_RADIUS, box[2:].min() * press.zoom / 4)
        return places[int(away.argmin())] if taken else None

    def cursor_at(self, session: Session, press: Press) -> Qt.CursorShape:
        handle = self._handle_at(session, press)
        if handle is not None:
            return RESIZE[handle]
        around = self._around(session, press)
        moved = around is not None and _is_taken(around, press)
        return Qt.CursorShape.SizeAllCursor if moved else self.cursor

    def click(self, session: Session, press: Press) -> None:
        """In a head box it chooses whose that is; elsewhere as with Select."""
        around = self._around(session, press)
        if around is None:
            select_hit(session, press.target)
        else:
            session.select(int(around["person"]))

    def finished(self, session: Session, gesture: Gesture) -> None:
        whose = gesture.added if gesture.whose is None else gesture.whose
        session.select(whose)

    def grips_in_picture(self, session: Session) -> Floats:
        row = session.pose()
        box = None if row is None else heads.seen_head_box(row)
        return super().grips_in_picture(session) if box is None else box_handles(box)[1]

    def _around(self, session: Session, press: Press) -> Any | None:
        """The pose whose head box holds a point: the chosen person's, else the smallest. A proposed one is as large as
        its border can be taken."""
        found = []
        for row in session.hiding.drawn(session.poses()):
            box = heads.seen_head_box(row)
            more = 0.0 if heads.has_head_box(row) else BORDER / press.zoom
            if box is not None and _holds(box, press.point, more):
                found.append((row["person"] != session.person, float(box[2] * box[3]), row))
        return min(found, key=lambda one: one[:2])[2].copy() if found else None

    def hint(self, session: Session) -> Hint:
        row = session.pose()
        done = ("Esc", " done")
        if row is not None and heads.has_head_box(row):
            return hint_parts(
                *("", "Drag a handle or the box  ·  ", "Shift", "+drag draws it again   "),
                *("Shift+H", " removes it   ", "Q", " next person   ", *done),
            )
        if row is not None and heads.seen_head_box(row) is not None:
            return hint_parts(
                "", "Dotted: proposed; drag its border or a handle, or draw it anew  ·  ", *done
            )
        if session.person is not None:
            name = brief(session.person_name(session.person))
            return hint_parts("", f"Drag a box around the head of {name}  ·  ", *done)
        return hint_parts("", "Drag a box around a head  ·  ", *done)


def _holds(box: Floats, point: Floats, more: float) -> bool:
    """Whether a point lies in a box ``[4]`` that is larger by so much on every side."""
    return bool(((point >= box[:2] - more) & (point <= box[:2] + box[2:] + more)).all())


def _is_taken(row: Any, press: Press) -> bool:
    """Whether a press in the head box of a pose takes it: a drawn one anywhere, a proposed one by its border."""
    box = heads.seen_head_box(row)
    if box is None or heads.has_head_box(row):
        return True
    inner = min(BORDER / press.zoom, float(box[2:].min()) / 4)
    return not _holds(box, press.point, -inner)
