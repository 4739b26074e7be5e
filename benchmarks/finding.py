"""How well, and how fast, people are found: our finder against OpenCV's HOG, and others if given.

    python -m benchmarks.finding --data DIR [--weights FILE] [--onnx FILE]

Ours is measured as it is, and judged by the poses in its finds as it is in the app. *Followed* looks at ten frames
before and after each frame of the clips too: who is found again nearby is somebody. DIR holds stills and clips.
Three sets: the held-back COCO pictures, 60 frames of clips whose boxes were drawn by eye
(``tests/core/people/labelled_boxes.json``), and frames of a motorway where every find is false. A find is right if it
overlaps a box of what is seen of a person by half (intersection over union), each box once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.single_poses import poses_in
from glpose_core.geometry import box_iou
from glpose_core.job.pictures import Pictures
from glpose_core.people.find import PROPOSES, Detections, Detector, make_detector
from glpose_core.people.find.boxes import seen_boxes
from glpose_core.people.find.trained import TrainedDetector
from glpose_core.people.follow import Follower, Judging, KnownPeople, judge, propose
from glpose_core.predict.job import KnownBoxes
from glpose_core.train.scenes import coco_scenes
from glpose_core.video import open_video

LABELS = Path(__file__).resolve().parents[1] / "tests" / "core" / "people" / "labelled_boxes.json"
RIGHT = 0.5
SMALLEST = 1 / 25
"""People lower than this share of the picture's long side are neither counted nor false."""
FALSE_A_FRAME = 0.5
MOTORWAY_EVERY = 10
POSES = "hrnet-w32-starter"
"""The network whose poses judge what is found."""
NEARBY = 10
"""Frames before and after a labelled one that people are followed through."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture, boxes of what is seen of its people ``[N, 4]``, and regions where finds do not count."""

    picture: NDArray[np.uint8]
    people: NDArray[np.float64]
    ignored: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """Scores of the finds that count, best first, whether each is right, and how many people and frames."""

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    people: int
    frames: int

    def recall_at(self, false_a_frame: float) -> tuple[float, float]:
        """The best recall with at most so many false finds a frame, and the score it needs."""
        allowed = np.cumsum(~self.right) <= false_a_frame * self.frames
        kept = int(allowed.sum())
        score = float(self.scores[kept - 1]) if kept else 1.0
        return float(self.right[:kept].sum() / max(self.people, 1)), score

    def at(self, score: float) -> tuple[float, float]:
        """Recall and false finds a frame among the finds from ``score`` on."""
        kept = self.scores >= score
        false = (~self.right[kept]).sum() / self.frames
        return float(self.right[kept].sum() / max(self.people, 1)), float(false)

    @property
    def average_precision(self) -> float:
        """The area under precision over recall, precision being made to fall only."""
        hits = np.cumsum(self.right)
        precision = hits / np.arange(1, len(hits) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(envelope[self.right].sum() / max(self.people, 1))


def compare(finds: Sequence[Detections], frames: Sequence[Frame]) -> Curve:
    """Match finds (boxes of what is seen) with people, the surest first."""
    scores: list[float] = []
    right: list[bool] = []
    people = 0
    for found, frame in zip(finds, frames, strict=True):
        least = SMALLEST * max(frame.picture.shape[:2])
        counted = frame.people[:, 2:].max(axis=1) >= least
        people += int(counted.sum())
        iou = box_iou(found.boxes, frame.people)
        free = np.ones(len(frame.people), bool)
        for row in range(len(found)):
            best = int(np.argmax(iou[row] * free)) if free.any() else -1
            if best >= 0 and iou[row, best] * free[best] >= RIGHT:
                free[best] = False
                if counted[best]:
                    scores.append(float(found.scores[row]))
                    right.append(True)
                continue
            box = found.boxes[row]
            if box[2:].max() >= least and not is_ignored(box, frame.ignored):
                scores.append(float(found.scores[row]))
                right.append(False)
    order = np.argsort(-np.array(scores), kind="stable")
    return Curve(np.array(scores)[order], np.array(right, bool)[order], people, len(frames))


def is_ignored(box: NDArray[np.float64], regions: NDArray[np.float64]) -> bool:
    """Whether half of a box lies in one of the regions."""
    low = np.maximum(box[:2], regions[:, :2])
    high = np.minimum(box[:2] + box[2:], regions[:, :2] + regions[:, 2:])
    inside = np.clip(high - low, 0, None).prod(axis=1)
    return bool((inside >= 0.5 * box[2:].prod()).any())


def coco_frames(data: Path) -> Iterator[Frame]:
    """The held-back COCO pictures."""
    for scene in coco_scenes(data / "stills/coco-mini/coco_mini_val.json"):
        yield Frame(scene.picture(), scene.boxes, scene.ignored)


def clip_frames(data: Path) -> Iterator[Frame]:
    """The frames whose boxes were drawn by eye."""
    clips = json.loads(LABELS.read_text(encoding="utf-8"))["clips"]
    for name, frames in clips.items():
        with open_video(data / "clips" / name) as reader:
            for frame, seen in frames.items():
                boxes = (
                    np.array(seen[kind], np.float64).reshape(-1, 4)
                    for kind in ("people", "ignored")
                )
                yield Frame(reader[int(frame)], *boxes)


def motorway_frames(data: Path) -> Iterator[Frame]:
    """Cars, and nobody."""
    nobody = np.zeros((0, 4))
    with open_video(data / "clips/motorway-nobody.mp4") as reader:
        for frame in range(0, len(reader), MOTORWAY_EVERY):
            yield Frame(reader[frame], nobody, nobody)


def look_at(
    detector: Detector, frames: Iterable[Frame]
) -> tuple[list[Detections], list[Frame], float]:
    """Finds as boxes of what is seen, the frames, and median seconds a picture."""
    finds, seen, spent = [], [], []
    for frame in frames:
        began = time.perf_counter()
        found = detector.find(frame.picture)
        spent.append(time.perf_counter() - began)
        finds.append(Detections(seen_boxes(found.boxes), found.scores))
        seen.append(frame)
    return finds, seen, float(np.median(spent))


class Judged:
    """A detector whose finds are judged by their poses (``glpose_core.people.follow.judge``)."""

    def __init__(self, first: Detector) -> None:
        self._first = first
        self.name = f"**{first.name} + pose**"
        self._picture = np.zeros((1, 1, 3), np.uint8)
        self._poses = poses_in(lambda frame: self._picture, POSES)

    def find(self, picture: NDArray[np.uint8]) -> Detections:
        """The people in a picture."""
        rules = Judging()
        found = propose(self._first.find(picture), rules)
        self._picture = picture
        return judge(found, self._poses(0, found.boxes), rules)[0] if len(found) else found


def followed(data: Path, detector: Detector) -> tuple[list[Detections], list[Frame]]:
    """Who is followed through each labelled frame of the clips, and the frames."""
    clips = json.loads(LABELS.read_text(encoding="utf-8"))["clips"]
    finds, seen = [], list(clip_frames(data))
    for name, frames in clips.items():
        with open_video(data / "clips" / name) as reader:
            for frame in map(int, frames):
                span = max(frame - NEARBY, 0), min(frame + NEARBY + 1, len(reader))
                pictures = Pictures(reader, print)
                follower = Follower(
                    pictures, span, KnownPeople(KnownBoxes.none()), detector=detector,
                    poses=poses_in(pictures), judging=Judging() if detector.name in PROPOSES else None,
                )  # fmt: skip
                follower.begin(frame)
                follower.extend(1, NEARBY)
                follower.extend(-1, NEARBY)
                here = [t for t in follower.tracks if t.confirmed and frame in t.boxes]
                boxes = np.array([t.boxes[frame] for t in here]).reshape(-1, 4)
                finds.append(Detections(seen_boxes(boxes), np.array([t.score for t in here])))
    return finds, seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--weights", type=Path, help="a finder's weights instead of those in the app"
    )
    parser.add_argument(
        "--also", nargs="*", default=[], help="further detectors, by name or ONNX file"
    )
    parser.add_argument("--followed", action="store_true", help="follow people in the clips, too")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    ours, hog = TrainedDetector(options.weights), make_detector("hog")
    detectors: list[Detector] = [ours, Judged(ours), hog]
    detectors += [make_detector(name) for name in options.also]
    print(
        "| set | detector | AP | recall at ≤ 0.5 false a frame (score) | at score 0.5: recall, false a frame "
        "| ms a picture |\n|---|---|---|---|---|---|"
    )
    for title, frames in (("COCO val", coco_frames), ("clips, by eye", clip_frames)):
        for detector in detectors:
            finds, seen, seconds = look_at(detector, frames(options.data))
            curve = compare(finds, seen)
            best, score = curve.recall_at(FALSE_A_FRAME)
            recall, false = curve.at(0.5)
            print(
                f"| {title}: {curve.people} people, {curve.frames} pictures | {detector.name} "
                f"| {curve.average_precision:.3f} | {best:.3f} ({score:.2f}) | {recall:.3f}, {false:.2f} "
                f"| {1000 * seconds:.0f} |",
                flush=True,
            )
    for detector in (ours, hog) if options.followed else ():
        finds, seen = followed(options.data, detector)
        curve = compare(finds, seen)
        recall, false = curve.at(0.0)
        print(
            f"| clips, by eye | {detector.name}, **followed** | | | (all) {recall:.3f}, {false:.2f} | |",
            flush=True,
        )
    for detector in detectors:
        finds, seen, seconds = look_at(detector, motorway_frames(options.data))
        curve = compare(finds, seen)
        print(
            f"| motorway, nobody: {curve.frames} pictures | {detector.name} | | "
            f"| {curve.at(0.5)[1]:.2f} false a frame | {1000 * seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
