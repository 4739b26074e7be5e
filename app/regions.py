"""Ignore regions as they are drawn and chosen: the polygon that grows corner by corner, and the chosen one.

What is stored is the project's; here is only what the hand is doing. Points are picture pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QObject, Signal

from glpose_core.geometry import inside_any
from glpose_core.labels import regions

if TYPE_CHECKING:
    from glpose_core.labels.changes import Polygon

    from .session import Session

Floats = NDArray[np.float64]


class Regions(QObject):
    """The draft and the choice of a session.

    Attributes:
        draft: corners of the polygon that is being drawn, each ``[2]``; empty where none is.
        chosen: the chosen region of the present frame, or ``None``.
    """

    changed = Signal()
    """Another draft, or another choice."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.draft: list[Floats] = []
        self.chosen: Polygon | None = None
        session.project_changed.connect(self.forget)
        session.frame_changed.connect(lambda _frame: self._keep_choice())
        session.poses_changed.connect(lambda _change: self._keep_choice())
        session.selection_changed.connect(self._make_way)

    # -- the choice ----------------------------------------------------------------------------

    def here(self) -> tuple[Polygon, ...]:
        """The regions of the present frame."""
        session = self._session
        if session.project is None:
            return ()
        return session.project.state.frame_state(session.frame).regions

    def kept(self) -> range:
        """The frames over which the chosen region stands as it does here."""
        project, chosen = self._session.project, self.chosen
        if project is None or chosen is None:
            return range(0)
        return regions.kept_over(project.state, chosen, self._session.frame)

    def at(self, point: ArrayLike) -> Polygon | None:
        """The region of the present frame around a point: the chosen one, else the last drawn."""
        points = np.asarray(point, dtype=np.float64)[None]
        around = [one for one in self.here() if inside_any(points, [np.array(one)])[0]]
        if self.chosen in around:
            return self.chosen
        return around[-1] if around else None

    def choose(self, region: Polygon | None) -> None:
        """Choose a region of the present frame, or none."""
        if region is not None:
            self._session.select(None)
        if region != self.chosen:
            self.chosen = region
            self.changed.emit()

    def _keep_choice(self) -> None:
        if self.chosen is not None and self.chosen not in self.here():
            self.choose(None)

    def _make_way(self) -> None:
        """A person is chosen now."""
        if self._session.person is not None:
            self.choose(None)

    # -- the draft -----------------------------------------------------------------------------

    def lay_corner(self, point: ArrayLike) -> None:
        """Add a corner to the draft."""
        self.draft.append(np.asarray(point, dtype=np.float64))
        self.changed.emit()

    def take_corner_back(self) -> None:
        """Take the last corner away."""
        if self.draft:
            self.draft.pop()
            self.changed.emit()

    def drop_draft(self) -> bool:
        """Forget the draft; whether there was one."""
        if not self.draft:
            return False
        self.draft = []
        self.changed.emit()
        return True

    def close_draft(self) -> bool:
        """Make the draft a region, if it has enough corners. Returns whether there was a draft."""
        if not self.draft:
            return False
        if len(self.draft) < regions.CORNERS:
            self._session.notice("info", "A region needs three corners: click one more.")
            return True
        corners = regions.as_polygon(np.array(self.draft))
        self.draft = []
        self.changed.emit()
        self.draw(corners)
        return True

    def draw(self, polygon: Polygon) -> None:
        """Draw a region that is kept over :meth:`span`, choose it, and say how long it is kept."""
        start, stop = self.span()
        if self._session.apply(lambda state: regions.add_region(state, polygon, start, stop)):
            self.choose(polygon)
            self._session.notice("info", f"Ignore region in frames {start} to {stop - 1}.")

    def span(self) -> tuple[int, int]:
        """The frames that a new region is kept over: the marked ones if this one is among them, else from
        here to the end."""
        session = self._session
        if session.marked is not None and session.marked[0] <= session.frame < session.marked[1]:
            return session.marked
        return session.frame, session.frames

    def forget(self) -> None:
        """Another project: nothing is drawn or chosen."""
        self.drop_draft()
        self.choose(None)

    # -- what can be done with the chosen one ----------------------------------------------------

    def end(self) -> None:
        """Take the chosen region away from here on."""
        chosen, frame = self.chosen, self._session.frame
        if chosen is not None:
            self._session.apply(lambda state: regions.end_region(state, frame, chosen))

    def delete(self) -> None:
        """Take the chosen region away wherever it is kept."""
        chosen, frame = self.chosen, self._session.frame
        if chosen is not None:
            self._session.apply(lambda state: regions.delete_region(state, frame, chosen))

    def keep(self) -> None:
        """Keep the chosen region in the marked frames, or in all."""
        chosen, session = self.chosen, self._session
        if chosen is None:
            return
        start, stop = session.marked or (0, session.frames)
        session.apply(lambda state: regions.keep_region(state, session.frame, chosen, start, stop))
        session.notice("info", f"Ignore region in frames {start} to {stop - 1}.")
