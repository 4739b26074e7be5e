"""``glpose compare``: run a second model over the same people, and list where the two disagree."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from ..errors import UsageError
from ..formats.project_video import open_labelled_video
from ..job import Prediction, predict_video
from ..labels import KnownBoxes as Boxes
from ..labels import PoseRows, Project
from ..labels.poses import as_poses
from ..network.library import default_weights
from ..people.find import DEFAULT_DETECTOR, check_detector
from ..predict.job import KnownBoxes, Mode, Precision, PredictRequest
from ..predict.record import run_of
from ..review.compare import disagreements, short_name
from ..review.items import Item
from ..review.queue import namer_of
from ..video import FrameIndex, open_video
from .predict import ProgressLine, parse_frames, person_numbers
from .review import TOP, item_lines, write_items
from .targets import STDOUT, demand_folders

_EPILOG = """examples:
  glpose compare clip.glpose --with hrnet-w18-starter       against what the project shows
  glpose compare clip.mp4 --model glpose-w18-starter --with hrnet-w18-starter
  glpose compare clip.glpose --with hrnet-w18-starter --top 0 --json list.json

Both models get the same boxes. In a project the second run is kept aside: nothing that is seen changes."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose compare``."""
    parser = commands.add_parser(
        "compare",
        help="run a second model, and list where the two disagree",
        description="Run a second model over the same people, and list where the two disagree, the "
        "greatest expected gain first.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", type=Path, metavar="PROJECT|VIDEO", help="a project with predictions, or a video")
    add("--with", dest="second", required=True, metavar="NAME|FILE", help="the second weights")
    add("--model", metavar="NAME|FILE", help="the first weights (for a video)")
    add("--frames", metavar="A:B", help="frames A to B - 1, counted from 0; either may be left out")
    add("--mode", choices=get_args(Mode), default="cached", help="of the second model, if GLPose")
    add("--k", type=int, metavar="N", help="frames that it compares each way")
    add("--n", type=int, metavar="N", help="similar crops that it compares")
    add("--device", default="auto", metavar="auto|cpu|cuda", help="where the networks run")
    add("--precision", choices=get_args(Precision), default="auto", help="of the networks")
    add(
        "--detector",
        default=DEFAULT_DETECTOR,
        metavar="NAME|FILE",
        help="finds people (for a video)",
    )
    add("--top", type=int, default=TOP, metavar="N", help=f"list N places ({TOP}; 0: all)")
    add("--json", type=Path, metavar="FILE", help="also write the places as JSON (-: only that)")


@dataclass(frozen=True)
class _Found:
    items: list[Item]
    name: Callable[[int], str]


def run(options: argparse.Namespace) -> int:
    """Predict, and list."""
    if options.top < 0:
        raise UsageError(f"--top is {options.top}", remedy="give 0 or more")
    check_detector(options.detector)
    demand_folders(options.json)
    found = _project(options) if options.file.suffix.lower() == ".glpose" else _video(options)
    shown = found.items[: options.top or None]
    if str(options.json) != STDOUT:
        print("\n".join(item_lines(shown, len(found.items), found.name, "The models agree.")))
    if options.json is not None:
        write_items(shown, len(found.items), options.json)
    return 0


def _project(options: argparse.Namespace) -> _Found:
    if options.model is not None:
        raise UsageError(
            "is compared as it is shown",
            file=options.file,
            field="--model",
            remedy="leave --model out, or predict with it first: glpose predict --project",
        )
    with Project.open(options.file) as project:
        state = project.state
        if not state.people():
            raise UsageError(
                "has nobody to compare",
                file=options.file,
                remedy="predict first: glpose predict VIDEO --project FILE",
            )
        with open_labelled_video(state.video, options.file) as reader:
            video, index = reader.path, reader.index
        request = _second(options, video, index, state.known_boxes())
        result = _predict(request)
        assert result.started is not None
        number = project.begin_run(run_of(request, result.started, second=True), show=False)
        project.add_tracks(number, dict(result.tracks))
        project.add_predictions(number, result.rows, result.references)
        project.finish_run(number, "done")
        project.flush()
        seen = state.seen([person.id for person in state.people()])
        name = namer_of(state)
        items = disagreements(
            seen[~seen["deleted"]],
            project.run_rows(number),
            models=f"against {short_name(result.started.model)}",
            name=name,
            reviewed=state.reviewed,
        )
        return _Found(items, name)


def _video(options: argparse.Namespace) -> _Found:
    start, stop = parse_frames(options.frames)
    with open_video(options.file) as reader:
        index = reader.index
    first = _predict(
        PredictRequest(
            options.file,
            options.model or default_weights(),
            index=index,
            start=start,
            stop=stop,
            detector=options.detector,
            device=options.device,
            precision=options.precision,
        )
    )
    seen = _poses(first)
    boxes = KnownBoxes.of(seen["person"], seen["frame"], seen["box"])
    second = _predict(_second(options, options.file, index, boxes))
    assert second.started is not None
    items = disagreements(
        seen, _poses(second), models=f"against {short_name(second.started.model)}"
    )
    return _Found(items, lambda person: f"person {person}")


def _second(
    options: argparse.Namespace, video: Path, index: FrameIndex | None, known: Boxes | KnownBoxes
) -> PredictRequest:
    start, stop = parse_frames(options.frames)
    return PredictRequest(
        video,
        options.second,
        index=index,
        start=start,
        stop=stop,
        find_people=False,
        known=KnownBoxes.of(known.person, known.frame, known.box, known.human, known.deleted),
        device=options.device,
        mode=options.mode,
        k=options.k,
        n=options.n,
        precision=options.precision,
    )


def _predict(request: PredictRequest) -> Prediction:
    with ProgressLine(sys.stderr) as line:
        return predict_video(request, line.hear)


def _poses(result: Prediction) -> PoseRows:
    """The rows of a prediction as poses, by person and frame."""
    people = person_numbers(result)
    owners = np.array([people[track] for track in result.rows["track"].tolist()], np.int64)
    poses = as_poses(result.rows, owners)
    return poses[np.lexsort((poses["frame"], poses["person"]))]
