"""What a press takes: pure arrays in, a target out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.hit import JOINT_RADIUS, HitScene, Part, box_handles, hit_test
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick

SHOULDER = POSETRACK17.index("left_shoulder")
ELBOW = POSETRACK17.index("left_elbow")


def scene(
    *,
    people: tuple[int, ...] = (1, 2),
    selected: int | None = None,
    handles: bool = False,
    places: dict[tuple[int, int], tuple[float, float]] | None = None,
    boxes: dict[int, tuple[float, float, float, float]] | None = None,
) -> HitScene:
    """People with the given joints ({(row, slot): (x, y)}) and boxes ({row: box})."""
    joints = np.zeros((len(people), 17, 2))
    placed = np.zeros((len(people), 17), bool)
    for (row, slot), xy in (places or {}).items():
        joints[row, slot], placed[row, slot] = xy, True
    frames = np.full((len(people), 4), np.nan)
    for row, box in (boxes or {}).items():
        frames[row] = box
    tags = frames.copy()
    tags[:, 1] -= 18
    tags[:, 2:] = 60, 18
    tags[np.isnan(frames).any(axis=1)] = np.nan
    return HitScene(np.array(people), joints, placed, frames, tags, selected, handles)


def test_nothing_where_nobody_is() -> None:
    assert hit_test(HitScene(), 5, 5).part is Part.NOTHING
    assert hit_test(scene(), 0, 0).part is Part.NOTHING, "absent joints lie at 0, 0"


def test_the_nearest_joint_within_reach() -> None:
    here = scene(places={(0, 3): (100, 100), (1, 4): (106, 100)})
    target = hit_test(here, 105, 100)
    assert (target.part, target.person, target.joint) == (Part.JOINT, 2, 4)
    assert hit_test(here, 100 - JOINT_RADIUS - 1, 100).part is Part.NOTHING


def test_of_joints_in_reach_the_chosen_persons_is_taken() -> None:
    places = {(0, 3): (100.0, 100.0), (1, 4): (106.0, 100.0)}
    assert hit_test(scene(places=places, selected=1), 105, 100).person == 1
    assert hit_test(scene(places=places, selected=2), 101, 100).person == 2
    assert hit_test(scene(places=places, selected=1), 114, 100).person == 2, "the other is too far"


def test_a_limb_between_two_joints_chooses_the_person() -> None:
    here = scene(places={(0, SHOULDER): (100, 100), (0, ELBOW): (100, 200)})
    target = hit_test(here, 104, 150)
    assert (target.part, target.person, target.joint) == (Part.LIMB, 1, None)
    assert hit_test(here, 110, 150).part is Part.NOTHING


def test_a_limb_is_not_there_where_one_end_is_absent() -> None:
    assert hit_test(scene(places={(0, SHOULDER): (100, 100)}), 100, 150).part is Part.NOTHING


def test_boxes_the_smallest_unless_one_is_chosen() -> None:
    boxes = {0: (0.0, 0.0, 300.0, 300.0), 1: (50.0, 50.0, 100.0, 100.0)}
    assert hit_test(scene(boxes=boxes), 100, 100).person == 2
    assert hit_test(scene(boxes=boxes, selected=1), 100, 100).person == 1
    assert hit_test(scene(boxes=boxes), 250, 250).person == 1


def test_tags_lie_above_boxes_and_handles_above_tags() -> None:
    boxes = {0: (100.0, 100.0, 200.0, 200.0)}
    assert hit_test(scene(boxes=boxes), 120, 90).part is Part.TAG
    with_handles = scene(boxes=boxes, selected=1, handles=True)
    corner = hit_test(with_handles, 101, 99)
    assert (corner.part, corner.handle) == (Part.HANDLE, (-1, -1))
    assert hit_test(with_handles, 300, 200).handle == (1, 0)
    assert hit_test(scene(boxes=boxes, selected=1), 300, 299).part is Part.BOX


def test_eight_handles_on_the_edges() -> None:
    places, positions = box_handles(np.array([10.0, 20.0, 30.0, 40.0]))
    assert len(set(places)) == len(positions) == 8
    assert positions[places.index((1, -1))].tolist() == [40.0, 20.0]
    assert positions[places.index((0, 1))].tolist() == [25.0, 60.0]


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 16), st.floats(0, 500), st.floats(0, 500)),
        min_size=1,
        max_size=20,
    ),
    st.floats(0, 500),
    st.floats(0, 500),
    st.sampled_from([None, 1, 2]),
)
def test_a_joint_that_is_hit_is_in_reach_and_the_nearest_of_its_kind(
    given_joints: list[tuple[int, int, float, float]], x: float, y: float, selected: int | None
) -> None:
    here = scene(places={(r, j): (a, b) for r, j, a, b in given_joints}, selected=selected)
    target = hit_test(here, x, y)
    distance = np.where(here.placed, np.hypot(*(here.joints - (x, y)).transpose(2, 0, 1)), np.inf)
    if distance.min() <= JOINT_RADIUS:
        assert target.part is Part.JOINT
        assert target.person is not None
        rows = distance[here.people == target.person]
        assert rows[0, target.joint] == rows.min() <= JOINT_RADIUS
    else:
        assert target.part is not Part.JOINT
