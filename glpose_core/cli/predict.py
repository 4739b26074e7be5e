"""``glpose predict``: find, follow and predict the people of a video; write what was seen."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, get_args

from ..errors import UsageError
from ..formats.posetrack import write_posetrack
from ..formats.posetrack_export import predictions_file
from ..formats.posetrack_report import counted
from ..formats.project_video import open_labelled_video, remember_place, video_record
from ..job import Prediction, predict_video
from ..labels import Project
from ..labels.filesystem import remove_project
from ..labels.locks import unlocked_rows
from ..network.library import default_weights
from ..people.find import DEFAULT_DETECTOR, DETECTORS, check_detector
from ..predict.boxes_file import read_boxes
from ..predict.job import Event, KnownBoxes, Mode, Precision, PredictRequest, Progress, Started
from ..predict.overlay import write_overlay
from ..predict.record import last_record, run_of
from ..video import VideoReader, open_video
from .targets import demand_folders

PARTLY_DONE = 4
_EPILOG = """examples:
  glpose predict clip.mp4 --out labels.json                 find, follow and predict everybody
  glpose predict clip.mp4 --out labels.json --overlay seen.mp4      ... and look at it
  glpose predict clip.mp4 --out one.json --boxes boxes.json     only the people in boxes.json
  glpose predict clip.mp4 --project clip.glpose --frames 0:200      into a project, to be corrected

Options that are left out are those with which the project (--project) was predicted last.

boxes.json is a list with at least one box per person, in any frame; the person is followed both ways:
  [{"frame": 12, "person": 1, "bbox": [x, y, width, height]}]"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose predict``."""
    parser = subparsers.add_parser(
        "predict",
        help="find, follow and predict the people of a video; write PoseTrack",
        description="Find the people in a video, follow them, and predict their poses.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("video", type=Path, metavar="VIDEO", help="a video file, or a folder of pictures")
    add("--out", type=Path, metavar="FILE.json", help="write predictions as PoseTrack18")
    add("--overlay", type=Path, metavar="FILE.mp4", help="write a video with the poses drawn in")
    add(
        "--project",
        type=Path,
        metavar="FILE.glpose",
        help="add a run to a project, made if need be",
    )
    add("--model", metavar="NAME|FILE", help="weights; see 'glpose weights list'")
    add("--boxes", type=Path, metavar="FILE", help="follow the people in these boxes (JSON)")
    add("--frames", metavar="A:B", help="frames A to B - 1, counted from 0; either may be left out")
    add(
        "--mode",
        choices=get_args(Mode),
        help="cached: one pass per person and frame (default); paper: every reference cropped anew",
    )
    add(
        "--k", type=int, metavar="N", help="frames compared each way (default: as the weights have)"
    )
    add("--n", type=int, metavar="N", help="similar crops compared (default: as the weights have)")
    add("--device", metavar="auto|cpu|cuda", help="where the network runs (default auto)")
    add(
        "--precision",
        choices=get_args(Precision),
        help="of the network (default auto: bfloat16 where the device has it)",
    )
    add(
        "--detector",
        metavar="NAME|FILE.onnx",
        help=f"finds people: {', '.join(sorted(DETECTORS))}, or an ONNX file of YOLOX, RTMDet or RT-DETR "
        f"(default {DEFAULT_DETECTOR}; with --boxes nobody else is looked for unless this is given)",
    )


def run(args: argparse.Namespace) -> int:
    """Predict and write. Returns the exit code: 4 if some frames could not be decoded."""
    if args.out is None and args.overlay is None and args.project is None:
        raise UsageError(
            "nothing to write", remedy="give --out, --overlay or --project (or several of them)"
        )
    if args.detector is not None:
        check_detector(args.detector)
    demand_folders(args.out, args.overlay, args.project)
    with _existing(args.project) as project, _reader(args.video, project) as reader:
        request = _request(args, reader, project)
        with ProgressLine(sys.stderr) as line:
            result = predict_video(request, line.hear)
        people = person_numbers(result)
        _write(args, reader, request, result, people, project)
    for note in result.notes:
        print(f"glpose: {note}", file=sys.stderr)
    names = [str(p) for p in (args.out, args.overlay, args.project) if p is not None]
    count = len(set(people.values()))
    print(
        f"{', '.join(names)}: {counted(len(result.rows), 'pose')} of "
        f"{counted(count, 'person', 'people')}",
        file=sys.stderr,
    )
    return PARTLY_DONE if result.finished is not None and result.finished.broken else 0


def parse_frames(text: str | None) -> tuple[int, int | None]:
    """Read A:B, A: or :B. Raises UsageError if it is none of these."""
    if text is None:
        return 0, None
    first, colon, last = text.partition(":")
    if colon and all(part == "" or part.isdecimal() for part in (first, last)):
        return int(first or 0), int(last) if last else None
    raise UsageError(
        f"{text!r} is no range of frames", field="--frames", remedy="write A:B, for example 0:200"
    )


def person_numbers(result: Prediction) -> dict[int, int]:
    """A number from 0 for the person of every track: their own if they have one, else a free one."""
    taken = {person for person in result.tracks.values() if person >= 0}
    free = (number for number in range(len(taken) + len(result.tracks)) if number not in taken)
    given: dict[int, int] = {}
    for _, person in sorted(result.tracks.items()):
        if person not in given:
            given[person] = person if person >= 0 else next(free)
    return {track: given[person] for track, person in result.tracks.items()}


@contextlib.contextmanager
def _existing(path: Path | None) -> Iterator[Project | None]:
    """The project to add to, open; None if there is none yet."""
    if path is None or not path.exists():
        yield None
        return
    with Project.open(path) as project:
        yield project


def _reader(video: Path, project: Project | None) -> VideoReader:
    """The video; numbered by the project's frozen table where there is a project."""
    if project is None:
        return open_video(video)
    reader = open_labelled_video(project.state.video, project.path, video)
    if reader.info.fingerprint != project.state.video.fingerprint:
        reader.close()
        raise UsageError(
            "is a project of another video",
            file=project.path,
            remedy=f"predict {project.state.video.path}, or choose another project",
        )
    return reader


def _request(
    args: argparse.Namespace, reader: VideoReader, project: Project | None
) -> PredictRequest:
    start, stop = parse_frames(args.frames)
    last = last_record(() if project is None else project.state.runs.values())
    for name in ("k", "n"):
        given = getattr(args, name)
        if given is not None and given < 0:
            raise UsageError(f"--{name} is {given}", remedy="give 0 or more")
    seeds = read_boxes(args.boxes, len(reader)) if args.boxes is not None else ()
    known = KnownBoxes.none()
    if project is not None:
        has = project.state.known_boxes(spare_locked=True)
        known = KnownBoxes.of(has.person, has.frame, has.box, has.human, has.deleted)
    return PredictRequest(
        video=args.video,
        weights=args.model or last.weights or default_weights(),
        index=reader.index,
        start=start,
        stop=stop,
        focus=start,
        find_people=args.boxes is None or args.detector is not None,
        known=known,
        seeds=tuple(seed for seed in seeds if start <= seed.frame < (stop or len(reader))),
        detector=args.detector or last.detector,
        device=args.device or last.device,
        mode=args.mode or ("paper" if last.mode == "paper" else "cached"),
        k=last.asked_k if args.k is None else args.k,
        n=last.asked_n if args.n is None else args.n,
        precision=args.precision or last.asked_precision,
    )


def _write(
    args: argparse.Namespace,
    reader: VideoReader,
    request: PredictRequest,
    result: Prediction,
    people: dict[int, int],
    project: Project | None,
) -> None:
    info = reader.info
    if args.out is not None:
        file = predictions_file(
            result.rows,
            name=args.video.stem,
            frames=len(reader),
            width=info.width,
            height=info.height,
            tracks=people,
        )
        write_posetrack(file, args.out)
    if args.overlay is not None and result.started is not None:
        span = (result.started.start, result.started.stop)
        with ProgressLine(sys.stderr) as line:
            write_overlay(
                reader,
                result.rows,
                people,
                args.overlay,
                span,
                lambda done, total: line.hear(Progress(0, done, total, None, "Drawing")),
            )
    if project is not None:
        _add_run(project, request, result)
        if remember_place(project, args.video) is not None:
            project.flush()
            print(f"{args.project} remembers that its video is {args.video}", file=sys.stderr)
    elif args.project is not None:
        new_project(args.project, reader, request, result)


def new_project(
    path: Path, reader: VideoReader, request: PredictRequest, result: Prediction
) -> None:
    """Make a project of the video with this run in it; nothing is left behind if that fails.

    Somebody may have made a project of that name since the prediction began: it is left alone.
    """
    project = Project.create(path, video_record(reader, path))
    try:
        with project:
            _add_run(project, request, result)
    except BaseException:
        remove_project(path)
        raise


def _add_run(project: Project, request: PredictRequest, result: Prediction) -> None:
    assert result.started is not None
    has = {person.id for person in project.state.people()}
    run = project.begin_run(run_of(request, result.started))
    made: dict[int, int] = {}
    for track, person in sorted(result.tracks.items()):
        owner = person if person in has else made.get(person)
        made[person] = project.add_tracks(run, {track: owner})[track]
    keep = unlocked_rows(project.state, run, result.rows)
    references = None if result.references is None else result.references[keep]
    project.add_predictions(run, result.rows[keep], references)
    project.finish_run(run, "done")
    project.flush()  # which raises where the disk is full, while a future waits until it is not


@dataclass
class ProgressLine:
    """Progress on stderr: one line that is rewritten on a terminal, a line now and then elsewhere."""

    stream: TextIO
    _width: int = 0
    _said: float = field(default_factory=time.monotonic)
    _pause: float = 10.0

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=self.stream, flush=True)

    def hear(self, event: Event) -> None:
        """Show what matters of an event."""
        if isinstance(event, Started):
            self._line(f"{event.model} on {event.device}, frames {event.start} to {event.stop - 1}")
        elif isinstance(event, Progress):
            self._progress(event)

    def _progress(self, event: Progress) -> None:
        share = 100 * event.done // max(event.total, 1)
        left = "" if event.seconds_left is None else f", {duration(event.seconds_left)} left"
        text = f"{event.stage}: {event.done} of {event.total} frames ({share} %){left}"
        if self.stream.isatty():
            print("\r" + text.ljust(self._width), end="", file=self.stream, flush=True)
            self._width = len(text)
        elif time.monotonic() - self._said >= self._pause:
            self._said = time.monotonic()
            print(text, file=self.stream, flush=True)

    def _line(self, text: str) -> None:
        print(text, file=self.stream, flush=True)


def duration(seconds: float) -> str:
    """A remaining time in words: "8 s", "3 min", "2 h 5 min"."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
