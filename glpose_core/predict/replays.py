"""Passes that are recorded on a CUDA device once for each shape and replayed from then on.

A pose network is hundreds of small kernels. For few people it takes the processor longer to start them one by
one than the device to compute them; a recording starts all of them at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

AFTER = 8
"""Passes of a shape before it is recorded: recording takes a few passes' time, which the first results do not wait
for and rare shapes do not pay back."""

Outcome = TypeVar("Outcome", Tensor, tuple[Tensor, Tensor])


@dataclass(frozen=True, eq=False)
class _Recording:
    """Kernels that read ``inputs`` and write ``outcome``, wherever those lie."""

    graph: torch.cuda.CUDAGraph
    inputs: tuple[Tensor, ...]
    outcome: Tensor | tuple[Tensor, Tensor]


class Replays:
    """Calls functions of tensors, and replays those that come again with tensors of the same shapes.

    The functions must do the same kernels whatever the values are. What they return is the caller's own.

    Args:
        device: where the tensors are.
        on: whether anything is replayed; None: on CUDA devices. Elsewhere it never is.
        after: passes of a shape before it is recorded.
    """

    def __init__(self, device: torch.device, on: bool | None = None, after: int = AFTER) -> None:
        self._device = device
        self._on = device.type == "cuda" and on is not False
        self._after = after
        self._calls: Counter[Hashable] = Counter()
        self._recordings: dict[Hashable, _Recording] = {}
        self._pool: Any = None

    def __len__(self) -> int:
        return len(self._recordings)

    def __call__(self, run: Callable[..., Outcome], *inputs: Tensor) -> Outcome:
        """``run(*inputs)``, recorded or not."""
        if not self._on:
            return run(*inputs)
        kind = (run, tuple((tuple(x.shape), x.dtype) for x in inputs))
        self._calls[kind] += 1
        if self._calls[kind] > self._after and kind not in self._recordings:
            self._try_to_record(kind, run, inputs)
        if kind not in self._recordings:
            return run(*inputs)
        return cast(Outcome, self._replay(self._recordings[kind], inputs))

    def give_up(self) -> bool:
        """Forget all recordings and make no more, to free their memory. Returns whether there were any."""
        held = bool(self._recordings)
        self._on = False
        self._recordings.clear()
        self._pool = None
        return held

    @torch.inference_mode()
    def _replay(
        self, recording: _Recording, inputs: tuple[Tensor, ...]
    ) -> Tensor | tuple[Tensor, Tensor]:
        for held, x in zip(recording.inputs, inputs, strict=True):
            held.copy_(x)
        recording.graph.replay()
        outcome = recording.outcome
        if isinstance(outcome, Tensor):
            return outcome.clone()
        return outcome[0].clone(), outcome[1].clone()

    def _try_to_record(
        self, kind: Hashable, run: Callable[..., Outcome], inputs: tuple[Tensor, ...]
    ) -> None:
        """Record a function; where that fails, nothing is recorded any more and all goes on as before."""
        stream = torch.cuda.current_stream(self._device)
        try:
            self._recordings[kind] = self._recorded(run, inputs)
        except (MemoryError, RuntimeError):
            # A recording that breaks off may leave its own stream behind as the current one.
            torch.cuda.set_stream(stream)
            self.give_up()

    @torch.inference_mode()
    def _recorded(self, run: Callable[..., Outcome], inputs: tuple[Tensor, ...]) -> _Recording:
        held = tuple(x.clone() for x in inputs)
        # All recordings work in the same memory: they run one after the other, and what they return is copied.
        self._pool = self._pool or torch.cuda.graph_pool_handle()
        graph = torch.cuda.CUDAGraph()
        with (
            torch.cuda.device(self._device),
            torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"),
        ):
            outcome = run(*held)
        return _Recording(graph, held, outcome)
