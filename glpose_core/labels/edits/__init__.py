"""Every edit a person can make, as a pure function: state in, :class:`Edit` out. A room per subject.

Nothing here changes the state or touches a file; ``Project.apply`` does. A function that finds nothing
to do returns an edit without changes. Joints are slots of POSETRACK17; positions are picture pixels.
"""

from .accepting import (
    accept_frame,
    accept_joint,
    accept_joints,
    accept_person_in_parts,
    accept_pose,
    accept_range,
    accept_range_in_parts,
)
from .frames import activate_run, set_regions, set_reviewed
from .identities import merge_people, split_person, swap_people
from .joints import VISIBILITY_WORDS, joint_title, judge, move_joint, set_visibility
from .looking import label_and_seen, living, says_of_joints
from .people import add_person, delete_person, lock_person, rename_person
from .tracks import carry_track, cut_track, end_of_cut, gap_after
from .whole import add_pose, copy_pose, delete_pose, move_person, set_box, set_head_box

__all__ = [
    "VISIBILITY_WORDS",
    "accept_frame",
    "accept_joint",
    "accept_joints",
    "accept_person_in_parts",
    "accept_pose",
    "accept_range",
    "accept_range_in_parts",
    "activate_run",
    "add_person",
    "add_pose",
    "carry_track",
    "copy_pose",
    "cut_track",
    "delete_person",
    "delete_pose",
    "end_of_cut",
    "gap_after",
    "joint_title",
    "judge",
    "label_and_seen",
    "living",
    "lock_person",
    "merge_people",
    "move_joint",
    "move_person",
    "rename_person",
    "says_of_joints",
    "set_box",
    "set_head_box",
    "set_regions",
    "set_reviewed",
    "set_visibility",
    "split_person",
    "swap_people",
]
