"""What is open now, to be read: the present frame's picture, and the people and poses of any frame.

:class:`app.session.Session` is this, and everything that changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from glpose_core.labels import Person, Project
    from glpose_core.video import VideoInfo

    from .workers.decode import FrameStore

KEPT_POSES = 3
"""Frames whose poses are kept: the present one, the one on show, the one that is drawn ahead."""


class Present(QObject):
    """What is open now.

    Attributes (read only for the views; change them through the methods of the session):
        project: the open project, or ``None``.
        info: facts about the open video, or ``None``.
        store: the decoder's thread and its cache, or ``None``.
        frame: the present frame, counted from 0.
        frames: how many frames the video has (0 if nothing is open).
        times: seconds of each frame as in the file, float64 ``[frames]``.
        person: id of the chosen person, or ``None``. It stays chosen where the person is absent.
        joint: slot of the chosen joint (0 … 16), or ``None``.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.info: VideoInfo | None = None
        self.store: FrameStore | None = None
        self.frame = 0
        self.frames = 0
        self.times: NDArray[np.float64] = np.zeros(0)
        self.person: int | None = None
        self.joint: int | None = None
        self._poses: dict[int, Any] = {}
        self._people: list[Person] | None = None

    # -- pictures ------------------------------------------------------------------------------

    def picture(self) -> QImage | None:
        """The picture of the present frame, or ``None`` while it is not decoded."""
        levels = self.picture_levels()
        return levels[0] if levels else None

    def picture_levels(self, frame: int | None = None) -> tuple[QImage, ...]:
        """The picture of a frame (the present one by default), then halves of it; none while it is not
        decoded."""
        if self.store is None:
            return ()
        return self.store.levels(self.frame if frame is None else frame)

    @property
    def picture_frame(self) -> int | None:
        """The frame that :meth:`picture` shows: the present one, or ``None``."""
        return self.frame if self.picture() is not None else None

    def broken_reason(self) -> str | None:
        """Why the present frame cannot be decoded, or ``None``."""
        return None if self.store is None else self.store.broken_reason(self.frame)

    def cached(self) -> NDArray[np.bool_]:
        """Which frames are decoded and held, bool ``[frames]``."""
        held = np.zeros(self.frames, dtype=bool)
        if self.store is not None:
            where = np.asarray(self.store.cached_frames(), dtype=np.int64)
            held[where[where < self.frames]] = True
        return held

    # -- people and poses ----------------------------------------------------------------------

    def people(self) -> list[Person]:
        """The living people of the project in order."""
        if self.project is None:
            return []
        if self._people is None:
            self._people = list(self.project.state.people())
        return self._people

    def person_name(self, person: int) -> str:
        """The name of a person ("person 3" where there is none)."""
        for one in self.people():
            if one.id == person:
                return one.name or f"person {person}"
        return f"person {person}"

    def poses(self, frame: int | None = None) -> Any:
        """What is seen in a frame (the present one by default): rows of POSE_DTYPE, ``[people]``."""
        if self.project is None:
            return ()
        frame = self.frame if frame is None else frame
        if frame not in self._poses:
            while len(self._poses) >= KEPT_POSES:
                del self._poses[next(iter(self._poses))]
            self._poses[frame] = self.project.poses(frame)
        return self._poses[frame]

    def pose(self, person: int | None = None) -> Any | None:
        """The row of a person (the chosen one by default) in the present frame, or ``None``."""
        person = self.person if person is None else person
        if person is None or self.project is None:
            return None
        rows = self.poses()
        at = np.flatnonzero(rows["person"] == person)
        return rows[int(at[0])].copy() if len(at) else None

    def pose_before(self, person: int) -> int | None:
        """The last frame before the present one in which a person is seen, or ``None``."""
        if self.project is None:
            return None
        frames = self.project.state.frames_of(person)
        at = int(np.searchsorted(frames, self.frame))
        return int(frames[at - 1]) if at else None

    def taken_out(self, person: int) -> bool:
        """Whether a human took a person out of the present frame."""
        if self.project is None:
            return False
        label = self.project.state.label(person, self.frame)
        return label is not None and bool(label["deleted"])

    def _forget(self) -> None:
        """People and poses have changed."""
        self._poses.clear()
        self._people = None
