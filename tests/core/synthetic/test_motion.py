"""Made-up and recorded movement: people keep their bones, stand on the floor and go where they face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.errors import FormatError
from glpose_core.synthetic.gaits import GESTURES, gestures, jog, walk
from glpose_core.synthetic.motion import Motion, read_recordings
from glpose_core.synthetic.rig import BONES, JOINTS, B, J, bone_frames, rest_pose

pytestmark = pytest.mark.quick

BONE_ENDS = [
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
]
MOVES = {
    "walk": lambda: walk(3.0, 1.8, 1.1, np.random.default_rng(1)),
    "jog": lambda: jog(3.0, 1.6, 1.0, np.random.default_rng(2)),
    **{name: (lambda name=name: gestures([name], 4.0)) for name in GESTURES},
}


@pytest.mark.parametrize("name", MOVES)
def test_bones_keep_their_length_and_feet_stay_above_the_floor(name: str) -> None:
    joints = MOVES[name]().joints
    assert np.isfinite(joints).all()
    for a, b in BONE_ENDS:
        lengths = np.linalg.norm(joints[:, J[a]] - joints[:, J[b]], axis=-1)
        assert np.ptp(lengths) < 1e-6
    feet = joints[:, [J["left_toe"], J["right_toe"], J["left_ankle"], J["right_ankle"]], 1]
    assert feet.min() > -0.03
    assert feet.min() < 0.08


@pytest.mark.parametrize(("motion", "speed"), [(walk(4.0), (0.8, 1.6)), (jog(4.0), (2.0, 4.0))])
def test_gaits_go_forwards_at_a_persons_speed_and_the_standing_foot_does_not_slide(
    motion: Motion, speed: tuple[float, float]
) -> None:
    way = motion.joints[-1, J["pelvis"]] - motion.joints[0, J["pelvis"]]
    assert speed[0] < way[2] / motion.seconds < speed[1]
    assert abs(way[0]) < 0.3
    if motion.name == "walk":
        toes = motion.joints[:, [J["left_toe"], J["right_toe"]]]
        slide = np.linalg.norm(np.diff(toes[:, :, [0, 2]], axis=0), axis=-1) * motion.rate
        assert np.median(slide.min(axis=1)) < 0.25  # metres a second, of the slower foot


def test_a_hop_leaves_the_floor() -> None:
    joints = gestures(["hop"], 4.0).joints
    toes = joints[:, [J["left_toe"], J["right_toe"]], 1].min(axis=1)
    assert toes.max() > toes.min() + 0.08


def test_placing_turns_and_moves_but_changes_no_distance() -> None:
    motion = walk(1.0)
    placed = motion.placed(2.0, -1.0, np.pi / 2)
    np.testing.assert_allclose(placed.joints[0, J["pelvis"], [0, 2]], [2.0, -1.0], atol=1e-9)
    assert placed.heading() == pytest.approx(np.pi / 2)
    way = placed.joints[-1, J["pelvis"]] - placed.joints[0, J["pelvis"]]
    assert way[0] > 0.5 > abs(way[2])  # facing +x, so going +x
    before = np.linalg.norm(motion.joints[:, 0] - motion.joints[:, 5], axis=-1)
    np.testing.assert_allclose(
        np.linalg.norm(placed.joints[:, 0] - placed.joints[:, 5], axis=-1), before
    )


def test_mirroring_exchanges_the_sides_and_twice_is_nothing() -> None:
    motion = gestures(["wave"], 3.0)
    mirrored = motion.mirrored()
    raised = motion.joints[:, J["right_wrist"], 1].max()
    assert mirrored.joints[:, J["left_wrist"], 1].max() == pytest.approx(raised)
    assert mirrored.heading() == pytest.approx(-motion.heading())
    np.testing.assert_array_equal(mirrored.mirrored().joints, motion.joints)


def test_moments_between_poses_are_interpolated_and_clipped() -> None:
    motion = walk(1.0)
    half = motion.at(np.array([-1.0, 0.5 / motion.rate, 99.0]))
    np.testing.assert_array_equal(half[0], motion.joints[0])
    np.testing.assert_allclose(half[1], (motion.joints[0] + motion.joints[1]) / 2)
    np.testing.assert_array_equal(half[2], motion.joints[-1])


@given(st.sampled_from(sorted(MOVES)), st.integers(0, 80))
def test_bone_frames_are_rotations_along_their_bones(name: str, at: int) -> None:
    joints = MOVES[name]().joints
    frames = bone_frames(joints[at : at + 1], rest_pose(joints))[0]
    turns = frames[:, :, :3]
    np.testing.assert_allclose(
        turns @ turns.swapaxes(1, 2), np.broadcast_to(np.eye(3), turns.shape), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(turns), 1.0)
    thigh = joints[at, J["left_knee"]] - joints[at, J["left_hip"]]
    along = turns[B["left_thigh"], :, 1]
    np.testing.assert_allclose(along, thigh / np.linalg.norm(thigh), atol=1e-9)
    assert len(frames) == len(BONES)


def test_frames_do_not_jump_between_poses() -> None:
    for name, make in MOVES.items():
        joints = make().joints
        turns = bone_frames(joints, rest_pose(joints))[:, :, :, :3]
        step = np.einsum("tbij,tbij->tb", turns[1:], turns[:-1])
        angle = np.degrees(np.arccos(np.clip((step - 1) / 2, -1, 1)))
        assert angle.max() < 60, name


def test_the_rest_pose_has_the_recordings_bones_and_faces_the_camera() -> None:
    joints = walk(2.0, 1.9).joints
    rest = rest_pose(joints)
    for a, b in BONE_ENDS:
        wanted = np.linalg.norm(joints[0, J[a]] - joints[0, J[b]])
        assert np.linalg.norm(rest[J[a]] - rest[J[b]]) == pytest.approx(wanted)
    assert rest[J["left_hip"], 0] > 0 > rest[J["right_hip"], 0]
    assert rest[J["nose"], 2] > rest[J["neck"], 2]


def test_recorded_motion_is_read(tmp_path: Path) -> None:
    joints = walk(1.0).joints.astype(np.float32)
    joints[:, J["left_hand"]] = np.nan
    path = tmp_path / "motion.npz"
    pelvis = joints[:, 0]
    np.savez(
        path, rel=joints - pelvis[:, None], pelvis=pelvis, frame_start=np.array([0, 10, len(joints)]),
        joint_names=np.array(JOINTS), fps=30.0, sequence=np.array(["a", "b"]),
        group=np.array(["walk", "walk"]), licence=np.array(["MIT", "MIT"]),
    )  # fmt: skip
    recordings = read_recordings(path)
    motion = recordings.motion(1)
    assert len(recordings) == 2
    assert motion.rate == 30
    np.testing.assert_allclose(motion.joints[0, J["nose"]], joints[10, J["nose"]], atol=1e-5)
    assert np.isfinite(motion.joints).all()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04broken"])
def test_what_is_no_recording_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "motion.npz"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"motion\.npz: is not recorded motion"):
        read_recordings(path)


def test_every_real_recording_can_be_carried(data: Path) -> None:
    recordings = read_recordings(data / "motion" / "motion.npz")
    for number in range(0, len(recordings), 60):
        joints = recordings.motion(number).joints
        frames = bone_frames(joints, rest_pose(joints))
        assert np.isfinite(frames).all()
