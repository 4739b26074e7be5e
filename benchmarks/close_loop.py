"""Does correcting a part of a clip make the rest of it better? One clip, labelled in its first half.

    python benchmarks/close_loop.py --clip VIDEO --labels TRUTH.json [--weights NAME|FILE] [--steps N]

The truth of the first half goes into a project as if a person had placed it, ``glpose train`` learns from
that project, and the second half, which nothing has seen, is predicted with the old and the new weights.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glpose_core import job
from glpose_core.formats.project_video import video_record
from glpose_core.geometry import person_box
from glpose_core.labels import Project, Visibility, edits
from glpose_core.network import default_weights, find_weights
from glpose_core.predict.job import Event, KnownBoxes, PredictRequest, Rows
from glpose_core.skeleton import POSETRACK17
from glpose_core.train import finetune
from glpose_core.train.finetune import TrainEvent, TrainFinished, TrainRequest
from glpose_core.video import open_video

SHOULDER, HIP = POSETRACK17.index("left_shoulder"), POSETRACK17.index("right_hip")


def read_truth(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Frames ``[N]`` and keypoints ``[N, 17, 3]`` of a PoseTrack18 file with one person."""
    data = json.loads(path.read_text(encoding="utf-8"))
    frame = {image["id"]: image.get("frame_index", i) for i, image in enumerate(data["images"])}
    rows = sorted((frame[a["image_id"]], a["keypoints"]) for a in data["annotations"])
    keypoints = np.array([row[1] for row in rows], dtype=float).reshape(-1, 17, 3)
    return np.array([row[0] for row in rows]), keypoints


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--weights", default="")
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    weights = str(find_weights(options.weights or default_weights()))
    frames, truth = read_truth(options.labels)
    half = len(frames) // 2
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "clip.glpose"
        make_project(project, options.clip, frames[:half], truth[:half])
        finished: list[TrainFinished] = []

        def tell(event: TrainEvent) -> None:
            if isinstance(event, TrainFinished):
                finished.append(event)

        request = TrainRequest(project, weights, Path(folder) / "run", steps=options.steps)
        finetune.run(request, tell, lambda: False)
        joints = np.array([not joint.endswith("_ear") for joint in POSETRACK17.joints])
        print(
            f"{options.clip.name}: {half} frames labelled, {len(frames) - half} later frames predicted"
        )
        print("| weights | PCK@0.2 torso | median error (px) |\n|---|---|---|")
        for title, path in (("before", weights), ("fine-tuned", str(finished[0].weights))):
            found = predict(options.clip, path, frames[half:], truth[half:])
            pck, error = score(found, truth[half:], joints)
            print(f"| {title} | {pck:.3f} | {error:.1f} |")
        print(f"training took {finished[0].seconds:.0f} s")


if __name__ == "__main__":
    main()
