"""How long scoring takes, and whether it says what motmetrics and pycocotools say, on the same data.

    python benchmarks/score.py [--people 10000] [--large 100000]

Random walks of five people a frame with noisy, missing, doubled and swapped predictions. The libraries are
given the same matched distances and the same people, so that only the counting is compared; one run, one
thread. The libraries are not asked for the large set. Processor seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import motmetrics
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from glpose_core.evaluate import (
    JOINTS,
    OksFound,
    OksTruth,
    People,
    Video,
    extent,
    score_oks,
    score_pck,
)
from glpose_core.evaluate.coco import sigmas_of
from glpose_core.evaluate.matching import THRESHOLD, find_pairs
from glpose_core.evaluate.people import joined
from glpose_core.evaluate.posetrack import PoseTrackScore, score_videos

T = TypeVar("T")
A_FRAME, FRAMES = 5, 100


def make_videos(people: int, seed: int = 0) -> list[Video]:
    """Videos of 100 frames with five people each, about ``people`` person-frames in all."""
    rng = np.random.default_rng(seed)
    return [_video(n, rng) for n in range(max(people // (A_FRAME * FRAMES), 1))]


def _video(number: int, rng: np.random.Generator) -> Video:
    start = rng.uniform(0, 600, (1, A_FRAME, 1, 2))
    walk = np.cumsum(rng.normal(0, 3, (FRAMES, A_FRAME, 1, 2)), axis=0) + start
    body = rng.uniform(-60, 60, (1, A_FRAME, len(JOINTS), 2))
    xy = (walk + body).reshape(-1, len(JOINTS), 2)
    frame = np.repeat(np.arange(FRAMES), A_FRAME)
    track = np.tile(np.arange(A_FRAME), FRAMES)
    present = rng.uniform(size=xy.shape[:2]) < 0.9
    truth = _people(frame, track, xy, present, np.ones(xy.shape[:2]))
    found = xy + rng.normal(0, 6, xy.shape)
    shown = rng.uniform(size=xy.shape[:2]) < 0.95
    swapped = np.where(rng.uniform(size=len(track)) < 0.02, (track + 1) % A_FRAME, track)
    swapped = np.where(
        np.bincount(frame * A_FRAME + swapped, minlength=len(track))
        .reshape(FRAMES, A_FRAME)
        .max(axis=1)[frame]
        > 1,
        track,
        swapped,
    )
    kept = rng.uniform(size=len(track)) < 0.95
    twice = rng.uniform(size=len(track)) < 0.05
    rows = np.sort(np.concatenate([np.flatnonzero(kept), np.flatnonzero(twice)]), kind="stable")
    again = np.r_[False, rows[1:] == rows[:-1]]
    scores = rng.uniform(size=(len(rows), len(JOINTS)))
    moved = found[rows] + np.where(again[:, None, None], rng.normal(0, 4, found[rows].shape), 0)
    tracks = swapped[rows] + np.where(again, A_FRAME, 0)
    predictions = _people(frame[rows], tracks, moved, shown[rows], scores)
    return Video(f"video{number:04d}", np.arange(FRAMES), truth, predictions, ((),) * FRAMES)


def _people(
    frame: np.ndarray, track: np.ndarray, xy: np.ndarray, present: np.ndarray, score: np.ndarray
) -> People:
    low, high = xy.min(axis=1), xy.max(axis=1)
    count = len(frame)
    return People(
        frame=frame,
        track=track.astype(np.int64),
        xy=xy,
        present=present,
        score=score,
        head_size=np.full(count, 24.0),
        box=np.hstack([low, high - low]),
        pose_score=score.mean(axis=1),
    )


def with_motmetrics(videos: list[Video]) -> np.ndarray:
    """MOTA of each joint by motmetrics, fed as poseval feeds it; the distances are made once, here."""
    truth, starts = joined(videos, "truth")
    found, _ = joined(videos, "predictions")
    pairs = find_pairs(truth, found, truth.head_size, THRESHOLD)
    near = {
        (int(t), int(f)): np.where(right, distance, np.nan)
        for t, f, distance, right in zip(
            pairs.truth, pairs.prediction, pairs.distance, pairs.right, strict=True
        )
    }
    edges = np.searchsorted(truth.frame, np.arange(starts[-1] + 1))
    others = np.searchsorted(found.frame, np.arange(starts[-1] + 1))
    host = motmetrics.metrics.create()
    names = ["num_misses", "num_switches", "num_false_positives", "num_objects"]
    sums = np.zeros((len(JOINTS), len(names)))
    for first, stop in pairwise(starts.tolist()):
        for joint in range(len(JOINTS)):
            accumulator = motmetrics.MOTAccumulator(auto_id=True)
            for frame in range(first, stop - 1):
                mine = [t for t in range(edges[frame], edges[frame + 1]) if truth.present[t, joint]]
                theirs = [
                    f for f in range(others[frame], others[frame + 1]) if found.present[f, joint]
                ]
                distance = np.full((len(mine), len(theirs)), np.nan)
                for a, t in enumerate(mine):
                    for b, f in enumerate(theirs):
                        if (t, f) in near:
                            distance[a, b] = near[t, f][joint]
                accumulator.update(truth.track[mine], found.track[theirs], distance)
            result = host.compute(accumulator, metrics=names, return_dataframe=False)
            sums[joint] += [float(result[name]) for name in names]
    return 100 * (1 - sums[:, :3].sum(axis=1) / sums[:, 3])


def oks_arrays(videos: list[Video]) -> tuple[OksTruth, OksFound]:
    """The same people as COCO would have them; all joints known."""
    truth, _ = joined(videos, "truth")
    found, _ = joined(videos, "predictions")
    none = np.zeros(len(truth), bool)
    labelled = OksTruth(
        truth.frame,
        truth.xy,
        truth.present,
        truth.box[:, 2] * truth.box[:, 3],
        truth.box,
        none,
        none,
    )
    return labelled, OksFound(found.frame, found.xy, found.pose_score, extent(found.xy))


def with_pycocotools(truth: OksTruth, found: OksFound, sigmas: np.ndarray) -> np.ndarray:
    """COCO's ten figures by pycocotools, its index included as ours includes the sorting."""
    ones = np.ones((*truth.known.shape, 1))
    keypoints = np.concatenate([truth.xy, truth.known[..., None]], axis=2).reshape(
        len(truth.image), -1
    )
    predicted = np.concatenate([found.xy, np.ones((*found.xy.shape[:2], 1))], axis=2)
    document = {
        "images": [{"id": int(n) + 1} for n in np.unique(truth.image)],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": [
            {
                "id": n + 1,
                "image_id": int(truth.image[n]) + 1,
                "category_id": 1,
                "keypoints": keypoints[n].tolist(),
                "num_keypoints": int(truth.known[n].sum()),
                "area": float(truth.area[n]),
                "bbox": truth.box[n].tolist(),
                "iscrowd": 0,
            }
            for n in range(len(ones))
        ],
    }
    results = [
        {
            "image_id": int(found.image[n]) + 1,
            "category_id": 1,
            "keypoints": predicted[n].reshape(-1).tolist(),
            "score": float(found.score[n]),
        }
        for n in range(len(predicted))
    ]
    coco = COCO()
    coco.dataset = document
    coco.createIndex()
    run = COCOeval(coco, coco.loadRes(results), "keypoints")
    run.params.kpt_oks_sigmas = sigmas
    run.evaluate()
    run.accumulate()
    run.summarize()
    return np.where(run.stats < 0, np.nan, 100 * run.stats)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result, and processor seconds: what else runs on the machine does not count."""
    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        result = work()
    return result, time.process_time() - began


def posetrack(videos: list[Video]) -> PoseTrackScore:
    """AP and MOTA, both worked out."""
    score = score_videos(videos)
    _ = score.ap, score.tracking
    return score


def row(*cells: object) -> None:
    """Print a line of the table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=100_000)
    options = parser.parse_args()
    row("person-frames", "measure", "GLPose Studio, s", "library, s", "ratio", "largest difference")
    row(*["---"] * 6)
    videos = make_videos(options.people)
    score, ours = timed(lambda: posetrack(videos))
    mota, theirs = timed(lambda: with_motmetrics(videos))
    gap = float(np.abs(mota - score.tracking.mota).max())
    many = f"{options.people:,}"
    row(
        many,
        "AP and MOTA (motmetrics: MOTA)",
        f"{ours:.2f}",
        f"{theirs:.1f}",
        f"{theirs / ours:.0f}×",
        f"{gap:.1e}",
    )
    truth, found = oks_arrays(videos)
    sigmas = sigmas_of(JOINTS)
    oks, ours = timed(lambda: score_oks(truth, found, sigmas))
    stats, theirs = timed(lambda: with_pycocotools(truth, found, sigmas))
    names = [
        f"{kind}{part}" for kind in ("ap", "ar") for part in ("", "50", "75", "_medium", "_large")
    ]
    gap = float(np.nanmax(np.abs(stats - np.array([getattr(oks, name) for name in names]))))
    row(
        many,
        "OKS AP (pycocotools)",
        f"{ours:.2f}",
        f"{theirs:.1f}",
        f"{theirs / ours:.0f}×",
        f"{gap:.1e}",
    )
    videos = make_videos(options.large)
    truth, found = oks_arrays(videos)
    many = f"{options.large:,}"
    score, ours = timed(lambda: posetrack(videos))
    row(many, "AP and MOTA", f"{ours:.2f}", "", "", "")
    _, bootstrap = timed(lambda: (score.ap_interval, score.mota_interval))
    row(many, "their intervals, 500 draws of videos", f"{bootstrap:.2f}", "", "", "")
    row(many, "OKS AP", f"{timed(lambda: score_oks(truth, found, sigmas))[1]:.2f}", "", "", "")
    row(many, "PCK, torso", f"{timed(lambda: score_pck(videos))[1]:.2f}", "", "", "")


if __name__ == "__main__":
    main()
