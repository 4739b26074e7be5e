"""How long the review list takes: everything, and after one changed frame, on a long made-up project.

    python benchmarks/review_speed.py [--people N] [--frames N]

People walk to and fro; one joint in a hundred is misplaced or trusted little. Processor time, medians of five.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from glpose_core.geometry import person_boxes
from glpose_core.labels import POSE_DTYPE, PoseRows, Source
from glpose_core.review import Queue
from glpose_core.synthetic.camera import still_camera
from glpose_core.synthetic.gaits import walk
from glpose_core.synthetic.truth import posetrack_joints


def project(people: int, frames: int) -> PoseRows:
    """Poses by person and frame, some of their joints wrong."""
    rng = np.random.default_rng(0)
    view = still_camera(np.array([0, 1.4, 7.0]), np.array([0, 0.9, 0.0])).view(0, (1280, 720))
    joints = posetrack_joints(walk(4).placed(-2, 0, np.pi / 2).at(np.arange(100) / 25))
    once, _ = view.project(np.nan_to_num(joints))
    there_and_back = np.concatenate([np.arange(100), np.arange(100)[::-1]])
    rows = np.zeros(people * frames, POSE_DTYPE)
    rows["person"], rows["frame"] = np.divmod(np.arange(len(rows)), frames)
    start = 37 * rows["person"]
    xy = once[there_and_back[(rows["frame"] + start) % 200]]
    xy = xy + (30.0 * rows["person"])[:, None, None] + rng.normal(0, 0.5, xy.shape)
    placed = np.isfinite(joints[0, :, 0])
    odd = rng.random(xy.shape[:2]) < 0.005
    rows["xy"] = np.where(odd[..., None], xy + rng.normal(0, 50, xy.shape), xy) * placed[:, None]
    rows["visibility"], rows["source"] = 2 * placed, Source.MODEL * placed
    low = rng.random(odd.shape) < 0.005
    rows["score"] = np.where(low, 0.2, rng.normal(0.8, 0.03, odd.shape)) * placed
    rows["box"] = person_boxes(xy, np.tile(placed, (len(rows), 1)))
    rows["box_source"], rows["head_box"] = Source.MODEL, np.nan
    return rows


def median(action: Callable[[], object]) -> float:
    """Seconds of processor time, the median of five."""
    taken = []
    for _ in range(5):
        begun = time.process_time()
        action()
        taken.append(time.process_time() - begun)
    return float(np.median(taken))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--frames", type=int, default=5000)
    options = parser.parse_args()
    rows = project(options.people, options.frames)
    by_frame = np.argsort(rows["frame"], kind="stable").reshape(options.frames, options.people)

    def seen(start: int, stop: int) -> PoseRows:
        return (
            rows if stop - start == options.frames else rows[np.sort(by_frame[start:stop].ravel())]
        )

    queue = Queue(seen, options.frames)
    middle = options.frames // 2
    print(f"{len(rows)} poses, {len(queue.items())} items\n\n| what | time (ms) |\n|---|---|")
    print(f"| everything anew | {median(queue.refresh) * 1e3:.0f} |")
    before = seen(middle, middle + 1).copy()
    before["xy"][0, 0] += 1.0

    def everybody() -> None:
        queue.update(middle, middle + 1)

    def one_person() -> None:
        queue.update(middle, middle + 1, before=before)
        queue.items()

    print(f"| near one changed frame, everybody | {median(everybody) * 1e3:.0f} |")
    print(f"| near one changed pose, and the list in order | {median(one_person) * 1e3:.0f} |")


if __name__ == "__main__":
    main()
