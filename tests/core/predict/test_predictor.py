from __future__ import annotations

import numpy as np
import pytest
import torch

from glpose_core.network import GLPose, GLPoseConfig
from glpose_core.predict.predictor import Predictor
from glpose_core.predict.references import References

from .scenes import KEYS, Scene, hrnet, predictor


def test_where_boxes_stand_still_the_modes_agree():
    cached = predictor(Scene()).predict(KEYS)
    paper = predictor(Scene(), mode="paper")
    paper.absorb(KEYS)
    rows = paper.predict(KEYS)
    assert np.allclose(cached["xy"], rows["xy"], atol=0.3)
    assert np.allclose(cached["score"], rows["score"], atol=0.01)


def test_cached_mode_makes_one_pass_per_person_and_frame():
    scene = Scene(drift=0.7)
    own = predictor(scene)
    passes = count_passes(own)
    own.predict(KEYS)
    assert sum(passes) == len(KEYS)


def test_references_are_seen():
    """Changing a neighbouring frame's picture changes the prediction; a far one's too (non-local)."""
    for frame in (6, 11):
        scene, other = Scene(), Scene()
        other._pictures[frame] = 255 - other._pictures[frame]
        rows = []
        for each in (scene, other):
            own = predictor(each)
            own.absorb(KEYS)
            rows.append(own.predict([(0, 5)]))
        assert not np.allclose(rows[0]["score"], rows[1]["score"], atol=1e-5)


@pytest.mark.parametrize(("k", "n"), [(0, None), (None, 0), (1, 1)])
def test_fewer_references_may_be_asked_for(k, n):
    rows = predictor(Scene(), k=k, n=n).predict(KEYS[:4])
    assert np.isfinite(rows["xy"]).all()


def test_without_neighbours_nothing_of_them_is_seen():
    scene, other = Scene(), Scene()
    other._pictures[6] = 255 - other._pictures[6]
    rows = [predictor(each, k=0, n=0).predict([(0, 5)]) for each in (scene, other)]
    assert np.array_equal(rows[0]["score"], rows[1]["score"])


def test_without_references_the_key_fills_every_slot():
    own = predictor(Scene(drift=0.7), k=0, n=0)
    rows = own.predict(KEYS[:5])
    for key, row in zip(KEYS[:5], rows, strict=True):
        shown = own.explain(key, References((key,) * 4, (key,) * 2))
        np.testing.assert_allclose(row["xy"], shown.xy, atol=1e-2)
        np.testing.assert_allclose(row["score"], 0.9 * shown.maxima, rtol=1e-3)


def test_a_cache_that_is_too_small_changes_nothing():
    whole = predictor(Scene(drift=0.5)).predict(KEYS)
    own = predictor(Scene(drift=0.5), cache_bytes=3000)
    passes = count_passes(own)
    small = own.predict(KEYS)
    assert whole.tobytes() == small.tobytes()
    assert sum(passes) == len(KEYS)  # what does not fit into memory lies on the disk
    assert own.cache.used <= 3000 < own.cache.on_disk


def count_passes(own: Predictor) -> list[int]:
    passes: list[int] = []
    features = own.engine.features
    own.engine.features = lambda crops: passes.append(len(crops)) or features(crops)
    return passes


class Stream(Scene):
    """Two people who walk on and on, in front of twelve pictures in turn."""

    def picture(self, frame):
        return self._pictures[frame % 12]

    def box(self, track, frame):
        return np.array([10.0 + 50 * track + 4 * np.sin(frame / 7), 12.0, 30.0, 50.0])

    def shot(self, frame):
        return (0, 10**9)


def test_a_long_stream_takes_one_pass_each_and_no_more_room_than_its_windows():
    model = GLPose(
        GLPoseConfig(width=2, k=2, n=2, modules=(1, 1, 0), input_size=(16, 16), pool_distance=20)
    )
    own = predictor(Stream(), model)
    passes = count_passes(own)
    most, ends = [], range(10, 410, 10)
    for end in ends:
        own.absorb([(track, frame) for frame in range(end - 10, end) for track in (0, 1)])
        final = range(max(end - 30, 0), end - 20)
        own.predict([(track, frame) for frame in final for track in (0, 1)])
        own.release(range(end - 20, end + 1))
        most.append(len(own.cache))
    assert sum(passes) == 2 * ends[-1]
    assert max(most) == most[-1] == most[5] == 2 * 40


@pytest.mark.parametrize("mode", ["cached", "paper"])
def test_the_order_in_which_things_are_asked_changes_nothing(mode):
    rng = np.random.default_rng(0)
    rows = []
    for order in (KEYS, KEYS[::-1], [KEYS[i] for i in rng.permutation(len(KEYS))]):
        own = predictor(Scene(drift=0.4), mode=mode)
        for start in range(0, len(order), 5):
            own.absorb(order[start : start + 5])
        found = np.concatenate([own.predict(order[start : start + 7]) for start in range(0, 24, 7)])
        rows.append(np.sort(found, order=("frame", "track")).tobytes())
    assert rows[0] == rows[1] == rows[2]


def test_frames_beyond_the_ends_of_a_track_are_nobody():
    """They stand in as local references, but are no candidates for non-local ones."""
    own = predictor(Scene())
    own.predict([(0, 5)])
    assert own.cache.table()[0].tolist() == [[0, 5]]
    assert all((0, frame) in own.cache for frame in (3, 4, 6, 7))


def test_crops_may_be_cut_on_the_device():
    there = predictor(Scene(drift=0.4), cut_on_device=True).predict(KEYS)
    here = predictor(Scene(drift=0.4)).predict(KEYS)
    # The pictures are noise, where a thirty-second of a pixel shows most.
    assert np.median(np.abs(there["score"] - here["score"])) < 0.01 * here["score"].max()
    assert not np.array_equal(there["score"], here["score"])


def test_one_frame_alone_can_be_predicted():
    scene = Scene()
    scene.shot = lambda frame: (4, 5)
    rows = predictor(scene).predict([(0, 4)])
    assert np.isfinite(rows["xy"]).all()


def test_predicting_twice_gives_the_same():
    first, second = (predictor(Scene(drift=0.4)).predict(KEYS) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_what_following_has_looked_at_is_not_looked_at_again():
    scene = Scene()
    own = predictor(scene)
    passes = count_passes(own)
    for frame in (3, 8):
        own.single(frame, np.stack([scene.box(0, frame), scene.box(1, frame)]))
    own.absorb([(track, frame) for frame in (3, 4, 8) for track in (0, 1)])
    assert sum(passes) == 6
    fresh = predictor(Scene())
    fresh.absorb([(0, 3)])
    assert torch.equal(own.cache.get((0, 3)).values, fresh.cache.get((0, 3)).values)


def test_what_following_has_looked_at_with_hrnet_is_not_looked_at_again():
    scene = Scene()
    own = predictor(scene, hrnet())
    own.single(3, np.stack([scene.box(0, 3), scene.box(1, 3)]))
    scene.asked.clear()
    rows = own.predict([(0, 3), (1, 3), (0, 7)])
    assert scene.asked == [7]
    fresh = predictor(Scene(), hrnet()).predict([(0, 3), (1, 3), (0, 7)])
    np.testing.assert_allclose(rows["score"], fresh["score"], rtol=1e-4)


def test_hrnet_predicts_frame_by_frame():
    scene = Scene()
    own = predictor(scene, hrnet())
    assert own.reach == 0
    rows = own.predict([(0, 3), (1, 3), (0, 7)])
    assert rows["frame"].tolist() == [3, 3, 7]
    assert set(scene.asked) == {3, 7}


def test_nothing_to_predict():
    assert len(predictor(Scene()).predict([])) == 0


def test_a_picture_is_fetched_once_for_everybody_in_it():
    """Following asks track by track; crops are cut frame by frame."""
    scene = Scene()
    predictor(scene).absorb(sorted(KEYS))
    assert scene.asked == list(range(12))
