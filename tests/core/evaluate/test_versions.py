"""PoseTrack17 and 21 files score as PoseTrack18's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glpose_core.evaluate.posetrack import score_files
from glpose_core.formats.posetrack import from_document
from glpose_core.formats.posetrack17 import JOINT_NUMBERS, read_posetrack17

from .conftest import crowd, document, files, frame, person

pytestmark = pytest.mark.quick


def as17(video: list[dict[str, Any]], side: str, path: Path) -> Path:
    """One side of a video as a PoseTrack17 file."""
    frames = []
    for number, one in enumerate(video):
        people = []
        for who in one[side]:
            points = [
                {
                    "id": [JOINT_NUMBERS.index(joint)],
                    "x": [x],
                    "y": [y],
                    **({"score": [who["scores"][joint]]} if side == "found" else {}),
                }
                for joint, (x, y) in who["joints"].items()
            ]
            size = who["head"] / 30
            head = {"x1": [0], "y1": [0], "x2": [30 * size], "y2": [40 * size]}
            pointed = {"annopoints": [{"point": points}]} if points else {}
            people.append({**head, "track_id": [who["track"]], **pointed})
        name = f"images/bonn/000007_mpii/{number + 1:08d}.jpg"
        regions = [
            {"point": [{"x": [x], "y": [y]} for x, y in region]} for region in one["regions"]
        ]
        frames.append({"image": [{"name": name}], "annorect": people, "ignore_regions": regions})
    path.write_text(json.dumps({"annolist": frames}), "utf-8")
    return path


def test_seventeen_scores_as_eighteen(tmp_path: Path):
    video = crowd(5)
    one = score_files([files(video)])
    truth = read_posetrack17(as17(video, "truth", tmp_path / "t.json"))
    found = read_posetrack17(as17(video, "found", tmp_path / "f.json"))
    two = score_files([(truth, found)])
    assert two.version == 17
    assert two.ap.ap == pytest.approx(one.ap.ap)
    assert two.tracking.mota == pytest.approx(one.tracking.mota)
    # A truth of one year and predictions of another go together.
    mixed = score_files([(truth, files(video)[1])])
    assert mixed.ap.ap == pytest.approx(one.ap.ap)


def test_seventeens_people_without_points_keep_their_frame_but_do_not_count(tmp_path: Path):
    good = frame([person(0)], [person(0)])
    hollow = frame([person(0, joints=())], [person(0)])
    video = [good, hollow, good]
    truth = read_posetrack17(as17(video, "truth", tmp_path / "t.json"))
    found = read_posetrack17(as17(video, "found", tmp_path / "f.json"))
    counts = score_files([(truth, found)]).tracking_counts.summed()
    # The frame stays, without a person: one miss and one false positive for each joint.
    assert counts.objects[0].tolist() == [2] * 15
    assert counts.misses[0].tolist() == counts.false_positives[0].tolist() == [1] * 15
    # In a PoseTrack18 file such a person is there: nothing is missed.
    counts = score_files([files(video)]).tracking_counts.summed()
    assert counts.objects[0].tolist() == [1] * 15
    assert counts.misses.sum() == 0


def test_twenty_one_is_recognised():
    video = [frame([person(0)], [person(0)])]
    content = document(video, "truth")
    for image in content["images"]:
        del image["has_no_densepose"]
        image["has_labeled_person"] = True
    for annotation in content["annotations"]:
        del annotation["scores"]
        annotation["person_id"] = 3
    truth = from_document(content, Path("000007_mpii_test.json"))
    assert truth.version == 21
    score = score_files([(truth, files(video)[1])])
    assert score.version == 21
    assert np.isfinite(score.ap.total)
