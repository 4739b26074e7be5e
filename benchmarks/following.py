"""Who is who: are people followed through crossings, and found again under the same identity?

    python -m benchmarks.following --cache FOLDER [--data DIR] [--detector finder hog]

Rendered clips have two people who walk past each other, the nearer hiding the other for some frames, and a
third behind them; truth is exact. Real clips (DIR) are compared in the frames whose boxes were drawn by eye,
where people are named in the same order. Both go through ``glpose predict``'s own pipeline with the bundled weights.
MOTA and IDF1 are motmetrics', boxes being the same from an intersection over union of a half. *Again* predicts
a second time, knowing the first run, and counts people who became somebody else.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import motmetrics
import numpy as np
import torch
from numpy.typing import NDArray

from glpose_core.job import Prediction, predict_video
from glpose_core.network import default_weights
from glpose_core.people.find.boxes import person_boxes
from glpose_core.predict.job import KnownBoxes, PredictRequest
from glpose_core.synthetic.camera import still_camera
from glpose_core.synthetic.clip import write_clip
from glpose_core.synthetic.gaits import gestures, walk
from glpose_core.synthetic.place import draw_place
from glpose_core.synthetic.scene import Scene, make_actor

LABELS = Path(__file__).resolve().parents[1] / "tests" / "core" / "people" / "labelled_boxes.json"
SIZE, FRAMES, RATE = (640, 360), 90, 25.0
PLACES = ("street", "park", "hall")
REAL = (
    "two-people-cam01.mp4",
    "two-people-cam03.mp4",
    "test_video_structuralize.mp4",
)
"""Clips in whose labels everybody keeps their place."""
EMPTY = ("one-by-one-person-detection.mp4", (300, 700))
"""People come one by one; between them the room is empty."""

Boxes: TypeAlias = Mapping[int, tuple[NDArray[np.int64], NDArray[np.float64]]]
"""People and their boxes ``[N]``, ``[N, 4]`` by frame."""


def crossing(seed: int) -> Scene:
    """Two walk past each other, hiding one another, before a third who stands."""
    rng = np.random.default_rng(seed)
    seconds = FRAMES / RATE
    motions = (
        walk(seconds, 1.78, 1.15, rng).placed(-2.1, 0.5, np.pi / 2),
        walk(seconds, 1.70, 1.05, rng).placed(2.1, -0.1, -np.pi / 2),
        gestures(["wave", "stretch"], seconds, 1.7, rng).placed(
            float(rng.uniform(-0.8, 0.8)), -1.6, 0.2
        ),
    )
    actors = tuple(
        make_actor(motion, np.random.default_rng(seed * 7 + n)) for n, motion in enumerate(motions)
    )
    camera = still_camera(np.array([0.0, 1.5, 6.0]), np.array([0.0, 0.9, 0.0]), 1.7)
    place = draw_place(rng, PLACES[seed % len(PLACES)])
    return Scene(actors, camera, place, FRAMES, RATE, 0.5, 1.6, seed)


def rendered(cache: Path, seeds: range) -> Iterator[tuple[str, Path, Boxes]]:
    """The rendered clips with their truth, made once."""
    cache.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        clip, kept = cache / f"crossing-{seed}.mp4", cache / f"crossing-{seed}.npz"
        if not kept.exists():
            truth = write_clip(crossing(seed), SIZE, clip)
            np.savez(kept, box=truth.box, labelled=truth.labelled)
        with np.load(kept) as file:
            box, labelled = file["box"], file["labelled"]
        boxes = {f: (np.flatnonzero(seen), box[f][seen]) for f, seen in enumerate(labelled)}
        yield f"rendered crossing {seed}", clip, boxes


def real(data: Path) -> Iterator[tuple[str, Path, Boxes]]:
    """The clips whose labels name people by their place."""
    clips = json.loads(LABELS.read_text(encoding="utf-8"))["clips"]
    for name in REAL:
        boxes = {}
        for frame, seen in clips[name].items():
            people = np.array(seen["people"], np.float64).reshape(-1, 4)
            boxes[int(frame)] = (np.arange(len(people)), person_boxes(people))
        yield name, data / "clips" / name, boxes


def boxes_of(found: Prediction) -> Boxes:
    """The boxes of a prediction under the names of its people."""
    rows = found.rows
    people = np.array([found.tracks[int(track)] for track in rows["track"]], np.int64)
    return {
        int(frame): (
            people[rows["frame"] == frame],
            rows["box"][rows["frame"] == frame].astype(np.float64),
        )
        for frame in np.unique(rows["frame"])
    }


def measure(truth: Boxes, found: Boxes) -> dict[str, float]:
    """MOTA, IDF1, exchanges of identity and the numbers of people, over the frames that have truth."""
    nobody = (np.zeros(0, np.int64), np.zeros((0, 4)))
    log = motmetrics.MOTAccumulator(auto_id=True)
    seen: set[int] = set()
    for frame, (people, boxes) in sorted(truth.items()):
        names, theirs = found.get(frame, nobody)
        seen |= set(names.tolist())
        away = motmetrics.distances.iou_matrix(boxes, theirs, max_iou=0.5)
        log.update(people.tolist(), names.tolist(), away)
    values = motmetrics.metrics.create().compute(
        log, metrics=["mota", "idf1", "num_switches", "num_misses", "num_false_positives"]
    )
    named = {name: float(values[name].iloc[0]) for name in values.columns}
    return named | {
        "people": float(len({int(p) for people, _ in truth.values() for p in people})),
        "found": float(len(seen)),
    }


def predict(
    clip: Path, detector: str, span: tuple[int, int | None], known: KnownBoxes | None = None
) -> Prediction:
    """Find, follow and predict, as ``glpose predict`` does."""
    return predict_video(
        PredictRequest(
            clip, default_weights(), start=span[0], stop=span[1], device="cpu", detector=detector,
            known=known or KnownBoxes.none(),
        )
    )  # fmt: skip


def changed(first: Prediction, clip: Path, detector: str, span: tuple[int, int | None]) -> int:
    """How many of a run's people carry another name where a second run finds them again."""
    boxes = boxes_of(first)
    renamed = {
        person: n + 1
        for n, person in enumerate(sorted({p for ps, _ in boxes.values() for p in ps}))
    }
    rows = [
        (renamed[p], f, box) for f, (ps, bs) in boxes.items() for p, box in zip(ps, bs, strict=True)
    ]
    if not rows:
        return 0
    people, frames, places = (list(column) for column in zip(*rows, strict=True))
    again = predict(clip, detector, span, KnownBoxes.of(people, frames, np.array(places)))
    truth = {f: (np.array([renamed[p] for p in ps]), bs) for f, (ps, bs) in boxes.items()}
    switched: set[int] = set()
    for frame, (names, theirs) in boxes_of(again).items():
        if frame not in truth or not len(theirs):
            continue
        ours, places_there = truth[frame]
        iou = 1 - np.nan_to_num(
            motmetrics.distances.iou_matrix(places_there, theirs, max_iou=0.5), nan=1.0
        )
        for row, person in enumerate(ours):
            best = int(iou[row].argmax())
            if iou[row, best] > 0.5 and names[best] != person:
                switched.add(int(person))
    return len(switched)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="rendered clips are kept here")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--detector", nargs="*", default=["finder", "hog"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--again", action="store_true", help="predict rendered clips twice")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(
        "| clip | detector | people | found | MOTA | IDF1 | exchanges | missed | false | again |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    clips = [(*clip, True) for clip in rendered(options.cache, range(options.seeds))]
    clips += [(*clip, False) for clip in (real(options.data) if options.data else ())]
    for title, clip, truth, exact in clips:
        for detector in options.detector:
            found = predict(clip, detector, (0, None))
            m = measure(truth, boxes_of(found))
            again = (
                str(changed(found, clip, detector, (0, None))) if options.again and exact else ""
            )
            print(
                f"| {title} | {detector} | {m['people']:.0f} | {m['found']:.0f} | {m['mota']:.2f} | {m['idf1']:.2f} "
                f"| {m['num_switches']:.0f} | {m['num_misses']:.0f} | {m['num_false_positives']:.0f} | {again} |",
                flush=True,
            )
    if options.data:
        _empty_room(options)


def _empty_room(options: argparse.Namespace) -> None:
    """How many people are seen where several come one by one, and in how many of the empty frames anybody is."""
    name, span = EMPTY
    clips = json.loads(LABELS.read_text(encoding="utf-8"))["clips"][name]
    for detector in options.detector:
        boxes = boxes_of(predict(options.data / "clips" / name, detector, span))
        people = {int(p) for ps, _ in boxes.values() for p in ps}
        labelled = {
            int(f): len(seen["people"]) for f, seen in clips.items() if span[0] <= int(f) < span[1]
        }
        right = sum(len(boxes.get(f, ((), ()))[0]) == count for f, count in labelled.items())
        print(
            f"| {name} {span[0]}–{span[1]} | {detector} | | {len(people)} people | right number in {right} of "
            f"{len(labelled)} frames | | | | | |",
            flush=True,
        )


if __name__ == "__main__":
    main()
