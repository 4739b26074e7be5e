"""The official scorer's rules: each one, its edge figures, and random videos against a slow transcription."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.errors import FormatError
from glpose_core.evaluate.joints import JOINTS, columns_of
from glpose_core.evaluate.posetrack import PoseTrackScore, score_files

from . import oracle
from .conftest import files, frame, person

pytestmark = pytest.mark.quick
ANKLES = ("left_ankle", "right_ankle")
BODY = tuple(joint for joint in JOINTS if joint not in ANKLES)


def scored(*videos: list[dict[str, Any]]) -> PoseTrackScore:
    return score_files([files(video, f"{n + 1:06d}_mpii_test") for n, video in enumerate(videos)])


def total(*videos: list[dict[str, Any]]) -> float:
    return scored(*videos).ap.total


def everyone(dx: float) -> dict[str, tuple[float, float]]:
    return dict.fromkeys(JOINTS, (dx, 0.0))


# The edge figures


def test_the_threshold_is_inclusive():
    assert total([frame([person(0)], [person(0, 15.0)])]) == pytest.approx(100)
    assert total([frame([person(0)], [person(0, 15.1)])]) == 0


def test_a_duplicate_costs_only_if_it_is_surer():
    def score(second: float) -> float:
        # The same pose twice: the first one in the file is taken.
        return total([frame([person(0)], [person(0, score=0.5), person(1, score=second)])])

    assert score(0.4) == pytest.approx(100)
    assert score(0.6) == pytest.approx(50)


def test_a_far_false_positive_costs_by_its_score():
    def score(far: float) -> float:
        return total([frame([person(0)], [person(0, score=0.5), person(1, 900, score=far)])])

    assert score(0.99) == pytest.approx(50)
    assert score(0.1) == pytest.approx(100)


def test_a_joint_that_is_never_predicted_counts_nothing():
    short = [joint for joint in JOINTS if joint != "nose"]
    score = scored([frame([person(0)], [person(0, joints=short)])])
    assert score.ap.total == pytest.approx(100 * 14 / 15)
    assert score.ap.ap[JOINTS.index("nose")] == 0


def test_a_missed_person_halves():
    assert total([frame([person(0), person(1, 500)], [person(0)])]) == pytest.approx(50)


def test_a_joint_that_is_nowhere_counts_nothing_too():
    video = [frame([person(0, joints=BODY)], [person(0, joints=BODY)])]
    assert total(video) == pytest.approx(100 * 13 / 15)


# The rules


def test_a_joint_predicted_but_nowhere_labelled_is_left_out_of_the_total():
    score = scored([frame([person(0, joints=BODY)], [person(0)])])
    assert np.isnan(score.ap.ap[JOINTS.index("left_ankle")])
    assert score.ap.total == pytest.approx(100)
    assert np.isnan(columns_of(score.ap.ap)["Ankl"])


def test_the_head_size_is_six_tenths_of_the_diagonal():
    wide = {**person(0), "head": 60.0}
    assert total([frame([wide], [person(0, 30.0)])]) == pytest.approx(100)
    assert total([frame([wide], [person(0, 30.1)])]) == 0


def test_frames_without_labels_leave_with_their_predictions():
    good = frame([person(0)], [person(0)])
    score = scored([good, frame([], [person(5, 900, score=1.0)]), good])
    assert score.ap.total == pytest.approx(100)
    assert (score.left_out.unlabelled, score.left_out.unlabelled_people) == (1, 1)
    assert score.numbers.tolist() == [0, 2]


def test_is_labeled_is_never_read():
    video = [frame([person(0)], [person(0)])]
    truth, found = files(video)
    silent = replace(truth, images=tuple(replace(i, is_labeled=False) for i in truth.images))
    assert score_files([(silent, found)]).ap.total == pytest.approx(100)


def test_points_in_ignore_regions_are_deleted_on_both_sides():
    # The region covers the second person wholly, and one joint of the first.
    region = [(450.0, 0.0), (900.0, 0.0), (900.0, 900.0), (450.0, 900.0)]
    nose = [(95.0, 95.0), (105.0, 95.0), (105.0, 105.0), (95.0, 105.0)]
    video = [
        frame(
            [person(0), person(1, 500)],
            [person(0), person(3, 550, score=0.99)],
            [region, nose],
        )
    ]
    score = scored(video)
    assert score.left_out.ignored_people == 1
    assert score.left_out.ignored_predicted_people == 1
    assert score.left_out.ignored_truth == 16
    # Nobody's nose is labelled or predicted any more: 0, and counted.
    assert score.ap.total == pytest.approx(100 * 14 / 15)


def test_a_point_on_the_edge_of_a_region_stays():
    edge = [(100.0, 90.0), (200.0, 90.0), (200.0, 110.0), (100.0, 110.0)]
    score = scored([frame([person(0)], [person(0)], [edge])])
    # head_bottom and head_top (x 140 and 180) lie inside, the nose (x 100) on the edge.
    assert score.left_out.ignored_truth == 2


def test_a_prediction_keeps_its_best_person_and_a_person_the_best_prediction():
    # The first prediction fits both people a little, and the second better: it goes there alone.
    near = person(1, moved=dict.fromkeys(JOINTS[:8], (200.0, 0.0)))
    video = [frame([person(0), person(1)], [near, person(2)])]
    score = scored(video)
    # Both predictions tie between two equal people: each keeps the first, who takes the better one.
    assert score.matches.truth_of.tolist() == [-1, 0]
    assert score.matches.prediction_of.tolist() == [1, -1]


def test_a_predicted_joint_that_the_person_lacks_is_a_false_positive():
    truth = [person(0), person(1, 500, joints=BODY)]
    found = [person(0, score=0.5), person(1, 500, score=0.9)]
    ap = scored([frame(truth, found)]).ap.ap
    assert ap[JOINTS.index("left_ankle")] == pytest.approx(50)
    assert ap[JOINTS.index("nose")] == pytest.approx(100)


def test_ears_do_not_count():
    truth, found = files([frame([person(0)], [person(0)])])
    found.annotations.keypoints[:, 3:5] = 50.0, 50.0, 1.0
    score = score_files([(truth, found)])
    assert score.ap.total == pytest.approx(100)
    assert score.predictions.present.shape == (1, 15)


def test_hidden_joints_of_the_truth_count():
    truth, found = files([frame([person(0)], [person(0, 100.0)])])
    truth.annotations.keypoints[..., 2] = 0
    assert score_files([(truth, found)]).detections.labelled.sum() == 15


def test_columns_and_total():
    moved = {"head_top": (100.0, 0.0), "left_knee": (100.0, 0.0)}
    ap = scored([frame([person(0)], [person(0, moved=moved)])]).ap
    columns = columns_of(ap.ap)
    assert columns["Head"] == pytest.approx(100 * 2 / 3)
    assert columns["Knee"] == pytest.approx(50)
    rest = sum(value for title, value in columns.items() if title != "Head")
    assert ap.total == pytest.approx((3 * columns["Head"] + 2 * rest) / 15)


def test_predictions_without_scores_have_the_least():
    truth, found = files([frame([person(0)], [person(0), person(1, 900)])])
    found.annotations.scores[0] = np.nan
    score = score_files([(truth, found)])
    assert score.ap.total == pytest.approx(50)
    assert score.without_scores == 1


def test_the_last_frame_is_not_tracked():
    good, bad = frame([person(0)], [person(0)]), frame([person(0)], [person(0, 900)])
    assert scored([good, good, bad]).tracking.total == pytest.approx(100)
    assert scored([good, bad, good]).tracking.total == pytest.approx(-100 + 100)
    assert np.isnan(scored([good]).tracking.total)


def test_the_last_frame_is_the_last_labelled_one():
    good, bad = frame([person(0)], [person(0)]), frame([person(0)], [person(0, 900)])
    assert scored([good, good, bad, frame([], [person(0)])]).tracking.total == pytest.approx(100)


def test_a_frame_without_predictions_counts_one_miss_and_one_false_positive():
    good, none = frame([person(0)], [person(0)]), frame([person(0), person(1, 500)], [])
    counts = scored([good, none, good]).tracking_counts.summed()
    assert counts.objects[0].tolist() == [2] * 15
    assert counts.misses[0].tolist() == [1] * 15
    assert counts.false_positives[0].tolist() == [1] * 15


def test_a_frame_whose_truth_is_ignored_counts_the_same():
    region = [(0.0, 0.0), (900.0, 0.0), (900.0, 900.0), (0.0, 900.0)]
    good = frame([person(0)], [person(0)])
    empty = frame([person(0)], [person(0, 2000)], [region])
    score = scored([good, empty, good])
    assert score.tracking_counts.summed().false_positives[0].tolist() == [1] * 15
    assert score.ap.precision == pytest.approx(np.full(15, 100 * 2 / 3))


def test_a_switch_is_counted_once_and_across_gaps():
    def video(*tracks: int | None) -> list[dict[str, Any]]:
        return [
            frame([person(0)], [person(t) if t is not None else person(9, 900)]) for t in tracks
        ]

    assert scored(video(1, 1, 2, 2, 2)).tracking_counts.switches.sum() == 15
    assert scored(video(1, None, 2, 2)).tracking_counts.switches.sum() == 15
    assert scored(video(1, None, 1, 1)).tracking_counts.switches.sum() == 0


def test_a_track_is_kept_although_another_is_nearer():
    one, two = person(1, 10.0), person(2, 1.0)
    start, both = frame([person(0)], [person(1)]), frame([person(0)], [one, two])
    score = scored([start, both, both, start])
    assert score.tracking_counts.switches.sum() == 0
    assert score.tracking_counts.distance[0, 0] == pytest.approx(2 * 10 / 30)


def test_motp_is_the_mean_over_matches_only():
    video = [frame([person(0)], [person(0, 6.0), person(1, 12.0)])] * 3
    assert scored(video).tracking.motp == pytest.approx(np.full(15, 100 * (1 - 6 / 30)))


def test_tracks_of_different_videos_are_different():
    video = [frame([person(0)], [person(1)])] * 3
    other = [frame([person(0)], [person(2)])] * 3
    assert scored(video, other).tracking_counts.switches.sum() == 0


def test_ap_pools_videos_and_mota_sums_them():
    good, bad = [frame([person(0)], [person(0)])] * 3, [frame([person(0)], [person(0, 900)])] * 5
    score = scored(good, bad)
    assert score.ap.recall[0] == pytest.approx(100 * 3 / 8)
    assert score.tracking.mota[0] == pytest.approx(100 * (1 - (4 + 4) / 6))
    assert score.ap_of(0).total == pytest.approx(100)
    assert score.tracking_of(1).total == pytest.approx(-100)


def test_different_lists_of_images_are_refused():
    video = [frame([person(0)], [person(0)])] * 3
    truth, _ = files(video)
    _, fewer = files(video[:2])
    with pytest.raises(FormatError, match="lists 2 images, but the truth lists 3"):
        score_files([(truth, fewer)])
    _, found = files(video)
    with pytest.raises(FormatError, match=r'is "000002.jpg" where the truth has "000000.jpg"'):
        score_files([(truth, replace(found, images=found.images[::-1]))])


def test_a_file_of_two_videos_is_refused():
    one, two = (
        files([frame([person(0)], [person(0)])] * 2, name)[0] for name in ("1_mpii", "2_mpii")
    )
    both = replace(one, images=(one.images[0], replace(two.images[0], id=one.images[1].id)))
    with pytest.raises(FormatError, match=r"images\[1\].file_name.*split it by video"):
        score_files([(both, both)])


def test_a_label_without_a_head_box_is_refused():
    truth, found = files([frame([person(0)], [person(0)])])
    truth.annotations.bbox_head[:] = np.nan
    with pytest.raises(FormatError, match=r"annotations\[0\].bbox_head.*draw it"):
        score_files([(truth, found)])


# Random videos against the transcription


@st.composite
def people(draw: st.DrawFn, side: str) -> list[dict[str, Any]]:
    tracks = draw(st.lists(st.integers(0, 3), unique=True, max_size=3))
    result = []
    for track in tracks:
        x, y = draw(st.sampled_from([(0, 0), (6, 0), (0, 11), (25, 3), (700, 40)]))
        joints = draw(
            st.sampled_from([tuple(JOINTS), BODY, tuple(JOINTS[:2]), tuple(JOINTS[3:9]), ()])
        )
        moved = {
            joint: draw(st.sampled_from([(0.0, 0.0), (3.25, 1.5), (12.0, 9.0), (40.0, 0.0)]))
            for joint in draw(st.lists(st.sampled_from(JOINTS), max_size=4, unique=True))
        }
        # Fine offsets keep distances from being equal, so that no order among equals matters.
        dx, dy = draw(st.integers(0, 10**6)) * 1e-6, draw(st.integers(0, 10**6)) * 1e-6
        someone = person(track, x + dx, y + dy, joints=joints, moved=moved)
        someone["head"] = draw(st.sampled_from([30.0, 18.0, 60.0]))
        result.append(someone)
    return result


@st.composite
def random_videos(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    region = [(90.5, 90.5), (150.5, 85.5), (160.5, 195.5), (60.5, 170.5)]
    videos = []
    for _ in range(draw(st.integers(1, 3))):
        video = []
        for _ in range(draw(st.integers(2, 5))):
            regions = [region] if draw(st.integers(0, 4)) == 0 else []
            video.append(frame(draw(people("truth")), draw(people("found")), regions))
        videos.append(video)
    scores = iter(np.random.default_rng(draw(st.integers(0, 999))).permutation(10_000) / 1e4)
    for video in videos:
        for one in video:
            for someone in one["found"]:
                someone["scores"] = {joint: float(next(scores)) for joint in JOINTS}
    return videos


@given(random_videos())
def test_random_videos_score_as_the_transcription(videos: list[list[dict[str, Any]]]):
    if not any(one["truth"] for video in videos for one in video):
        return
    score = scored(*videos)
    expected = oracle.ap(videos)
    assert score.ap.ap == pytest.approx([expected[j] for j in JOINTS], nan_ok=True)
    assert score.ap.total == pytest.approx(oracle.mean(expected), nan_ok=True)
    tracked = oracle.tracking(videos)
    counts = score.tracking_counts.summed()
    for ours, theirs in (
        (counts.objects, "objects"),
        (counts.detections, "found"),
        (counts.misses, "misses"),
        (counts.false_positives, "wrong"),
        (counts.switches, "switches"),
        (counts.distance, "distance"),
        (score.tracking.mota[None], "mota"),
        (score.tracking.motp[None], "motp"),
        (score.tracking.precision[None], "pre"),
        (score.tracking.recall[None], "rec"),
    ):
        assert ours[0] == pytest.approx([tracked[j][theirs] for j in JOINTS], nan_ok=True), theirs


def test_pairs_are_the_same_in_small_portions(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(3)
    video = [
        frame(
            [person(t, *rng.uniform(0, 60, 2)) for t in range(4)],
            [person(t, *rng.uniform(0, 60, 2), score=rng.uniform()) for t in range(5)],
        )
        for _ in range(12)
    ]
    whole = scored(video)
    monkeypatch.setattr("glpose_core.evaluate.matching.PAIRS_AT_ONCE", 7)
    parts = scored(video)
    assert parts.pairs.prediction.tolist() == whole.pairs.prediction.tolist()
    assert parts.ap.total == whole.ap.total
