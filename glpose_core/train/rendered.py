"""Rendered people as training data: their clips go through the same door as a person's labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from ..synthetic import SceneOptions, draw_scene, render, truth_rows
from ..synthetic.truth import ABSENT, stack
from .labelled import FEWEST_JOINTS, LabelledPoses, Picture


def render_poses(
    seed: int, options: SceneOptions, size: tuple[int, int], threads: int = 1
) -> LabelledPoses:
    """Render the scene of a seed at (width, height) ``size``, and hold its pictures and exact labels.

    Hidden joints count as known: where they are is exact, and a network is to guess them.
    """
    pictures, truths = [], []
    for picture, truth in render(draw_scene(seed, options), size, threads):
        pictures.append(picture)
        truths.append(truth)
    rows = truth_rows(stack(truths))
    known: NDArray[np.bool_] = rows["visibility"] != ABSENT
    enough = known.sum(axis=1) >= FEWEST_JOINTS
    rows, known = rows[enough], known[enough]

    @contextmanager
    def shown() -> Iterator[Callable[[int], Picture]]:
        yield pictures.__getitem__

    return LabelledPoses(
        name=f"rendered {seed}",
        person=rows["person"].astype(np.int64),
        frame=rows["frame"].astype(np.int64),
        xy=rows["xy"].astype(np.float64),
        known=known,
        boxes=rows["box"].astype(np.float64),
        frames=len(pictures),
        pixel_aspect=1.0,
        pictures=shown,
    )
