"""``glpose weights``: what networks there are, what a file holds, and making one from a foreign file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ..errors import UsageError
from ..network import (
    GLPose,
    WeightsInfo,
    bundled_weights,
    find_weights,
    import_weights,
    inspect_weights,
    save_weights,
)
from ..network.cost import multiply_adds, parameters
from ..network.hrnet import FEATURE_STRIDE
from ..network.library import SUFFIX
from ..skeleton import SKELETONS

_PAPERS_CROPS = (288, 384)
"""Where weights do not say their crops' (width, height), the cost is told for these."""

_LISTS = ", ".join(SKELETONS)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose weights`` and its own commands."""
    parser = subparsers.add_parser(
        "weights",
        help="list, inspect and import network weights",
        description="List the bundled weights, see what a file holds, or turn a public HRNet "
        "checkpoint into weights of GLPose Studio.",
    )
    commands = parser.add_subparsers(dest="weights_command", required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="the weights that come with the app")
    listing.add_argument("--json", action="store_true", help="as JSON")

    info = commands.add_parser("info", help="what a file holds: network, joints, size, training")
    info.add_argument("weights", metavar="NAME|FILE", help="bundled weights or a file")
    info.add_argument("--joints", metavar="LIST", help="what the heatmaps of a foreign file show")
    info.add_argument("--json", action="store_true", help="as JSON")

    importing = commands.add_parser(
        "import",
        help="make weights from a public checkpoint",
        description="Reads checkpoints of HRNet, mmpose, DCPose, FAMI-Pose and JM-Pose without "
        "running any code in them, and writes a pose model of GLPose Studio.",
    )
    importing.add_argument("file", metavar="FILE", type=Path, help="the checkpoint (.pth, …)")
    importing.add_argument("--out", metavar="FILE", type=Path, required=True, help="*.safetensors")
    importing.add_argument(
        "--joints",
        metavar="LIST",
        help=f"what the file's heatmaps show, in order: {_LISTS}, or names with commas between "
        "(default: 17 are COCO's, or PoseTrack's where the file says so)",
    )
    importing.add_argument(
        "--keep",
        metavar="LIST",
        help="the joints that the new weights shall have; rows are taken by name, joints that the "
        "file does not know start untrained (default: those of the file)",
    )
    importing.add_argument(
        "--float32", action="store_true", help="keep full precision (default: float16)"
    )


def run(args: argparse.Namespace) -> int:
    """Run one of the commands; returns the exit code. Raises ``GLPoseError``."""
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list,
        "info": _info,
        "import": _import,
    }
    return commands[args.weights_command](args)


def _list(args: argparse.Namespace) -> int:
    infos = {name: inspect_weights(path) for name, path in bundled_weights().items()}
    if args.json:
        print(json.dumps([_as_dict(info) for info in infos.values()], indent=2))
        return 0
    if not infos:
        print(
            "No weights are bundled. Train some, or import a checkpoint of HRNet.", file=sys.stderr
        )
        return 0
    rows = [("NAME", "NETWORK", "JOINTS", "SIZE")]
    for name, info in infos.items():
        rows.append((name, _network(info), str(len(info.joint_names)), _megabytes(info.size)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
    return 0


def _info(args: argparse.Namespace) -> int:
    info = inspect_weights(find_weights(args.weights), args.joints)
    if args.json:
        print(json.dumps(_as_dict(info), indent=2))
        return 0
    width, height = _crop_size(info)
    count, cost = _size_and_cost(info)
    facts = {
        "file": f"{info.path} ({_megabytes(info.size)}, {info.precision})",
        "layout": info.layout,
        "network": _network(info),
        "parameters": f"{count:,}",
        "multiply-adds": f"{cost / 1e9:.2f} G per person and frame at {width}×{height}"
        + (", references computed once and kept" if info.config else ""),
        "joints": ", ".join(info.joint_names) or "no pose head: a backbone to train from",
        **{f"record.{name}": _short(value) for name, value in info.record.items()},
    }
    longest = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name.ljust(longest)}  {value}")
    return 0


def _import(args: argparse.Namespace) -> int:
    if args.out.suffix != SUFFIX:
        raise UsageError(
            "is no name for weights", file=args.out, remedy=f"let the name end in {SUFFIX}"
        )
    model, report = import_weights(args.file, joints=args.joints, wanted=args.keep)
    record = {**model.record, "imported_from": args.file.name, "layout": report.layout}
    dtype = torch.float32 if args.float32 else torch.float16
    save_weights(model, args.out, record, dtype)
    print(report, file=sys.stderr)
    print(args.out)
    return 0


def _network(info: WeightsInfo) -> str:
    """ "GLPose-W18 k 4 n 6", "HRNet-W48", "HRNet-W18 to stage 3"."""
    if info.config:
        return f"GLPose-W{info.width} k {info.config.k} n {info.config.n}"
    return f"HRNet-W{info.width}" + ("" if info.modules[2] else " to stage 3")


def _crop_size(info: WeightsInfo) -> tuple[int, int]:
    if info.config:
        return info.config.input_size
    match info.record.get("input_size"):
        case [int(width), int(height)] if 0 < width <= 4096 and 0 < height <= 4096:
            return width, height
    return _PAPERS_CROPS


def _size_and_cost(info: WeightsInfo) -> tuple[int, int]:
    """Parameters, and multiply-adds of one estimate where every reference's features are there."""
    with torch.device("meta"):
        model = info.build().eval()
    width, height = _crop_size(info)
    crop = torch.zeros(1, 3, height, width)
    if not isinstance(model, GLPose):
        return parameters(model), multiply_adds(model, lambda: model(crop))
    backbone = multiply_adds(model, lambda: model.features(crop))
    v = torch.zeros(1, info.width, height // FEATURE_STRIDE, width // FEATURE_STRIDE)
    v_l = v.expand(1, 2 * model.config.k, *v.shape[1:])
    v_g = v.expand(1, model.config.n, *v.shape[1:])
    modules = multiply_adds(model, lambda: model.from_features(v, v_l, v_g))
    return parameters(model), backbone + modules


def _as_dict(info: WeightsInfo) -> dict[str, Any]:
    count, cost = _size_and_cost(info)
    return {
        "name": info.path.stem,
        "file": str(info.path),
        "bytes": info.size,
        "precision": info.precision,
        "layout": info.layout,
        "kind": info.kind,
        "width": info.width,
        "modules": list(info.modules),
        "joints": list(info.joint_names),
        "config": info.config.to_dict() if info.config else None,
        "parameters": count,
        "multiply_adds": cost,
        "record": info.record,
    }


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
