"""Which files belong together: a truth and its predictions, one file or a folder of them each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import FormatError, UsageError
from ..formats.posetrack_file import PoseTrackFile
from ..formats.posetrack_labels import export_labels, export_predictions
from ..formats.registry import FORMATS, detect
from ..labels import Project

ENDINGS = (".json", ".mat", ".glpose")


@dataclass(frozen=True)
class Source:
    """A truth with its predictions. ``name`` is the truth's file name without its ending."""

    name: str
    truth: Path
    predictions: Path


@dataclass(frozen=True)
class Sources:
    """What is to be scored; ``unused`` are prediction files that no truth asks for."""

    sources: tuple[Source, ...]
    unused: tuple[Path, ...] = ()


def find_sources(truth: Path, predictions: Path) -> Sources:
    """Pair the files of two folders by name (the ending apart), or take two files as a pair.

    A file's predictions may lie in a folder under its name, and one file may face a folder of one.

    Raises:
        FormatError: a path does not exist, a folder has no label files, or predictions are missing.
        UsageError: one file faces a folder of several.
    """
    for path in (truth, predictions):
        if not path.exists():
            raise FormatError("does not exist", file=path, remedy="check the path")
    if truth.is_file() and predictions.is_file():
        return Sources((Source(truth.stem, truth, predictions),))
    labelled = label_files(truth) if truth.is_dir() else [truth]
    found = label_files(predictions) if predictions.is_dir() else [predictions]
    if predictions.is_file() and len(labelled) > 1:
        raise UsageError(
            f"is one file, but the truth is {len(labelled)}",
            file=predictions,
            remedy="give a folder with a file for each, or one file as the truth",
        )
    by_name = {path.stem: path for path in found}
    if len(labelled) == len(found) == 1:
        by_name = {labelled[0].stem: found[0]}
    for path in labelled:
        if path.stem not in by_name:
            raise FormatError(
                f"has no predictions for {path.name}",
                file=predictions,
                remedy=f"write them to {path.stem}.json there, even if nobody is found",
            )
    sources = tuple(Source(path.stem, path, by_name[path.stem]) for path in labelled)
    used = {source.predictions for source in sources}
    return Sources(sources, tuple(path for path in found if path not in used))


def read_poses(path: Path, role: str = "predictions") -> PoseTrackFile:
    """Read a file in any known format, or a project. ``role`` is "truth" or "predictions"."""
    if path.suffix == ".glpose":
        with Project.open(path, read_only=True) as project:
            export = export_labels if role == "truth" else export_predictions
            return export(project.state)[0]
    return FORMATS[detect(path).name].read(path)


def label_files(folder: Path) -> list[Path]:
    """The label files of a folder, by name.

    Raises:
        FormatError: there are none, or two of one name with different endings.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    stems = [path.stem for path in files]
    for at, path in enumerate(files[1:], 1):
        if stems[at] == stems[at - 1]:
            raise FormatError(
                f"has {files[at - 1].name} and {path.name}, which both stand for {path.stem}",
                file=folder,
                remedy="leave one of them there",
            )
    if not files:
        raise FormatError(
            "holds no label files", file=folder, remedy="choose the folder with the .json files"
        )
    return files
