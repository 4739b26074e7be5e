"""``glpose demo``: the whole job without a window, on a rendered clip whose labels are known exactly."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ..errors import UsageError
from ..evaluate import PoseTrackScore, score_posetrack
from ..formats.posetrack import read_posetrack, write_posetrack
from ..formats.posetrack_export import export_labels, export_predictions
from ..formats.posetrack_file import PoseTrackFile
from ..geometry import person_boxes
from ..job import Prediction, predict_video
from ..labels import PREDICTION_DTYPE, PoseRows, Project, Sequence, Visibility, is_human
from ..network.library import default_weights
from ..predict.job import PredictRequest, Progress
from ..predict.overlay import draw_poses, write_overlay
from ..synthetic.annotator import Annotator, Effort
from ..synthetic.clip import truth_of
from ..synthetic.demo import SEQUENCE, demo_clip, demo_files
from ..video import VideoReader, open_video
from .predict import ProgressLine, new_project

STRIDE = 5
"""The scripted annotator looks at every fifth frame."""

_DESCRIPTION = """Render a clip of three people, find, follow and predict them, correct every fifth frame by a
scripted annotator who sees what is true, export PoseTrack files, and score both the predictions and the
corrected labels against the exact truth. Nothing is downloaded."""


@dataclass(frozen=True)
class Files:
    """What the demo leaves in its folder."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def project(self) -> Path:
        return self.folder / "demo.glpose"

    @property
    def predictions(self) -> Path:
        return self.folder / "predictions.json"

    @property
    def labels(self) -> Path:
        return self.folder / "labels.json"

    @property
    def overlay(self) -> Path:
        return self.folder / "overlay.mp4"

    @property
    def picture(self) -> Path:
        return self.folder / "picture.png"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose demo``."""
    parser = subparsers.add_parser(
        "demo",
        help="the whole job on a rendered clip, without a window",
        description=_DESCRIPTION,
    )
    parser.add_argument(
        "--out", type=Path, default=Path("glpose-demo"), metavar="DIR",
        help="folder for everything it makes (default: glpose-demo)",
    )  # fmt: skip
    parser.add_argument("--model", metavar="NAME|FILE", help="weights; see 'glpose weights list'")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda")


def run(args: argparse.Namespace) -> int:
    """Do the whole job and say what came of it and where everything is. Returns the exit code."""
    if args.out.exists() and not args.out.is_dir():
        raise UsageError("is a file", file=args.out, remedy="give --out another folder")
    began = time.monotonic()
    files = Files(args.out)
    if files.project.exists():
        Project.open(files.project).close()  # refuses at once where somebody is working in it
    with ProgressLine(sys.stderr) as line:
        clip = demo_clip(
            lambda done, of: line.hear(Progress(0, done, of, None, "Rendering the clip"))
        )
    with open_video(clip) as reader:
        request = PredictRequest(
            video=clip, weights=args.model or default_weights(), index=reader.index,
            start=0, stop=None, focus=0, device=args.device,
        )  # fmt: skip
        with ProgressLine(sys.stderr) as line:
            result = predict_video(request, line.hear)
        kept = _put_aside(files.project)
        new_project(files.project, reader, request, result)
        scores, effort = _correct_and_score(files, result)
        with Project.open(files.project, read_only=True) as project:
            _draw(files, reader, project)
    print(_table(scores, effort))
    print(_places(files, clip, time.monotonic() - began))
    if kept is not None:
        print(f"The project of the demo before is kept as {kept}")
    return 0


def _put_aside(project: Path) -> Path | None:
    """Rename the project of an earlier demo, in which somebody may have worked. Returns its new path, or None."""
    if not project.exists():
        return None
    numbers = itertools.count(1)
    free = (project.with_name(f"{project.stem}-before-{n}{project.suffix}") for n in numbers)
    kept = next(path for path in free if not path.exists())
    project.rename(kept)
    return kept


@dataclass(frozen=True)
class Scores:
    """Predictions and labels on the frames that were corrected, and predictions on all frames."""

    predicted: PoseTrackScore
    labelled: PoseTrackScore
    everywhere: PoseTrackScore


def _correct_and_score(files: Files, result: Prediction) -> tuple[Scores, Effort]:
    """Correct every few frames, export, and compare with the truth before and after."""
    truth = read_posetrack(demo_files().truth)
    with Project.open(files.project) as project:
        frames = project.state.video.frames
        whole = Sequence(0, SEQUENCE, 0, frames)
        some = Sequence(0, SEQUENCE, 0, frames, STRIDE)
        predictions, _ = export_predictions(project.state, sequence=whole)
        write_posetrack(predictions, files.predictions)
        effort = Annotator(project, truth_of(truth)).correct(range(0, frames, STRIDE))
        labels, _ = export_labels(project.state, sequence=some)
        write_posetrack(labels, files.labels)
    chosen = subset(truth, labels)
    return Scores(
        score_posetrack(chosen, subset(predictions, labels)),
        score_posetrack(chosen, as_predictions(labels)),
        score_posetrack(truth, predictions),
    ), effort


def subset(file: PoseTrackFile, other: PoseTrackFile) -> PoseTrackFile:
    """Only those images of a file that ``other`` lists too, with their annotations."""
    names = {image.file_name for image in other.images}
    images = tuple(image for image in file.images if image.file_name in names)
    kept = np.isin(file.annotations.image_id, [image.id for image in images])
    return replace(file, images=images, annotations=file.annotations.take(np.flatnonzero(kept)))


def as_predictions(labels: PoseTrackFile) -> PoseTrackFile:
    """Labels as somebody's predictions: every joint with a score of 1."""
    people = labels.annotations
    ones = np.ones(people.scores.shape)
    return replace(labels, annotations=replace(people, scores=ones, score=np.ones(len(people))))


def _draw(files: Files, reader: VideoReader, project: Project) -> None:
    """The overlay video of what the project shows, and one picture of a corrected frame."""
    rows = seen_rows(project)
    people = {int(person): int(person) for person in np.unique(rows["track"])}
    with ProgressLine(sys.stderr) as line:
        write_overlay(
            reader, rows, people, files.overlay, (0, len(reader)),
            lambda done, total: line.hear(Progress(0, done, total, None, "Drawing")),
        )  # fmt: skip
    frame = _clearest(project)
    picture = draw_poses(reader[frame], rows[rows["frame"] == frame], people)
    cv2.imwrite(str(files.picture), picture[..., ::-1])


def _clearest(project: Project) -> int:
    """The corrected frame that shows the most joints."""
    frames = sorted(project.state.reviewed)
    shown = [
        int((project.poses(frame)["visibility"] == Visibility.VISIBLE).sum()) for frame in frames
    ]
    return frames[int(np.argmax(shown))]


def seen_rows(project: Project) -> PoseRows:
    """What a project shows in all frames, labels over predictions, as rows of PREDICTION_DTYPE by person."""
    found = []
    for frame in range(project.state.video.frames):
        seen = project.poses(frame)
        seen = seen[~seen["deleted"] & (seen["visibility"] > 0).any(axis=1)]
        rows = np.zeros(len(seen), PREDICTION_DTYPE)
        for name in ("frame", "xy", "visibility", "score", "pose_score"):
            rows[name] = seen[name]
        rows["track"] = seen["person"]
        rows["score"][is_human(seen["source"])] = 1.0
        rows["box"] = person_boxes(seen["xy"], seen["visibility"] > 0)
        found.append(rows)
    return np.concatenate(found)


def _table(scores: Scores, effort: Effort) -> str:
    def row(title: str, score: PoseTrackScore) -> str:
        return f"{title:<34}{score.ap.total:>8.1f}{score.tracking.total:>8.1f}"

    looked = f"{effort.frames} frames"
    done = [
        f"{effort.joints_right} joints were right", f"{effort.joints_moved} moved",
        f"{effort.visibility_changed} visibilities changed", f"{effort.poses_added} poses added",
        f"{effort.poses_deleted} deleted", f"{effort.people_deleted} false people deleted",
        f"{effort.identities_repaired} identities repaired",
    ]  # fmt: skip
    return "\n".join(
        [
            f"{'against the exact labels':<34}{'AP':>8}{'MOTA':>8}",
            row("predicted, all frames", scores.everywhere),
            row(f"predicted, {looked}", scores.predicted),
            row(f"corrected, {looked}", scores.labelled),
            "",
            f"Corrected in {looked}: {', '.join(done)}.",
        ]
    )


def _places(files: Files, clip: Path, seconds: float) -> str:
    rows = [
        ("clip", clip), ("exact labels", demo_files().truth), ("project", files.project),
        ("predictions", files.predictions), ("corrected labels", files.labels),
        ("overlay video", files.overlay), ("picture", files.picture),
    ]  # fmt: skip
    lines = [f"  {name:<18}{path}" for name, path in rows]
    return "\n".join(
        ["", f"Done in {seconds:.0f} s. Everything is here:", *lines, "",
         f"Open it in the window with: glpose-studio {files.project}"]
    )  # fmt: skip
