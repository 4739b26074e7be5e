from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.errors import UsageError
from glpose_core.geometry import box_iou
from glpose_core.people.find import DETECTORS, HogDetector, keep_best, make_detector
from glpose_core.people.find.hog import tighten, to_score


@pytest.mark.quick
def test_detectors_are_made_by_name():
    own = [name for name in DETECTORS if name != "torchvision"]  # which needs a package
    assert [make_detector(name).name for name in own] == own
    with pytest.raises(UsageError, match=r"nonesuch.*choose one of finder, hog.*ONNX file"):
        make_detector("nonesuch")


@pytest.mark.quick
@pytest.mark.parametrize("shape", [(1, 1), (40, 60), (20, 3000), (240, 320)])
def test_an_empty_picture_of_any_size_holds_nobody(shape):
    assert len(HogDetector().find(np.full((*shape, 3), 90, np.uint8))) == 0


@given(st.lists(st.floats(0, 1), min_size=0, max_size=12))
def test_keep_best_leaves_no_overlap_and_keeps_the_best(scores):
    rng = np.random.default_rng(len(scores))
    boxes = np.concatenate(
        [rng.uniform(0, 50, (len(scores), 2)), rng.uniform(10, 60, (len(scores), 2))], axis=1
    )
    kept = keep_best(boxes, np.array(scores), overlap=0.4)
    iou = box_iou(boxes[kept], boxes[kept]) - np.eye(len(kept))
    assert (iou <= 0.4).all()
    assert not scores or scores[kept[0]] == max(scores)


@pytest.mark.quick
def test_keep_best_drops_what_lies_inside_a_better_box():
    boxes = np.array([[0.0, 0, 100, 100], [40, 40, 20, 20], [90, 90, 40, 40]])
    kept = keep_best(boxes, np.array([0.9, 0.8, 0.7]), overlap=0.5, covered=0.6)
    assert kept.tolist() == [0, 2]


@pytest.mark.quick
def test_windows_become_person_boxes_about_the_same_centre():
    (box,) = tighten(np.array([[10.0, 20.0, 64.0, 128.0]]))
    assert box[:2] + box[2:] / 2 == pytest.approx([10 + 32 - 0.5, 20 + 64 - 0.5])
    assert (box[2:] < [64, 128]).all()


@pytest.mark.quick
def test_scores_rise_with_the_response_within_0_and_1():
    scores = to_score(np.array([-5.0, 0.0, 0.6, 1.5, 9.0]))
    assert scores[2] == pytest.approx(0.5)
    assert (np.diff(scores) > 0).all()
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_real_pictures(data: Path):
    """Upright people are found where they are; pictures without people hold few."""
    import json

    import cv2

    labels = json.loads((data / "stills/fashion/fashion_val.json").read_text(encoding="utf-8"))
    files = {image["id"]: image["file_name"] for image in labels["images"]}
    hog, hits, overlaps = HogDetector(), 0, []
    people = labels["annotations"][:30]
    for person in people:
        picture = cv2.imread(str(data / "stills/fashion" / files[person["image_id"]]))
        found = hog.find(np.ascontiguousarray(picture[..., ::-1]))
        if len(found):
            iou = float(box_iou(found.boxes[0], person["bbox"])[0, 0])
            hits += iou > 0.4
            overlaps.append(iou)
    assert hits >= 15
    empty = sorted((data / "background/images").glob("*.jpg"))[:30]
    pictures = [np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]) for path in empty]
    sure = sum(int((hog.find(picture).scores > 0.7).sum()) for picture in pictures)
    assert sure <= 10
