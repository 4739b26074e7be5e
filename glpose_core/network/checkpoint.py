"""Reading a file of weights without trusting it: tensors and text come out, nothing is executed."""

from __future__ import annotations

import pickle
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from ..errors import WeightsError

DOWNLOAD_AGAIN = "copy or download it again"

_READING = threading.Lock()
"""The unpickler's list of known names belongs to the whole process, so one file is read at a time."""


@dataclass(frozen=True)
class Checkpoint:
    """The raw content of a file of weights.

    Attributes:
        path: the file.
        state: tensors by their names in the file, on the CPU, in the file's own precision.
        metadata: the text that a safetensors file carries; empty for other files.
    """

    path: Path
    state: dict[str, Tensor]
    metadata: dict[str, str] = field(default_factory=dict)


class _Inert:
    """Stands in for objects that lie beside the weights in known checkpoints: takes anything, does nothing."""

    def __new__(cls, *_: object) -> _Inert:
        return super().__new__(cls)

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


_BESIDE_THE_WEIGHTS = (
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.ndarray",
    "numpy.dtype",
    "mmengine.logging.history_buffer.HistoryBuffer",
)
"""Names that trainers pickle into their notes (mmpose: joint sigmas, loss histories). We read no notes."""


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read a safetensors file, or a PyTorch checkpoint (a flat state dict or one under ``state_dict``).

    PyTorch files are read with the weights-only unpickler, so that no file can run code.

    Raises:
        WeightsError: if the file is absent, no checkpoint, damaged, or holds pickled code.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise WeightsError(
            f"cannot be read ({error.strerror})", file=path, remedy="check the path"
        ) from error
    if start[8:9] == b"{":
        return _read_safetensors(path)
    if start.startswith((b"PK\x03\x04", b"\x80")):
        return Checkpoint(path, _plain_tensors(_state_dict(_unpickle(path)), path))
    raise _no_checkpoint(path, start)


def _no_checkpoint(path: Path, start: bytes) -> WeightsError:
    """What people have instead of a file of weights, if it is one of the usual things."""
    text = start.lstrip().lower()
    if text.startswith(b"version https://git-lfs"):
        return WeightsError(
            "is only Git LFS’s note of where the file is", file=path, remedy="say 'git lfs pull'"
        )
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return WeightsError(
            "is a web page that was saved in place of the file", file=path, remedy=DOWNLOAD_AGAIN
        )
    if not start:
        return WeightsError("is empty", file=path, remedy=DOWNLOAD_AGAIN)
    return WeightsError(
        "is no checkpoint", file=path, remedy="give a .safetensors file or a PyTorch .pth file"
    )


def _read_safetensors(path: Path) -> Checkpoint:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise _damaged(path, error) from error
    return Checkpoint(path, _plain_tensors(state, path), metadata)


def _unpickle(path: Path) -> object:
    stand_ins: Any = [(_Inert, name) for name in _BESIDE_THE_WEIGHTS]
    try:
        # An open file, because torch.load takes a path's suffix for its format.
        with _READING, path.open("rb") as file, torch.serialization.safe_globals(stand_ins):
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL (\S+)", str(error))
        if named is None:
            raise WeightsError(
                "is damaged, or holds pickled objects besides tensors, which are never made",
                file=path,
                remedy=f"{DOWNLOAD_AGAIN}, or save the state dict alone",
            ) from error
        raise WeightsError(
            f"holds pickled code ({named[1]}), which is never run",
            file=path,
            remedy="save the state dict alone, or convert it to safetensors where it came from",
        ) from error
    except MemoryError:
        raise
    except Exception as error:
        # A damaged pickle can fail in any way inside the unpickler; all of them mean the same.
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> WeightsError:
    del error  # chained by the caller, for the log; its text means nothing to a reader
    return WeightsError("is truncated or damaged", file=path, remedy=DOWNLOAD_AGAIN)


def _state_dict(loaded: object) -> dict[str, Tensor]:
    """The tensors of a flat state dict or of a container with one under ``state_dict``."""
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    entries = loaded.items() if isinstance(loaded, Mapping) else ()
    return {
        name: value.detach()
        for name, value in entries
        if isinstance(name, str) and isinstance(value, Tensor)
    }


def _plain_tensors(state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Refuse tensors that are not what they take up in the file (sparse, quantised, stretched)."""
    if not state:
        raise WeightsError(
            "holds no network weights", file=path, remedy="give a checkpoint with a state dict"
        )
    for name, tensor in state.items():
        plain = tensor.layout == torch.strided and not tensor.is_quantized and not tensor.is_meta
        if not plain or tensor.untyped_storage().nbytes() < tensor.numel() * tensor.element_size():
            raise WeightsError(
                "is no plain tensor", file=path, field=name, remedy="save dense weights"
            )
    return state
