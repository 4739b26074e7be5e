"""What a jump through the video stops at: one pair of keys, and a choice of what is looked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glpose_core.labels import ProjectState, is_human
from glpose_core.labels.schedule import to_label

if TYPE_CHECKING:
    from glpose_core.review import Item

Frames = NDArray[np.int64]


@dataclass(frozen=True)
class Stop:
    """One kind of frame.

    Attributes:
        text: what the menu says; the letter after "&" chooses it.
        one: the same in the middle of a sentence: "labelled frame".
    """

    text: str
    one: str


STOPS: dict[str, Stop] = {
    "labelled": Stop("&Labelled frames", "labelled frame"),
    "predicted": Stop("Frames that are &predicted only", "frame that is predicted only"),
    "doubts": Stop("&Doubtful frames", "doubtful frame"),
    "unreviewed": Stop("Frames that are not &reviewed", "frame that is not reviewed"),
    "ends": Stop("&Start and end of each stretch", "start or end of a stretch"),
    "keys": Stop("&Keys of the chosen joint", "key of the chosen joint"),
}
USUAL = "labelled"


def labelled(state: ProjectState, people: Iterable[int]) -> Frames:
    """Frames in which one of ``people`` has a joint of a person's, ascending."""
    return _together(state.marks(one).labelled for one in people)


def predicted_only(state: ProjectState, people: Iterable[int]) -> Frames:
    """Frames in which one of ``people`` is seen, but nothing of them was placed or accepted, ascending."""
    return _together(
        np.setdiff1d(state.frames_of(one), state.marks(one).labelled) for one in people
    )


def unreviewed(state: ProjectState, people: Iterable[int]) -> Frames:
    """Frames to be labelled in which one of ``people`` is seen and that are not reviewed, ascending."""
    frames = np.intersect1d(_together(state.frames_of(one) for one in people), to_label(state))
    return np.setdiff1d(frames, np.fromiter(state.reviewed, np.int64, len(state.reviewed)))


def ends(state: ProjectState, people: Iterable[int]) -> Frames:
    """The first and the last frame of every stretch in which one of ``people`` is seen, ascending."""
    found = []
    for one in people:
        frames = state.frames_of(one)
        broken = np.diff(frames) > 1
        first = np.concatenate([np.ones(min(len(frames), 1), bool), broken])
        last = np.concatenate([broken, np.ones(min(len(frames), 1), bool)])
        found.append(frames[first | last])
    return _together(found)


def joint_keys(state: ProjectState, person: int, joint: int) -> Frames:
    """Frames in which a joint was placed or accepted by a person, ascending."""
    human = is_human(state.labels.field("source", person, joint))
    human &= ~state.labels.field("deleted", person)
    return np.asarray(state.labels.frames_of(person)[human])


def doubtful(items: Sequence[Item], people: Iterable[int]) -> Frames:
    """The frames to look at of the doubts about ``people``, ascending."""
    wanted = set(people)
    looks = [item.look for item in items if item.person in wanted or item.other in wanted]
    return np.unique(np.array(looks, dtype=np.int64))


def nearest(frames: Frames, frame: int, step: int) -> int | None:
    """The next of ascending ``frames`` after ``frame`` (``step`` 1) or before it (−1), or ``None``."""
    found = frames[frames > frame][:1] if step > 0 else frames[frames < frame][-1:]
    return int(found[0]) if len(found) else None


def _together(parts: Iterable[Frames]) -> Frames:
    return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
