"""A scripted annotator: corrects a project as a careful person would who sees what is true.

They look at some frames only, click about where a joint is, repair identities, take away people who are
not there and add those who were missed. What they did is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ..labels import Edit, PoseRows, Project, Visibility, edits
from ..skeleton import EARS, POSETRACK17
from .truth import FrameTruth

_NOT_EARS = np.array([slot not in EARS for slot in range(len(POSETRACK17))])
_SAME_PERSON = 4.0
"""Mean distance of two poses, in head sizes, beyond which they are different people."""
_REPAIRS = 20
"""Identity repairs in one frame at most: each can make one other wrong."""


@dataclass
class Effort:
    """What was done: frames looked at, and each kind of action."""

    frames: int = 0
    joints_moved: int = 0
    joints_right: int = 0
    visibility_changed: int = 0
    poses_added: int = 0
    poses_deleted: int = 0
    people_deleted: int = 0
    identities_repaired: int = 0


@dataclass
class Annotator:
    """Corrects ``project`` by ``truth`` (a clip's, with a leading axis of frames).

    Attributes:
        tolerance: head sizes that a joint may be off before it is moved.
        unsteady: standard deviation of a click, in head sizes.
    """

    project: Project
    truth: FrameTruth
    tolerance: float = 0.25
    unsteady: float = 0.06
    seed: int = 0

    def __post_init__(self) -> None:
        self.effort = Effort()
        self._rng = np.random.default_rng(self.seed)
        self._known: dict[int, int] = {}
        """Which person of the project is which of the truth's."""

    def correct(self, frames: Iterable[int]) -> Effort:
        """Correct these frames one after the other, and mark them as reviewed."""
        for frame in frames:
            for _ in range(_REPAIRS):
                if not self._repair_identity(frame):
                    break
            self._correct_frame(frame)
            self.effort.frames += 1
        mine = set(self._known.values())
        for person in self.project.state.people():
            if person.id not in mine:
                self._apply(edits.delete_person(self.project.state, person.id))
                self.effort.people_deleted += 1
        return self.effort

    # -- one frame -----------------------------------------------------------------------------

    def _correct_frame(self, frame: int) -> None:
        there = np.flatnonzero(self.truth.labelled[frame])
        seen = {int(row["person"]): row for row in self._seen(frame)}
        for person in there.tolist():
            mine = self._known.get(person)
            if mine is None or mine not in seen:
                self._add(person, mine, frame)
            else:
                self._correct_pose(person, mine, seen[mine], frame)
        wanted = {self._known[person] for person in there.tolist()}
        for mine in seen.keys() - wanted:
            self._apply(edits.delete_pose(self.project.state, mine, frame))
            self.effort.poses_deleted += 1
        self._apply(edits.set_reviewed(self.project.state, [frame], True))

    def _correct_pose(self, person: int, mine: int, row: np.void, frame: int) -> None:
        wanted = self.truth.visibility[frame, person]
        size = self._head(person, frame)
        for joint in np.flatnonzero(_NOT_EARS).tolist():
            if wanted[joint] == Visibility.ABSENT:
                if row["visibility"][joint] != Visibility.ABSENT:
                    self._show(mine, frame, joint, Visibility.ABSENT)
                continue
            place = self.truth.xy[frame, person, joint]
            absent = row["visibility"][joint] == Visibility.ABSENT
            off = float(np.linalg.norm(row["xy"][joint] - place))
            if absent or off > self.tolerance * size:
                click = self._click(place, size)
                self._apply(edits.move_joint(self.project.state, mine, frame, joint, click))
                self.effort.joints_moved += 1
            else:
                self.effort.joints_right += 1
            now = self.project.state.pose(mine, frame)
            if now is not None and now["visibility"][joint] != wanted[joint]:
                self._show(mine, frame, joint, Visibility(int(wanted[joint])))
        self._apply(edits.accept_pose(self.project.state, mine, frame))

    def _show(self, mine: int, frame: int, joint: int, visibility: Visibility) -> None:
        self._apply(edits.set_visibility(self.project.state, mine, frame, joint, visibility))
        self.effort.visibility_changed += 1

    def _add(self, person: int, mine: int | None, frame: int) -> None:
        size = self._head(person, frame)
        visibility = self.truth.visibility[frame, person]
        xy = self._click(self.truth.xy[frame, person], size) * (visibility > 0)[:, None]
        state = self.project.state
        if mine is None:
            edit, mine = edits.add_person(state, frame, xy=xy, visibility=visibility)
            self._known[person] = mine
        else:
            edit = edits.add_pose(state, mine, frame, xy, visibility)
        self._apply(edit)
        self.effort.poses_added += 1

    # -- who is who ----------------------------------------------------------------------------

    def _repair_identity(self, frame: int) -> bool:
        """Learn who is who here; mend one identity that is not who it was. Whether one was mended."""
        owners = {mine: person for person, mine in self._known.items()}
        for person, mine in self._pairs(frame):
            known = self._known.get(person)
            if known == mine:
                continue
            if known is None and mine not in owners:
                self._known[person] = mine
                owners[mine] = person
            elif known is not None:
                state = self.project.state
                if mine in owners:
                    self._apply(edits.swap_people(state, known, mine, frame))
                else:
                    self._apply(edits.merge_people(state, known, mine))
                self.effort.identities_repaired += 1
                return True
        return False

    def _pairs(self, frame: int) -> list[tuple[int, int]]:
        """Truth's and project's people of a frame who are the same by their poses."""
        there, seen = np.flatnonzero(self.truth.labelled[frame]), self._seen(frame)
        if not len(there) or not len(seen):
            return []
        both = (self.truth.visibility[frame, there] > 0)[:, None] & (seen["visibility"] > 0)[None]
        away = np.linalg.norm(self.truth.xy[frame, there][:, None] - seen["xy"][None], axis=-1)
        count = both.sum(axis=-1)
        mean = np.where(both, away, 0).sum(axis=-1) / np.maximum(count, 1)
        size = np.array([self._head(person, frame) for person in there.tolist()])
        cost = np.where(count > 0, mean / size[:, None], np.inf)
        rows, columns = linear_sum_assignment(np.minimum(cost, 1e3))
        return [
            (int(there[row]), int(seen["person"][column]))
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if cost[row, column] < _SAME_PERSON
        ]

    # -- the hand ------------------------------------------------------------------------------

    def _seen(self, frame: int) -> PoseRows:
        rows = self.project.poses(frame)
        return rows[(rows["visibility"] > 0).any(axis=1) & ~rows["deleted"]]

    def _head(self, person: int, frame: int) -> float:
        """The official head size: 0.6 × the diagonal of the head box."""
        return 0.6 * float(np.hypot(*self.truth.head_box[frame, person, 2:]))

    def _click(self, place: NDArray[np.float64], size: float) -> NDArray[np.float64]:
        return place + self._rng.normal(0, self.unsteady * size, place.shape)

    def _apply(self, edit: Edit) -> None:
        if edit.changes:
            self.project.apply(edit)
