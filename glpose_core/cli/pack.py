"""``glpose pack``: labelled or rendered clips as packed crops, ready to be trained on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..formats.posetrack_report import counted
from ..skeleton import POSETRACK17
from ..synthetic import SceneOptions, read_recordings
from ..train.labelled import LabelledPoses, cut_clips, read_labels
from ..train.rendered import render_poses
from ..train.shards import ShardWriter

PHOTOGRAPHS = (".jpg", ".jpeg", ".png")
_DESCRIPTION = """Cut the labelled people out of projects and PoseTrack18 files, or render clips of people with exact labels, and
keep the crops with their neighbours in time as compressed shards. 'glpose train --data FOLDER' reads them."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose pack``."""
    parser = commands.add_parser(
        "pack", help="clips as packed crops, to train on", description=_DESCRIPTION
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PROJECT|LABELS.json|FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--render", type=int, default=0, metavar="N", help="render N clips")
    parser.add_argument("--frames", type=int, default=50, help="frames of a rendered clip (50)")
    parser.add_argument(
        "--picture", type=_pair, default=(640, 360), metavar="WxH", help="its size (640x360)"
    )
    parser.add_argument(
        "--motion", type=Path, metavar="FILE.npz", help="recorded motion (default: made-up gaits)"
    )
    parser.add_argument(
        "--backgrounds", type=Path, metavar="FOLDER", help="photographs that stand in for places"
    )
    parser.add_argument(
        "--size", type=_pair, default=(144, 192), metavar="WxH", help="crops, pixels (144x192)"
    )
    parser.add_argument("--k", type=int, default=4, help="neighbours on each side (4)")
    parser.add_argument("--every", type=int, default=1, help="take every n-th labelled frame")
    parser.add_argument("--seed", type=int, default=0, help="of the first rendered clip")
    parser.add_argument("--threads", type=int, default=1, help="that render")


def run(options: argparse.Namespace) -> int:
    """Pack; a line for each clip on stderr, the total on stdout."""
    files = [file for path in options.paths for file in _files(path)]
    if not files and not options.render:
        raise UsageError("nothing to pack", field="pack", remedy="give files, or --render N")
    if options.every < 1 or options.k < 0:
        raise UsageError("must be at least 1, and --k at least 0", field="--every")
    poses = 0
    with ShardWriter(options.out, options.size, options.k) as writer:
        for file in files:
            poses += _add(writer, read_labels(file), options)
        scene = SceneOptions(
            frames=options.frames,
            recordings=None if options.motion is None else read_recordings(options.motion),
            photographs=_photographs(options.backgrounds),
        )
        for number in range(options.render):
            seed = options.seed + number
            poses += _add(
                writer, render_poses(seed, scene, options.picture, options.threads), options
            )
    print(f"{counted(poses, 'pose')} packed in {options.out}")
    return 0


def _add(writer: ShardWriter, labels: LabelledPoses, options: argparse.Namespace) -> int:
    labels = labels.take(np.flatnonzero(labels.frame % options.every == 0))
    if len(labels):
        writer.add(cut_clips(labels, POSETRACK17.joints, options.size, options.k))
    print(f"{labels.name}: {counted(len(labels), 'pose')}", file=sys.stderr, flush=True)
    return len(labels)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.json")) if path.is_dir() else [path]


def _photographs(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in PHOTOGRAPHS)
    if not found:
        raise UsageError("holds no JPEG or PNG", field=f"--backgrounds {folder}")
    return found


def _pair(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)
