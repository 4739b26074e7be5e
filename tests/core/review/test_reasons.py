"""Each reason: found where exactly one thing is wrong, and silent on right movement."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.labels import PoseRows, Source, Visibility
from glpose_core.review import Item, Queue, Reason
from glpose_core.review.body import running_median
from glpose_core.review.examine import Examined, examine
from glpose_core.review.findings import JOINT_REASONS, NOTICED
from glpose_core.review.usual import usual_of
from glpose_core.skeleton import POSETRACK17
from tests.walkers import RATE, J, movements, seen, walker

pytestmark = pytest.mark.quick
WRIST, ANKLE = J["left_wrist"], J["left_ankle"]
QueueOf = Callable[..., Queue]


def look(rows: PoseRows, **others: PoseRows) -> Examined:
    return examine(rows, usual_of(rows), **others)


def told(queue: Queue, reason: Reason) -> list[Item]:
    return [item for item in queue.items(reasons=[reason]) if item.reason == reason]


@pytest.mark.parametrize("name", sorted(movements()))
def test_right_movement_is_hardly_ever_doubted(name: str) -> None:
    motion = movements()[name]
    rows = seen(motion, int(motion.seconds * RATE))
    doubted = look(rows).score >= NOTICED
    assert doubted.any(axis=2).mean() < 0.003


def test_right_movement_is_doubted_once_in_a_thousand_joints_at_most() -> None:
    doubted = joints = 0
    for motion in movements().values():
        rows = seen(motion, int(motion.seconds * RATE), noise=1.0)
        doubted += int((look(rows).score >= NOTICED).any(axis=2).sum())
        joints += int((rows["visibility"] > 0).sum())
    assert doubted / joints < 0.001


def test_a_joint_trusted_little_is_unsure(queue_of: QueueOf) -> None:
    rows = walker()
    rows["score"][20:24, WRIST] = 0.31
    (item,) = queue_of(rows).items()
    assert (item.frame, item.stop, item.what, item.tag) == (20, 24, "left wrist", "unsure")
    assert item.words == "confidence 0.31, usual 0.80"


def test_a_wrist_elsewhere_for_two_frames_jumps(queue_of: QueueOf) -> None:
    rows = walker()
    rows["box"] = np.nan
    rows["xy"][30:32, WRIST] += (38, -20)
    items = queue_of(rows).items(reasons=[Reason.JUMPS])
    assert {item.joints for item in items} == {(WRIST,)}
    assert {frame for item in items for frame in range(item.frame, item.stop)} == {30, 31}
    steps = np.hypot(*np.diff(rows["xy"][29:33, WRIST], axis=0).T)
    facts = look(rows).fact[30:32, WRIST, Reason.JUMPS]
    assert np.allclose(facts, [steps[:2].max(), steps[1:].max()])


def test_a_nose_elsewhere_says_how_far(queue_of: QueueOf) -> None:
    rows = walker()
    rows["box"] = np.nan
    rows["xy"][30, J["nose"]] += (38, 0)
    (item,) = queue_of(rows).items()
    assert item.tag == "jumps"
    assert re.fullmatch(r"(3\d|4\d) px in one frame", item.words)


def test_a_whole_body_that_moves_does_not_jump(queue_of: QueueOf) -> None:
    rows = walker()
    rows["xy"][30:] += (90, 0)  # a cut, or a shaken camera
    rows["box"][30:, 0] += 90
    assert told(queue_of(rows), Reason.JUMPS) == []


def test_a_shin_longer_than_usual_is_told_with_its_share(queue_of: QueueOf) -> None:
    rows = walker()
    shin = rows["xy"][:, ANKLE] - rows["xy"][:, J["left_knee"]]
    rows["xy"][40:48, ANKLE] += 0.6 * shin[40:48]
    items = told(queue_of(rows), Reason.BONES)
    assert {item.joints for item in items} == {(ANKLE,)}
    assert items[0].words.startswith("shin ")
    assert items[0].words.endswith(" % too long")
    assert 40 <= items[0].frame < items[0].stop <= 48


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_bone_is_not_too_long_where_somebody_placed_it_so_long(side: str) -> None:
    """Mostly foreshortened, of the other arm or leg or of this one, a bone looks longer where it is seen whole."""
    rows = walker()
    shin = rows["xy"][:, ANKLE] - rows["xy"][:, J["left_knee"]]
    rows["xy"][40:48, ANKLE] += 0.6 * shin[40:48]
    assert (look(rows).score[40:48, ANKLE, Reason.BONES] >= NOTICED).any()
    knee, ankle = J[f"{side}_knee"], J[f"{side}_ankle"]
    rows["xy"][55, ankle] += 0.8 * (rows["xy"][55, ankle] - rows["xy"][55, knee])
    rows["source"][55, [knee, ankle]] = Source.PLACED
    assert not (look(rows).score[40:48, ANKLE, Reason.BONES] >= NOTICED).any()


def test_coming_nearer_makes_no_bone_longer(queue_of: QueueOf) -> None:
    rows = walker()
    growth = np.linspace(1, 2.5, len(rows))[:, None]
    rows["xy"] *= growth[:, :, None]
    rows["box"] *= growth
    assert queue_of(rows).items() == []


def test_a_second_reason_is_found_by_the_filter_too(queue_of: QueueOf) -> None:
    rows = walker()
    rows["xy"][30:32, WRIST] += (120, 0)
    (item,) = queue_of(rows).items(reasons=[Reason.JUMPS], joint=WRIST)
    assert {item.reason, *item.also} >= {Reason.JUMPS, Reason.OUTSIDE}


@pytest.mark.parametrize("frames", [1, 3, 6])
def test_exchanged_legs_are_one_item(queue_of: QueueOf, frames: int) -> None:
    rows = walker()
    apart = np.abs(rows["xy"][:, J["left_ankle"], 0] - rows["xy"][:, J["right_ankle"], 0])
    start = int(apart[20:40].argmax()) + 20 - frames // 2
    flip = POSETRACK17.flip_order
    legs = [J[f"{side}_{part}"] for part in ("hip", "knee", "ankle") for side in ("left", "right")]
    rows["xy"][start : start + frames, legs] = rows["xy"][start : start + frames][:, flip[legs]]
    items = [item for item in queue_of(rows).items() if item.reason == Reason.SIDES]
    ankles = next(item for item in items if ANKLE in item.joints)
    assert (ankles.frame, ankles.stop) == (start, start + frames)
    assert ankles.words == f"sides exchanged, {frames} frame{'s' if frames > 1 else ''}"
    assert "ankles" in ankles.what or "joints" in ankles.what


def test_legs_that_pass_one_another_are_not_exchanged(queue_of: QueueOf) -> None:
    for heading in (np.pi / 2, -np.pi / 2, 0.9):
        assert told(queue_of(walker(100, heading=heading)), Reason.SIDES) == []


def test_a_joint_on_another_person_is_told_with_the_name(queue_of: QueueOf) -> None:
    one, two = walker(person=1), walker(person=2, z=-1.5, heading=-np.pi / 2)
    at = int(np.abs(np.median(one["xy"][:, 5:, 0], 1) - np.median(two["xy"][:, 5:, 0], 1)).argmin())
    stretch = slice(at + 3, at + 8)
    one["xy"][stretch, ANKLE] = two["xy"][stretch, ANKLE]
    one["score"][stretch, ANKLE] = 0.6
    queue = queue_of(np.concatenate([one, two]))
    names = {item.words for item in told(queue, Reason.TWO_PEOPLE) if ANKLE in item.joints}
    scores = look(np.concatenate([one, two])).score[stretch, ANKLE, Reason.TWO_PEOPLE]
    assert (scores >= NOTICED).all()
    assert names <= {"lies on that of person 2"}


def test_a_joint_outside_its_box_is_told(queue_of: QueueOf) -> None:
    rows = walker()
    rows["box"][25, 3] -= 0.35 * rows["box"][25, 3]
    items = told(queue_of(rows), Reason.OUTSIDE)
    assert items
    assert all(item.look == 25 for item in items)
    assert items[0].words.endswith(" px outside its box")


def test_two_models_that_differ_are_told_with_their_names(queue_of: QueueOf) -> None:
    rows = walker()
    second = rows.copy()
    second["person"] = 7  # runs number people as they like
    second["xy"][10:14, WRIST] += (60, 0)
    queue = queue_of(rows, second=second, models="GLPose against HRNet")
    (item,) = queue.items()
    assert (item.frame, item.stop, item.joints) == (10, 14, (WRIST,))
    assert item.words == "GLPose against HRNet, 60 px"
    (other,) = queue_of(rows, references=second).items()
    assert other.reason == Reason.REFERENCES


def test_a_person_missing_for_some_frames_is_a_gap(queue_of: QueueOf) -> None:
    rows = np.delete(walker(), slice(30, 34))
    (item,) = queue_of(rows).items()
    assert (item.frame, item.stop, item.what, item.tag) == (30, 34, "whole body", "gap")


def test_a_deleted_pose_is_no_gap_and_a_long_absence_is_real(queue_of: QueueOf) -> None:
    rows = walker()
    rows["deleted"][30:34] = True
    assert queue_of(rows).items() == []
    assert queue_of(np.delete(walker(), slice(20, 45))).items() == []


def test_one_person_labelled_twice_is_told_once(queue_of: QueueOf) -> None:
    one, two = walker(person=1), walker(person=1)
    two["person"], two["pose_score"] = 2, 0.5
    two["xy"] += 1.0
    (item,) = queue_of(np.concatenate([one, two])).items()
    assert (item.reason, item.person, item.other) == (Reason.TWINS, 2, 1)


def test_absent_joints_and_empty_people_say_nothing(queue_of: QueueOf) -> None:
    rows = walker()
    rows["visibility"][:, WRIST] = Visibility.ABSENT
    rows["visibility"][10] = Visibility.ABSENT
    rows["xy"][10] = 0
    assert queue_of(rows).items() == []
    rows["visibility"] = Visibility.ABSENT
    assert queue_of(rows).items() == []


def spoilt() -> PoseRows:
    rows = walker()
    rows["xy"][30:32, WRIST] += (45, -20)
    rows["xy"][40:43, ANKLE] += (-10, 60)
    flip = POSETRACK17.flip_order[J["left_hip"] :]
    rows["xy"][12:15, J["left_hip"] :] = rows["xy"][12:15][:, flip]
    return rows


@settings(max_examples=15)
@given(
    st.floats(-2000, 2000), st.floats(-2000, 2000), st.floats(0.3, 6), st.booleans()
)  # fmt: skip
def test_place_size_and_mirroring_change_no_score(
    dx: float, dy: float, size: float, mirror: bool
) -> None:
    rows, moved = spoilt(), spoilt()
    moved["xy"] = moved["xy"] * size
    moved["box"] = moved["box"] * size
    order = np.arange(17)
    if mirror:
        order = POSETRACK17.flip_order
        moved["xy"][..., 0] *= -1
        moved["box"][:, 0] = -moved["box"][:, 0] - moved["box"][:, 2]
        for name in ("xy", "visibility", "score", "source"):
            moved[name] = moved[name][:, order]
    moved["xy"] += (dx, dy)
    moved["box"][:, :2] += (dx, dy)
    first, second = look(rows), look(moved)
    assert np.allclose(first.score[:, order], second.score, atol=2e-3)


@settings(max_examples=30)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=40))
def test_the_running_median_is_the_median(values: list[float]) -> None:
    series = np.array(values)
    padded = np.pad(series, 3, mode="edge")
    wanted = [np.median(padded[k : k + 7]) for k in range(len(series))]
    assert np.array_equal(running_median(series), wanted)


def test_every_joint_reason_has_its_column() -> None:
    assert [int(reason) for reason in JOINT_REASONS] == list(range(8))
