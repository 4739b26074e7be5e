"""``glpose evaluate``: score predictions against labels, or check a file before the official scorer does."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FormatError, UsageError
from ..evaluate import (
    Comparison,
    PckScore,
    PoseTrackScore,
    Video,
    as_json,
    check_file,
    compare_pck,
    compare_posetrack,
    pair_video,
    score_files,
    score_jhmdb,
    score_oks,
    score_oks_videos,
    score_pck,
    tables,
)
from ..evaluate.coco import (
    coco_video,
    looks_like_coco,
    oks_found,
    oks_truth,
    read_coco_predictions,
    read_coco_truth,
    sigmas_of,
)
from ..evaluate.people import other_names
from ..evaluate.percentage_correct import NORMALISERS, THRESHOLDS, Normaliser
from ..evaluate.sources import find_sources, label_files, read_poses
from ..formats.documents import write_whole
from ..formats.posetrack_file import PoseTrackFile
from .targets import STDOUT, demand_folders

REFUSED = 3
METRICS = ("posetrack", "pck", "oks", "sub-jhmdb")
WORST = 10

_EPILOG = """examples:
  glpose evaluate --truth val/ --predictions mine/              PoseTrack AP and MOTA, folders paired by name
  glpose evaluate --truth a.json --predictions b.json --json score.json
  glpose evaluate --truth val/ --predictions mine/ --against theirs/    which is better, and where
  glpose evaluate --truth a.json --predictions b.json --metric pck --normaliser torso
  glpose evaluate --truth coco.json --predictions results.json --metric oks
  glpose evaluate --truth JHMDB/ --predictions mine/ --metric sub-jhmdb
  glpose evaluate --check mine/000001_mpii_test.json            will the official scorer accept it?

metrics:
  posetrack   AP and MOTA as the official code counts them; labels need head boxes (the default)
  pck         share of joints within a share of the torso (0.2), the head (0.5) or the box (0.2)
  oks         COCO’s keypoint AP, of COCO or PoseTrack files
  sub-jhmdb   PCK@0.2 of the tight puppet box, mean of three splits; both folders in the data set’s form

exit codes: 0 ok, 2 usage, 3 bad input, or a file that the official scorer refuses or misreads"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose evaluate``."""
    parser = commands.add_parser(
        "evaluate",
        help="score predictions against labels as PoseTrack and COCO do; check a file",
        description="Score predictions against labels. PoseTrack18, PoseTrack17 (JSON or .mat), "
        "PoseTrack21 and COCO files or folders, and .glpose projects.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--truth", type=Path, metavar="PATH", help="labels: a file or a folder")
    parser.add_argument(
        "--predictions", type=Path, metavar="PATH", help="predictions: a file or a folder"
    )
    parser.add_argument(
        "--against", type=Path, metavar="PATH", help="a second set of predictions to compare with"
    )
    parser.add_argument("--metric", choices=METRICS, default=METRICS[0], help="what to measure")
    parser.add_argument(
        "--normaliser",
        choices=tuple(NORMALISERS),
        help="what PCK is measured in (torso; for sub-jhmdb box)",
    )
    parser.add_argument("--threshold", type=float, metavar="T", help="PCK’s threshold")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="also write the figures as JSON (-: print them instead of the tables)",
    )
    parser.add_argument(
        "--worst",
        type=int,
        default=WORST,
        metavar="N",
        help=f"list the N worst joints ({WORST}; 0: none)",
    )
    parser.add_argument(
        "--check",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="say whether the official scorer accepts files, and why not; --truth compares the images",
    )
    parser.add_argument(
        "--as",
        dest="role",
        choices=("truth", "predictions"),
        help="for --check: what the file is (by default told by its scores)",
    )


def run(options: argparse.Namespace) -> int:
    """Score or check; print tables, and write JSON where asked."""
    demand_folders(options.json)
    if options.check:
        return _check(options)
    _demand(options)
    answer = _METRICS[options.metric](options)
    if options.against is not None and answer.comparison is not None:
        names = str(options.predictions), str(options.against)
        answer.lines += ["", *tables.comparison_lines(answer.comparison, *names)]
        answer.figures["comparison"] = as_json.comparison_json(answer.comparison)
        answer.figures["comparison"]["against"] = names[1]
    if str(options.json) != STDOUT:
        print("\n".join([*answer.lines, *([""] if answer.notes else []), *answer.notes]))
    if options.json is not None:
        paths: dict[str, Any] = {
            "truth": str(options.truth),
            "predictions": str(options.predictions),
        }
        if options.metric != "sub-jhmdb":
            paths["files"] = _files(options.truth, options.predictions)
        _write(options.json, {**answer.figures, **paths, "notes": answer.notes})
    return 0


@dataclass
class _Answer:
    """What one measure has to say: ``lines`` to print, ``figures`` for JSON, ``notes`` for both."""

    lines: list[str]
    figures: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    comparison: Comparison | None = None


def _demand(options: argparse.Namespace) -> None:
    if options.truth is None or options.predictions is None:
        raise UsageError("--truth and --predictions are both needed", remedy="or use --check FILE")
    if options.role is not None:
        raise UsageError("--as belongs to --check", remedy="leave it out")
    if options.metric not in ("pck", "sub-jhmdb") and options.normaliser is not None:
        raise UsageError("--normaliser belongs to --metric pck", remedy="leave it out")
    if options.metric != "pck" and options.threshold is not None:
        raise UsageError("--threshold belongs to --metric pck", remedy="leave it out")
    if options.metric in ("oks", "sub-jhmdb") and options.against is not None:
        raise UsageError("--against works with posetrack and pck", remedy="score each by itself")
    if options.threshold is not None and not 0 < options.threshold < float("inf"):
        raise UsageError(f"--threshold is {options.threshold}", remedy="give a positive number")
    if options.worst < 0:
        raise UsageError(f"--worst is {options.worst}", remedy="give 0 or more")


# The measures


def _posetrack(options: argparse.Namespace) -> _Answer:
    if options.truth.is_file() and looks_like_coco(options.truth):
        raise FormatError(
            "is a COCO file, without tracks and head boxes",
            file=options.truth,
            remedy="measure it with --metric oks or --metric pck",
        )
    pairs, notes = _read(options.truth, options.predictions)
    score = score_files(pairs)
    answer = _Answer(
        tables.posetrack_lines(score, options.worst),
        as_json.posetrack_json(score, options.worst),
        notes,
    )
    if options.against is not None:
        others, _ = _read(options.truth, options.against)
        second: PoseTrackScore = score_files(others)
        answer.comparison = compare_posetrack(score, second, options.worst)
    return answer


def _pck(options: argparse.Namespace) -> _Answer:
    normaliser: Normaliser = options.normaliser or "torso"

    def score(predictions: Path) -> tuple[PckScore, list[str]]:
        videos, notes = _videos(options.truth, predictions)
        return score_pck(videos, normaliser, options.threshold or THRESHOLDS[normaliser]), notes

    first, notes = score(options.predictions)
    answer = _Answer(
        tables.pck_lines(first, options.worst), as_json.pck_json(first, options.worst), notes
    )
    if options.against is not None:
        answer.comparison = compare_pck(first, score(options.against)[0], options.worst)
    return answer


def _oks(options: argparse.Namespace) -> _Answer:
    if options.truth.is_file() and looks_like_coco(options.truth):
        truth = read_coco_truth(options.truth)
        found = read_coco_predictions(options.predictions, truth)
        total = score_oks(oks_truth(truth), oks_found(found), sigmas_of(truth.joints))
        return _Answer(tables.oks_lines(total, None), as_json.oks_json(total))
    videos, notes = _videos(options.truth, options.predictions)
    score = score_oks_videos(videos)
    return _Answer(
        tables.oks_lines(score.total, score),
        as_json.oks_json(score.total, score.videos, score.each),
        notes,
    )


def _sub_jhmdb(options: argparse.Namespace) -> _Answer:
    if options.normaliser == "head":
        raise UsageError("Sub-JHMDB has no head boxes", remedy="use --normaliser box or torso")
    score = score_jhmdb(options.truth, options.predictions, options.normaliser or "box")
    return _Answer(tables.jhmdb_lines(score), as_json.jhmdb_json(score))


_METRICS = {"posetrack": _posetrack, "pck": _pck, "oks": _oks, "sub-jhmdb": _sub_jhmdb}


# Reading


def _videos(truth: Path, predictions: Path) -> tuple[list[Video], list[str]]:
    if truth.is_file() and looks_like_coco(truth):
        labels = read_coco_truth(truth)
        return [coco_video(labels, read_coco_predictions(predictions, labels))], []
    pairs, notes = _read(truth, predictions)
    return [pair_video(labels, found) for labels, found in pairs], notes


def _files(truth: Path, predictions: Path) -> list[dict[str, str]]:
    """Which files were laid side by side: a program that opens the worst places needs them."""
    if truth.is_file() and predictions.is_file():
        return [{"name": truth.stem, "truth": str(truth), "predictions": str(predictions)}]
    return [
        {"name": one.name, "truth": str(one.truth), "predictions": str(one.predictions)}
        for one in find_sources(truth, predictions).sources
    ]


def _read(
    truth: Path, predictions: Path
) -> tuple[list[tuple[PoseTrackFile, PoseTrackFile]], list[str]]:
    """The files, and sentences on what is odd about them."""
    sources = find_sources(truth, predictions)
    pairs = [
        (read_poses(source.truth, "truth"), read_poses(source.predictions))
        for source in sources.sources
    ]
    notes = []
    if sources.unused:
        names = ", ".join(path.name for path in sources.unused[:3])
        notes.append(f"Not used, because no labels are called so: {names}.")
    other = [s.name for s, pair in zip(sources.sources, pairs, strict=True) if other_names(*pair)]
    if other:
        notes.append(
            f"Pictures are called differently in the labels and predictions of {other[0]}: paired by "
            "their order alone, as officially."
        )
    later = [
        s.name for s, pair in zip(sources.sources, pairs, strict=True) if pair[0].version == 21
    ]
    if later:
        notes.append(
            f"{', '.join(later[:3])}: PoseTrack21 labels, counted as PoseTrack17 and 18 are."
        )
    return pairs, notes


# Checking


def _check(options: argparse.Namespace) -> int:
    if options.predictions is not None or options.against is not None:
        raise UsageError("--check takes the files itself", remedy="leave --predictions out")
    reports = []
    for path in options.check:
        for file in label_files(path) if path.is_dir() else [path]:
            truth = options.truth / file.name if _is_folder(options.truth) else options.truth
            reports.append(check_file(file, options.role, truth))
    lines = [line for report in reports for line in tables.check_lines(report)]
    if any(path.is_dir() for path in options.check):
        lines.append("Give the official scorer folders with a slash at the end.")
    if str(options.json) != STDOUT:
        print("\n".join(lines))
    if options.json is not None:
        _write(options.json, {"checked": [as_json.check_json(report) for report in reports]})
    return 0 if all(report.sound for report in reports) else REFUSED


def _is_folder(path: Path | None) -> bool:
    return path is not None and path.is_dir()


def _write(path: Path, document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if str(path) == STDOUT:
        sys.stdout.write(text)
    else:
        write_whole(text.encode("utf-8"), path)
