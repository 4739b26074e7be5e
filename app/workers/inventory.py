"""What this computer offers for predicting: devices and weights. Asked in a child process, without Qt.

Finding that out loads torch, which takes a second or more and hundreds of megabytes; the window stays free
of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from glpose_core.bundled import TRAINED
from glpose_core.people.find import DEFAULT_DETECTOR


@dataclass(frozen=True)
class Device:
    """``id`` is what a request names ("cpu", "cuda:0"); ``description`` is for people."""

    id: str
    description: str


@dataclass(frozen=True)
class Weights:
    """Weights to choose from.

    Attributes:
        name: what requests name: "starter", or the path of a file outside the app.
        title: what is shown.
        description: "GLPose W18, 15 joints".
        several_frames: whether the model looks at neighbouring frames (GLPose does, HRNet does not).
        network: "GLPose-W18 k 2 n 4"; empty where the file has not been read.
        input_size: (width, height) of its crops; None where the file has not been read.
        joints: how many joints it predicts; 0 where the file has not been read.
        k, n: local references on each side, and non-local ones, that the network has room for.
        width: channels of its widest branch, by which it is large or small; 0 where the file has not been read.
        untrained: joints that the weights have but were never taught, as their names.
    """

    name: str
    title: str
    description: str
    several_frames: bool
    network: str = ""
    input_size: tuple[int, int] | None = None
    joints: int = 0
    untrained: tuple[str, ...] = ()
    k: int = 0
    n: int = 0
    width: int = 0


@dataclass(frozen=True)
class Inventory:
    """Everything there is to choose from. ``devices[0]`` is what "auto" takes; ``detectors`` are names."""

    devices: tuple[Device, ...]
    weights: tuple[Weights, ...]
    detectors: tuple[str, ...] = (DEFAULT_DETECTOR,)


@dataclass(frozen=True)
class InventoryRequest:
    """``more`` are files outside the app to describe as well."""

    more: tuple[Path, ...] = field(default=())


JOB = "app.workers.inventory:take"


def take(
    request: InventoryRequest, emit: Callable[[object], None], cancelled: Callable[[], bool]
) -> None:
    """The job: emit one :class:`Inventory`. Files that cannot be read are left out."""
    from glpose_core.errors import WeightsError
    from glpose_core.network import listed_weights

    listed = listed_weights()
    # What was trained here is remembered by its path: the same clip may have been trained on twice.
    files = [(one.name, one.name, one.path) for one in listed if one.origin != "trained"]
    files += [(str(one.path), one.name, one.path) for one in listed if one.origin == "trained"]
    there = {path for _, _, path in files}
    files += [(str(path), title_of(path), path) for path in request.more if path not in there]
    found = []
    for name, title, path in files:
        try:
            found.append(_describe(name, title, path))
        except WeightsError:
            continue
    emit(Inventory(_devices(), tuple(found), _detectors()))


def _detectors() -> tuple[str, ...]:
    """The finders of people that are installed, the usual one first."""
    from glpose_core.installation import missing_packages
    from glpose_core.people.find import DETECTORS

    lacking = missing_packages(["torchvision"]) is not None
    there = [name for name in DETECTORS if not (name == "torchvision" and lacking)]
    return tuple(sorted(there, key=lambda name: name != DEFAULT_DETECTOR))


def title_of(path: Path) -> str:
    """What weights outside the app are called: the folder of a training, else the file's name."""
    return path.parent.name if path.name == TRAINED else path.name


def _describe(name: str, title: str, path: Path) -> Weights:
    from glpose_core.network import inspect_weights

    info = inspect_weights(path)
    several = info.kind == "glpose"
    model = "GLPose" if several else "HRNet"
    return Weights(
        name,
        title,
        f"{model} W{info.width}, {len(info.joint_names)} joints",
        several,
        info.network,
        info.input_size,
        len(info.joint_names),
        info.untrained_joints,
        0 if info.config is None else info.config.k,
        0 if info.config is None else info.config.n,
        info.width,
    )


def _devices() -> tuple[Device, ...]:
    import torch

    from glpose_core.network import choose_device, describe_device

    found = [Device(f"cuda:{n}", describe_device(f"cuda:{n}")) for n in range(_gpus())]
    if torch.backends.mps.is_available():
        found.append(Device("mps", describe_device("mps")))
    found.append(Device("cpu", describe_device("cpu")))
    first = str(choose_device("auto"))
    return tuple(sorted(found, key=lambda device: device.id != first))


def _gpus() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0
