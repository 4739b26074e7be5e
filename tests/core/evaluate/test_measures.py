"""PCK, the Sub-JHMDB protocol, intervals, comparisons, ignore regions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.errors import FormatError, UsageError
from glpose_core.evaluate import (
    JOINTS,
    compare_pck,
    compare_posetrack,
    missed_people,
    pair_video,
    pck,
    score_files,
    score_jhmdb,
    score_pck,
    worst_joints,
)
from glpose_core.evaluate.bootstrap import draw_videos, total_ap, total_mota
from glpose_core.geometry import inside_any
from glpose_core.skeleton import JHMDB15

from . import oracle
from .conftest import crowd, files, frame, person

pytestmark = pytest.mark.quick
# left_shoulder and right_hip of a standing person: (100, 140) and (140, 220).
TORSO = float(np.hypot(40, 80))


def videos(*many):
    return [pair_video(*files(v, f"{n + 1:06d}_mpii_test")) for n, v in enumerate(many)]


def test_pck_of_arrays_leaves_out_people_without_a_size():
    truth = np.zeros((3, 2, 2))
    found = truth + np.array([[3, 4], [5, 12]])
    known = np.array([[True, True], [True, False], [True, True]])
    score = pck(found, truth, known, np.array([25.0, 65.0, np.nan]), 0.2)
    assert (score.people, score.left_out) == (2, 1)
    assert score.right.tolist() == [2, 0]
    assert score.per_joint.tolist() == [1, 0]
    assert score.pooled == pytest.approx(2 / 3)
    assert score.mean == pytest.approx(1 / 2)


def test_a_joint_that_is_not_predicted_is_wrong():
    truth = np.zeros((1, 2, 2))
    found = np.array([[[0, 0], [np.nan, np.nan]]])
    assert pck(found, truth, np.ones((1, 2), bool), np.ones(1), 0.2).right.tolist() == [1, 0]


def test_torso_pck_of_files_says_who_is_left_out():
    limbless = person(1, 500, joints=[j for j in JOINTS if j != "right_hip"])
    near = person(0, 0.2 * TORSO - 0.01)
    score = score_pck(videos([frame([person(0), limbless], [near, person(1, 500)])]))
    assert score.all.mean == 1
    assert (score.all.people, score.without_size) == (1, 1)
    assert score_pck(videos([frame([person(0)], [person(0, 0.2 * TORSO + 0.01)])])).all.mean == 0


def test_the_normaliser_decides():
    video = videos([frame([person(0)], [person(0, 15.0)])])
    assert score_pck(video, "head").all.mean == 1  # half of a head size of 30
    assert score_pck(video, "head", 0.49).all.mean == 0
    # The person box is the joints' extent, 80 × 160, times 1.3.
    assert score_pck(video, "box", 15 / 208).all.mean == 1
    assert score_pck(video, "box", 14.9 / 208).all.mean == 0


def test_pck_without_any_size_is_refused():
    video = [frame([person(0, joints=["nose"])], [person(0)])]
    with pytest.raises(FormatError, match=r"nobody labelled has.*torso.*--normaliser"):
        score_pck(videos(video))


# Sub-JHMDB


def jhmdb(root: Path, errors: dict[str, float], frames: int = 4) -> tuple[Path, Path]:
    """A data set of one action whose videos' predictions are all off by so many pixels. The puppet box
    is 40 wide and 100 high: right up to 20 pixels."""
    truth, found = root / "JHMDB", root / "found"
    (truth / "sub_splits").mkdir(parents=True)
    mask = np.zeros((120, 160, frames), np.uint8)
    mask[10:110, 20:60] = 3
    for name, error in errors.items():
        joints = np.arange(2 * 15 * frames, dtype=float).reshape(2, 15, frames)
        for base, moved in ((truth / "joint_positions", 0.0), (found, error)):
            (base / "golf" / name).mkdir(parents=True, exist_ok=True)
            shifted = joints + np.array([moved, 0]).reshape(2, 1, 1)
            scipy.io.savemat(base / "golf" / name / "joint_positions.mat", {"pos_img": shifted})
        (truth / "puppet_mask" / "golf" / name).mkdir(parents=True)
        scipy.io.savemat(
            truth / "puppet_mask" / "golf" / name / "puppet_mask.mat", {"part_mask": mask}
        )
    return truth, found


def splits(truth: Path, tests: list[list[str]], names: list[str]) -> None:
    for number, chosen in enumerate(tests, 1):
        lines = [f"{name}.avi {2 if name in chosen else 1}" for name in names]
        path = truth / "sub_splits" / f"golf_test_split_{number}.txt"
        path.write_text("\n".join(lines) + "\n", "utf-8")


def test_three_splits_and_the_tight_box(tmp_path: Path):
    truth, found = jhmdb(tmp_path, {"a": 20.0, "b": 20.1, "c": 0.0})
    splits(truth, [["a"], ["b"], ["c", "b"]], ["a", "b", "c"])
    score = score_jhmdb(truth, found)
    assert [one.score.mean for one in score.splits] == [1, 0, 0.5]
    assert score.mean_joints == score.mean_columns == pytest.approx(50)
    assert [one.videos for one in score.splits] == [1, 1, 2]


def test_both_means_are_given(tmp_path: Path):
    truth, found = jhmdb(tmp_path, {"a": 0.0})
    splits(truth, [["a"]] * 3, ["a"])
    path = found / "golf" / "a" / "joint_positions.mat"
    joints = scipy.io.loadmat(path)["pos_img"]
    joints[:, JHMDB15.index("belly")] += 900
    joints[:, JHMDB15.index("left_knee")] += 900
    scipy.io.savemat(path, {"pos_img": joints})
    score = score_jhmdb(truth, found)
    assert score.mean_joints == pytest.approx(100 * 13 / 15)
    assert score.mean_columns == pytest.approx(100 * 6.5 / 7)
    assert score.columns["Knee"] == pytest.approx(50)


def test_each_split_may_have_its_own_predictions(tmp_path: Path):
    truth, found = jhmdb(tmp_path, {"a": 90.0})
    splits(truth, [["a"]] * 3, ["a"])
    own = found / "split2" / "golf" / "a"
    own.mkdir(parents=True)
    labels = truth / "joint_positions" / "golf" / "a" / "joint_positions.mat"
    (own / labels.name).write_bytes(labels.read_bytes())
    assert score_jhmdb(truth, found).mean_joints == pytest.approx(100 / 3)


def test_what_is_missing_in_jhmdb_is_named(tmp_path: Path):
    truth, found = jhmdb(tmp_path, {"a": 0.0})
    with pytest.raises(FormatError, match="no list of split 1"):
        score_jhmdb(truth, found)
    splits(truth, [["a"]] * 3, ["a"])
    (found / "golf" / "a" / "joint_positions.mat").unlink()
    with pytest.raises(FormatError, match=r"golf.a.joint_positions\.mat: cannot be read"):
        score_jhmdb(truth, found)


# Intervals


def test_intervals_come_from_the_same_measure():
    many = [crowd(seed, 8) for seed in range(5)]
    score = score_files([files(v, f"{n + 1:06d}_mpii_test") for n, v in enumerate(many)])
    once = np.ones((1, 5), dtype=np.int64)
    assert total_ap(score.detections, once)[0] == pytest.approx(score.ap.total, abs=0.1)
    assert total_mota(score.tracking_counts, once)[0] == pytest.approx(score.tracking.total)
    # A draw of videos is the same as scoring those videos.
    weights = np.array([[2, 0, 1, 0, 2]])
    drawn = [many[0], many[0], many[2], many[4], many[4]]
    again = score_files([files(v, f"{n + 1:06d}_mpii_test") for n, v in enumerate(drawn)])
    assert total_ap(score.detections, weights)[0] == pytest.approx(again.ap.total, abs=0.3)
    assert total_mota(score.tracking_counts, weights)[0] == pytest.approx(again.tracking.total)
    assert score.ap_interval.low <= score.ap.total <= score.ap_interval.high
    assert score.mota_interval.low < score.mota_interval.high


def test_draws_are_of_as_many_videos_and_repeatable():
    draws = draw_videos(7, 50)
    assert draws.sum(axis=1).tolist() == [7] * 50
    assert (draws == draw_videos(7, 50)).all()


def test_one_video_has_no_interval():
    score = score_files([files([frame([person(0)], [person(0)])] * 3)])
    assert score.ap_interval is None
    assert score.mota_interval is None


# Where it is wrong


def test_the_worst_joints_are_named_with_their_place():
    moved = {"left_wrist": (9.0, 12.0), "nose": (0.0, 3.0)}
    video = [frame([], [])] + [
        frame([person(4), person(6, 500)], [person(2, moved=moved if n == 1 else {})])
        for n in range(3)
    ]
    score = score_files([files(video)])
    worst = worst_joints(score, 10)
    assert len(worst) == 2
    assert (worst[0].video, worst[0].frame, worst[0].person) == ("000007_mpii_test", 2, 4)
    assert (worst[0].joint, worst[0].pixels) == ("left_wrist", pytest.approx(15))
    assert worst[0].sizes == pytest.approx(0.5)
    missed = missed_people(score)
    assert [(one.frame, one.person) for one in missed] == [(1, 6), (2, 6), (3, 6)]


def test_two_sets_of_predictions_are_compared_joint_by_joint():
    truth = [person(0), person(1, 500)]
    first = [frame(truth, [person(0), person(1, 503)])] * 3
    second = [
        frame(truth, [person(0, joints=[j for j in JOINTS if j != "nose"]), person(1, 501)])
    ] * 3
    one, two = (score_files([files(video)]) for video in (first, second))
    comparison = compare_posetrack(one, two, 4)
    joints = comparison.joints
    assert (joints.nearer, joints.further) == (3 * 15, 0)
    assert (joints.only_first, joints.only_second) == (3, 0)
    assert [w.frame for w in joints.worst] == [0, 1, 2, 0]
    assert (joints.worst[0].joint, joints.worst[0].other_pixels) == ("nose", None)
    assert comparison.figures[0].change == pytest.approx(two.ap.total - one.ap.total)
    shares = compare_pck(score_pck(videos(first)), score_pck(videos(second)), 2)
    assert shares.figures[0].change == pytest.approx(-100 / 30)


def test_different_labels_cannot_be_compared():
    one = score_files([files([frame([person(0)], [person(0)])])])
    two = score_files([files([frame([person(0, 1)], [person(0)])])])
    with pytest.raises(UsageError, match="same labels"):
        compare_posetrack(one, two, 3)


# Ignore regions


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=7),
    st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
def test_points_off_the_grid_are_inside_by_winding_or_crossing(polygon, point):
    x, y = point[0] + 0.5, point[1] + 1 / 3
    ring = [*polygon, polygon[0]]
    crossings = sum(
        (y1 <= y) != (y2 <= y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        for (x1, y1), (x2, y2) in pairwise(ring)
    )
    on_edge = any(
        abs((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)) < 1e-9
        for (x1, y1), (x2, y2) in pairwise(ring)
    )
    if not on_edge:
        found = inside_any(np.array([[x, y]]), [np.array(polygon, float)])[0]
        assert found == (crossings % 2 == 1)


def test_edges_corners_and_closed_rings():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], float)
    points = np.array([[5, 5], [0, 5], [10, 10], [5, 0], [10, 5], [11, 5], [-1, 10]], float)
    expected = [True] + [False] * 6
    assert inside_any(points, [square]).tolist() == expected
    assert inside_any(points, [np.vstack([square, square[:1]])]).tolist() == expected
    assert inside_any(points, [square[::-1]]).tolist() == expected
    assert not inside_any(points, [square[:2], np.zeros((0, 2))]).any()
    assert oracle.inside((5, 5), [tuple(corner) for corner in square.tolist()])
