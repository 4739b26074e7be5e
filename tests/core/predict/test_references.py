from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.network import GLPoseConfig
from glpose_core.predict.choosing import Candidates, choose
from glpose_core.predict.references import ReferenceRules, local_frames, nonlocal_candidates, rank

pytestmark = pytest.mark.quick
RULES = ReferenceRules.of(GLPoseConfig(width=18, k=2, n=3))


def test_local_frames_in_slot_order():
    assert local_frames(10, (0, 100), RULES) == [8, 9, 11, 12]


def test_local_frames_beyond_the_shot_repeat_its_last():
    assert local_frames(11, (11, 13), RULES) == [11, 11, 12, 12]


def test_or_the_key_frame():
    rules = ReferenceRules.of(GLPoseConfig(width=18, k=2, n=3, edge="key"))
    assert local_frames(12, (11, 13), rules) == [12, 11, 12, 12]


def test_fewer_neighbours_repeat_the_farthest_allowed():
    rules = ReferenceRules.of(GLPoseConfig(width=18, k=3, n=3), k=1)
    assert local_frames(10, (0, 100), rules) == [9, 9, 9, 11, 11, 11]
    none = ReferenceRules.of(GLPoseConfig(width=18, k=2, n=3), k=0)
    assert local_frames(10, (0, 100), none) == [10] * 4


def test_a_single_frame_network_has_none():
    assert local_frames(10, (0, 100), ReferenceRules.of(None)) == []


def pool(frames, people, scores, frame=50, shot=(0, 1000), rules=RULES):
    return nonlocal_candidates(
        frame, shot, np.array(frames), np.array(people), np.array(scores, dtype=float), rules
    ).tolist()


def test_candidates_lie_outside_the_window_within_reach_and_in_the_shot():
    frames = [47, 48, 50, 52, 53, 201, 200, 10]
    assert pool(frames, [0] * 8, [0.9] * 8, shot=(11, 1000)) == [0, 4, 6]


def test_sure_boxes_first_then_less_sure_ones_then_anything():
    frames = [10, 20, 30, 49]
    assert pool(frames, [0] * 4, [0.7, 0.3, 0.1, 0.9]) == [0]
    assert pool(frames, [0] * 4, [0.6, 0.3, 0.1, 0.9]) == [0, 1]
    assert pool(frames, [0] * 4, [0.1, 0.1, 0.1, 0.9]) == [0, 1, 2]
    assert pool([49, 50, 51], [0, 0, 0], [0.1, 0.9, 0.9]) == [0, 2]
    assert pool([50], [0], [0.9]) == []


def test_twenty_evenly_spaced_over_frame_and_person():
    frames = np.repeat(np.arange(100, 150), 2)
    people = np.tile([1, 0], 50)
    chosen = pool(frames, people, np.full(100, 0.9), frame=50)
    order = np.lexsort((people, frames))
    assert chosen == order[np.round(np.linspace(0, 99, 20)).astype(int)].tolist()


@given(st.permutations(list(range(30))))
def test_the_sample_does_not_depend_on_the_order_things_were_seen_in(order):
    frames, people = np.arange(30) * 3 + 100, np.zeros(30, dtype=int)
    order = np.array(order)
    seen = pool(frames[order], people, np.full(30, 0.9))
    assert [int(frames[order][i]) for i in seen] == [
        int(frames[i]) for i in pool(frames, people, np.full(30, 0.9))
    ]


def unit(*rows):
    array = np.array(rows, dtype=np.float32)
    return array / np.linalg.norm(array, axis=-1, keepdims=True)


def test_the_most_alike_come_first_and_ties_go_to_the_nearer():
    keys = unit([1, 0], [1, 2])
    candidates = unit([1, 1], [1, 0], [1, 0.2], [1, 0])
    found = rank(keys, candidates, np.array([5, 90, 5, 40]), RULES)
    assert found.tolist() == [[3, 1, 2], [0, 2, 3]]


def test_too_few_repeat_from_the_top():
    key = unit([1, 0])
    assert rank(key, unit([1, 1], [1, 0]), np.array([5, 5]), RULES).tolist() == [[1, 0, 1]]
    few = ReferenceRules.of(GLPoseConfig(width=18, k=2, n=3), n=1)
    assert rank(key, unit([1, 1], [1, 0]), np.array([5, 5]), few).tolist() == [[1, 1, 1]]


class Standing:
    """People who stand where they are; nothing else is asked here."""

    def shot(self, frame):
        return (0, 60)


def test_keys_chosen_for_together_get_the_references_they_get_alone():
    rng = np.random.default_rng(4)
    keys = [(track, frame) for frame in range(0, 60, 3) for track in range(4)]
    looks = dict(zip(keys, unit(*rng.normal(size=(len(keys), 6))), strict=True))
    table = np.array(keys), rng.uniform(0.1, 1, len(keys))

    def chosen(some):
        return choose(some, Standing(), RULES, Candidates(table), looks.__getitem__)

    together = chosen(keys)
    assert together == [chosen([key])[0] for key in keys]
    assert together[::-1] == chosen(keys[::-1])
    assert len({each.nonlocal_ for each in together}) > 10
    for key, each in zip(keys, together, strict=True):
        assert key not in each.nonlocal_
        assert {track for track, _ in each.local} == {key[0]}
