"""The schedule in the window: where step keys go, and how far the work has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glpose_core.labels.schedule import scheduled_frames, step_within

if TYPE_CHECKING:
    from .viewing import Viewing


def scheduled(session: Viewing) -> NDArray[np.int64] | None:
    """The frames that are to be labelled, ascending; ``None`` where nothing is scheduled."""
    return None if session.project is None else scheduled_frames(session.project.state)


def steps_by_schedule(session: Viewing) -> bool:
    """Whether step keys go through the scheduled frames alone."""
    return session.view.scheduled_only and scheduled(session) is not None


def step_target(session: Viewing, steps: int) -> int:
    """The frame ``steps`` frames on, of the scheduled ones alone if that is what step keys do; where there
    is none that way, the present one."""
    frames = scheduled(session) if steps_by_schedule(session) else None
    if frames is None:
        return session.frame + steps
    target = step_within(frames, session.frame, steps) if steps else None
    return session.frame if target is None else target


@dataclass(frozen=True)
class Progress:
    """How many of the scheduled frames are reviewed."""

    reviewed: int
    frames: int

    @property
    def words(self) -> str:
        """ "12 of 57 scheduled reviewed"."""
        return f"{self.reviewed} of {self.frames} scheduled reviewed"


def progress(session: Viewing) -> Progress | None:
    """How far the work has come; ``None`` where nothing is scheduled."""
    frames = scheduled(session)
    if frames is None or session.project is None:
        return None
    reviewed = session.project.state.reviewed
    return Progress(sum(frame in reviewed for frame in frames.tolist()), len(frames))
