"""What a project knows of its video, and of the runs of networks over it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class VideoRecord:
    """The video of a project, with its table of frames frozen when it was added.

    ``times`` are seconds as in the file, float64 ``[frames]``; ``index`` is
    ``glpose_core.video.FrameIndex.to_bytes()`` (empty where nobody made one).
    """

    path: str
    fingerprint: str
    frames: int
    width: int
    height: int
    times: NDArray[np.float64] = field(repr=False, compare=False)
    index: bytes = field(default=b"", repr=False, compare=False)
    rate: float = 25.0
    pixel_aspect: float = 1.0


@dataclass(frozen=True)
class Run:
    """One execution of a model over frames. ``settings`` is whatever the run needs to be repeated."""

    id: int
    model: str
    weights: str
    device: str
    created: float
    settings: dict[str, Any] = field(default_factory=dict)
    status: str = "running"
    first_track: int = 0

    @classmethod
    def new(
        cls, model: str, weights: str, device: str, settings: dict[str, Any] | None = None
    ) -> Run:
        """A run that begins now; ``Project.begin_run`` gives it its number."""
        return cls(0, model, weights, device, time.time(), settings or {})
