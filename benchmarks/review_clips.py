"""Rendered clips with exact truth and what the bundled weights make of them, for the review benchmarks.

    python benchmarks/review_clips.py --cache FOLDER [--frames N] [--seeds A B …]

Each clip is rendered once, predicted by a GLPose (people found and followed, nothing given) and then by the
small HRNet in the same boxes. Everything is kept in the folder.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from glpose_core.cli.predict import person_numbers
from glpose_core.formats.posetrack import read_posetrack
from glpose_core.formats.posetrack_import import pose_rows
from glpose_core.geometry import person_boxes
from glpose_core.job import predict_video
from glpose_core.labels import POSE_DTYPE, PoseRows
from glpose_core.labels.poses import as_poses
from glpose_core.network import find_weights
from glpose_core.predict.job import KnownBoxes, PredictRequest
from glpose_core.synthetic import SceneOptions, draw_scene, truth_rows, write_clip

SIZE = (640, 360)
FRAMES = 40
CALIBRATE = (101, 102, 103, 104, 105, 106)
"""Seeds of the clips that the weights are fitted on; no figure is given for them."""
MEASURE = (201, 202, 203, 204, 205, 206)
"""Seeds of the clips that are measured; nothing is fitted on them."""
LARGE, SMALL = "glpose-w32-starter", "glpose-w18-starter"
SECOND = "hrnet-w18-starter"
"""The model that a first one's predictions are held against."""


@dataclass(frozen=True)
class Clip:
    """One clip. ``truth``, ``found`` (GLPose) and ``other`` (HRNet in GLPose's boxes) are POSE_DTYPE."""

    name: str
    truth: PoseRows
    found: PoseRows
    other: PoseRows


def clip(seed: int, folder: Path, frames: int = FRAMES, model: str = LARGE) -> Clip:
    """The clip of a seed predicted by a model, from the folder or made."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"review-{seed}-{frames}-{model}.npz"
    if not kept.exists():
        video = folder / f"review-{seed}-{frames}.mp4"
        scene = draw_scene(seed, SceneOptions(people=(2, 3), frames=frames))
        truth = truth_rows(write_clip(scene, SIZE, video))
        found, other = predict(video, 0, frames, model)
        np.savez(kept, truth=truth, found=found, other=other)
    with np.load(kept, allow_pickle=False) as arrays:
        return Clip(f"rendered {seed}", arrays["truth"], arrays["found"], arrays["other"])


def labelled_clip(video: Path, labels: Path, folder: Path, model: str = LARGE) -> Clip:
    """A real clip whose labels (PoseTrack18) name frames by ``frame_index``: predicted in their boxes."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"review-{video.stem}-{model}.npz"
    if not kept.exists():
        file = read_posetrack(labels)
        truth = pose_rows(file.annotations, file.annotations.uses_two)
        number = np.array([image.record["frame_index"] for image in file.images])
        truth["frame"], truth["person"] = number[file.image_index], file.annotations.track_id
        box = person_boxes(truth["xy"], truth["visibility"] > 0)
        known = KnownBoxes.of(truth["person"], truth["frame"], box, human=True)
        first, last = int(truth["frame"].min()), int(truth["frame"].max())
        found, other = predict(video, first, last + 1, model, known)
        np.savez(kept, truth=truth, found=found, other=other)
    with np.load(kept, allow_pickle=False) as arrays:
        return Clip(video.stem, arrays["truth"], arrays["found"], arrays["other"])


def predict(
    video: Path, start: int, stop: int, model: str = LARGE, known: KnownBoxes | None = None
) -> tuple[PoseRows, PoseRows]:
    """What a model and :data:`SECOND` say about frames ``start`` … ``stop`` − 1, as rows of POSE_DTYPE.

    People are found, or, where ``known`` is given, only those in its boxes are followed.
    """
    weights = [str(find_weights(name)) for name in (model, SECOND)]
    request = PredictRequest(video, weights[0], start=start, stop=stop)
    if known is not None:
        request = replace(request, find_people=False, known=known)
    found = _rows(request)
    known = KnownBoxes.of(found["person"], found["frame"], found["box"], human=True)
    other = _rows(
        PredictRequest(
            video, weights[1], start=start, stop=stop, find_people=False, known=known
        )
    )  # fmt: skip
    return found, other


def _rows(request: PredictRequest) -> PoseRows:
    result = predict_video(request)
    people = person_numbers(result)
    owners = np.array([people[track] for track in result.rows["track"].tolist()], dtype=np.int64)
    rows = as_poses(result.rows, owners) if len(owners) else np.zeros(0, POSE_DTYPE)
    return rows[np.lexsort((rows["frame"], rows["person"]))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--model", default=LARGE)
    parser.add_argument("--seeds", type=int, nargs="+", default=[*CALIBRATE, *MEASURE])
    options = parser.parse_args()
    for seed in options.seeds:
        begun = time.perf_counter()
        made = clip(seed, options.cache, options.frames, options.model)
        print(
            f"{made.name}: {len(made.truth)} true poses, {len(made.found)} found by GLPose, "
            f"{len(made.other)} by HRNet, {time.perf_counter() - begun:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
