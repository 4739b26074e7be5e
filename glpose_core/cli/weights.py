"""``glpose weights``: what networks there are, what a file holds, and making one from a foreign file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from ..errors import WeightsError
from ..network import (
    GLPose,
    Listed,
    WeightsInfo,
    default_weights,
    find_weights,
    inspect_weights,
    listed_weights,
)
from ..network.cost import multiply_adds, parameters
from ..network.hrnet import FEATURE_STRIDE
from ..network.input_size import recorded_size, size_in_name
from ..network.known import KNOWN, KnownCheckpoint
from ..predict.rows import VisibilityThresholds
from . import weights_import


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose weights`` and its own commands."""
    parser = subparsers.add_parser(
        "weights",
        help="list, inspect, import and pull network weights",
        description="List the weights there are, see what a file holds, and turn a public HRNet "
        "checkpoint, from a file or from the web, into weights of GLPose Studio.",
    )
    commands = parser.add_subparsers(dest="weights_command", required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="the weights that can predict, by name")
    listing.add_argument(
        "--known", action="store_true", help="the public checkpoints that 'pull' knows, instead"
    )
    listing.add_argument("--json", action="store_true", help="as JSON")

    info = commands.add_parser("info", help="what a file holds: network, joints, size, training")
    info.add_argument("weights", metavar="NAME|FILE", help="a name of the list, or a file")
    info.add_argument("--joints", metavar="LIST", help="what the heatmaps of a foreign file show")
    info.add_argument("--json", action="store_true", help="as JSON")

    weights_import.add_parsers(commands)


def run(args: argparse.Namespace) -> int:
    """Run one of the commands; returns the exit code. Raises ``GLPoseError``."""
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _known if getattr(args, "known", False) else _list,
        "info": _info,
        "import": weights_import.import_file,
        "pull": weights_import.pull,
    }
    return commands[args.weights_command](args)


def _list(args: argparse.Namespace) -> int:
    found = list(_readable(listed_weights()))
    if args.json:
        print(json.dumps([_as_dict(info, one) for one, info in found], indent=2))
        return 0
    if not found:
        print(
            "No weights are bundled. Train some, or import a checkpoint of HRNet.", file=sys.stderr
        )
        return 0
    rows = [("NAME", "NETWORK", "INPUT W×H", "JOINTS", "SIZE", "FROM")]
    for one, info in found:
        default = ", the default" if _is_default(one) else ""
        rows.append(
            (
                one.name,
                info.network,
                _size(info.input_size),
                str(len(info.joint_names)),
                _megabytes(info.size),
                _origin(one, info) + default,
            )
        )
    _print_table(rows)
    return 0


def _readable(listed: Iterable[Listed]) -> Iterable[tuple[Listed, WeightsInfo]]:
    for one in listed:
        try:
            yield one, inspect_weights(one.path)
        except WeightsError as error:
            print(f"glpose: left out: {error}", file=sys.stderr)


def _known(args: argparse.Namespace) -> int:
    there = {one.name for one in listed_weights()}
    if args.json:
        print(json.dumps([_known_as_dict(one, there) for one in KNOWN.values()], indent=2))
        return 0
    rows = [("NAME", "NETWORK", "INPUT W×H", "JOINTS", "DOWNLOAD", "")]
    for one in KNOWN.values():
        here = "already here" if one.name in there else ""
        size = f"about {one.size / 1e6:.0f} MB"
        rows.append(
            (one.name, f"HRNet-W{one.width}", _size(one.input_size), one.joints, size, here)
        )
    _print_table(rows)
    for licence in dict.fromkeys(one.licence for one in KNOWN.values()):
        print(f"\nLicence: {licence}.")
    print("'glpose weights pull NAME' fetches one; any other with --url or, from a file, 'import'.")
    return 0


def _known_as_dict(one: KnownCheckpoint, there: set[str]) -> dict[str, Any]:
    return {
        "name": one.name,
        "url": one.url,
        "sha256": one.sha256,
        "layout": one.layout,
        "width": one.width,
        "input_size": list(one.input_size),
        "joints": one.joints,
        "bytes_about": one.size,
        "licence": one.licence,
        "here": one.name in there,
    }


def _info(args: argparse.Namespace) -> int:
    listed = next((one for one in listed_weights() if one.name == args.weights), None)
    info = inspect_weights(listed.path if listed else find_weights(args.weights), args.joints)
    if args.json:
        print(json.dumps(_as_dict(info, listed), indent=2))
        return 0
    count, cost = _size_and_cost(info)
    thresholds = VisibilityThresholds.of(info.record)
    facts = {
        "file": f"{info.path} ({_megabytes(info.size)}, {info.precision})",
        "layout": info.layout,
        "network": info.network,
        "parameters": f"{count:,}",
        "input": f"{_size(info.input_size)} (width × height), {_how_input_is_known(info)}",
        "multiply-adds": f"{cost / 1e9:.2f} G per person and frame at {_size(info.input_size)}"
        + (", references computed once and kept" if info.config else ""),
        "joints": ", ".join(info.joint_names) or "no pose head: a backbone to train from",
        **({"untrained": ", ".join(info.untrained_joints)} if info.untrained_joints else {}),
        "thresholds": f"visible from {thresholds.visible:g}, placed from {thresholds.placed:g}, "
        + ("as recorded" if _has_thresholds(info) else "the app’s own, as the file has none"),
        "licence": _short(info.record.get("licence", "not recorded in the file")),
        "training": _training(info),
        **{f"record.{name}": _short(value) for name, value in info.record.items()},
    }
    longest = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name.ljust(longest)}  {value}")
    return 0


def _how_input_is_known(info: WeightsInfo) -> str:
    if info.config or recorded_size(info.record, info.modules[2] > 0):
        return "as recorded"
    if size_in_name(info.path.name):
        return "as the file’s name says"
    return "usual for this network: the file does not say"


def _has_thresholds(info: WeightsInfo) -> bool:
    return VisibilityThresholds.of(info.record) != VisibilityThresholds() or (
        "visibility_thresholds" in info.record
    )


def _training(info: WeightsInfo) -> str:
    if not info.record:
        return "not recorded in the file"
    if "fine_tuned_from" in info.record:
        return f"fine-tuned from {_short(info.record['fine_tuned_from'])}; see record.*"
    if "imported_from" in info.record:
        return f"elsewhere; imported from {_short(info.record['imported_from'])}"
    return "see record.*"


def _size_and_cost(info: WeightsInfo) -> tuple[int, int]:
    """Parameters, and multiply-adds of one estimate where every reference's features are there."""
    with torch.device("meta"):
        model = info.build().eval()
    width, height = info.input_size
    crop = torch.zeros(1, 3, height, width)
    if not isinstance(model, GLPose):
        return parameters(model), multiply_adds(model, lambda: model(crop))
    backbone = multiply_adds(model, lambda: model.features(crop))
    v = torch.zeros(1, info.width, height // FEATURE_STRIDE, width // FEATURE_STRIDE)
    v_l = v.expand(1, 2 * model.config.k, *v.shape[1:])
    v_g = v.expand(1, model.config.n, *v.shape[1:])
    modules = multiply_adds(model, lambda: model.from_features(v, v_l, v_g))
    return parameters(model), backbone + modules


def _as_dict(info: WeightsInfo, listed: Listed | None) -> dict[str, Any]:
    count, cost = _size_and_cost(info)
    thresholds = VisibilityThresholds.of(info.record)
    return {
        "name": listed.name if listed else info.path.stem,
        "file": str(info.path),
        "from": _origin(listed, info) if listed else "file",
        "default": listed is not None and _is_default(listed),
        "bytes": info.size,
        "precision": info.precision,
        "layout": info.layout,
        "kind": info.kind,
        "width": info.width,
        "modules": list(info.modules),
        "input_size": list(info.input_size),
        "joints": list(info.joint_names),
        "untrained_joints": list(info.untrained_joints),
        "config": info.config.to_dict() if info.config else None,
        "parameters": count,
        "multiply_adds": cost,
        "thresholds": {"visible": thresholds.visible, "placed": thresholds.placed},
        "licence": info.record.get("licence"),
        "record": info.record,
    }


def _is_default(one: Listed) -> bool:
    return one.origin == "bundled" and one.name == default_weights()


def _origin(one: Listed, info: WeightsInfo) -> str:
    """ "bundled", "imported", "pulled" or "trained"."""
    pulled = one.origin == "imported" and "pulled_from" in info.record
    return "pulled" if pulled else one.origin


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
