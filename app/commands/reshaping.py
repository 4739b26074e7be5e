"""The menu Pose: the chosen person's pose as a whole, turned, scaled, mirrored, copied and pasted."""

from __future__ import annotations

from glpose_core.labels.pasting import paste_pose
from glpose_core.labels.transform import mirror_poses

from ..bound import NO_PERSON
from ..dialogs.ranges import counted
from .base import CommandGroup

LITTLE, MUCH = 1.0, 10.0
"""Degrees, and hundredths of the size, of one key, and of one with Shift."""


class ReshapeCommands(CommandGroup):
    """The menu Pose: the chosen person's pose as a whole."""

    def turn_left(self) -> None:
        self._canvas.turn(-LITTLE)

    def turn_right(self) -> None:
        self._canvas.turn(LITTLE)

    def scale_up(self) -> None:
        self._canvas.turn(0.0, 1 + LITTLE / 100)

    def scale_down(self) -> None:
        self._canvas.turn(0.0, 1 / (1 + LITTLE / 100))

    def turn_left_far(self) -> None:
        self._canvas.turn(-MUCH)

    def turn_right_far(self) -> None:
        self._canvas.turn(MUCH)

    def scale_up_far(self) -> None:
        self._canvas.turn(0.0, 1 + MUCH / 100)

    def scale_down_far(self) -> None:
        self._canvas.turn(0.0, 1 / (1 + MUCH / 100))

    def mirror_pose(self) -> None:
        """In the present frame; in all of a marked range if the present frame is one of them."""
        person, (start, stop) = self._session.person, self._frames_meant()
        if person is not None:
            self._edit(lambda state: mirror_poses(state, person, start, stop), tell=True)

    def copy_pose(self) -> None:
        """Keep the chosen person's pose, to be pasted."""
        session = self._session
        session.settle()  # nudges that have not become an edit yet belong to it
        session.copied = session.pose()
        if session.copied is not None and session.person is not None:
            name = session.person_name(session.person)
            session.notice(
                "info", f"{name}’s pose in frame {session.frame} is copied: `Ctrl+V` pastes it."
            )
            self._window.bound.refresh()

    def paste_pose(self) -> None:
        """Into the present frame; if it is one of a marked range, into its first and last frame, held between."""
        self._paste(every=False)

    def paste_everywhere(self) -> None:
        """Into the present frame, or into each frame of a marked range, as if placed there by hand."""
        self._paste(every=True)

    def _paste(self, *, every: bool) -> None:
        session = self._session
        pose, person, project = session.copied, session.person, session.project
        if pose is None or project is None:
            return
        if person is None:
            person = int(pose["person"])
            if all(one.id != person for one in session.people()):
                session.notice("info", NO_PERSON)
                return
        start, stop = self._frames_meant()
        labelled = project.state.marks(person).labelled
        own = labelled[(labelled >= start) & (labelled < stop)].tolist()
        if not self._edit(lambda state: paste_pose(state, pose, person, start, stop, every=every)):
            return
        session.select(person)
        name = session.person_name(person)
        if every or stop - start <= 2:
            session.notice("info", pasted_words(name, stop - start, len(own)))
            return
        judged = {*own, *project.state.reviewed} & set(range(start + 1, stop - 1))
        replaced = len({start, stop - 1} & set(own))
        session.notice("info", held_words(name, start, stop, replaced, len(judged)))


def pasted_words(name: str, frames: int, replaced: int) -> str:
    """What a paste has done, for the person who did it."""
    if frames == 1:
        return f"{name}’s pose is pasted; Undo takes it back."
    over = f", over {replaced} that were labelled" if replaced else ""
    return f"{name}’s pose is pasted into {frames} frames{over}; Undo takes all of it back."


def held_words(name: str, start: int, stop: int, replaced: int, kept: int) -> str:
    """What a paste into the frames ``start`` … ``stop`` − 1 has done: ``replaced`` of its ends were labelled, and a person
    had judged ``kept`` frames between them."""
    over = (
        f", over {replaced} that {'was' if replaced == 1 else 'were'} labelled" if replaced else ""
    )
    but = f" but for {counted(kept)} that you have judged" if kept else ""
    ends = f"frames {start} and {stop - 1}"
    return f"{name}’s pose is yours in {ends}{over}, and held between{but}: `Shift+R` accepts it there."
