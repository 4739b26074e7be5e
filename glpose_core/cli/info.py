"""``glpose info VIDEO``: what a video is, and what is odd about it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from glpose_core.video import VideoInfo, build_index, open_video


def add_parser(subparsers: Any) -> None:
    """Add the command to the ``glpose`` parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "info",
        help="frames, size, times and oddities of a video",
        description="Say how many frames a video or a folder of pictures has, how large they are, "
        "when they are shown, and what is odd about the file. Frames are counted from 0, as a full "
        "decode returns them.",
    )
    parser.add_argument("video", metavar="VIDEO", help="a video file, or a folder of pictures")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table or the JSON object; returns the exit code. Raises ``VideoError``."""
    index = build_index(args.video, progress=_Progress() if sys.stderr.isatty() else None)
    with open_video(args.video, index=index) as reader:
        info, times = reader.info, reader.times.tolist()
    if args.json:
        print(json.dumps({**_fields(info), "counted_by": index.kind, "times": times}, indent=2))
    else:
        print(_table(info))
    return 0


class _Progress:
    """One line on the terminal that is rewritten, and gone at the end."""

    def __init__(self) -> None:
        self._shown = -1

    def __call__(self, part: float) -> None:
        percent = int(100 * part)
        if percent != self._shown:
            self._shown = percent
            print(f"\rcounting frames {percent:3d} %\r", end="", file=sys.stderr, flush=True)


def _fields(info: VideoInfo) -> dict[str, object]:
    return {
        "path": str(info.path),
        "frames": info.frames,
        "width": info.width,
        "height": info.height,
        "rotation": info.rotation,
        "pixel_aspect": info.pixel_aspect,
        "codec": info.codec,
        "average_rate": info.average_rate,
        "start": info.start,
        "duration": info.duration,
        "fingerprint": info.fingerprint,
        "oddities": list(info.oddities),
    }


def _table(info: VideoInfo) -> str:
    turned = f", turned {info.rotation}° clockwise" if info.rotation else ""
    shape = "square" if info.pixel_aspect == 1 else f"{info.pixel_aspect:.4g} times as wide as high"
    rows = [
        ("video", str(info.path)),
        ("frames", f"{info.frames} (0 to {info.frames - 1})"),
        ("size", f"{info.width} × {info.height} pixels{turned}"),
        ("pixels", shape),
        ("rate", f"{info.average_rate:.6g} frames/s"),
        ("times", f"from {info.start:.3f} s, {info.duration:.3f} s long"),
        ("codec", info.codec),
        *(("odd", sentence) for sentence in info.oddities or ("nothing",)),
    ]
    return "\n".join(f"{name:<8}{value}" for name, value in rows)
