"""Which checkpoints of HRNet the field has, and how their entries map to the official names.

Everyone kept the official names behind a prefix of their own, so a layout is a prefix and the name of
the head. Sizes are read off the tensors, never guessed from file names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ..errors import WeightsError
from ..skeleton import COCO17, POSETRACK17, SKELETONS
from .hrnet import DEFAULT_JOINTS

HEAD = ("final_layer.weight", "final_layer.bias")

_PARTS = re.compile(
    r"(conv[12]|bn[12]|layer1|transition[123]|stage[234])\..+|final_layer\.(weight|bias)"
)
_STAGE_MODULE = re.compile(r"stage([234])\.(\d{1,4})\.")
_WIDTH = "transition1.0.0.weight"
"""Brings the stem's 256 channels to the width of branch 0."""
_ALWAYS_THERE = (
    "conv1.weight",
    _WIDTH,
    "stage2.0.branches.0.0.conv1.weight",
    "stage3.0.branches.0.0.conv1.weight",
)
_WARPING = ("offset_feats.", "neck.offset_feats.")
"""PoseWarper's warping layers, its own and mmpose's: such a checkpoint was trained on PoseTrack."""


@dataclass(frozen=True)
class Layout:
    """How one code base names HRNet's entries.

    Attributes:
        name: for people.
        prefix: what stands before the official names.
        heads: what stands before ``weight`` and ``bias`` of the final layer.
        posetrack: whether 17 heatmaps mean PoseTrack's joints rather than COCO's.
    """

    name: str
    prefix: str
    heads: tuple[str, ...]
    posetrack: bool = False


LAYOUTS = (
    Layout("HRNet", "", ("final_layer.",)),
    Layout(
        "DCPose", "rough_pose_estimation_net.", ("rough_pose_estimation_net.final_layer.",), True
    ),
    Layout("FAMI-Pose or JM-Pose", "hrnet.", ("hrnet.final_layer.",), True),
    Layout("mmpose", "backbone.", ("keypoint_head.final_layer.", "head.final_layer.")),
)


@dataclass(frozen=True)
class HRNetEntries:
    """A checkpoint's HRNet under the official names, and what its tensors say about its size.

    Attributes:
        layout: the name of the layout it came in.
        state: entries under the official names.
        foreign: names in the file that are no part of HRNet.
        width: channels of branch 0.
        modules: high-resolution modules of stages 2, 3 and 4; 0 where there is no stage 4.
        heatmaps: rows of the final layer; 0 where there is no pose head.
        posetrack: whether 17 heatmaps mean PoseTrack's joints.
    """

    layout: str
    state: dict[str, Tensor]
    foreign: tuple[str, ...]
    width: int
    modules: tuple[int, int, int]
    heatmaps: int
    posetrack: bool


def hrnet_entries(state: Mapping[str, Tensor], path: Path) -> HRNetEntries:
    """Find the HRNet in a state dict of any known layout.

    Raises:
        WeightsError: if there is none.
    """
    bare = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    layout = next(
        (known for known in LAYOUTS if all(known.prefix + part in bare for part in _ALWAYS_THERE)),
        None,
    )
    if layout is None:
        raise WeightsError(
            "holds no HRNet",
            file=path,
            remedy="give a checkpoint of HRNet, mmpose’s HRNet, DCPose, FAMI-Pose or GLPose Studio",
        )
    official = {_official(name, layout): tensor for name, tensor in bare.items()}
    found = {name: tensor for name, tensor in official.items() if name is not None}
    for name in (_WIDTH, HEAD[0]):
        if name in found and found[name].ndim != 4:
            raise WeightsError(
                "is no convolution", file=path, field=name, remedy="give an HRNet checkpoint"
            )
    return HRNetEntries(
        layout=layout.name,
        state=found,
        foreign=tuple(name for name in bare if _official(name, layout) is None),
        width=found[_WIDTH].shape[0],
        modules=_modules(found),
        heatmaps=found[HEAD[0]].shape[0] if HEAD[0] in found else 0,
        posetrack=layout.posetrack or any(name.startswith(_WARPING) for name in bare),
    )


def _official(name: str, layout: Layout) -> str | None:
    """The official name of an entry, or None if it is no part of HRNet."""
    for head in layout.heads:
        if name.startswith(head):
            name = layout.prefix + "final_layer." + name.removeprefix(head)
    if not name.startswith(layout.prefix):
        return None
    name = name.removeprefix(layout.prefix)
    return name if _PARTS.fullmatch(name) else None


def _modules(state: Mapping[str, Tensor]) -> tuple[int, int, int]:
    found: dict[str, set[int]] = {"2": set(), "3": set(), "4": set()}
    for match in filter(None, map(_STAGE_MODULE.match, state)):
        found[match[1]].add(int(match[2]))
    return len(found["2"]), len(found["3"]), len(found["4"])


def heatmap_joints(
    entries: HRNetEntries, path: Path, told: str | Sequence[str] | None = None
) -> tuple[str, ...]:
    """What the heatmaps of a checkpoint show, in order.

    Args:
        entries: the checkpoint's HRNet.
        path: its file; "posetrack" in the name settles what 17 heatmaps are.
        told: the name of a joint list, or the joint names; overrides what the file suggests.

    Raises:
        WeightsError: if the number of heatmaps is not that of the names, or no list has that number.
    """
    rows = entries.heatmaps
    if told is not None:
        names = joints_from(told)
        if rows and len(names) != rows:
            raise WeightsError(
                f"has {rows} heatmaps, but {len(names)} joints were named",
                file=path,
                field="joints",
                remedy="name one joint per heatmap, in their order",
            )
        return names
    if rows == 17:
        posetrack = entries.posetrack or "posetrack" in path.name.lower()
        return POSETRACK17.joints if posetrack else COCO17.joints
    if rows and rows not in DEFAULT_JOINTS:
        raise WeightsError(
            f"has {rows} heatmaps of unknown joints",
            file=path,
            field="joints",
            remedy="say with --joints what they show, in their order",
        )
    return DEFAULT_JOINTS[rows] if rows else ()


def joints_from(told: str | Sequence[str]) -> tuple[str, ...]:
    """Joint names from the name of a list ("posetrack17"), names with commas, or the names themselves.

    Raises:
        WeightsError: if there is no such list, or a name comes twice.
    """
    if not isinstance(told, str):
        names = tuple(told)
    elif told in SKELETONS:
        names = SKELETONS[told].joints
    elif "," in told:
        names = tuple(name.strip() for name in told.split(","))
    else:
        raise WeightsError(
            f"{told!r} is no joint list",
            field="joints",
            remedy=f"choose {', '.join(SKELETONS)}, or give the names with commas between",
        )
    if len(set(names)) < len(names) or not all(names):
        raise WeightsError(
            "a joint is empty or named twice", field="joints", remedy="name every joint once"
        )
    return names
