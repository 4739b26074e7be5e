"""What one backbone pass per person and frame saves, and what it costs in accuracy.

Predicts the same people in the same boxes three times: in *cached* mode (features of neighbouring frames
resampled into the key's box), in *paper* mode (every local reference cropped anew, as GLPose is written),
and from single frames (no references at all). Paper mode is what the others are measured against.

    python benchmarks/predict_modes.py VIDEO --boxes boxes.json --model FILE --frames 0:60
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from glpose_core.cli.predict import parse_frames
from glpose_core.job import Prediction, predict_video
from glpose_core.labels.poses import PoseRows
from glpose_core.network.library import default_weights
from glpose_core.predict.boxes_file import read_boxes
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import KnownBoxes, PredictRequest
from glpose_core.video import open_video


@dataclass(frozen=True)
class Measured:
    """One way of predicting: seconds of network time, crops through the backbone, and the poses."""

    name: str
    seconds: float
    crops: int
    rows: PoseRows


class _Meter:
    """Counts the crops and the time that go through the network of every engine made meanwhile."""

    def __init__(self) -> None:
        self.crops, self.seconds = 0, 0.0
        self._real = Engine.features, Engine.fuse

    def __enter__(self) -> _Meter:
        real_features, real_fuse = self._real

        def features(engine, crops):  # type: ignore[no-untyped-def]
            began = time.perf_counter()
            out = real_features(engine, crops)
            self.seconds += time.perf_counter() - began
            self.crops += len(crops)
            return out

        def fuse(engine, *parts):  # type: ignore[no-untyped-def]
            began = time.perf_counter()
            out = real_fuse(engine, *parts)
            self.seconds += time.perf_counter() - began
            return out

        Engine.features, Engine.fuse = features, fuse  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Engine.features, Engine.fuse = self._real  # type: ignore[method-assign]


def fixed(request: PredictRequest, found: Prediction) -> PredictRequest:
    """The same request with everybody's boxes as they were found, so that only the mode differs."""
    numbers = {person: n for n, person in enumerate(sorted(set(found.tracks.values())))}
    people = [numbers[found.tracks[int(track)]] for track in found.rows["track"]]
    known = KnownBoxes.of(people, found.rows["frame"], found.rows["box"], human=True)
    return replace(request, known=known, seeds=(), find_people=False)


def measure(name: str, request: PredictRequest) -> Measured:
    with _Meter() as meter:
        rows = predict_video(request).rows
    return Measured(name, meter.seconds, meter.crops, rows)


def apart(a: PoseRows, b: PoseRows) -> np.ndarray:
    """Distance of every joint in two predictions of the same boxes, as a share of the box height."""
    both = (a["score"] > 0) & (b["score"] > 0)
    distance = np.linalg.norm(a["xy"] - b["xy"], axis=-1) / a["box"][:, 3][:, None]
    return distance[both]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--boxes", type=Path, help="whom to follow; by default people are found")
    parser.add_argument("--model", default=None)
    parser.add_argument("--frames", default="0:60")
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    start, stop = parse_frames(args.frames)
    with open_video(args.video) as reader:
        seeds = read_boxes(args.boxes, len(reader)) if args.boxes else ()
    request = PredictRequest(
        args.video,
        args.model or default_weights(),
        start=start,
        stop=stop,
        seeds=seeds,
        find_people=not seeds,
        device=args.device,
    )
    found = predict_video(request)
    if not len(found.rows):
        raise SystemExit("nobody was found: give --boxes")
    request = fixed(request, found)
    ways = [
        measure("paper", replace(request, mode="paper")),
        measure("cached", request),
        measure("no references", replace(request, k=0, n=0)),
    ]
    paper = ways[0]
    print(f"{len(paper.rows)} person-frames, {found.started.device if found.started else ''}")
    print(f"{'':<15}{'ms/person-frame':>16}{'crops each':>12}{'median off':>12}{'95 % off':>10}")
    for way in ways:
        off = apart(paper.rows, way.rows)
        each = len(way.rows)
        print(
            f"{way.name:<15}{1000 * way.seconds / each:>16.1f}{way.crops / each:>12.2f}"
            f"{100 * np.median(off):>10.2f} %{100 * np.percentile(off, 95):>8.2f} %"
        )


if __name__ == "__main__":
    main()
