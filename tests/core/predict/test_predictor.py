from __future__ import annotations

import numpy as np
import pytest

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
    passes = []
    features = own.engine.features
    own.engine.features = lambda crops: passes.append(len(crops)) or features(crops)
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


def test_a_cache_that_is_too_small_costs_time_and_nothing_else():
    whole = predictor(Scene(drift=0.5), n=0).predict(KEYS)
    small = predictor(Scene(drift=0.5), n=0, cache_bytes=3000).predict(KEYS)
    assert np.allclose(whole["xy"], small["xy"], atol=1e-2)


def test_one_frame_alone_can_be_predicted():
    scene = Scene()
    scene.shot = lambda frame: (4, 5)
    rows = predictor(scene).predict([(0, 4)])
    assert np.isfinite(rows["xy"]).all()


def test_predicting_twice_gives_the_same():
    first, second = (predictor(Scene(drift=0.4)).predict(KEYS) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_hrnet_predicts_frame_by_frame():
    scene = Scene()
    own = predictor(scene, hrnet())
    assert own.reach == 0
    rows = own.predict([(0, 3), (1, 3), (0, 7)])
    assert rows["frame"].tolist() == [3, 3, 7]
    assert set(scene.asked) == {3, 7}


def test_nothing_to_predict():
    assert len(predictor(Scene()).predict([])) == 0
