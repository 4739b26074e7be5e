"""One training on several processes, started by ``torchrun``: the same steps as one process would take.

Each process draws its own piece of every batch; gradients are averaged, and BatchNorm sees the whole
batch. On the GPU NCCL and PyTorch's own SyncBatchNorm do it; on the CPU gloo and :class:`SharedNorm`,
because PyTorch's refuses the CPU. Gradients travel in one piece after the backward pass rather than
through DistributedDataParallel, which wants every parameter used: those of HRNet's stage 3 that do not
feed branch 0 are not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..errors import UsageError
from ..network import choose_device


@dataclass(frozen=True)
class Processes:
    """Which of how many processes this one is, and the device that it works on."""

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process measures, logs and saves."""
        return self.rank == 0

    def piece(self, start: int, batch: int) -> tuple[int, int]:
        """The draws of this process out of ``start`` … ``start + batch`` − 1: its own start and stop.

        Raises:
            UsageError: if the batch cannot be shared out evenly.
        """
        if batch % self.count:
            raise UsageError(
                f"{batch} poses cannot be shared out evenly among {self.count} processes",
                field="batch",
                remedy=f"choose a multiple of {self.count}",
            )
        own = batch // self.count
        return start + self.rank * own, start + (self.rank + 1) * own


def alone(device: torch.device) -> Processes:
    """One process on one device."""
    return Processes(0, 1, device)


@contextmanager
def join_processes(device: str = "auto") -> Iterator[Processes]:
    """Join the processes that ``torchrun`` has started; without it, work alone.

    With CUDA, process n takes GPU n of its machine.

    Raises:
        DeviceError: if there is no such device.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield alone(choose_device(device))
        return
    chosen = choose_device(device)
    if chosen.type == "cuda":
        chosen = choose_device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size(), chosen)
    finally:
        dist.destroy_process_group()


def several() -> bool:
    """Whether other processes take part."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def mean_over_processes(value: Tensor) -> Tensor:
    """The mean of every process's ``value``, without gradient; ``value`` itself for one process."""
    if not several():
        return value
    total = value.detach().clone()
    dist.all_reduce(total)
    return total / dist.get_world_size()


def agree(value: float, device: torch.device) -> float:
    """The first process's ``value``, in all of them: clocks differ."""
    if not several():
        return value
    shared = torch.tensor([value], dtype=torch.float64, device=device)
    dist.broadcast(shared, 0)
    return float(shared)


def average_gradients(parameters: Sequence[nn.Parameter], loss: Tensor) -> Tensor:
    """Average the gradients over the processes, in place, and return the mean loss."""
    if not several():
        return loss.detach()
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients] + [loss.detach().flatten()])
    flat = mean_over_processes(flat)
    sizes = [g.numel() for g in gradients]
    *pieces, mean_loss = torch.split(flat, [*sizes, 1])
    for gradient, piece in zip(gradients, pieces, strict=True):
        gradient.copy_(piece.view(gradient.shape))
    return mean_loss.squeeze()


def share_weights(model: nn.Module) -> None:
    """Give every process the first one's weights and statistics, in place."""
    if several():
        for value in model.state_dict().values():
            dist.broadcast(value, 0)


def share_norms(model: nn.Module, device: torch.device) -> None:
    """Let BatchNorm see the batches of all processes, in place. Names and weights stay."""
    if not several():
        return
    if device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        return
    for module in model.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SharedNorm


class SharedNorm(nn.BatchNorm2d):
    """BatchNorm over the batches of all processes together, with gradients, on any device."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``[B, C, h, w]``; every process has the same B."""
        if not self.training or not several():
            return super().forward(x)
        count = dist.get_world_size()
        values = x.float()
        mean = _mean(values.mean(dim=(0, 2, 3)), count)
        away = values - mean[:, None, None]
        variance = _mean(away.square().mean(dim=(0, 2, 3)), count)
        self._follow(mean.detach(), variance.detach(), x.numel() // x.shape[1] * count)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (away * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)

    def _follow(self, mean: Tensor, variance: Tensor, values: int) -> None:
        """Move the running statistics towards those of this step."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        momentum = 0.1 if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance * values / (values - 1), momentum)


class _Sum(torch.autograd.Function):
    """The sum over the processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(context: Any, value: Tensor) -> Tensor:
        total = value.contiguous().clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        return _Sum.forward(context, gradients[0])


def _mean(value: Tensor, count: int) -> Tensor:
    total: Tensor = _Sum.apply(value)  # type: ignore[no-untyped-call]
    return total / count
