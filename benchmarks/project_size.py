"""Does a large project stay quick? Opening, one durable edit, stepping and undo, against a JSON file.

    python benchmarks/project_size.py [--poses 1000 20000 100000] [--people 5]

The alternative is what many tools do: one JSON file with all poses (PoseTrack's fields), read whole on
opening and written whole, and synced, to save an edit.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from glpose_core.labels import PREDICTION_DTYPE, PoseRows, Project, Run, VideoRecord, edits

SAVED, STEPS, BULK = 20, 1000, 1000


def rows_of(poses: int, people: int) -> PoseRows:
    """Rows of a run in which everybody is seen in every frame."""
    rng = np.random.default_rng(0)
    rows = np.zeros(poses, PREDICTION_DTYPE)
    rows["track"], rows["frame"] = np.arange(poses) % people, np.arange(poses) // people
    rows["xy"] = rng.uniform(0, 1000, rows["xy"].shape)
    rows["visibility"], rows["score"] = 2, rng.uniform(0.1, 1, rows["score"].shape)
    rows["box"], rows["pose_score"] = (100, 100, 300, 500), 0.8
    return rows


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def make_project(path: Path, poses: int, people: int) -> None:
    frames = -(-poses // people)
    video = VideoRecord("clip.mp4", "f", frames, 1000, 1000, np.arange(frames) / 25)
    with Project.create(path, video) as project:
        tracks = dict.fromkeys(range(people))
        project.add_run(Run.new("model", "weights", "cpu"), tracks, rows_of(poses, people))


def measure_project(path: Path) -> list[float]:
    """Open, one durable joint edit, one step, accept a range, undo it, known boxes: seconds each."""
    start = time.perf_counter()
    project = Project.open(path)
    opened = time.perf_counter() - start
    with project:
        state = project.state
        frames, person = state.video.frames, state.people()[0].id

        def save() -> None:
            for at in range(SAVED):
                project.apply(edits.move_joint(state, person, at % frames, 3, (at, at)))

        def walk() -> None:
            for at in range(STEPS):
                state.poses(at % frames)
                state.people(), state.reviewed, state.regions

        def accept() -> None:
            project.apply(edits.accept_range(state, 0, min(BULK, frames)))

        def undo() -> None:
            project.undo()
            project.flush()

        saved, stepped = seconds(save) / SAVED, seconds(walk) / STEPS
        return [opened, saved, stepped, seconds(accept), seconds(undo), seconds(state.known_boxes)]


def make_json(path: Path, poses: int, people: int) -> None:
    annotations = [
        {
            "image_id": int(row["frame"]),
            "track_id": int(row["track"]),
            "keypoints": np.column_stack([row["xy"], row["visibility"]]).ravel().tolist(),
            "scores": row["score"].tolist(),
            "bbox": row["box"].tolist(),
        }
        for row in rows_of(poses, people)
    ]
    path.write_text(json.dumps({"annotations": annotations}))


def measure_json(path: Path) -> list[float]:
    """Open, and save one joint by writing the file anew and syncing it: seconds each."""
    start = time.perf_counter()
    data = json.loads(path.read_text())
    opened = time.perf_counter() - start

    def save() -> None:
        data["annotations"][0]["keypoints"][9:11] = [1.0, 2.0]
        part = path.with_suffix(".part")
        with part.open("w") as file:
            file.write(json.dumps(data))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    return [opened, seconds(save)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--poses", type=int, nargs="+", default=[1000, 20_000, 100_000])
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to write (the disk that is measured)")
    options = parser.parse_args()
    print(f"milliseconds; a bulk edit accepts up to {BULK} frames of {options.people} people")
    print("| poses | kept as | size (MB) | open | one saved edit | one step | bulk edit | undo it"
          " | known boxes |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for poses in options.poses:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            path = Path(folder) / "clip.glpose"
            make_project(path, poses, options.people)
            size = path.stat().st_size / 1e6
            print_row(poses, "project", size, measure_project(path))
            path = Path(folder) / "clip.json"
            make_json(path, poses, options.people)
            print_row(poses, "JSON file", path.stat().st_size / 1e6, measure_json(path))


def print_row(poses: int, name: str, size: float, found: list[float]) -> None:
    shown = [f"{1000 * value:.2f}" for value in found] + [""] * (6 - len(found))
    print(f"| {poses} | {name} | {size:.1f} | " + " | ".join(shown) + " |", flush=True)


if __name__ == "__main__":
    main()
