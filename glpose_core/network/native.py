"""The app's own weights files, and what is known of any file.

They are safetensors whose metadata says what the network is: ``format_version``, ``kind`` ("hrnet" or
"glpose"), ``config``, ``joints`` and ``record`` (the training record), the last three as JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from ..errors import WeightsError
from .checkpoint import Checkpoint
from .config import GLPoseConfig
from .filling import finite
from .glpose import GLPose
from .hrnet import HRNet
from .input_size import recorded_size, size_in_name, usual_size

FORMAT_VERSION = 1
_READABLE_VERSIONS = ("1",)
LAYOUT = "GLPose Studio"
_OURS = {"format_version", "config", "joints", "record"}


@dataclass(frozen=True)
class WeightsInfo:
    """What a file of weights holds.

    Attributes:
        path: the file.
        layout: whose layout it is in ("GLPose Studio", "HRNet", "mmpose" …).
        kind: "hrnet" or "glpose".
        width: channels of branch 0.
        modules: high-resolution modules of stages 2, 3 and 4.
        joint_names: what the heatmaps show; empty where there is no pose head.
        config: GLPose's configuration; None for HRNet.
        record: the training record; empty for foreign files.
        precision: the dtype of most weights ("float16").
        size: bytes of the file.
    """

    path: Path
    layout: str
    kind: str
    width: int
    modules: tuple[int, int, int]
    joint_names: tuple[str, ...]
    config: GLPoseConfig | None
    record: dict[str, Any]
    precision: str
    size: int

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of the crops: as recorded, as the file is called, or what is usual."""
        if self.config is not None:
            return self.config.input_size
        found = recorded_size(self.record, self.modules[2] > 0) or size_in_name(self.path.name)
        return found or usual_size(self.width)

    @property
    def untrained_joints(self) -> tuple[str, ...]:
        """Joints that these weights have, but that nobody has taught them yet."""
        names = self.record.get("untrained_joints")
        return tuple(j for j in self.joint_names if isinstance(names, list) and j in names)

    @property
    def network(self) -> str:
        """The network in short: "GLPose-W18 k 4 n 6", "HRNet-W48", "HRNet-W18 to stage 3"."""
        if self.config is not None:
            return f"GLPose-W{self.width} k {self.config.k} n {self.config.n}"
        return f"HRNet-W{self.width}" + ("" if self.modules[2] else " to stage 3")

    def build(self) -> HRNet | GLPose:
        """An untrained network of this shape (make it on the meta device to count without memory)."""
        if self.config is not None:
            return GLPose(self.config)
        return HRNet(self.width, self.joint_names or 17, self.modules)


def is_native(checkpoint: Checkpoint) -> bool:
    """Whether a file is one of ours. Others have metadata too, and some of its words, but not all."""
    return "kind" in checkpoint.metadata and len(_OURS & checkpoint.metadata.keys()) >= 3


def save_weights(
    model: HRNet | GLPose,
    path: str | Path,
    record: Mapping[str, Any] | None = None,
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write a network so that :func:`load_weights` gives it back.

    The file appears whole or not at all. BatchNorm's values and biases stay in float32: they are few,
    and variances may leave the range of float16.

    Args:
        model: the network, on any device.
        path: the file to write, by custom ``.safetensors``.
        record: how the weights came about (data, recipe, figures), plain JSON values; by default what
            the model carries as ``record``.
        dtype: precision of the convolutions' weights.

    Raises:
        WeightsError: if a weight is not finite (or not in ``dtype``), or the file cannot be written.
    """
    path = Path(path)
    if isinstance(model, GLPose):
        kind, config = "glpose", model.config.to_dict()
    else:
        kind = "hrnet"
        config = {"width": model.width, "modules": list(model.modules_per_stage)}
    metadata = {
        "format": "pt",
        "format_version": str(FORMAT_VERSION),
        "kind": kind,
        "config": json.dumps(config),
        "joints": json.dumps(list(model.joint_names)),
        "record": json.dumps(dict(model.record if record is None else record)),
    }
    write_tensors(model.state_dict(), metadata, path, dtype)


def write_tensors(
    state: Mapping[str, Tensor], metadata: dict[str, str], path: Path, dtype: torch.dtype
) -> None:
    """Write tensors as safetensors, whole or not at all; biases and the like stay in float32.

    Raises:
        WeightsError: if a value is not finite (or not in ``dtype``), or the file cannot be written.
    """
    compact = {name: _compact(name, value, dtype, path) for name, value in state.items()}
    _replace(path, safetensors.torch.save(compact, metadata))


def _compact(name: str, value: Tensor, dtype: torch.dtype, path: Path) -> Tensor:
    kept = dtype if value.ndim > 1 else torch.float32
    compact = value.detach().to("cpu", kept if value.is_floating_point() else value.dtype)
    if not finite(compact):
        raise WeightsError(
            f"holds a value that is no finite number in {str(kept).removeprefix('torch.')}",
            file=path,
            field=name,
            remedy="save an earlier state of the training",
        )
    return compact.contiguous()


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside ``path`` and put it in its place once it is safely on the disk."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise WeightsError(
            f"cannot be written ({error.strerror})",
            file=path,
            remedy="check that the folder exists, can be written and has room",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def native_info(checkpoint: Checkpoint) -> WeightsInfo:
    """Read the metadata of one of our files, trusting nothing in it.

    Raises:
        WeightsError: naming the first entry of the metadata that is not understood.
    """
    path, metadata = checkpoint.path, checkpoint.metadata
    if metadata.get("format_version") not in _READABLE_VERSIONS:
        raise WeightsError(
            f"has another format version than {FORMAT_VERSION}",
            file=path,
            field="format_version",
            remedy="update GLPose Studio",
        )
    kind = metadata["kind"]
    if kind not in ("hrnet", "glpose"):
        raise WeightsError(
            "names an unknown kind of network",
            file=path,
            field="kind",
            remedy="update GLPose Studio",
        )
    fields = _json(metadata, "config", dict, path)
    joints = _json(metadata, "joints", list, path)
    try:
        config, stage4 = _sizes(kind, fields, joints)
    except (ValueError, TypeError, KeyError) as error:
        raise WeightsError(
            f"is not understood ({str(error)[:120]})",
            file=path,
            field="config",
            remedy="save the weights again, or update GLPose Studio",
        ) from error
    return WeightsInfo(
        path=path,
        layout=LAYOUT,
        kind=kind,
        width=config.width,
        modules=(*config.modules[:2], stage4),
        joint_names=config.joint_names,
        config=config if kind == "glpose" else None,
        record=_json(metadata, "record", dict, path),
        precision=precision_of(checkpoint.state),
        size=path.stat().st_size,
    )


def _sizes(kind: str, fields: Mapping[str, Any], joints: Any) -> tuple[GLPoseConfig, int]:
    """A checked configuration, and the number of stage 4's modules.

    HRNet's sizes obey the same rules as those of GLPose's backbone, except that it may have a stage 4.
    """
    if kind == "glpose":
        return GLPoseConfig.from_dict({**fields, "joints": joints}), 0
    *body, stage4 = fields["modules"]
    if not isinstance(stage4, int) or not 0 <= stage4 <= 16:
        raise ValueError("modules: stage 4 has 0 to 16")
    return GLPoseConfig(width=fields["width"], modules=(*body, 0), joints=joints), stage4


def _json(metadata: Mapping[str, str], name: str, kind: type, path: Path) -> Any:
    try:
        value = json.loads(metadata[name])
    except (KeyError, ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise WeightsError(
            "is absent or no valid JSON", file=path, field=name, remedy="save the weights again"
        )
    return value


def precision_of(state: Mapping[str, Tensor]) -> str:
    """The dtype of the largest tensor, as text ("float16")."""
    return str(max(state.values(), key=Tensor.numel).dtype).removeprefix("torch.")
