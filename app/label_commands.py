"""The commands that change labels: joints, poses, people, and what is accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from glpose_core.labels import Edit, ProjectState, Visibility, edits
from glpose_core.labels.sides import limb_of, swap_sides

from .asking import ask_range
from .canvas.stance import standing

if TYPE_CHECKING:
    from glpose_core.review import Item

    from .window import MainWindow

FAR = 10
"""Pixels of a long nudge."""

Make = Callable[[ProjectState], Edit | None]


class LabelCommands(QObject):
    """Everything that ends in an edit, by the id of its action."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session, self._canvas = window.session, window.canvas

    # -- Pose ----------------------------------------------------------------------------------

    def next_joint(self) -> None:
        self._canvas.next_joint()

    def previous_joint(self) -> None:
        self._canvas.next_joint(-1)

    def mark_visible(self) -> None:
        self._mark(Visibility.VISIBLE)

    def mark_hidden(self) -> None:
        self._mark(Visibility.OCCLUDED)

    def mark_absent(self) -> None:
        self._mark(Visibility.ABSENT)

    def _mark(self, visibility: Visibility) -> None:
        """Set the chosen joint's visibility and go on to the next joint."""
        person, joint, frame = self._session.person, self._session.joint, self._session.frame
        if person is None or joint is None:
            return
        if self._canvas.editable:
            self._edit(lambda state: edits.set_visibility(state, person, frame, joint, visibility))
            self._canvas.judged()

    def accept_joint(self) -> None:
        person, joint, frame = self._session.person, self._session.joint, self._session.frame
        if person is None or joint is None:
            return
        if self._canvas.editable:
            self._edit(lambda state: edits.accept_joint(state, person, frame, joint))
            self._canvas.judged()

    def arrow_left(self) -> None:
        self._arrow(-1, 0)

    def arrow_right(self) -> None:
        self._arrow(1, 0)

    def arrow_up(self) -> None:
        self._arrow(0, -1)

    def arrow_down(self) -> None:
        self._arrow(0, 1)

    def far_left(self) -> None:
        self._arrow(-FAR, 0)

    def far_right(self) -> None:
        self._arrow(FAR, 0)

    def far_up(self) -> None:
        self._arrow(0, -FAR)

    def far_down(self) -> None:
        self._arrow(0, FAR)

    def _arrow(self, dx: int, dy: int) -> None:
        """Nudge the chosen joint; where there is none to nudge, left and right step through the video."""
        row, joint = self._session.pose(), self._session.joint
        if joint is not None and row is not None and row["visibility"][joint]:
            self._canvas.nudge(dx, dy)
        elif dx:
            far = self._session.view.long_step
            self._session.step(dx if abs(dx) < FAR else dx // FAR * far)

    def swap_sides(self) -> None:
        self._swap(None)

    def swap_limb(self) -> None:
        """Exchange the arms or the legs, whichever the chosen joint is part of."""
        joint = self._session.joint
        limb = () if joint is None else limb_of(joint)
        if limb:
            self._swap(limb)
        else:
            self._session.notice(
                "info", "This joint has no other side: choose one of an arm or a leg."
            )

    def _swap(self, joints: tuple[int, ...] | None) -> None:
        """In the present frame; in all of a marked range if the present frame is one of them."""
        person, frame, marked = self._session.person, self._session.frame, self._session.marked
        if person is None:
            return
        start, stop = frame, frame + 1
        if marked is not None and marked[0] <= frame < marked[1]:
            start, stop = marked
        self._edit(
            lambda state: swap_sides(state, person, start, stop, joints), tell=stop - start > 1
        )

    def copy_previous(self) -> None:
        """Copy the chosen person's last pose before this frame into it."""
        person, frame = self._session.person, self._session.frame
        if person is None:
            return
        source = self._session.pose_before(person)
        if source is None:
            name = self._session.person_name(person)
            self._session.notice("info", f"{name} has no pose before frame {frame} to copy.")
            return
        self._edit(lambda state: edits.copy_pose(state, person, source, frame), tell=True)

    def carry_on(self) -> None:
        self._carry(1)

    def carry_far(self) -> None:
        self._carry(self._session.view.long_step)

    def _carry(self, frames: int) -> None:
        """Go on; where the chosen person has no pose yet, the one before comes along."""
        session = self._session
        person, here = session.person, session.frame
        if person is None or here >= session.frames - 1:
            return
        session.step(frames)
        source, target = session.pose_before(person), session.frame
        if source is not None and session.pose() is None and not session.taken_out(person):
            session.apply(lambda state: edits.copy_pose(state, person, source, target))

    def delete_pose(self) -> None:
        person, frame = self._session.person, self._session.frame
        if person is not None:
            self._edit(lambda state: edits.delete_pose(state, person, frame), tell=True)

    def take_spread(self) -> None:
        if self._session.spreading.take():
            self._say_done()

    def take_and_accept(self) -> None:
        if self._canvas.editable and self._session.spreading.take_and_accept():
            self._say_done()

    def leave_spread(self) -> None:
        self._session.spreading.leave()

    def _say_done(self) -> None:
        project = self._session.project
        if project is not None:
            self._session.notice("info", f"Done: {project.undo_title}")

    # -- People --------------------------------------------------------------------------------

    def new_person(self) -> None:
        """A standing skeleton: in the chosen person's box if it has no joints yet, else of somebody
        new, in the middle of the view."""
        session = self._session
        row, frame = session.pose(), session.frame
        if row is not None and not row["visibility"].any() and np.isfinite(row["box"]).all():
            person, (xy, shown) = int(row["person"]), standing(row["box"])
            self._edit(lambda state: edits.add_pose(state, person, frame, xy, shown))
            return
        xy, shown = standing(self._canvas.middle_box())
        added: list[int] = []

        def make(state: ProjectState) -> Edit:
            edit, person = edits.add_person(state, frame, xy=xy, visibility=shown)
            added.append(person)
            return edit

        if self._edit(make):
            session.select(added[0])

    def next_person(self) -> None:
        """Choose the next person in this frame."""
        here = [int(row["person"]) for row in self._session.poses()]
        if here:
            at = here.index(self._session.person) + 1 if self._session.person in here else 0
            self._session.select(here[at % len(here)])

    def rename_person(self) -> None:
        if self._session.person is not None:
            self._window.people.rename(self._session.person)

    def swap_people(self) -> None:
        from .dialogs.people import ask_swap, swap

        session = self._session
        if session.project is None:
            return
        session.pause()
        choices = ask_swap(session.project.state, session.frame, session.person, self._window)
        if choices is not None:
            self._edit(lambda state: swap(state, choices), tell=True)

    def merge_people(self) -> None:
        from .dialogs.people import ask_merge, merge

        session = self._session
        if session.project is None:
            return
        session.pause()
        choices = ask_merge(session.project.state, session.frame, session.person, self._window)
        if choices is not None and self._edit(lambda state: merge(state, choices), tell=True):
            session.select(choices.keep)

    def delete_person(self) -> None:
        person = self._session.person
        if person is not None:
            self._edit(lambda state: edits.delete_person(state, person), tell=True)

    # -- Review --------------------------------------------------------------------------------

    def accept_frame(self) -> None:
        self._accept_frame()

    def accept_and_step(self) -> None:
        if self._accept_frame():
            self._session.step(1)

    def _accept_frame(self) -> bool:
        """Whether the frame is accepted now; ``False`` while its picture is still being decoded."""
        frame = self._session.frame
        if not self._canvas.editable:
            return False
        accepted = self._edit(lambda state: edits.accept_frame(state, frame))
        said = "is accepted" if accepted else "was accepted already"
        self._session.notice("info", f"Frame {frame} {said}.")
        return True

    def accept_pose(self) -> None:
        person, frame = self._session.person, self._session.frame
        if person is None or not self._canvas.editable:
            return
        accepted = self._edit(lambda state: edits.accept_pose(state, person, frame))
        said = "is accepted" if accepted else "was accepted already"
        name = self._session.person_name(person)
        self._session.notice("info", f"{name} in frame {frame} {said}.")

    def doubt_next(self) -> None:
        self._show_doubt(lambda: self._window.reviewing.next())

    def doubt_previous(self) -> None:
        self._show_doubt(lambda: self._window.reviewing.previous())

    def doubt_right(self) -> None:
        current = self._window.reviewing.current
        self._judge_doubt(self._window.reviewing.accept)
        if (
            current is not None
            and not current.joints
            and current not in self._window.reviewing.items
        ):
            self._session.notice("info", f"Left out: {current.tag} has no joints to confirm.")

    def doubt_skip(self) -> None:
        self._judge_doubt(self._window.reviewing.skip)

    def show_skipped(self) -> None:
        self._window.show_review()
        if not self._window.reviewing.show_skipped():
            self._session.notice("info", "Nothing has been skipped.")

    def _judge_doubt(self, verdict: Callable[[], Item | None]) -> None:
        """A verdict counts for what is seen: while its picture is being decoded there is none."""
        if self._window.reviewing.current is None:
            self._session.notice("info", "Go to a doubt first: press K.")
        elif self._canvas.editable:
            self._show_doubt(verdict)

    def _show_doubt(self, go: Callable[[], Item | None]) -> None:
        """Walk on in the review list, and bring its pose before the eyes."""
        self._window.show_review()
        if (item := go()) is not None:
            self._canvas.look_at_chosen()
            self._session.notice("info", f"{item.what[:1].upper()}{item.what[1:]}: {item.words}.")
        elif (why := self._window.review.empty_text) is not None:
            self._session.notice("info", f"{why.rstrip(' …')}.")

    def accept_range(self) -> None:
        chosen = self._session.marked or ask_range(
            "Accept a range",
            "Confirms everybody in these frames and marks the frames as reviewed.",
            "Accept",
            self._session.frames,
            parent=self._window,
        )
        if chosen is None:
            return
        if not self._canvas.editable:
            self._session.notice(
                "info", "Wait for the picture of this frame, then accept the range."
            )
            return
        start, stop = chosen
        done = self._edit(lambda state: edits.accept_range(state, start, stop))
        said = "are accepted" if done else "were accepted already"
        self._session.notice("info", f"Frames {start} to {stop - 1} {said}.")
        self._session.mark(None)

    def unreview(self) -> None:
        frame = self._session.frame
        self._edit(lambda state: edits.set_reviewed(state, [frame], False))

    def _edit(self, make: Make, *, tell: bool = False) -> bool:
        """Apply an edit of the frame on show; refused while its picture is still being decoded.
        ``tell`` says what was done, where the picture alone does not show it."""
        if not self._canvas.editable or not self._session.apply(make):
            return False
        project = self._session.project
        if tell and project is not None:
            self._session.notice("info", f"Done: {project.undo_title}")
        return True
