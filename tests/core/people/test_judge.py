"""Proposals of a detector that is sure of little, judged by the poses in them."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.geometry import box_iou
from glpose_core.people.find import Detections
from glpose_core.people.follow import (
    Follower,
    Judging,
    KnownPeople,
    Poses,
    evidence,
    judge,
    propose,
)
from glpose_core.people.follow.tracks import Track
from glpose_core.predict.job import KnownBoxes

PERSON, PILLAR = np.array([40.0, 60, 40, 80]), np.array([200.0, 20, 30, 160])


def poses_of(frame, boxes):
    """A pose that fills the person's place, sure there and nowhere else."""
    corners = np.array([[0.12, 0.12], [0.88, 0.12], [0.5, 0.5], [0.12, 0.88], [0.88, 0.88]])
    xy = np.tile(PERSON[:2] + corners[np.arange(17) % 5] * PERSON[2:], (len(boxes), 1, 1))
    there = box_iou(boxes, PERSON)[:, 0] > 0.3
    return Poses(xy, np.where(there, 0.6, 0.22)[:, None] + np.zeros(17))


@pytest.mark.quick
def test_a_pose_tells_a_person_from_a_pillar_that_the_detector_is_as_sure_of():
    boxes = np.stack([PILLAR, PERSON + np.array([8, 0, 0, 0]), PERSON - np.array([8, 0, 0, 0])])
    found = Detections(boxes, np.array([0.4, 0.4, 0.3]))
    judged, kept = judge(found, poses_of(0, boxes), Judging())
    assert kept.tolist()[0] == 1
    assert 2 not in kept, "one person, proposed twice"
    assert judged.scores[0] > 0.5
    assert (judged.scores[1:] < 0.2).all()
    before, after = (box_iou(box, PERSON)[0, 0] for box in (boxes[1], judged.boxes[0]))
    assert after > before + 0.05, "the box moves to the joints"


@pytest.mark.quick
def test_a_pose_that_lies_elsewhere_speaks_less_for_a_proposal():
    beside = PERSON + np.array([0.5 * PERSON[2], 0, 0, 0])
    found = Detections(np.stack([PERSON, beside, PILLAR]), np.full(3, 0.5))
    poses = poses_of(0, np.tile(PERSON, (3, 1)))  # they are all drawn to the same person
    _, trust, agreeing, clear = evidence(found, poses).T
    assert np.ptp(trust) == np.ptp(clear) == 0
    assert agreeing[0] > 0.95
    assert 0.2 < agreeing[1] < 0.5
    assert agreeing[2] == 0
    judged, kept = judge(found, poses, Judging(towards=0, overlap=1))
    assert kept.tolist() == [0, 1, 2]
    assert (np.diff(judged.scores) < -0.05).all()


@pytest.mark.quick
def test_what_a_network_says_counts_by_what_it_says_of_nobody():
    """Networks that are half as sure of everything, or know fewer joints, judge alike."""
    found = Detections(np.stack([PERSON, PILLAR]), np.array([0.5, 0.3]))
    sure = poses_of(0, found.boxes)
    sure.score[:, ::3] *= 0.7
    halved = Poses(sure.xy, sure.score / 2)
    assert evidence(found, halved, ground=0.15) == pytest.approx(evidence(found, sure, ground=0.3))
    plain = poses_of(0, found.boxes)
    fewer = Poses(plain.xy, np.where(np.arange(17) < 15, plain.score, 0.0))
    assert evidence(found, fewer) == pytest.approx(evidence(found, plain))


@pytest.mark.quick
def test_a_pose_without_any_joint_is_no_evidence():
    found = Detections(PERSON[None], np.array([0.5]))
    logit, trust, agreeing, clear = evidence(found, Poses(np.zeros((1, 17, 2)), np.zeros((1, 17))))[
        0
    ]
    assert (logit, agreeing, clear) == (0, 0, 0)
    assert -10 < trust < -5
    assert not len(judge(found, Poses(np.zeros((1, 17, 2)), np.zeros((1, 17))), Judging())[0])


@pytest.mark.quick
def test_only_the_best_proposals_are_looked_at():
    found = Detections(np.tile(PERSON, (30, 1)), np.linspace(0.9, 0.1, 30))
    assert propose(found, Judging(most=7)).scores.tolist() == found.scores[:7].tolist()
    nobody, kept = judge(
        Detections.none(), Poses(np.zeros((0, 17, 2)), np.zeros((0, 17))), Judging()
    )
    assert len(nobody) == len(kept) == 0


def test_what_no_pose_could_make_somebody_is_not_looked_at():
    rules = Judging(worth=0.3)
    boxes = np.tile([10.0, 10.0, 20.0, 40.0], (4, 1))
    found = propose(Detections(boxes, np.array([0.9, 0.3, 0.29, 0.1])), rules)
    assert found.scores.tolist() == [0.9, 0.3]
    assert found.boxes.shape == (2, 4)
    assert len(propose(Detections(boxes[:0], np.zeros(0)), rules)) == 0


class Unsure:
    """Proposes a person and a pillar, sure of neither."""

    name = "unsure"

    def find(self, picture):
        return Detections(np.stack([PILLAR, PERSON]), np.array([0.45, 0.4]))


@pytest.mark.parametrize("judging", [None, Judging()])
def test_whom_the_poses_confirm_is_followed_and_a_pillar_is_not(make_clip, make_figure, judging):
    clip = make_clip(
        20, [make_figure(lambda f: tuple(PERSON)), make_figure(lambda f: tuple(PILLAR))]
    )
    people = KnownPeople(KnownBoxes.none())
    follower = Follower(clip, (0, 20), people, detector=Unsure(), poses=poses_of, judging=judging)
    follower.begin(0)
    follower.extend(1, 20)
    tracks = [track for track in follower.tracks if track.confirmed]
    assert len(tracks) == (judging is not None)
    assert all(box_iou(track.boxes[19], PERSON)[0, 0] > 0.8 for track in tracks)


@pytest.mark.quick
def test_somebody_goes_on_steadily_from_where_they_were_last_believed():
    track = Track(0, 1, known=False)
    for frame in range(8):
        track.put(frame, np.array([10.0 + min(frame, 5), 0, 20, 40]))  # from 5 on it is stuck
    front = track.fronts[1]
    front.steady, front.loose = np.array([1.0, 0.0]), [6, 7]
    assert track.coasted(1, 7).tolist() == [17, 0, 20, 40]
