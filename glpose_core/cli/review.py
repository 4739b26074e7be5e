"""``glpose review``: what looks wrong in a project or a label file, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FormatError, UsageError
from ..formats.documents import write_whole
from ..formats.posetrack_file import PoseTrackFile
from ..formats.posetrack_import import prediction_rows
from ..formats.registry import FORMATS, detect
from ..labels import PoseRows, Project
from ..labels.poses import as_poses
from ..review import SKIPPED, TAGS, Item, Queue, Reason, read_keys
from ..review.findings import WORDS
from ..skeleton import POSETRACK17
from .targets import STDOUT, demand_folders

TOP = 20
_EPILOG = """examples:
  glpose review clip.glpose                          the 20 places where looking mends most
  glpose review seen.json --reason jumps --reason sides
  glpose review seen.json --against hrnet.json       also where two models differ
  glpose review clip.glpose --top 0 --json list.json     all of it, for a program

reasons:
  unsure       the model trusts the joint less than is usual in this clip
  jumps        the joint is elsewhere for a few frames, and the body is not
  bones        a bone is longer than it ever is, or shorter at once
  sides        left and right change places
  two-people   the joint lies on the same joint of another person
  outside      the joint lies outside the box that the pose was looked for in
  models       another model says something else (--against)
  gap          a person vanishes for a few frames
  twins        one person labelled twice

What a person has placed or accepted, and frames that were reviewed, are never listed."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose review``."""
    parser = commands.add_parser(
        "review",
        help="list what looks wrong in a project or a file, and why",
        description="List what looks wrong, the greatest expected gain first. Nothing is changed.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", type=Path, metavar="PROJECT|FILE.json", help="a project, or predictions")
    add("--top", type=int, default=TOP, metavar="N", help=f"list N items ({TOP}; 0: all)")
    add("--reason", action="append", choices=[*WORDS.values()], help="only this reason; repeatable")
    add("--person", type=int, metavar="N", help="only this person (a file’s track number)")
    add("--joint", choices=POSETRACK17.joints, metavar="NAME", help="only this joint: left_wrist")
    add("--against", type=Path, metavar="FILE.json", help="another model’s poses of the video")
    add("--json", type=Path, metavar="FILE", help="also write the items as JSON (-: only that)")


def run(options: argparse.Namespace) -> int:
    """Look, and list."""
    if options.top < 0:
        raise UsageError(f"--top is {options.top}", remedy="give 0 or more")
    demand_folders(options.json)
    second, models = None, "two models"
    if options.against is not None:
        second, models = _rows(_read(options.against)), f"against {options.against.stem}"
    if options.file.suffix.lower() == ".glpose":
        with Project.open(options.file, read_only=True) as project:
            skipped = read_keys(project.note(SKIPPED))
            queue = Queue.of(project.state, second=second, models=models, skipped=skipped)
    else:
        rows = _rows(_read(options.file))

        def seen(start: int, stop: int) -> PoseRows:
            return rows[(rows["frame"] >= start) & (rows["frame"] < stop)]

        frames = int(rows["frame"].max(initial=-1)) + 1
        queue = Queue(seen, frames, second=second, models=models)
    by_word = {word: reason for reason, word in WORDS.items()}
    reasons = [by_word[word] for word in options.reason] if options.reason else None
    joint = POSETRACK17.index(options.joint) if options.joint else None
    items = queue.items(reasons, options.person, joint)
    shown = items[: options.top or None]
    if str(options.json) != STDOUT:
        print("\n".join(item_lines(shown, len(items), queue.name)))
    if options.json is not None:
        write_items(shown, len(items), options.json)
    return 0


def item_lines(
    shown: list[Item],
    total: int,
    name: Callable[[int], str],
    nothing: str = "Nothing looks wrong.",
) -> list[str]:
    """The list as text, a line an item; ``name`` gives the people's names, ``nothing`` is the empty list."""
    if not total:
        return [nothing]
    rows = [
        (_frames(item), f"{name(item.person)} · {item.what}", TAGS[item.reason], item.words)
        for item in shown
    ]
    head = ("frames", "person · joint", "reason", "why")
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in [head, *rows]
    ]
    return [*lines, f"{len(shown)} of {total} places"]


def item_json(item: Item) -> dict[str, Any]:
    """An item for programs. Frames count from 0, ``stop`` is the first one after."""
    return {
        "frame": item.frame,
        "stop": item.stop,
        "look": item.look,
        "person": item.person,
        "joints": [POSETRACK17.joints[joint] for joint in item.joints],
        "reason": WORDS[Reason(item.reason)],
        "words": item.words,
        "other": item.other,
        "probability": round(item.probability, 4),
        "gain": round(item.gain, 4),
    }


def _frames(item: Item) -> str:
    return str(item.frame) if item.stop - item.frame == 1 else f"{item.frame}–{item.stop - 1}"


def _read(path: Path) -> PoseTrackFile:
    if not path.is_file():
        raise FormatError("does not exist", file=path, remedy="check the path")
    return FORMATS[detect(path).name].read(path)


def _rows(file: PoseTrackFile) -> PoseRows:
    """A file's poses as a machine's, by person (track number) and frame; one a person and frame."""
    predictions, tracks = prediction_rows(file)
    rows = as_poses(predictions, tracks[predictions["track"]])
    order = np.lexsort((rows["frame"], rows["person"]))
    rows = rows[order]
    again = np.zeros(len(rows), bool)
    again[1:] = (np.diff(rows["person"]) == 0) & (np.diff(rows["frame"]) == 0)
    return rows[~again]


def write_items(shown: list[Item], total: int, path: Path) -> None:
    """The list for programs, as a file or (``-``) on standard output."""
    document = {"items": [item_json(item) for item in shown], "of": total}
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if str(path) == STDOUT:
        sys.stdout.write(text)
    else:
        write_whole(text.encode("utf-8"), path)
