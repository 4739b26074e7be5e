"""What listeners are told of a change of a project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .changes import AGREED, Change

_FRAME_AT = {"label": 1, "label_extra": 1, "frame": 0}
"""Where in the keys of a kind the frame stands."""


@dataclass(frozen=True)
class ProjectChange:
    """What listeners are told. ``frames`` is ``None`` where every frame may look different."""

    frames: frozenset[int] | None
    people: bool = False
    runs: bool = False

    def __or__(self, other: ProjectChange) -> ProjectChange:
        """Both, one after the other."""
        everywhere = self.frames is None or other.frames is None
        frames = (
            None if everywhere else (self.frames or frozenset()) | (other.frames or frozenset())
        )
        return ProjectChange(frames, self.people or other.people, self.runs or other.runs)


def summary(changes: Iterable[Change]) -> ProjectChange:
    """What changes mean to those who watch."""
    frames: set[int] = set()
    everywhere = people = runs = False
    for change in changes:
        if change.kind in _FRAME_AT:
            frames.add(change.key[_FRAME_AT[change.kind]])
            people = people or change.kind != "frame"
        elif change.kind == "person":
            everywhere = people = True
        elif change.kind in AGREED:
            everywhere = True
        else:
            everywhere = people = runs = True
    return ProjectChange(None if everywhere else frozenset(frames), people, runs)


def frames_named(changes: Iterable[Change]) -> frozenset[int]:
    """The frames whose labels or marks are among ``changes``."""
    return frozenset(c.key[_FRAME_AT[c.kind]] for c in changes if c.kind in _FRAME_AT)


def names_spans(changes: Iterable[Change]) -> bool:
    """Whether ``changes`` say to whom tracks belong, in frames that they do not name."""
    return any(change.kind == "spans" for change in changes)
