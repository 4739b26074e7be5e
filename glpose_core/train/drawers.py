"""Pictures drawn by processes beside the training, and handed over in shared memory.

A graphics processor learns from more pictures a second than one core draws. What is drawn goes into
a pool on the device, from which each picture is taken a few times, in other ways each time.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from ctypes import c_uint8
from multiprocessing import get_context
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..geometry import Floats
from ..network.pixels import upload
from .composites import draw
from .material import CompositeRecipe, Drawn, Material

BLOCK = 8
"""Pictures that are handed over together."""
BLOCKS_AHEAD = 4
"""Blocks that each process may be ahead of the training."""
MOST = 64
"""Boxes kept of a picture."""
NOTHING, PERSON, IGNORED = 0, 1, 2
"""What a box is: none at all, what is seen of somebody, or a region about which nothing is said."""
PATIENCE = 1.0
"""Seconds after which it is checked whether the processes are still there."""

Labels = NDArray[np.float32]
"""Boxes of a picture, ``[MOST, 5]``: x y w h in pixels, and what the box is."""


def pack_labels(boxes: Floats, ignored: Floats) -> Labels:
    """Boxes of people, then ignored ones, the largest first; what is beyond ``MOST`` is left out."""
    labels = np.zeros((MOST, 5), np.float32)
    ordered = [one[np.argsort(-one[:, 2:].prod(axis=1))] for one in (boxes, ignored)]
    kinds = np.repeat([PERSON, IGNORED], [len(boxes), len(ignored)])
    rows = np.column_stack([np.concatenate(ordered), kinds])[:MOST]
    labels[: len(rows)] = rows
    return labels


class Drawers:
    """Processes that draw pictures without end. Use as a context manager: they end with it.

    Args:
        material: called once in each process; importable by name, or a partial of such a function.
        size: side of the pictures.
    """

    def __init__(
        self,
        material: Callable[[], Material],
        recipe: CompositeRecipe,
        size: int,
        workers: int,
        seed: int,
    ) -> None:
        context = get_context("spawn")
        blocks = workers * BLOCKS_AHEAD
        ring = context.RawArray(c_uint8, blocks * BLOCK * size * size * 3)
        self._pictures = _as_pictures(ring, size)
        self._free: Any = context.Queue()
        self._full: Any = context.Queue()
        for block in range(blocks):
            self._free.put(block)
        work = (material, recipe, size, ring, self._free, self._full)
        self._processes = [
            context.Process(target=_draw_on, args=((seed, number), *work), daemon=True)
            for number in range(workers)
        ]

    def __enter__(self) -> Drawers:
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
            process.join()
        for line in (self._free, self._full):
            line.cancel_join_thread()
            line.close()

    def ready(self, wait: bool, most: int = 1) -> Iterator[tuple[NDArray[np.uint8], Labels]]:
        """What has been drawn: ``[BLOCK, size, size, 3]`` RGB, to be copied at once, and ``[BLOCK, MOST, 5]``.

        Args:
            wait: for the first block, if none is ready. most: blocks.

        Raises:
            RuntimeError: if drawing has failed.
        """
        for _ in range(most):
            try:
                block, labels = self._next(wait)
            except queue.Empty:
                return
            wait = False
            yield self._pictures[block], labels
            self._free.put(block)

    def _next(self, wait: bool) -> tuple[int, Labels]:
        while True:
            try:
                block, said = self._full.get(timeout=PATIENCE) if wait else self._full.get_nowait()
            except queue.Empty:
                if wait and all(process.is_alive() for process in self._processes):
                    continue
                if wait:
                    raise RuntimeError("a process that draws pictures has ended") from None
                raise
            if block is None:
                raise RuntimeError(f"drawing pictures failed: {said}")
            return block, said


def _as_pictures(ring: Any, size: int) -> NDArray[np.uint8]:
    return np.frombuffer(ring, np.uint8).reshape(-1, BLOCK, size, size, 3)


def _draw_on(
    seed: tuple[int, int],
    material: Callable[[], Material],
    recipe: CompositeRecipe,
    size: int,
    ring: Any,
    free: Any,
    full: Any,
) -> None:
    """One process: draw into free blocks until it is ended."""
    try:
        cv2.setNumThreads(1)
        there = material()
        rng = np.random.default_rng(seed)
        pictures = _as_pictures(ring, size)
        while True:
            block = free.get()
            drawn = [draw(there, recipe, size, rng) for _ in range(BLOCK)]
            pictures[block] = [one.picture for one in drawn]
            full.put((block, np.stack([_labels_of(one) for one in drawn])))
    except Exception as error:
        full.put((None, f"{type(error).__name__}: {error}"))


def _labels_of(drawn: Drawn) -> Labels:
    return pack_labels(drawn.boxes, drawn.ignored)


class Pool:
    """The pictures drawn last, on a device.

    Attributes:
        drawn: how many have been added so far.
    """

    def __init__(self, count: int, size: int, device: torch.device) -> None:
        count = -(-count // BLOCK) * BLOCK
        self._pictures = torch.zeros((count, size, size, 3), dtype=torch.uint8, device=device)
        self._labels = torch.zeros((count, MOST, 5), device=device)
        self.device, self.drawn = device, 0

    def add(self, pictures: NDArray[np.uint8], labels: Labels) -> None:
        """Add a block; the oldest one makes room for it."""
        start = self.drawn % len(self._pictures)
        rows = slice(start, start + len(pictures))
        self._pictures[rows] = upload(pictures, self.device)
        self._labels[rows] = torch.from_numpy(labels).to(self.device)
        self.drawn += len(pictures)

    def choose(self, count: int) -> tuple[Tensor, Tensor]:
        """Any ``count`` of its pictures, ``[count, size, size, 3]`` uint8, and their boxes ``[count, MOST, 5]``."""
        there = min(self.drawn, len(self._pictures))
        rows = torch.randint(there, (count,), device=self.device)
        return self._pictures[rows], self._labels[rows]
