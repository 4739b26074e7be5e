"""Clips become shards and come back; rendered people become training data."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from glpose_core import cli
from glpose_core.errors import FormatError, UsageError
from glpose_core.skeleton import GLPOSE15, POSETRACK17
from glpose_core.synthetic import SceneOptions
from glpose_core.train import shards
from glpose_core.train.augment import Augmentation
from glpose_core.train.clips import ClipSamples, patch_size
from glpose_core.train.labelled import cut_clips
from glpose_core.train.mixture import Mixture, Part
from glpose_core.train.motion import MovingStills
from glpose_core.train.rendered import render_poses
from glpose_core.train.shards import ShardWriter, read_shards
from glpose_core.train.sources import open_data
from glpose_core.train.stills import load_stills
from glpose_core.train.views import View

pytestmark = pytest.mark.quick
SIZE = (32, 48)
PLAIN = View(SIZE, 1, 2, Augmentation.none())


def clip(count: int = 6, seed: int = 0, k: int = 1) -> ClipSamples:
    """A clip whose patches are smooth, so that JPEG keeps them."""
    rng = np.random.default_rng(seed)
    width, height = patch_size(SIZE)
    small = rng.integers(0, 256, (count, 1 + 2 * k, 3, 3, 3), dtype=np.uint8)
    patches = np.stack(
        [
            [cv2.resize(p, (width, height), interpolation=cv2.INTER_CUBIC) for p in row]
            for row in small
        ]
    )
    known = rng.random((count, 17)) < 0.8
    return ClipSamples(
        joints=POSETRACK17.joints,
        size=SIZE,
        k=k,
        patches=patches,
        xy=rng.uniform(5, 40, (count, 17, 2)),
        known=known,
        person=np.zeros(count, np.int64),
        frame=np.arange(count),
        clip=np.zeros(count, np.int64),
        scale=np.full(count, 1.5),
    )


def test_shards_give_back_what_was_packed(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_BYTES", 4000)
    clips = [clip(6, 1), clip(4, 2)]
    with ShardWriter(tmp_path, SIZE, 1) as writer:
        for one in clips:
            writer.add(one)
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    found = read_shards(tmp_path, GLPOSE15.joints)
    assert len(found) == 10
    assert found.clip.tolist() == [0] * 6 + [1] * 4
    where = [POSETRACK17.index(joint) for joint in GLPOSE15.joints]
    for row in range(10):
        original, at = (clips[0], row) if row < 6 else (clips[1], row - 6)
        assert found.xy[row] == pytest.approx(original.xy[at][where], abs=1e-4)
        assert (found.known[row] == original.known[at][where]).all()
        for slot in range(3):
            away = found.patches[row, slot].astype(int) - original.patches[at, slot]
            assert np.abs(away).mean() < 4
    assert found.scale == pytest.approx(1.5)


def test_references_come_from_the_same_clip_and_other_frames(monkeypatch):
    both = replace(clip(8), clip=np.repeat([0, 1], 4), frame=np.tile(np.arange(4), 2))
    for row in range(8):
        others = both._others(row, PLAIN, both, np.random.default_rng(row))
        assert (both.clip[others] == both.clip[row]).all()
        assert (np.abs(both.frame[others] - both.frame[row]) > 1).all()


def test_a_window_is_the_middle_of_a_longer_one():
    long = clip(4, k=2)
    sample = long.draw(0, PLAIN, np.random.default_rng(0))
    assert sample.crops.shape == (5, 48, 32, 3)
    assert long._window(1) == [0, 2, 3]
    with pytest.raises(UsageError, match="the network needs 3"):
        long.draw(0, View(SIZE, 3, 0), np.random.default_rng(0))


def test_patches_serve_other_resolutions():
    one = clip(1)
    small = one.draw(0, View(SIZE, 0, 0, Augmentation.none()), np.random.default_rng(0))
    large = one.draw(0, View((64, 96), 0, 0, Augmentation.none()), np.random.default_rng(0))
    assert large.crops.shape[1:3] == (96, 64)
    # Pixel centres: crop pixel x of the small one lies at 2 x + 0.5 of the large one.
    assert large.xy == pytest.approx(2 * small.xy + 0.5)
    assert large.scale == pytest.approx(small.scale / 2)
    shrunk = cv2.resize(large.crops[0], SIZE, interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(shrunk - small.crops[0]).mean() < 3


@pytest.mark.thorough
def test_rendered_people_become_shards_and_are_mixed_with_stills(tmp_path, capsys):
    folder = tmp_path / "shards"
    arguments = ["pack", "--render", "1", "--frames", "3", "--picture", "96x64", "--k", "1"]
    assert cli.main([*arguments, "--size", "32x48", "--out", str(folder)]) == 0
    assert "poses packed" in capsys.readouterr().out
    (rendered,) = open_data(folder, GLPOSE15.joints, PLAIN)
    labels = render_poses(0, SceneOptions(frames=3), (96, 64))
    fresh = cut_clips(labels, GLPOSE15.joints, SIZE, 1)
    assert isinstance(rendered, ClipSamples)
    assert len(rendered) == len(fresh) > 0
    assert rendered.xy == pytest.approx(fresh.xy, abs=1e-3)
    stills = write_stills(tmp_path)
    (moving,) = open_data(stills, GLPOSE15.joints, PLAIN)
    assert isinstance(moving, MovingStills)
    mixture = Mixture([Part(rendered), Part(moving, 2.0)], seed=0)
    for pick in mixture.picks(0, len(mixture)):
        sample = mixture.see(pick, PLAIN)
        assert sample.crops.shape == (5, 48, 32, 3)
        assert sample.known.any()
    assert cli.main([*arguments, "--size", "32x48", "--out", str(folder)]) == 3


def write_stills(folder, keypoints=None):
    """Two people of 13 joints on a picture, in another order than ours, in a box of another kind."""
    cv2.imwrite(str(folder / "p.png"), np.full((100, 80, 3), 90, np.uint8))
    names = [j for j in GLPOSE15.joints[::-1] if not j.startswith("head")]
    rng = np.random.default_rng(0)
    people = [
        {
            "image_id": 7,
            "bbox": [0, 0, 80, 100],
            "keypoints": keypoints
            or np.insert(rng.uniform(10, 70, (13, 2)), 2, 2, axis=1).ravel().tolist(),
        }
        for _ in range(2)
    ]
    content = {
        "images": [{"id": 7, "file_name": "p.png"}],
        "annotations": people,
        "categories": [{"keypoints": names}],
    }
    path = folder / "stills.json"
    path.write_text(json.dumps(content))
    return path


def test_stills_get_the_one_person_box_and_masks(tmp_path):
    found = load_stills(write_stills(tmp_path), GLPOSE15.joints)
    assert found.known.sum(axis=1).tolist() == [13, 13]
    assert not found.known[:, GLPOSE15.index("head_top")].any()
    low, high = (f(found.xy[0][found.known[0]], axis=0) for f in (np.min, np.max))
    assert found.boxes[0][2:] == pytest.approx((high - low) * 1.3)
    sample = found.draw(0, View(SIZE, how=Augmentation.none()), np.random.default_rng(0))
    assert sample.crops.shape == (1, 48, 32, 3)
    with pytest.raises(ValueError, match="MovingStills"):
        found.draw(0, PLAIN, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["../p.png", "/p.png"])
def test_stills_do_not_read_pictures_outside_their_folder(tmp_path, name):
    path = write_stills(tmp_path)
    path.write_text(path.read_text().replace("p.png", name))
    with pytest.raises(FormatError, match="file_name") as caught:
        load_stills(path, GLPOSE15.joints)
    assert str(path) in str(caught.value)


def test_keypoints_that_are_no_numbers_are_named(tmp_path):
    path = write_stills(tmp_path, keypoints=["a", "b", "c"] * 13)
    with pytest.raises(FormatError, match=r"annotations\[0\].keypoints: has 0 numbers"):
        load_stills(path, GLPOSE15.joints)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d["annotations"][0]["keypoints"].__setitem__(0, float("nan")), "NaN"),
        (lambda d: d["annotations"][0]["keypoints"].__setitem__(0, 10**400), "keypoints"),
        (lambda d: d["annotations"][0].update(keypoints=3), r"annotations\[0\].keypoints"),
        (lambda d: d["annotations"][0].update(image_id=[]), r"annotations\[0\].image_id"),
        (lambda d: d["categories"][0].update(keypoints=[[]]), r"categories\[0\].keypoints"),
        (lambda d: d["categories"][0].update(keypoints=7), r"categories\[0\].keypoints"),
        (lambda d: d["images"][0].update(file_name="a" * 5000), "file_name: names no file"),
    ],
)
def test_a_file_of_stills_that_is_wrong_in_one_place_is_refused(tmp_path, change, place):
    path = write_stills(tmp_path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match=place):
        load_stills(path, GLPOSE15.joints)


def test_what_cannot_be_read_is_named(tmp_path):
    path = write_stills(tmp_path, keypoints=[1, 2, 2])
    with pytest.raises(FormatError, match=r"annotations\[0\].keypoints"):
        load_stills(path, GLPOSE15.joints)
    path = write_stills(tmp_path)
    (tmp_path / "p.png").unlink()
    with pytest.raises(FormatError, match="missing"):
        load_stills(path, GLPOSE15.joints)
    folder = tmp_path / "folder"
    folder.mkdir()
    for place, words in ((tmp_path / "no", "does not exist"), (folder, "neither shards nor JSON")):
        with pytest.raises(FormatError, match=words):
            open_data(place, GLPOSE15.joints, PLAIN)
    (folder / "shard-00000.safetensors").write_bytes(b"nonsense")
    with pytest.raises(FormatError, match="no shard"):
        open_data(folder, GLPOSE15.joints, PLAIN)
