"""Choosing and naming devices."""

from __future__ import annotations

import pytest
import torch

from glpose_core.errors import DeviceError
from glpose_core.network import choose_device, describe_device

pytestmark = pytest.mark.quick


def computer_with(monkeypatch: pytest.MonkeyPatch, gpus: int = 0, metal: bool = False) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(
        torch.cuda, "get_device_name", lambda device: f"NVIDIA number {device.index}"
    )
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: metal)


@pytest.mark.parametrize(
    ("gpus", "metal", "name", "device"),
    [
        (0, False, "auto", "cpu"),
        (0, True, "auto", "mps"),
        (2, False, "auto", "cuda:0"),
        (2, False, "cpu", "cpu"),
        (2, False, "cuda", "cuda:0"),
        (2, False, "cuda:1", "cuda:1"),
        (0, True, "mps", "mps"),
    ],
)
def test_choice(
    monkeypatch: pytest.MonkeyPatch, gpus: int, metal: bool, name: str, device: str
) -> None:
    computer_with(monkeypatch, gpus, metal)
    assert str(choose_device(name)) == device


@pytest.mark.parametrize(
    ("gpus", "name", "said"),
    [
        (0, "cuda", "choose auto or cpu"),
        (0, "cuda:0", "choose auto or cpu"),
        (2, "cuda:2", "the last one is cuda:1"),
        (1, "mps", "choose auto or cpu"),
        (1, "tpu", "choose one of auto, cpu, cuda, mps"),
        (1, "cuda:", "choose one of"),
        (1, "cuda:x", "choose one of"),
        (1, "cpu:1", "choose one of"),
        (1, "", "choose one of"),
    ],
)
def test_an_absent_device_is_said_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, gpus: int, name: str, said: str
) -> None:
    computer_with(monkeypatch, gpus)
    with pytest.raises(DeviceError) as caught:
        choose_device(name)
    assert caught.value.remedy is not None
    assert said in caught.value.remedy


def test_names_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    computer_with(monkeypatch, gpus=2)
    assert describe_device("cuda:1") == "NVIDIA number 1"
    assert describe_device(torch.device("mps")) == "Apple GPU"
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    assert describe_device("cpu") == "CPU, 2 threads"
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert describe_device("cpu") == "CPU, 1 thread"
