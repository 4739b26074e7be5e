"""What is known about people before anybody is followed."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...geometry import Floats
from ...predict.job import KnownBoxes, Seed


@dataclass(frozen=True, eq=False)
class KnownBox:
    """One known box ``[4]`` of a person. ``exact`` ones stand to the digit; the others only say who it is."""

    person: int
    box: Floats
    deleted: bool
    exact: bool = True


class KnownPeople:
    """Known boxes and seeds, found by frame and by person. Seeds win over known boxes.

    Args:
        known: what is known.
        seeds: boxes drawn to be followed from.
        refind: whether a machine's boxes only say who somebody is, so that people are found and followed
            anew and keep their identity; otherwise they are used as they are.

    Attributes:
        followed: people that are to be followed beyond their boxes whatever else is asked.
        deleted_people: people of whom nothing is left: followed, never predicted.
        hidden: (person, frame) of deleted poses.
    """

    def __init__(
        self, known: KnownBoxes, seeds: Sequence[Seed] = (), *, refind: bool = False
    ) -> None:
        self.followed = {seed.person for seed in seeds}
        self._exact: dict[int, dict[int, KnownBox]] = defaultdict(dict)
        self._hints: dict[int, dict[int, KnownBox]] = defaultdict(dict)
        self._frames: dict[int, list[int]] = defaultdict(list)
        living = set(self.followed)
        for row in range(len(known)):
            person, frame = int(known.person[row]), int(known.frame[row])
            gone = bool(known.deleted[row])
            hint = refind and not known.human[row] and not gone
            box = KnownBox(person, known.box[row].copy(), gone, not hint)
            (self._hints if hint else self._exact)[frame][person] = box
            if not box.deleted:
                living.add(person)
        for seed in seeds:
            drawn = np.array(seed.box, dtype=np.float64)
            self._exact[seed.frame][seed.person] = KnownBox(seed.person, drawn, False)
        for frame in sorted(self._exact):
            for person, box in self._exact[frame].items():
                if not box.deleted:
                    self._frames[person].append(frame)
        self._by_person = {
            frame: [box for _, box in sorted(boxes.items())] for frame, boxes in self._exact.items()
        }
        self._throughout: dict[tuple[int, int], bool] = {}
        self._own: dict[int, list[tuple[int, KnownBox]]] = defaultdict(list)
        for frame in sorted({*self._exact, *self._hints}):
            for box in (*self.at(frame), *self.hints(frame)):
                self._own[box.person].append((frame, box))
        self.deleted_people = {
            person for boxes in self._exact.values() for person in boxes
        } - living
        self.hidden = {
            (person, frame)
            for frame, boxes in self._exact.items()
            for person, box in boxes.items()
            if box.deleted
        }

    def at(self, frame: int) -> Sequence[KnownBox]:
        """The boxes of a frame that stand as they are, and the deleted ones; by person."""
        return self._by_person.get(frame, ())

    def hints(self, frame: int) -> list[KnownBox]:
        """The boxes of a frame that only say who somebody is; by person."""
        return [box for _, box in sorted(self._hints.get(frame, {}).items())]

    def last_hints(self, frame: int, direction: int, reach: int) -> list[int]:
        """The people whom a box of ``frame`` hints at while none of the next ``reach`` frames in a direction
        (±1) does: whoever looks only now and then must look here."""
        onward = range(frame + direction, frame + direction * (reach + 1), direction)
        return [
            person
            for person in self._hints.get(frame, {})
            if not any(person in self._hints.get(later, {}) for later in onward)
        ]

    def near(self, frame: int, reach: int) -> list[tuple[int, KnownBox]]:
        """For every person, the (frame, box) nearest to a frame, if it is at most ``reach`` frames away;
        the nearest first."""
        nearest = []
        for own in self._own.values():
            where = bisect.bisect_left(own, frame, key=lambda entry: entry[0])
            nearest.append(
                min(own[max(where - 1, 0) : where + 1], key=lambda entry: abs(entry[0] - frame))
            )
        close = [entry for entry in nearest if abs(entry[0] - frame) <= reach]
        return sorted(close, key=lambda entry: (abs(entry[0] - frame), entry[1].person))

    def throughout(self, person: int, bridge: int) -> bool:
        """Whether a person never has to be followed: there are no gaps between their living boxes that stand but
        those longer than ``bridge`` frames, in which they are away."""
        if (person, bridge) not in self._throughout:
            steps = np.diff(self._frames.get(person, []))
            followed = person in self.followed or person not in self._frames
            self._throughout[person, bridge] = not (
                followed or ((steps > 1) & (steps <= bridge)).any()
            )
        return self._throughout[person, bridge]

    def ahead(self, person: int, frame: int, direction: int) -> int | None:
        """How many frames away the person's next living box that stands is, in a direction (±1); None
        without one."""
        frames = self._frames.get(person, [])
        if direction > 0:
            where = bisect.bisect_right(frames, frame)
            return frames[where] - frame if where < len(frames) else None
        where = bisect.bisect_left(frames, frame)
        return frame - frames[where - 1] if where > 0 else None
