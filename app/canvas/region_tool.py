"""The tool for ignore regions: a dragged rectangle, or a polygon of clicks; then moved, reshaped, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import Qt

from glpose_core.labels import regions
from glpose_core.labels.changes import Edit, Polygon
from glpose_core.labels.state import ProjectState

from .gestures import SMALLEST_BOX, Gesture
from .hit import HANDLE_RADIUS
from .tools import Hint, Press, Tool, hint_parts

if TYPE_CHECKING:
    from ..regions import Regions
    from ..session import Session

Floats = NDArray[np.float64]
DOUBLE = 3.0
"""Screen pixels: a corner so near to the last one is the second half of a double click."""


class RegionGesture(Gesture):
    """A drag at a region.

    Attributes:
        polygon: its corners as they are now, ``[K, 2]``.
        old: the region that it replaces, or ``None``.
    """

    polygon: Floats
    old: Polygon | None = None

    @property
    def region(self) -> Polygon:
        """The corners as they are kept."""
        return regions.as_polygon(self.polygon)


class DrawRectangle(RegionGesture):
    """Drag a rectangle; a click lays the first corner of a polygon instead."""

    by_click = True

    def __init__(self, drawn: Regions, start: ArrayLike) -> None:
        self._drawn = drawn
        self._start = np.asarray(start, dtype=np.float64)
        self._dragged = False
        self.polygon = self._start[None]

    def move(self, point: ArrayLike) -> None:
        self._dragged = True
        (x1, y1), (x2, y2) = self._start, np.asarray(point, dtype=np.float64)
        self.polygon = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])

    def finish(self, state: ProjectState) -> Edit | None:
        if not self._dragged:
            self._drawn.lay_corner(self._start)
            return None
        if np.ptp(self.polygon, axis=0).min() < SMALLEST_BOX:
            return None
        return regions.add_region(state, self.region, *self._drawn.span())


class LayCorner(RegionGesture):
    """The next corner of the draft; on the first one, or twice in one place, it closes the polygon."""

    by_click = True

    def __init__(self, drawn: Regions, start: ArrayLike, zoom: float) -> None:
        self._drawn, self._zoom = drawn, zoom
        self.move(start)

    def move(self, point: ArrayLike) -> None:
        self._at = np.asarray(point, dtype=np.float64)
        self.polygon = np.array([*self._drawn.draft, self._at])

    def finish(self, state: ProjectState) -> Edit | None:
        draft = self._drawn.draft
        enough = len(draft) >= regions.CORNERS
        first, last = (float(np.hypot(*(self._at - draft[at]))) * self._zoom for at in (0, -1))
        if enough and first <= HANDLE_RADIUS:
            return self._closed(state)
        if last > DOUBLE:
            self._drawn.lay_corner(self._at)
        elif enough:
            return self._closed(state)
        return None

    def _closed(self, state: ProjectState) -> Edit:
        self.polygon = np.array(self._drawn.draft)
        self._drawn.drop_draft()
        return regions.add_region(state, self.region, *self._drawn.span())


class ReshapeRegion(RegionGesture):
    """Drag a region, or one of its corners (``corner``)."""

    def __init__(self, region: Polygon, corner: int | None, start: ArrayLike, frame: int) -> None:
        self.old, self._corner, self._frame = region, corner, frame
        self._start = np.asarray(start, dtype=np.float64)
        self.polygon = np.array(region)

    def move(self, point: ArrayLike) -> None:
        offset = np.asarray(point, dtype=np.float64) - self._start
        self.polygon = np.array(self.old)
        self.polygon[slice(None) if self._corner is None else self._corner] += offset

    def finish(self, state: ProjectState) -> Edit | None:
        assert self.old is not None
        return regions.move_region(state, self._frame, self.old, self.region)


class RegionTool(Tool):
    """Outline what is not to be labelled."""

    name = "region"
    cursor = Qt.CursorShape.CrossCursor

    def press(self, session: Session, press: Press) -> Gesture | None:
        drawn = session.regions
        if press.secondary:
            drawn.take_corner_back()
            return None
        if drawn.draft:
            return LayCorner(drawn, press.point, press.zoom)
        corner = _corner_at(drawn, press)
        if drawn.chosen is not None and corner is not None:
            return ReshapeRegion(drawn.chosen, corner, press.point, session.frame)
        around = drawn.at(press.point)
        drawn.choose(around)
        if around is not None:
            return ReshapeRegion(around, None, press.point, session.frame)
        return DrawRectangle(drawn, press.point)

    def cursor_at(self, session: Session, press: Press) -> Qt.CursorShape:
        drawn = session.regions
        moved = _corner_at(drawn, press) is not None or drawn.at(press.point) is not None
        return Qt.CursorShape.SizeAllCursor if moved and not drawn.draft else self.cursor

    def click(self, session: Session, press: Press) -> None:
        """The press has chosen already what there is to choose."""

    def finished(self, session: Session, gesture: Gesture) -> None:
        if isinstance(gesture, RegionGesture):
            session.regions.choose(gesture.region)
        if isinstance(gesture, DrawRectangle | LayCorner):
            frames = session.regions.kept()
            session.notice("info", f"Ignore region in frames {frames[0]} to {frames[-1]}.")

    def grips_in_picture(self, session: Session) -> Floats:
        drawn = session.regions
        return np.array(drawn.draft or drawn.chosen or (), dtype=np.float64).reshape(-1, 2)

    def hint(self, session: Session) -> Hint:
        drawn = session.regions
        if drawn.draft:
            return hint_parts(
                *("", "Click the next corner  ·  ", "Enter", " closes the region  ·  "),
                *("", "right click takes a corner back  ·  ", "Esc", " leaves it"),
            )
        if drawn.chosen is None:
            return hint_parts(
                *(
                    "",
                    "Drag a rectangle, or click corner after corner, around what nobody labels  ·  ",
                ),
                *("Esc", " done"),
            )
        frames = drawn.kept()
        where = f"Frames {frames[0]} to {frames[-1]}" if len(frames) > 1 else "This frame alone"
        return hint_parts(
            *("", f"{where}  ·  drag it or a corner from here on  ·  ", "Del", " ends it here   "),
            *("Shift+Del", " deletes it   ", "Shift+I", " keeps it everywhere"),
        )


def _corner_at(drawn: Regions, press: Press) -> int | None:
    """The corner of the chosen region that a press takes."""
    if drawn.chosen is None:
        return None
    away = np.linalg.norm(np.array(drawn.chosen) - press.point, axis=1) * press.zoom
    return int(away.argmin()) if away.min() <= HANDLE_RADIUS else None
