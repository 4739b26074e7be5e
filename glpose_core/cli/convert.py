"""``glpose convert``: labels from one format into another, into a project and out of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path, PurePosixPath

from ..errors import FormatError, UsageError
from ..formats.columns import Ints
from ..formats.documents import make_folder
from ..formats.images import write_images
from ..formats.occluded import READINGS
from ..formats.posetrack_file import PoseTrackFile
from ..formats.posetrack_labels import (
    ExportReport,
    export_labels,
    export_predictions,
    import_labels,
    import_predictions,
    with_occluded,
)
from ..formats.posetrack_names import frame_numbers, frames_in_folder
from ..formats.posetrack_report import counted
from ..formats.project_video import open_labelled_video, video_record
from ..formats.registry import FORMATS, detect
from ..labels import Project
from ..labels.filesystem import remove_project
from ..video import VideoReader, open_video
from .targets import demand_folders

PARTLY_DONE = 4
PROJECT = "glpose"
_SUFFIX = ".glpose"
_SQLITE = b"SQLite format 3\0"
_FOLDERS_UP = 4
"""How many folders above a label file its pictures are looked for."""

_EPILOG = """examples:
  glpose convert clip.glpose labels.json                 what people have labelled, as PoseTrack18
  glpose convert clip.glpose seen.json --what predictions     what the model predicted
  glpose convert clip.glpose coco.json --to coco         ... as COCO keypoints
  glpose convert clip.glpose set/labels.json --write-images   ... with the frames as JPEG files
  glpose convert labels.json clip.glpose --video clip.mp4     a project from labels and their video
  glpose convert 003418_mpii_test.json test.glpose       ... from the pictures found near the labels
  glpose convert labels.json seen.json --occluded drop   the same labels without hidden joints

hidden joints (--occluded):
  keep      x, y, 0: placed but not seen (the default)
  drop      0, 0, 0: as if they were absent
  visible   x, y, 1: as if they were seen"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose convert``."""
    names = [PROJECT, *FORMATS]
    parser = commands.add_parser(
        "convert",
        help="exchange labels: project to PoseTrack or COCO, either to a project, one file to another",
        description="Convert labels. IN and OUT are label files or .glpose projects; formats are "
        "recognised, and can be named. Labels are what people placed or accepted; predictions are "
        "what the shown run of a model said.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="IN", help="what to read")
    parser.add_argument("target", type=Path, metavar="OUT", help="what to write")
    parser.add_argument(
        "--from", dest="source_format", choices=names, metavar="FORMAT", help=", ".join(names)
    )
    parser.add_argument(
        "--to", dest="target_format", choices=names, metavar="FORMAT", help=", ".join(names)
    )
    parser.add_argument(
        "--what",
        choices=("labels", "predictions"),
        help="out of a project: labels by default; into one: predictions if every pose has scores",
    )
    parser.add_argument(
        "--occluded", choices=READINGS, default="keep", help="what becomes of hidden joints"
    )
    parser.add_argument(
        "--sequence", type=int, metavar="N", help="of a project with several: which to export"
    )
    parser.add_argument(
        "--all-frames",
        action="store_true",
        help="labels of frames that the project’s schedule does not ask for, too",
    )
    parser.add_argument(
        "--video", type=Path, metavar="FILE", help="the video, or the folder of its pictures"
    )
    parser.add_argument(
        "--write-images",
        action="store_true",
        help="also write the listed frames, in the folders that OUT names; none is overwritten",
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and say on stderr what was written and what was left out."""
    source, target = options.source, options.target
    if source.exists() and target.exists() and source.samefile(target):
        raise UsageError("is both IN and OUT", file=target, remedy="write to another file")
    target_format = options.target_format or _format_by_name(target)
    if target_format == PROJECT:
        demand_folders(target)
    source_format = options.source_format or _format_of(source)
    if target_format != PROJECT:
        _make_folder(target)  # of a data set, which is made of folders
    if source_format == PROJECT:
        if target_format == PROJECT:
            raise UsageError(
                "is a project, as IN is",
                file=target,
                remedy="use 'glpose project backup' to copy it",
            )
        return _out_of_project(options, target_format)
    file = with_occluded(FORMATS[source_format].read(source), options.occluded)
    if target_format == PROJECT:
        return _into_project(options, file)
    return _file_to_file(options, file, target_format)


def _make_folder(target: Path) -> None:
    folder = target.absolute().parent
    if not folder.is_dir():
        make_folder(folder)
        print(f"made the folder {folder}", file=sys.stderr)


def _out_of_project(options: argparse.Namespace, target_format: str) -> int:
    with Project.open(options.source, read_only=True) as project:
        state, how = project.state, {"sequence": options.sequence, "occluded": options.occluded}
        if options.what == "predictions":
            file, report = export_predictions(state, **how)
        else:
            file, report = export_labels(state, **how, scheduled=not options.all_frames)
        record = state.video
    _write(file, options.target, target_format)
    _tell_export(options.target, report)
    if not options.write_images:
        return 0
    with open_labelled_video(record, options.source, options.video) as reader:
        return _write_images(reader, file, report.frames, options.target)


def _into_project(options: argparse.Namespace, file: PoseTrackFile) -> int:
    if options.write_images:
        raise UsageError(
            "--write-images writes beside a label file, not into a project",
            remedy="leave it out, or choose a label file as OUT",
        )
    video = options.video or _find_video(file, options.source)
    with open_video(video) as reader:
        frames = _frames_in(video, file)
        predicted = len(file.annotations) and file.annotations.predicted.all()
        what = options.what or ("predictions" if predicted else "labels")
        _create_project(options.target, reader, file, frames, what)
    print(f"{options.target}: {_size(file)} taken as {what}, over {video}", file=sys.stderr)
    return 0


def _create_project(
    target: Path, reader: VideoReader, file: PoseTrackFile, frames: Ints, what: str
) -> None:
    """Write a whole project, or none: what fails half-way is taken away again."""
    project = Project.create(target, video_record(reader, target))
    try:
        with project:
            if what == "predictions":
                import_predictions(project, file, frames=frames)
            else:
                project.apply(import_labels(project.state, file, frames=frames))
    except BaseException:
        remove_project(target)
        raise


def _file_to_file(options: argparse.Namespace, file: PoseTrackFile, target_format: str) -> int:
    _write(file, options.target, target_format)
    print(f"{options.target}: {_size(file)}", file=sys.stderr)
    if not options.write_images:
        return 0
    video = options.video or _find_video(file, options.source)
    with open_video(video) as reader:
        return _write_images(reader, file, _frames_in(video, file), options.target)


def _write(file: PoseTrackFile, target: Path, name: str) -> None:
    write = FORMATS[name].write
    if write is None:
        raise UsageError(
            f"{name} can be read, not written", remedy="choose another format with --to"
        )
    write(file, target)


def _size(file: PoseTrackFile) -> str:
    return f"{counted(len(file.annotations), 'pose')} in {counted(len(file.images), 'frame')}"


def _tell_export(target: Path, report: ExportReport) -> None:
    print(f"{target}: {report.summary}", file=sys.stderr)
    for note in report.notes:
        print(f"  {note}", file=sys.stderr)


def _write_images(reader: VideoReader, file: PoseTrackFile, frames: Ints, target: Path) -> int:
    result = write_images(reader, file, frames, target.resolve().parent, progress=_show_progress)
    written = counted(result.written, "picture")
    print(f"{written} written, {result.kept} were there already", file=sys.stderr)
    for reason in result.broken:
        print(f"  left out: {reason}", file=sys.stderr)
    return PARTLY_DONE if result.broken else 0


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\r\x1b[K" if done == total else ""
        print(f"\r{done} of {total} pictures{end}", end="", file=sys.stderr, flush=True)


# Which format, which video


def _format_of(path: Path) -> str:
    """The format of an existing file, by its content; what is called a project is one, if a broken one."""
    try:
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE or path.suffix.lower() == _SUFFIX:
                return PROJECT
    except OSError as error:
        raise FormatError(
            f"cannot be read ({error.strerror})", file=path, remedy="check the path"
        ) from error
    return detect(path).name


def _format_by_name(path: Path) -> str:
    """The format of a file to be written, by its ending."""
    suffix = path.suffix.lower()
    if suffix == _SUFFIX:
        return PROJECT
    for name, format_ in FORMATS.items():
        if suffix in format_.extensions and format_.write is not None:
            return name
    raise UsageError(
        "does not say by its ending which format to write",
        file=path,
        remedy=f"end it in {_SUFFIX} or .json, or name the format with --to",
    )


def _find_video(file: PoseTrackFile, source: Path) -> Path:
    """The video that labels name, or the folder of their pictures, near the label file."""
    named = str(file.images[0].record.get("video") or "") if file.images else ""
    folder = PurePosixPath(file.images[0].file_name).parent if file.images else PurePosixPath()
    for base in source.resolve().parents[:_FOLDERS_UP]:
        if named and PurePosixPath(named).name == named and (base / named).is_file():
            return base / named
        if file.images and (base / file.images[0].file_name).is_file():
            return base / folder
    raise UsageError(
        "names pictures that are not near it",
        file=source,
        remedy="say where the video is: --video FILE, or a folder of pictures",
    )


def _frames_in(video: Path, file: PoseTrackFile) -> Ints:
    """The frame of each image: by the pictures' names in a folder, else by number."""
    if not video.is_dir():
        return frame_numbers(file)
    from ..video.folder_reader import list_pictures

    return frames_in_folder(file, [path.name for path in list_pictures(video)])
