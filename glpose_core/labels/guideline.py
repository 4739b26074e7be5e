"""The guideline: where exactly each joint lies, and what visible, hidden and absent mean.

Annotators who agree on this before they begin disagree less afterwards. The texts here are what is meant
unless a project says otherwise; what it says otherwise is kept with it.
"""

from __future__ import annotations

import json

from ..skeleton import POSETRACK17
from .changes import Change, Edit, to_json
from .poses import JOINTS
from .state import ProjectState

STATES, SELF_OCCLUSION, HEAD_BOX, REGIONS = range(JOINTS, JOINTS + 4)
"""Topics beside the joints, whose slots are topics, too."""

TITLES: dict[int, str] = {
    **{slot: name.replace("_", " ").capitalize() for slot, name in enumerate(POSETRACK17.joints)},
    STATES: "Visible, hidden, absent",
    SELF_OCCLUSION: "Hidden by oneself",
    HEAD_BOX: "Head box",
    REGIONS: "Ignore regions",
}
"""What each topic is called, in the order in which they are listed."""

_OF_LIMBS = {
    "shoulder": "The middle of the ball of the shoulder joint, inside the body: below the outer end of the "
    "collar bone, not on the outline of the sleeve.",
    "elbow": "The middle of the joint that the forearm turns about, half-way between the two bony knobs; with a "
    "bent arm it lies inside the bend’s outer corner.",
    "wrist": "The middle of the joint between forearm and hand, at the crease; under a glove or a sleeve where it "
    "bends.",
    "hip": "The middle of the ball of the hip joint: just above the height of the crotch, a quarter of the "
    "pelvis’s width in from the outline. Not the waist, and not the belt.",
    "knee": "The middle of the knee joint behind the kneecap, half-way through the leg.",
    "ankle": "The middle of the joint between shin and foot, between the two bony knobs; not the heel, and not "
    "the sole.",
}
_OF_HEAD = {
    "nose": "The tip of the nose. From behind it is hidden if the head tells where it is, else absent.",
    "head_bottom": "The upper end of the neck: where the skull sits on it, at the height of the chin, in the middle "
    "between throat and nape. Not the collar.",
    "head_top": "The highest point of the skull along the head’s own axis, hair included as it lies, hats not.",
    "left_ear": "PoseTrack leaves the ears empty. If your project labels them: the opening of the left ear.",
    "right_ear": "PoseTrack leaves the ears empty. If your project labels them: the opening of the right ear.",
}
_OF_RULES = {
    STATES: "Visible: you see the joint, or the cloth over it. Hidden: something is in front of it, and you can tell "
    "where it is to within half a head. Absent: it is outside the picture, or two people would not put it in the "
    "same place. Left and right are the person’s own.",
    SELF_OCCLUSION: "A joint behind the person’s own body counts as hidden, as behind anything else: the far shoulder "
    "in a side view, a wrist behind the back. A joint on the far side of its own limb (the ankle seen "
    "from the outside) is visible: a joint lies inside the body.",
    HEAD_BOX: "The smallest upright box around the skull, from the chin to the crown, hair as it lies, no hat. For "
    "a head that something covers, where it must be. Distances are measured in its diagonal.",
    REGIONS: "Outline what is not to be labelled: crowds, people too small to tell left from right, pictures and "
    "reflections of people. Everybody outside is labelled; a person is never cut by an edge.",
}


def _meant() -> dict[int, str]:
    texts = dict(_OF_RULES)
    for slot, name in enumerate(POSETRACK17.joints):
        texts[slot] = _OF_HEAD.get(name) or _OF_LIMBS[name.rpartition("_")[2]]
    return texts


MEANT: dict[int, str] = _meant()
"""The text of each topic where a project says nothing of its own."""


def guideline_text(state: ProjectState | None, topic: int) -> str:
    """What is agreed on a topic in a project (``None``: in any)."""
    own = None if state is None else state.read("guideline", (topic,))
    return MEANT[topic] if own is None else str(json.loads(own))


def is_own(state: ProjectState, topic: int) -> bool:
    """Whether a project has a text of its own on a topic."""
    return state.read("guideline", (topic,)) is not None


def set_guideline(state: ProjectState, topic: int, text: str) -> Edit:
    """Agree on another text; an empty one, or the one that is meant anyway, takes it back."""
    text = text.strip()
    value = None if text in ("", MEANT[topic]) else to_json(text)
    same = state.read("guideline", (topic,)) == value
    changes = () if same else (Change("guideline", (topic,), value),)
    return Edit(f"Reword guideline: {TITLES[topic].lower()}", changes)
