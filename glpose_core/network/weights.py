"""The front door to weights: whatever the file, a network comes out, or one sentence about why not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from ..errors import WeightsError
from .checkpoint import read_checkpoint
from .filling import fill
from .glpose import GLPose
from .hrnet import HRNet
from .importing import import_entries
from .layouts import heatmap_joints, hrnet_entries
from .native import WeightsInfo, is_native, native_info, precision_of


def load_weights(path: str | Path, joints: str | Sequence[str] | None = None) -> HRNet | GLPose:
    """Load a network from one of our files, or from any HRNet checkpoint that has a pose head.

    Args:
        path: the file.
        joints: what the heatmaps of a foreign file show: the name of a joint list or the joint names.
            By default 17 are COCO's, or PoseTrack's if the file name or the layout says so.

    Returns:
        The network in evaluation mode, float32, on the CPU, with ``joint_names`` and ``record``.

    Raises:
        WeightsError: if the file is none of these.
    """
    checkpoint = read_checkpoint(path)
    if not is_native(checkpoint):
        entries = hrnet_entries(checkpoint.state, checkpoint.path)
        if not entries.heatmaps:
            raise WeightsError(
                "has no pose head",
                file=checkpoint.path,
                remedy="use it as the backbone that a training starts from",
            )
        return import_entries(checkpoint, entries, joints, None)[0]
    info = native_info(checkpoint)
    with torch.device("meta"):
        model = info.build()
    fill(model, checkpoint.state, checkpoint.path)
    extra = sorted(set(checkpoint.state) - set(model.state_dict()))
    if extra:
        raise WeightsError(
            "belongs to no layer of the network that the file describes",
            file=checkpoint.path,
            field=extra[0],
            remedy="save the weights again",
        )
    model.record = info.record
    return model.eval()


def inspect_weights(path: str | Path, joints: str | Sequence[str] | None = None) -> WeightsInfo:
    """Say what a file of weights holds, a bare backbone included.

    Raises:
        WeightsError: if it holds no network that we know.
    """
    checkpoint = read_checkpoint(path)
    if is_native(checkpoint):
        return native_info(checkpoint)
    entries = hrnet_entries(checkpoint.state, checkpoint.path)
    return WeightsInfo(
        path=checkpoint.path,
        layout=entries.layout,
        kind="hrnet",
        width=entries.width,
        modules=entries.modules,
        joint_names=heatmap_joints(entries, checkpoint.path, joints),
        config=None,
        record={},
        precision=precision_of(checkpoint.state),
        size=checkpoint.path.stat().st_size,
    )
