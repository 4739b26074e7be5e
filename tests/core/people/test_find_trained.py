"""The detector that comes with the app: geometry with a network made by hand, and real pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from glpose_core.geometry import box_iou
from glpose_core.network.finder import PersonFinder
from glpose_core.network.pixels import DEVIATION, MEAN
from glpose_core.people.find import Detections
from glpose_core.people.find.boxes import person_boxes, seen_boxes
from glpose_core.people.find.trained import TrainedDetector, agreed, look, mirror, to_picture


class Bright(torch.nn.Module):
    """Sees people in the middles of bright squares of 40 pixels of the looked-at picture."""

    def forward(self, pictures):
        red = pictures[:, :1] * DEVIATION[0] + MEAN[0]  # 0…1
        bright = torch.nn.functional.avg_pool2d(red, 39, 1, 19)
        cells = torch.nn.functional.avg_pool2d(bright, 4)[:, 0]
        return 80 * (cells - 0.925), torch.full((len(cells), 4, *cells.shape[1:]), 20.0)


@pytest.mark.quick
@pytest.mark.parametrize("zoom", [1, 2, 3])
def test_boxes_lie_where_the_network_saw_them(zoom):
    picture = np.zeros((150 * zoom, 260 * zoom, 3), np.uint8)
    picture[62 * zoom : 102 * zoom, 106 * zoom : 146 * zoom] = 255  # about a cell's middle
    found = look(Bright(), picture, 260)
    assert len(found) >= 1
    expected = np.array([106, 62, 40, 40]) * zoom - np.array([0.5, 0.5, 0, 0])
    assert box_iou(found.boxes[0], expected)[0, 0] > 0.97


@pytest.mark.quick
def test_boxes_are_cut_off_at_the_picture():
    boxes = to_picture(np.array([[-30.0, 10, 60, 500]]), (100, 50), (200, 100))
    assert boxes.tolist() == [[-0.5, 20.5, 61.0, 79.0]]


@pytest.mark.quick
def test_what_the_mirror_image_confirms_counts_more():
    plain = Detections(np.array([[10.0, 10, 20, 40], [60, 10, 20, 40]]), np.array([0.8, 0.8]))
    other = mirror(Detections(np.array([[100.0 - 1 - 31, 11, 20, 40]]), np.array([0.6])), 100)
    assert other.boxes.tolist() == [[11, 11, 20, 40]]
    assert agreed(plain, other).scores == pytest.approx([0.7, 0.4])
    assert agreed(other, plain).scores == pytest.approx([0.7])
    assert agreed(plain, Detections.none()).scores == pytest.approx([0.4, 0.4])


@pytest.mark.quick
def test_person_boxes_and_what_is_seen_are_inverse():
    seen = np.array([[3.0, 5, 20, 80], [0, 0, 10, 10]])
    assert seen_boxes(person_boxes(seen)) == pytest.approx(seen)
    assert (person_boxes(seen)[:, 2:] > seen[:, 2:]).all()


@pytest.mark.parametrize("shape", [(1, 1), (40, 60), (20, 3000), (240, 320)])
def test_pictures_of_any_size_are_looked_at(shape):
    detector = TrainedDetector()
    found = detector.find(np.full((*shape, 3), 90, np.uint8))
    assert np.isfinite(found.boxes).all()
    assert (found.scores < 0.5).all()  # nobody stands in a grey wall


def test_finding_twice_gives_the_same():
    picture = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    first, second = (TrainedDetector().find(picture) for _ in range(2))
    assert np.array_equal(first.boxes, second.boxes)


def test_rendered_people_are_found():
    from glpose_core.synthetic import SceneOptions, draw_scene, render
    from glpose_core.train.scenes import mesh_boxes

    detector, hits, people = TrainedDetector(), 0, 0
    for seed in (1, 2, 3):
        scene = draw_scene(seed, SceneOptions(people=(1, 2), frames=1, moving=0.0))
        picture, truth = next(iter(render(scene, (320, 180))))
        boxes = mesh_boxes(scene, 0.0, (320, 180))[truth.labelled]
        found = detector.find_seen(picture)
        iou = box_iou(boxes, found.boxes[found.scores >= 0.3])
        hits += int((iou.max(axis=1, initial=0) > 0.5).sum())
        people += len(boxes)
    assert hits >= 0.6 * people


def test_real_people_are_found_where_they_are(data: Path):
    """The frames labelled by eye: see benchmarks/finding.py for the figures."""
    import json

    from glpose_core.video import open_video

    labels = json.loads(Path(__file__).with_name("labelled_boxes.json").read_text(encoding="utf-8"))
    detector, hits, people = TrainedDetector(), 0, 0
    for clip in ("juggle.mp4", "one-by-one-person-detection.mp4"):
        with open_video(data / "clips" / clip) as reader:
            for frame, seen in labels["clips"][clip].items():
                found = detector.find_seen(reader[int(frame)])
                boxes = np.array(seen["people"]).reshape(-1, 4)
                iou = box_iou(boxes, found.boxes[found.scores >= 0.3])
                hits += int((iou.max(axis=1, initial=0) > 0.5).sum())
                people += len(boxes)
    assert hits >= 0.6 * people


def test_pictures_without_people_hold_few(data: Path):
    detector = TrainedDetector()
    empty = sorted((data / "background/images").glob("*.jpg"))[:15]
    pictures = [np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]) for path in empty]
    sure = sum(int((detector.find(picture).scores > 0.5).sum()) for picture in pictures)
    assert sure <= len(pictures)


@pytest.mark.quick
def test_the_network_says_nobody_before_it_has_learnt():
    torch.manual_seed(0)
    with torch.no_grad():
        centre, _ = PersonFinder(8, (1, 1), 8)(torch.randn(4, 3, 64, 64))
    assert float(torch.sigmoid(centre).mean()) < 0.05
