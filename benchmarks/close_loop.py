"""Does correcting a part of a clip make the rest of it better? One clip, labelled in its first half.

    python benchmarks/close_loop.py --clip VIDEO --labels TRUTH.json [--weights NAME|FILE] [--steps N]
        [--poses N …] [--seeds N] [--elsewhere STILLS.json]

Truth of the first half goes into a project as if a person had placed it (all of it, or N poses at even distances),
``glpose train`` learns from that project, and the second half, which nothing has seen, is predicted with the old
and the new weights. *Elsewhere* is the same figure on every fourth person of stills: what the network may have forgotten.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from glpose_core import job
from glpose_core.formats.project_video import video_record
from glpose_core.geometry import person_box
from glpose_core.labels import Project, Visibility, edits
from glpose_core.network import default_weights, find_weights, load_weights
from glpose_core.predict.decode import decode_heatmaps
from glpose_core.predict.engine import crop_size
from glpose_core.predict.job import Event, KnownBoxes, PredictRequest, Rows
from glpose_core.skeleton import GLPOSE15, POSETRACK17
from glpose_core.train import finetune
from glpose_core.train.augment import Augmentation
from glpose_core.train.finetune import TrainEvent, TrainFinished, TrainRequest
from glpose_core.train.samples import PoseSamples
from glpose_core.train.scoring import Found
from glpose_core.train.stills import load_stills
from glpose_core.train.temporal import heatmaps_of
from glpose_core.train.views import View, collate
from glpose_core.video import open_video

EVERY = 4
SHOULDER, HIP = POSETRACK17.index("left_shoulder"), POSETRACK17.index("right_hip")


def read_truth(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Frames ``[N]`` and keypoints ``[N, 17, 3]`` of a PoseTrack18 file with one person."""
    data = json.loads(path.read_text(encoding="utf-8"))
    frame = {image["id"]: image.get("frame_index", i) for i, image in enumerate(data["images"])}
    rows = sorted((frame[a["image_id"]], a["keypoints"]) for a in data["annotations"])
    keypoints = np.array([row[1] for row in rows], dtype=float).reshape(-1, 17, 3)
    return np.array([row[0] for row in rows]), keypoints


@dataclass(frozen=True)
class Options:
    """Where a training writes, and how it is run."""

    out: Path
    steps: int | None
    seed: int


def make_project(
    path: Path, clip: Path, frames: NDArray[np.int64], truth: NDArray[np.float64]
) -> None:
    """A project in which a person has placed the given poses."""
    with open_video(clip) as reader:
        record = video_record(reader, path)
    with Project.create(path, record) as project:
        person = None
        for frame, pose in zip(frames.tolist(), truth, strict=True):
            shown = np.where(pose[:, 2] > 0, Visibility.VISIBLE, Visibility.ABSENT)
            if person is None:
                edit, person = edits.add_person(
                    project.state, frame, xy=pose[:, :2], visibility=shown
                )
            else:
                edit = edits.add_pose(project.state, person, frame, pose[:, :2], shown)
            project.submit(edit)
        project.flush()


def predict(
    clip: Path, weights: str, frames: NDArray[np.int64], truth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Predict the person in the boxes of the truth. ``[N, 17, 2]``."""
    boxes = [person_box(pose[:, :2], pose[:, 2] > 0) for pose in truth]
    known = KnownBoxes.of(np.zeros(len(frames)), frames, np.array(boxes), human=True)
    request = PredictRequest(
        clip,
        weights,
        start=int(frames.min()),
        stop=int(frames.max()) + 1,
        find_people=False,
        known=known,
    )
    found: dict[int, NDArray[np.float64]] = {}

    def take(event: Event) -> None:
        if isinstance(event, Rows):
            found.update(
                zip(event.rows["frame"].tolist(), event.rows["xy"].astype(float), strict=True)
            )

    job.run(request, take, lambda: False)
    return np.array([found[frame] for frame in frames.tolist()])


def score(
    found: NDArray[np.float64], truth: NDArray[np.float64], joints: NDArray[np.bool_]
) -> tuple[float, float]:
    """PCK@0.2 torso and median error in pixels over the joints that truth and model share."""
    known = (truth[..., 2] > 0) & joints
    distance = np.linalg.norm(found - truth[..., :2], axis=-1)
    torso = np.linalg.norm(truth[:, SHOULDER, :2] - truth[:, HIP, :2], axis=-1)
    known &= ((truth[:, SHOULDER, 2] > 0) & (truth[:, HIP, 2] > 0))[:, None]
    right = distance <= 0.2 * torso[:, None]
    return float(right[known].mean()), float(np.median(distance[known]))


def learn(
    clip: Path,
    frames: NDArray[np.int64],
    truth: NDArray[np.float64],
    weights: str,
    options: Options,
) -> TrainFinished:
    """Train on the given poses. The new weights are in ``options.out``."""
    project = options.out / "clip.glpose"
    make_project(project, clip, frames, truth)
    finished: list[TrainFinished] = []

    def tell(event: TrainEvent) -> None:
        if isinstance(event, TrainFinished):
            finished.append(event)

    request = TrainRequest(
        project, weights, options.out / "run", steps=options.steps, seed=options.seed
    )
    finetune.run(request, tell, lambda: False)
    return finished[0]


@torch.no_grad()
def score_alone(weights: str, stills: PoseSamples) -> float:
    """PCK@0.2 torso on every ``EVERY``-th pose of stills, the key standing in for its references."""
    model = load_weights(Path(weights))
    view = View(crop_size(model), how=Augmentation.none())
    samples, places, maxima = [], [], []
    for row in range(0, len(stills), EVERY):
        sample = stills.draw(row, view, np.random.default_rng(row))
        heatmaps = heatmaps_of(model, collate([sample]).crops, torch.device("cpu"))
        xy, confidence = decode_heatmaps(heatmaps.numpy())
        samples.append((sample.xy, sample.known, sample.scale))
        places.append(xy[0])
        maxima.append(confidence[0])
    truth = [np.array(values) for values in zip(*samples, strict=True)]
    found = Found(stills.joints, np.array(places), np.array(maxima), *truth)
    return found.score().pck


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--weights", default="")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--poses", type=int, nargs="*", help="of the first half, evenly chosen")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--elsewhere", type=Path)
    options = parser.parse_args()
    weights = str(find_weights(options.weights or default_weights()))
    frames, truth = read_truth(options.labels)
    half = len(frames) // 2
    joints = np.array([not joint.endswith("_ear") for joint in POSETRACK17.joints])

    stills = options.elsewhere and load_stills(options.elsewhere, GLPOSE15.joints)

    def measure(weights: str) -> str:
        found = predict(options.clip, weights, frames[half:], truth[half:])
        pck, error = score(found, truth[half:], joints)
        alone = f"{score_alone(weights, stills):.3f}" if stills else ""
        return f"{pck:.3f} | {error:.1f} | {alone}"

    print(f"{options.clip.name}: {len(frames) - half} poses of its second half are predicted")
    print("| poses labelled | seed | PCK@0.2 torso | median error (px) | elsewhere | training, s |")
    print("|---|---|---|---|---|---|")
    print(f"| none | | {measure(weights)} | |", flush=True)
    for count, seed in product(options.poses or [half], range(options.seeds)):
        chosen = np.linspace(0, half - 1, count).astype(int)
        with tempfile.TemporaryDirectory() as folder:
            how = Options(Path(folder), options.steps, seed)
            result = learn(options.clip, frames[chosen], truth[chosen], weights, how)
            figures = measure(str(result.weights))
        print(f"| {count} | {seed} | {figures} | {result.seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
