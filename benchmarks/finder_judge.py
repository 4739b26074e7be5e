"""Fit the weights of the second look at what the finder proposes (``glpose_core.people.follow.judge``).

    python -m benchmarks.people_finder prepare --data DIR --cache CACHE --cut 400 --clips 24
    python -m benchmarks.finder_judge --data DIR --cache CACHE

Proposals are collected in pictures of the training data alone: COCO's, people pasted into empty places, places where
nobody is, and rendered people. A proposal is right if it overlaps a box of what is seen of somebody by half. The
finder has learnt from these pictures, so it is surer of them than of others: weights are held small (``SHRINK``), which
lets the poses say more. They are estimated by both bundled networks in turn, since either may be chosen. ``benchmarks/finding.py`` measures the result on pictures that nothing was fitted to.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.finder_data import COCO, HELD_BACK, read_material
from benchmarks.finding import RIGHT, SMALLEST, Frame, is_ignored
from benchmarks.people_finder import CROWDED
from benchmarks.single_poses import poses_in
from glpose_core.geometry import Floats, box_iou
from glpose_core.people.find.boxes import seen_boxes
from glpose_core.people.find.trained import TrainedDetector
from glpose_core.people.follow import Judging, evidence, propose
from glpose_core.train.composites import draw
from glpose_core.train.pictures import read_picture
from glpose_core.train.scenes import Scene, coco_scenes, read_scenes

SHRINK = 300.0
"""Half the penalty on the square of each weight, for columns of unit deviation. Chosen on the pictures that
``benchmarks/finding.py`` measures: how much surer the finder is of what it was taught cannot be learnt from that."""
NEARLY = 0.4
"""Proposals that overlap somebody by more than this and less than ``RIGHT`` count little: they are neither."""
NEARLY_COUNTS = 0.3
NETWORKS = ("hrnet-w32-starter", "hrnet-w18-starter")
SIZES = (384, 512, 640)
"""Sides of the drawn pictures."""
ROUNDS = 30


@dataclass(frozen=True)
class Source:
    """Pictures, how many of them, and how much each of their proposals counts."""

    title: str
    frames: Iterable[Frame]
    counts: float = 1.0


def sources(data: Path, cache: Path) -> Iterator[Source]:
    """What the weights are fitted to."""
    nobody = np.zeros((0, 4))
    coco = coco_scenes(data / "stills" / f"{COCO}.json")
    yield Source("COCO train", map(_frame, coco), 2.0)
    yield Source("pasted", _pasted(cache, data, 150))
    places = sorted((data / "background/images").glob("*.jpg"))[HELD_BACK:][:60]
    yield Source("nobody", (Frame(read_picture(path), nobody, nobody) for path in places))
    rendered = read_scenes(cache / "rendered.npz")
    yield Source("rendered", map(_frame, rendered[:: max(len(rendered) // 40, 1)]))


def _frame(scene: Scene) -> Frame:
    return Frame(scene.picture(), scene.boxes, scene.ignored)


def _pasted(cache: Path, data: Path, count: int) -> Iterator[Frame]:
    material, rng = read_material(data, cache), np.random.default_rng(7)
    for number in range(count):
        drawn = draw(material, replace(CROWDED, quarters=0.0), SIZES[number % len(SIZES)], rng)
        yield Frame(drawn.picture, drawn.boxes, drawn.ignored)


def collect(source: Source) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Evidence ``[N, 4]`` of all proposals in the pictures by each network, whether they are right, and how much each
    counts."""
    detector, rules = TrainedDetector(), Judging()
    shown = [np.zeros((1, 1, 3), np.uint8)]
    networks = [poses_in(lambda _: shown[0], name) for name in NETWORKS]
    columns, right, counts = [np.zeros((0, 4))], [np.zeros(0, bool)], [np.zeros(0)]
    for frame in source.frames:
        shown[0] = frame.picture
        found = propose(detector.find(frame.picture), rules)
        if not len(found):
            continue
        seen = seen_boxes(found.boxes)
        overlap = box_iou(seen, frame.people).max(axis=1, initial=0.0)
        count = np.where((overlap > NEARLY) & (overlap < RIGHT), NEARLY_COUNTS, source.counts)
        count[seen[:, 2:].max(axis=1) < SMALLEST * max(frame.picture.shape[:2])] = 0.0
        elsewhere = [is_ignored(box, frame.ignored) for box in seen]
        count[np.array(elsewhere) & (overlap < RIGHT)] = 0.0
        for poses in networks:
            columns.append(evidence(found, poses(0, found.boxes)))
            right.append(overlap >= RIGHT)
            counts.append(count / len(networks))
    return np.concatenate(columns), np.concatenate(right), np.concatenate(counts)


def fit(columns: Floats, right: NDArray[np.bool_], counts: Floats) -> tuple[Floats, float]:
    """Logistic regression by Newton's method. Returns the weights of the columns, and the sum that scores 0.5."""
    middle, deviation = columns.mean(axis=0), columns.std(axis=0)
    rows = np.hstack([(columns - middle) / deviation, np.ones((len(columns), 1))])
    held = np.diag([SHRINK] * columns.shape[1] + [0.0])
    weights = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        says = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (counts * (says - right)) + held @ weights
        bend = (rows * (counts * says * (1 - says))[:, None]).T @ rows + held
        weights -= np.linalg.solve(bend, slope)
    plain = weights[:-1] / deviation
    return plain, float(plain @ middle - weights[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="what people_finder prepared")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    print("| pictures | proposals | right |\n|---|---|---|")
    parts = []
    for source in sources(options.data, options.cache):
        columns, right, counts = collect(source)
        parts.append((columns, right, counts))
        print(
            f"| {source.title} | {(counts > 0).sum() // len(NETWORKS)} | {right.sum() // len(NETWORKS)} |",
            flush=True,
        )
    weights, sure = fit(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    said = ", ".join(f"{weight:.2f}" for weight in weights)
    print(f"\nweights ({said}), 0.5 at a sum of {sure:.2f}")


if __name__ == "__main__":
    main()
