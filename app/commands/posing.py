"""The menu Pose: the chosen person's joints and pose."""

from __future__ import annotations

from collections.abc import Callable

from glpose_core.labels import Edit, ProjectState, Visibility, edits, heads
from glpose_core.labels.joints import Joints, confirm_joints, delete_joints, judge_joints
from glpose_core.labels.sides import limb_of, swap_sides

from ..canvas.placing import called
from ..locking import is_locked_in, refused
from ..spreading import STILL
from .base import CommandGroup

FAR = 10
"""Pixels of a long nudge."""


class PoseCommands(CommandGroup):
    """The menu Pose: the chosen person's joints and pose."""

    _called: tuple[int | None, int, int | None] | None = None
    """Person, frame and joint that were called by name last."""

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
        """Set the chosen joint's visibility and go on to the next joint; or that of all chosen together."""
        person, joint, frame = self._session.person, self._session.joint, self._session.frame
        if person is None or joint is None:
            return
        if self._several(lambda state, some: judge_joints(state, frame, some, visibility)):
            return
        if self._canvas.editable and not refused(self._session, person):
            self._edit(lambda state: edits.set_visibility(state, person, frame, joint, visibility))
            self._canvas.judged()

    def accept_joint(self) -> None:
        person, joint, frame = self._session.person, self._session.joint, self._session.frame
        if person is None or joint is None:
            return
        if self._several(lambda state, some: confirm_joints(state, frame, some)):
            return
        if self._canvas.editable and not refused(self._session, person):
            self._edit(lambda state: edits.accept_joint(state, person, frame, joint))
            self._canvas.judged()

    def _several(self, make: Callable[[ProjectState, Joints], Edit]) -> bool:
        """Edit the joints that are chosen together, as one edit. Returns whether there are any."""
        group = self._session.group
        if not group:
            return False
        here = group.here(absent=True)
        if not here:
            said = group.withheld() or "None of the chosen joints is in this frame."
            self._session.notice("warning", said)
        else:
            self._edit(lambda state: make(state, here), tell=True)
        return True

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
        one = joint is not None and row is not None and bool(row["visibility"][joint])
        group = self._session.group
        withheld = group.withheld() if group and not group.here() else None
        if withheld is not None:
            self._session.notice("warning", withheld)
        elif one or group.here():
            self._canvas.nudge(dx, dy)
        elif dx:
            far = self._session.view.long_step
            self._session.step(dx if abs(dx) < FAR else dx // FAR * far)

    def call_head(self) -> None:
        self._call("head")

    def call_shoulder(self) -> None:
        self._call("shoulder")

    def call_elbow(self) -> None:
        self._call("elbow")

    def call_wrist(self) -> None:
        self._call("wrist")

    def call_hip(self) -> None:
        self._call("hip")

    def call_knee(self) -> None:
        self._call("knee")

    def call_ankle(self) -> None:
        self._call("ankle")

    def _call(self, part: str) -> None:
        """Choose a joint by its name, so that the next click places it."""
        session, tool = self._session, self._canvas.tool.name
        if session.person is None:
            return
        here = (session.person, session.frame, session.joint)
        # Placed or not, what was called here last is not meant twice: key, click, key, click places both sides.
        again = tool in ("pick", "place") or here == self._called
        session.select(session.person, called(part, session.joint, again=again))
        self._called = (session.person, session.frame, session.joint)
        if tool != "place":
            self._canvas.set_tool("pick")

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
        person = self._session.person
        if person is None:
            return
        start, stop = self._frames_meant()
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
        if target == here:
            return
        if is_locked_in(session, person):
            if session.pose() is None:
                refused(session, person)
            return
        if source is not None and session.pose() is None and not session.taken_out(person):
            session.apply(lambda state: edits.copy_pose(state, person, source, target))

    def remove_head_box(self) -> None:
        person, frame, row = self._session.person, self._session.frame, self._session.pose()
        if person is None or row is None:
            return
        if heads.has_head_box(row):
            self._edit(lambda state: heads.remove_head_box(state, person, frame))
        else:
            self._session.notice("info", "No head box is drawn for this person here.")

    def propose_heads(self) -> None:
        """Of everybody, in all frames or in a marked range."""
        session = self._session
        people = [person.id for person in session.people()]
        start, stop = session.marked or (0, session.frames)
        if session.project is None or not self._may_edit():
            return
        session.settle()  # nudges that have not become an edit yet belong to it
        edit = heads.propose_head_joints(session.project.state, people, start, stop)
        if edit.changes:
            self._edit(lambda _state: edit, tell=True)
        elif heads.has_head_box(session.project.state.labels.rows()).any():
            session.notice("info", "The head joints lie where the drawn head boxes propose them.")
        else:
            session.notice("info", "No head box is drawn yet: press `H`, and drag one.")

    def delete_pose(self) -> None:
        """The chosen region from here on, or the chosen person's pose."""
        if self._session.regions.chosen is not None:
            self._session.regions.end()
            return
        person, frame = self._session.person, self._session.frame
        if self._several(lambda state, some: delete_joints(state, frame, some)):
            return
        if person is not None:
            self.remove_pose(person)

    def remove_pose(self, person: int) -> None:
        """Take a person, whether chosen or not, out of the present frame."""
        frame = self._session.frame
        self._delete(person, lambda state: edits.delete_pose(state, person, frame))

    def take_spread(self) -> None:
        if self._session.spreading.take():
            self._say_done()
        elif self._session.spreading.awaited:
            self._session.notice("info", STILL)
        elif self._session.spreading.proposal is None:
            self._session.notice("info", "The frames around stay as they are.")

    def take_and_accept(self) -> None:
        if self._canvas.editable and self._session.spreading.take_and_accept():
            self._say_done()
        elif self._session.spreading.awaited:
            self._session.notice("info", STILL)

    def leave_spread(self) -> None:
        self._session.spreading.leave()

    def vary_spread(self) -> None:
        self._session.spreading.vary()

    def vary_spread_back(self) -> None:
        self._session.spreading.vary(-1)

    def guide(self) -> None:
        """Go to the frame of the chosen person where a correction is expected to save most, and say why."""
        self._window.guiding.next()

    def _say_done(self) -> None:
        project = self._session.project
        if project is not None:
            self._session.notice("info", f"Done: {project.undo_title}")
