"""``glpose weights import`` and ``pull``: public checkpoints, from a file or from the web, become weights."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import torch

from ..bundled import SUFFIX
from ..errors import UsageError
from ..network.download import LARGEST, check_address, check_hash
from ..network.keeping import (
    Wish,
    keep_checkpoint,
    known_wish,
    name_in,
    pull_checkpoint,
)
from ..network.known import KNOWN, KnownCheckpoint, known_checkpoint
from ..network.library import place_for, plain_name
from ..skeleton import SKELETONS
from .predict import duration
from .targets import demand_folders

_LISTS = ", ".join(SKELETONS)


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the two commands to ``glpose weights``."""
    importing = commands.add_parser(
        "import",
        help="make weights from a public checkpoint",
        description="Reads checkpoints of HRNet, PoseWarper, mmpose, DCPose, FAMI-Pose and JM-Pose "
        "without running any code in them, and keeps them as a pose model of GLPose Studio, which "
        "'glpose weights list' and the Predict dialog then show.",
    )
    importing.add_argument("file", metavar="FILE", type=Path, help="the checkpoint (.pth, …)")
    importing.add_argument("--out", metavar="FILE", type=Path, help="*.safetensors, elsewhere")
    _add_wishes(importing)

    pulling = commands.add_parser(
        "pull",
        help="fetch a public checkpoint from the web, and import it",
        description="Fetches a public checkpoint, checks its SHA-256, and imports it. A download "
        "that broke off goes on when the same is said again. 'glpose weights list --known' shows "
        "the names.",
    )
    which = pulling.add_mutually_exclusive_group(required=True)
    which.add_argument("known", metavar="NAME", nargs="?", help="a known checkpoint")
    which.add_argument("--url", metavar="URL", help="any other, where it lies (https://…)")
    pulling.add_argument(
        "--sha256", metavar="HEX", help="with --url: the hash, or 8 digits or more it begins with"
    )
    pulling.add_argument("--again", action="store_true", help="also if it is here already")
    _add_wishes(pulling)


def _add_wishes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="what to call the weights")
    parser.add_argument(
        "--joints",
        metavar="LIST",
        help=f"what the file’s heatmaps show, in order: {_LISTS}, or names with commas between "
        "(default: 17 are COCO’s, or PoseTrack’s where the file says so)",
    )
    parser.add_argument(
        "--keep",
        metavar="LIST",
        help="the joints that the new weights shall have; rows are taken by name, joints that the "
        "file does not know start untrained (default: those of the file)",
    )
    parser.add_argument(
        "--float32", action="store_true", help="keep full precision (default: float16)"
    )


def import_file(args: argparse.Namespace) -> int:
    """``glpose weights import``. Raises ``GLPoseError``."""
    if args.out is not None and args.name is not None:
        raise UsageError("both --out and --name are given", remedy="choose one of them")
    if args.out is not None and args.out.suffix != SUFFIX:
        raise UsageError(
            "is no name for weights", file=args.out, remedy=f"let the name end in {SUFFIX}"
        )
    demand_folders(args.out)
    name = plain_name(args.file.stem) if args.name is None else args.name
    out = place_for(name) if args.out is None else args.out
    if args.out is None and args.name is None and out.exists():
        raise UsageError(
            f"there are weights called {name!r} already",
            remedy="choose another name with --name, or that one to replace them",
        )
    print(keep_checkpoint(args.file, out, _wish(args)), file=sys.stderr)
    print(name if args.out is None else out)
    return 0


def pull(args: argparse.Namespace) -> int:
    """``glpose weights pull``. Raises ``GLPoseError`` and ``Cancelled``."""
    known = _source(args)
    wish = _wish(args)
    if known is not None:
        expected = known_wish(known)
        wish = replace(
            expected, joints=args.joints or expected.joints, wanted=args.keep, dtype=wish.dtype
        )
    url = known.url if known else args.url
    sha256 = known.sha256 if known else check_hash(args.sha256) if args.sha256 else ""
    check_address(url, sha256)
    name = args.name or (known.name if known else plain_name(Path(name_in(url)).stem))
    out = place_for(name)
    if out.exists() and not args.again:
        print(f"{name} is here already; --again fetches it anew.", file=sys.stderr)
        print(name)
        return 0
    if known is not None:
        print(f"{known.url}\nLicence: {known.licence}.", file=sys.stderr)
    try:
        with DownloadLine(sys.stderr) as line:
            report = pull_checkpoint(url, out, wish, sha256=sha256, progress=line.hear)
    except KeyboardInterrupt:
        print("What has arrived is kept: the same command goes on from there.", file=sys.stderr)
        raise
    print(report, file=sys.stderr)
    print(name)
    return 0


def _source(args: argparse.Namespace) -> KnownCheckpoint | None:
    if args.url is not None:
        return None
    if args.sha256 is not None:
        raise UsageError("--sha256 goes with --url", remedy="known checkpoints bring their own")
    known = known_checkpoint(args.known)
    if known is None:
        raise UsageError(
            f"{args.known[:120]!r} is no known checkpoint",
            remedy=f"choose {', '.join(KNOWN)}, or give --url",
        )
    return known


def _wish(args: argparse.Namespace) -> Wish:
    dtype = torch.float32 if args.float32 else torch.float16
    return Wish(joints=args.joints, wanted=args.keep, dtype=dtype)


@dataclass
class DownloadLine:
    """How far a download is: one line that is rewritten on a terminal, a line now and then elsewhere."""

    stream: TextIO
    _width: int = 0
    _began: float = field(default_factory=time.monotonic)
    _said: float = 0.0
    _at_first: int = -1

    def __enter__(self) -> DownloadLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            print(file=self.stream, flush=True)

    def hear(self, there: int, total: int | None) -> None:
        """Show how much is there (bytes), of how much, and how long it will take."""
        now = time.monotonic()
        if self._at_first < 0:
            self._at_first, self._began = there, now
            if there:
                print(f"Going on after {there / 1e6:.1f} MB", file=self.stream, flush=True)
        pause = 0.1 if self.stream.isatty() else 10.0
        if now - self._said < pause and there != total:
            return
        self._said = now
        text = self._text(there, min(total, LARGEST) if total else None, now - self._began)
        if self.stream.isatty():
            print("\r" + text.ljust(self._width), end="", file=self.stream, flush=True)
            self._width = max(self._width, len(text))
        else:
            print(text, file=self.stream, flush=True)

    def _text(self, there: int, total: int | None, seconds: float) -> str:
        rate = (there - self._at_first) / seconds if seconds > 0.5 else 0.0
        speed = f", {rate / 1e6:.1f} MB/s" if rate else ""
        if not total:
            return f"{there / 1e6:.1f} MB{speed}"
        left = f", {duration((total - there) / rate)} left" if rate and there < total else ""
        return f"{there / 1e6:.1f} of {total / 1e6:.1f} MB ({100 * there // total} %){speed}{left}"
