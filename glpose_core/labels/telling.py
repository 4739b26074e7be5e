"""What listeners are told of a change of a project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .changes import AGREED, Change


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
        if change.kind in ("label", "label_extra"):
            frames.add(change.key[1])
            people = True
        elif change.kind == "frame":
            frames.add(change.key[0])
        elif change.kind == "person":
            everywhere = people = True
        elif change.kind in AGREED:
            everywhere = True
        else:
            everywhere = people = runs = True
    return ProjectChange(None if everywhere else frozenset(frames), people, runs)
