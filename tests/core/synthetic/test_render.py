"""Rendered pictures and their labels: exact, seeded, and hidden where something hides."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from glpose_core.errors import Cancelled, FormatError
from glpose_core.formats.posetrack import read_posetrack
from glpose_core.skeleton import EARS, POSETRACK17
from glpose_core.synthetic import demo, draw_scene
from glpose_core.synthetic.body import make_body
from glpose_core.synthetic.camera import moving_camera, still_camera
from glpose_core.synthetic.clip import truth_file, truth_rows, write_clip
from glpose_core.synthetic.gaits import walk
from glpose_core.synthetic.outfit import draw_person
from glpose_core.synthetic.place import KINDS, Place, draw_place, photo_place, standing
from glpose_core.synthetic.raster import rasterise
from glpose_core.synthetic.render import render
from glpose_core.synthetic.rig import B, J, bone_frames, rest_pose
from glpose_core.synthetic.scene import Actor, Scene, SceneOptions
from glpose_core.synthetic.shapes import Cone, Egg
from glpose_core.synthetic.surface import mesh_of
from glpose_core.synthetic.truth import ABSENT, OCCLUDED, VISIBLE
from glpose_core.video import open_video

SIZE = (192, 144)
WRISTS = [POSETRACK17.index("left_wrist"), POSETRACK17.index("right_wrist")]


def first(scene: Scene, **changes: object) -> tuple[np.ndarray, object]:
    return next(render(dataclasses.replace(scene, frames=1, **changes), SIZE))


@pytest.mark.quick
def test_a_meshed_ball_is_round_closed_and_faces_outwards() -> None:
    ball = Egg((0.1, 0.0, 0.0), (0.5, 0.5, 0.5))
    mesh = mesh_of(ball.distance, np.float32([-0.6, -0.7, -0.7]), np.float32([0.8, 0.7, 0.7]), 0.1)
    radius = np.linalg.norm(mesh.vertices - [0.1, 0, 0], axis=1)
    assert np.abs(radius - 0.5).max() < 0.002
    a, b, c = (mesh.vertices[mesh.triangles[:, n]] for n in range(3))
    outward = (np.cross(b - a, c - a) * (a - [0.1, 0, 0])).sum(axis=1)
    assert (outward > 0).all()
    edges = np.sort(
        np.concatenate(
            [mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]]
        )
    )
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()  # no hole anywhere


@pytest.mark.quick
def test_a_round_cones_distance_is_true_on_its_axis() -> None:
    cone = Cone((0, 0, 0), (0, 1, 0), 0.3, 0.1)
    points = np.float32([[0, -0.5, 0], [0, 1.5, 0], [0, 0, 0], [2, 0.5, 0]])
    found = cone.distance(points)
    np.testing.assert_allclose(found[:3], [0.2, 0.4, -0.3], atol=0.01)
    assert 1.7 < found[3] < 1.85


@pytest.mark.quick
def test_the_nearer_of_two_triangles_is_seen() -> None:
    xy = np.float32([[0, 0], [0, 9], [9, 0], [0, 0], [0, 9], [9, 0]])
    depth = np.float32([3, 3, 3, 2, 2, 2])
    found = rasterise(xy, depth, np.int32([[0, 1, 2], [3, 4, 5]]), (10, 10))
    assert set(found.triangle.tolist()) == {1}
    assert len(np.unique(found.pixel)) == len(found.pixel) > 40
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-5)
    turned_away = rasterise(xy, depth, np.int32([[0, 2, 1]]), (10, 10))
    assert len(turned_away.pixel) == 0


@pytest.mark.quick
def test_depth_is_interpolated_as_a_camera_sees_it() -> None:
    xy = np.float32([[0, 0], [0, 100], [100, 0]])
    depth = np.float32([1, 4, 4])
    found = rasterise(xy, depth, np.int32([[0, 1, 2]]), (128, 128))
    middle = found.depth[found.pixel == 50 * 128 + 0]
    np.testing.assert_allclose(middle, 1 / ((1 / 1 + 1 / 4) / 2), rtol=1e-4)


def test_bodies_follow_their_bones(actors: tuple[Actor, ...]) -> None:
    body, motion = actors[1].body, actors[1].motion
    still, _ = body.pose(body.frames)
    np.testing.assert_allclose(still, body.vertices, atol=1e-4)
    frames = bone_frames(motion.joints[:30:10], body.rest)
    for pose, joints in zip(frames, motion.joints[:30:10], strict=True):
        placed, _ = body.pose(pose)
        hand = placed[body.weights[:, B["left_hand"]] > 0.9]
        assert np.linalg.norm(hand.mean(axis=0) - joints[J["left_hand"]]) < 0.06
    np.testing.assert_allclose(body.weights.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("hair", ["bald", "bun", "cap"])
def test_hair_covers_the_head_but_not_the_face(hair: str) -> None:
    build, outfit = draw_person(np.random.default_rng(3))
    rest = rest_pose(walk(0.5).joints)
    body = make_body(rest, build, dataclasses.replace(outfit, hair=hair))
    haired = int((body.fields[:, 3] > 0).sum())
    assert (haired == 0) == (hair == "bald")
    face = np.linalg.norm(body.vertices - rest[J["nose"]], axis=1) < 0.03
    assert (body.fields[face, 3] <= 0).all()  # nobody has hair on the nose


def test_labels_lie_on_the_people(scene: Scene) -> None:
    picture, truth = first(scene)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    assert truth.visibility[:, list(EARS)].max() == ABSENT
    assert (truth.xy[:, list(EARS)] == 0).all()
    assert truth.labelled.all()
    for person in range(2):
        placed = truth.xy[person][truth.visibility[person] > 0]
        x, y, w, h = truth.box[person]
        assert ((placed >= [x, y]) & (placed <= [x + w, y + h])).all()
        head = truth.xy[person, POSETRACK17.index("head_top")]
        hx, hy, hw, hh = truth.head_box[person]
        assert hx <= head[0] <= hx + hw
        assert abs(head[1] - hy) < 0.35 * hh
    # The standing person faces the camera: their left is on the right of the picture.
    left, right = (
        truth.xy[0, POSETRACK17.index(f"{side}_shoulder"), 0] for side in ("left", "right")
    )
    assert left > right


def test_a_label_is_where_the_camera_projects_the_joint(scene: Scene) -> None:
    _, truth = first(scene)
    knee = scene.actors[0].joints(0.0)[J["left_knee"]]
    xy, _ = scene.camera.view(0.0, SIZE).project(knee)
    np.testing.assert_allclose(truth.xy[0, POSETRACK17.index("left_knee")], xy, atol=1e-6)


def test_people_hide_one_another(scene: Scene) -> None:
    """The walker passes in front of the standing one, who is hidden then and not before."""
    hidden = []
    for picture, truth in render(scene, SIZE):
        assert picture.dtype == np.uint8
        hidden.append((truth.visibility[0] == OCCLUDED).sum())
    assert max(hidden[12:30]) >= 8
    assert min(hidden) <= 3


def test_a_post_hides_and_what_leaves_the_picture_is_absent(scene: Scene, place: Place) -> None:
    post = standing(np.full((20, 20, 3), 90, np.uint8), 0.0, 1.5, 0.9, 3.0)
    behind = dataclasses.replace(place, uprights=(*place.uprights, post))
    _, truth = first(scene, place=behind)
    assert (truth.visibility[0] == OCCLUDED).sum() >= 10
    aside = still_camera(np.array([0.0, 1.3, 5.0]), np.array([-9.0, 0.95, 0.0]), 1.5)
    _, gone = first(scene, camera=aside)
    assert (gone.visibility[0] == ABSENT).all()
    assert not gone.labelled[0]
    assert np.isnan(gone.box[0]).all()


def test_turned_away_the_nose_is_hidden(scene: Scene) -> None:
    standing_one = scene.actors[0]
    turned = dataclasses.replace(standing_one, motion=standing_one.motion.placed(0, -0.6, np.pi))
    _, truth = first(scene, actors=(turned,))
    _, facing = first(scene, actors=(standing_one,))
    nose = POSETRACK17.index("nose")
    assert truth.visibility[0, nose] == OCCLUDED
    assert facing.visibility[0, nose] == VISIBLE


def test_equal_seeds_equal_pictures_whatever_the_threads(scene: Scene) -> None:
    short = dataclasses.replace(scene, frames=4)
    one = [picture for picture, _ in render(short, SIZE)]
    two = [picture for picture, _ in render(short, SIZE, threads=2)]
    np.testing.assert_array_equal(np.stack(one), np.stack(two))


def test_drawn_scenes_are_seeded_and_their_cameras_move() -> None:
    options = SceneOptions(people=(1, 1), frames=2, place="hall", moving=1.0)
    once, again, other = (draw_scene(seed, options) for seed in (5, 5, 6))
    np.testing.assert_array_equal(once.camera.eye, again.camera.eye)
    np.testing.assert_array_equal(once.actors[0].motion.joints, again.actors[0].motion.joints)
    assert once.actors[0].body.outfit == again.actors[0].body.outfit != other.actors[0].body.outfit
    assert not once.camera.still
    (first_picture, truth), (second_picture, _) = render(once, SIZE)
    assert (first_picture != second_picture).mean() > 0.3
    assert truth.visibility.shape == (1, 17)


def test_what_moves_is_blurred(scene: Scene) -> None:
    walker = dataclasses.replace(scene, actors=scene.actors[1:], frames=3, rate=4.0, noise=0.0)

    def sharpness(shutter: float) -> float:
        *_, (picture, truth) = render(dataclasses.replace(walker, shutter=shutter), SIZE)
        x, y, w, h = truth.box[0].astype(int)
        return float(cv2.Laplacian(picture[y : y + h, x : x + w], cv2.CV_32F).std())

    assert sharpness(0.9) < 0.85 * sharpness(0.0)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_place_fills_the_picture(kind: str, actors: tuple[Actor, ...]) -> None:
    camera = moving_camera(
        np.array([0.3, 1.2, 5.5]),
        np.array([0, 1.0, 0]),
        1.0,
        np.random.default_rng(0),
        drift=np.array([0.5, 0, 0]),
    )
    place = draw_place(np.random.default_rng(1), kind)
    scene = Scene(actors[:1], camera, place, 1, noise=0.0)
    picture, _ = next(render(scene, SIZE))
    assert (picture.sum(axis=2) > 0).mean() > 0.98
    assert picture.std() > 12


def test_a_photograph_may_stand_in_for_a_place(actors: tuple[Actor, ...]) -> None:
    photo = np.full((60, 100, 3), (200, 40, 40), np.uint8)
    camera = still_camera(np.array([0.0, 1.3, 5.0]), np.array([0.0, 0.95, 0.0]), 1.5)
    scene = Scene(actors[:1], camera, photo_place(photo, np.random.default_rng(0)), 1, noise=0.0)
    picture, _ = next(render(scene, SIZE))
    np.testing.assert_array_equal(picture[2, 2], (200, 40, 40))


def test_a_photograph_that_is_none_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "wall.jpg"
    broken.write_bytes(b"no picture")
    options = SceneOptions(people=(1, 1), frames=2, photographs=(broken,))
    seed = next(n for n in range(12) if np.random.default_rng(n).random() < 0.5)
    with pytest.raises(FormatError, match=r"wall\.jpg: is not a picture"):
        draw_scene(seed, options)


def test_a_clip_and_its_labels_are_written(scene: Scene, tmp_path: Path) -> None:
    told = []
    truth = write_clip(
        dataclasses.replace(scene, frames=5),
        SIZE,
        tmp_path / "clip.mp4",
        lambda done, of: told.append((done, of)),
    )
    assert told[-1] == (5, 5)
    with open_video(tmp_path / "clip.mp4") as reader:
        assert len(reader) == 5
        assert reader.info.codec == "h264"
    rows = truth_rows(truth)
    assert len(rows) == truth.labelled.sum()
    file = truth_file(truth, "000001_mpii_test", SIZE)
    assert len(file.images) == 5
    assert all(image.is_labeled for image in file.images)
    assert set(file.annotations.track_id.tolist()) == {0, 1}
    assert np.isfinite(file.annotations.bbox_head).all()
    at = np.flatnonzero((file.annotations.track_id == 0) & (file.image_index == 3))[0]
    hidden = truth.visibility[3, 0] == OCCLUDED
    np.testing.assert_allclose(file.annotations.keypoints[at, :, :2], truth.xy[3, 0], atol=1e-3)
    np.testing.assert_array_equal(
        file.annotations.keypoints[at, :, 2] == 1, ~hidden & (truth.visibility[3, 0] > 0)
    )


def test_cancelling_leaves_nothing_behind(scene: Scene, tmp_path: Path) -> None:
    calls = iter([False, False, True])
    with pytest.raises(Cancelled):
        write_clip(scene, SIZE, tmp_path / "clip.mp4", cancelled=lambda: next(calls))
    assert list(tmp_path.iterdir()) == []


def test_the_demo_clip_is_made_once(
    tmp_path: Path, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SIZE", SIZE)
    monkeypatch.setattr(demo, "demo_scene", lambda: dataclasses.replace(scene, frames=3))
    path = demo.demo_clip(folder=tmp_path)
    made = path.stat().st_mtime_ns
    assert demo.demo_clip(folder=tmp_path) == path
    assert path.stat().st_mtime_ns == made
    truth = read_posetrack(demo.demo_files(tmp_path).truth)
    assert len(truth.images) == 3
    assert len(truth.annotations) == 6


def test_the_demo_scene_has_three_people_who_are_seen_and_cross() -> None:
    scene = demo.demo_scene()
    assert len(scene.actors) == 3
    view = scene.camera.view(0.0, demo.SIZE)
    times = np.linspace(0, (demo.FRAMES - 1) / demo.RATE, 20)
    middles = np.stack(
        [view.project(actor.motion.at(times)[:, J["pelvis"]])[0][:, 0] for actor in scene.actors]
    )
    assert ((middles > 0) & (middles < demo.SIZE[0])).mean() > 0.9
    assert middles[0, 0] < middles[1, 0]
    assert middles[0, -1] > middles[1, -1]
