"""Which processor does the work, and what to call it."""

from __future__ import annotations

import torch

from ..errors import DeviceError

DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str = "auto") -> torch.device:
    """Return the device meant by ``name``: auto, cpu, cuda, cuda:N or mps.

    ``auto`` takes the first GPU there is, else Apple's, else the processor.

    Raises:
        DeviceError: if this computer has no such device, or the name is unknown.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    kind, colon, number = name.partition(":")
    if kind not in DEVICES[1:] or (colon and not (kind == "cuda" and number.isdecimal())):
        raise DeviceError(
            f"{name!r} is no device", field="device", remedy=f"choose one of {', '.join(DEVICES)}"
        )
    if kind == "cuda":
        return _cuda(int(number or 0))
    if kind == "mps" and not torch.backends.mps.is_available():
        raise DeviceError(
            "this computer has no GPU that Metal can use",
            field="device",
            remedy="choose auto or cpu",
        )
    return torch.device(kind)


def _cuda(number: int) -> torch.device:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count == 0:
        built = torch.version.cuda is not None
        raise DeviceError(
            "no NVIDIA GPU can be used"
            if built
            else "the installed PyTorch has no support for NVIDIA GPUs",
            field="device",
            remedy="choose auto or cpu"
            if built
            else "choose auto or cpu, or install PyTorch’s CUDA build",
        )
    if number >= count:
        raise DeviceError(
            f"there is no GPU {number}", field="device", remedy=f"the last one is cuda:{count - 1}"
        )
    return torch.device("cuda", number)


def describe_device(device: torch.device | str) -> str:
    """Name a device for people: "CPU, 2 threads", "NVIDIA H200", "Apple GPU"."""
    device = torch.device(device)
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    if device.type == "mps":
        return "Apple GPU"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def computes_half(device: torch.device) -> bool:
    """Whether ``device`` has instructions for bfloat16.

    A processor without them imitates it about nine times slower than it computes in float32.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type == "cpu":
        tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, test, bool)() for test in tests)
    return False


def half_where_fast(device: torch.device) -> torch.autocast:
    """Autocast to bfloat16 on a device that has instructions for it; float32 elsewhere."""
    return torch.autocast(device.type, torch.bfloat16, enabled=computes_half(device))
