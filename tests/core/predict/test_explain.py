"""What a pose was predicted from: recorded, weighed, taken away and shuffled."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels.poses import REFERENCE_DTYPE
from glpose_core.predict.predictor import Predictor
from glpose_core.predict.references import References, arrange

from .scenes import KEYS, Scene, glpose, hrnet, predictor

KEY = (0, 5)


def absorbed(mode: str = "cached", **config: object) -> Predictor:
    own = predictor(Scene(drift=0.7), glpose(**config), mode=mode)
    own.absorb(KEYS)
    return own


@pytest.mark.parametrize("mode", ["cached", "paper"])
def test_the_explanation_has_the_heatmaps_of_the_prediction(mode):
    own = absorbed(mode)
    kept = []
    fuse = own.engine.maps_fused
    own.engine.maps_fused = lambda *parts: kept.append(fuse(*parts)) or kept[-1]
    row = own.predict([KEY])[0]
    found = own.explain(KEY, own._choose([KEY])[0])
    assert np.array_equal(found.heatmaps, kept[0][0][0])
    assert np.array_equal(found.xy.astype(np.float32), row["xy"])


@pytest.mark.parametrize("weighing", ["per_frame", "per_channel"])
def test_weights_sum_to_one_and_nearer_frames_weigh_more(weighing):
    own = absorbed(k=3, n=4, global_weight=weighing)
    found = own.explain(KEY, own._choose([KEY])[0])
    assert found.local_weights.shape == (6,)
    assert found.global_weights.shape == (4,)
    assert found.local_weights.sum() == pytest.approx(1)
    assert found.global_weights.sum() == pytest.approx(1)
    assert (np.diff(found.local_weights[:3]) > 0).all()


def test_what_is_recorded_is_what_was_compared():
    own = absorbed()
    _, used = own.predict_with_references([KEY, (1, 0)])
    assert used.dtype == REFERENCE_DTYPE
    assert used.shape == (2, 6)
    assert used["frame"][0, :4].tolist() == [3, 4, 6, 7]
    assert used["frame"][1, :4].tolist() == [0, 0, 1, 2]
    for slot, (track, frame) in enumerate(own._choose([KEY])[0].slots):
        assert used["frame"][0, slot] == frame
        assert np.allclose(used["box"][0, slot], own.scene.box(track, frame), atol=1e-4)
    assert (np.abs(used["frame"][0, 4:] - 5) > 2).all()


def test_in_paper_mode_the_key_s_box_cuts_the_local_references():
    rows, used = absorbed("paper").predict_with_references([KEY])
    assert np.array_equal(used["box"][0, :4], np.repeat(rows["box"], 4, axis=0))


def test_a_single_frame_network_has_nothing_to_explain():
    own = predictor(Scene(), hrnet())
    rows, used = own.predict_with_references(KEYS[:3])
    assert len(rows) == 3
    assert used.shape == (3, 0)
    with pytest.raises(ValueError, match="no references"):
        own.explain(KEY, References((), ()))


def test_removing_a_reference_that_is_not_used_changes_nothing():
    references = References((KEY, (0, 4), (0, 6), (0, 7)), ((1, 9), (0, 11)))
    assert references.without(KEY, {0}) == references
    assert references.without(KEY, ()) == references
    own = absorbed()
    before = own.explain(KEY, references)
    after = own.explain(KEY, references.without(KEY, {0}))
    assert np.array_equal(before.heatmaps, after.heatmaps)


def test_removing_a_reference_that_is_used_changes_the_pose():
    own = absorbed()
    references = own._choose([KEY])[0]
    before = own.explain(KEY, references)
    for slot in range(len(references.slots)):
        after = own.explain(KEY, references.without(KEY, {slot}))
        assert not np.array_equal(before.heatmaps, after.heatmaps)
        assert after.global_weights.sum() == pytest.approx(1)


def test_the_key_stands_in_for_what_is_removed_and_others_repeat():
    references = References(((0, 3), (0, 4), (0, 6), (0, 7)), ((1, 9), (0, 11), (1, 0)))
    changed = references.without(KEY, {1, 4})
    assert changed.local == ((0, 3), KEY, (0, 6), (0, 7))
    assert changed.nonlocal_ == ((0, 11), (1, 0), (0, 11))
    assert references.without(KEY, range(7)).slots == (KEY,) * 7


def test_without_any_reference_only_the_key_is_seen():
    """As a GLPose that is shown the key in every slot: what following uses."""
    own = absorbed()
    references = own._choose([KEY])[0].without(KEY, range(6))
    xy, maxima = own.single(5, own.scene.box(*KEY)[None])
    found = own.explain(KEY, references)
    assert np.allclose(found.xy, xy[0], atol=0.3)
    assert np.allclose(found.maxima, maxima[0], atol=1e-2)


def test_a_shuffle_keeps_each_kind_to_itself_and_can_be_repeated():
    references = References(
        tuple((0, f) for f in (1, 2, 3, 4, 6, 7, 8, 9)), tuple((1, f) for f in range(6))
    )
    mixed = references.shuffled(1)
    assert mixed == references.shuffled(1)
    assert mixed != references
    assert sorted(mixed.local) == sorted(references.local)
    assert sorted(mixed.nonlocal_) == sorted(references.nonlocal_)


def test_what_is_removed_stays_removed_when_the_rest_is_shuffled():
    order = arrange(4, 3, {1, 5}, shuffle=7)
    assert sorted(order[:4].tolist()) == [-1, 0, 2, 3]
    assert sorted(order[4:].tolist()) == [4, 4, 6]
    assert arrange(4, 3, ()).tolist() == list(range(7))
    assert arrange(0, 0, ()).tolist() == []
