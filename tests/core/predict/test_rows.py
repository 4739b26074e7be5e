from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels.poses import Visibility
from glpose_core.predict.rows import Decoded, VisibilityThresholds, prediction_rows
from glpose_core.skeleton import COCO17, EARS, GLPOSE15, POSETRACK17

pytestmark = pytest.mark.quick


def rows_of(joints, maxima, box_score=0.8, thresholds=None):
    count = len(joints)
    decoded = Decoded(
        np.arange(count * 2.0).reshape(1, count, 2) + 1,
        np.broadcast_to(np.asarray(maxima, dtype=float), (1, count)),
    )
    return prediction_rows(
        decoded,
        joints,
        np.array([5]),
        np.array([17]),
        np.array([[1.0, 2, 3, 4]]),
        np.array([box_score]),
        thresholds or VisibilityThresholds(),
    )


@pytest.mark.parametrize("skeleton", [GLPOSE15, COCO17], ids=lambda s: s.name)
def test_joints_find_their_slots_by_name_and_ears_stay_empty(skeleton):
    (row,) = rows_of(skeleton.joints, 0.9)
    for slot, joint in enumerate(POSETRACK17.joints):
        if joint in skeleton.joints and slot not in EARS:
            place = 2 * skeleton.joints.index(joint) + 1
            assert row["xy"][slot].tolist() == [place, place + 1]
            assert row["visibility"][slot] == Visibility.VISIBLE
        else:
            assert row["score"][slot] == 0
            assert row["visibility"][slot] == Visibility.ABSENT
            assert row["xy"][slot].tolist() == [0, 0]


def test_a_joints_score_is_its_maximum_times_the_box_score():
    (row,) = rows_of(GLPOSE15.joints, 0.5, box_score=0.6)
    assert row["score"][0] == pytest.approx(0.3)
    assert row["pose_score"] == pytest.approx(0.3)
    assert row["box_score"] == pytest.approx(0.6)
    assert row["box"].tolist() == [1, 2, 3, 4]
    assert (row["track"], row["frame"]) == (5, 17)


def test_two_thresholds_propose_three_states():
    maxima = np.linspace(0, 0.7, 15)
    (row,) = rows_of(GLPOSE15.joints, maxima, 1.0, VisibilityThresholds(0.5, 0.2))
    own = [slot for slot in range(17) if slot not in EARS]
    order = [POSETRACK17.joints[slot] for slot in own]
    score = np.array([maxima[GLPOSE15.joints.index(joint)] for joint in order])
    wanted = np.where(score >= 0.5, 2, np.where(score >= 0.2, 1, 0))
    assert row["visibility"][own].tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ({}, VisibilityThresholds()),
        (
            {"visibility_thresholds": {"visible": 0.5, "placed": 0.1}},
            VisibilityThresholds(0.5, 0.1),
        ),
        ({"visibility_thresholds": {"visible": 0.1, "placed": 0.5}}, VisibilityThresholds()),
        ({"visibility_thresholds": [0.5, 0.1]}, VisibilityThresholds()),
        ({"visibility_thresholds": {"visible": "high"}}, VisibilityThresholds()),
    ],
)
def test_weights_may_carry_thresholds_of_their_own(record, wanted):
    assert VisibilityThresholds.of(record) == wanted
