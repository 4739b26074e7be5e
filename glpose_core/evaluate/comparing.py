"""Two sets of predictions against one truth: the figures side by side, and where they part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bootstrap import Interval, interval
from .differences import Differences, compare
from .percentage_correct import PckScore
from .posetrack import PoseTrackScore


@dataclass(frozen=True)
class Figure:
    """One figure of both sets in percent. ``change`` is the second less the first; ``interval`` its 95 %
    interval over draws of videos, both drawn alike (``None`` for a single video)."""

    name: str
    first: float
    second: float
    change: float
    interval: Interval | None


@dataclass(frozen=True)
class Comparison:
    """Figures, the largest changes of a video, and the joints that differ most.

    Attributes:
        figures: the totals.
        videos: (name, first, second) of each video by the measure's first total, those that lose most
            first.
        joints: what happened joint by joint.
    """

    figures: tuple[Figure, ...]
    videos: tuple[tuple[str, float, float], ...]
    joints: Differences


def compare_posetrack(first: PoseTrackScore, second: PoseTrackScore, worst: int) -> Comparison:
    """Compare AP and MOTA of two sets of predictions scored against the same truth.

    Raises:
        UsageError: they were scored against different labels.
    """
    joints = compare(first, second, worst)
    several = len(first.videos) > 1
    figures = (
        _figure("AP", first.ap.total, second.ap.total, second.ap_draws - first.ap_draws, several),
        _figure(
            "MOTA",
            first.tracking.total,
            second.tracking.total,
            second.mota_draws - first.mota_draws,
            several,
        ),
    )
    videos = [
        (name, first.ap_of(at).total, second.ap_of(at).total)
        for at, name in enumerate(first.videos)
    ]
    return Comparison(figures, _by_change(videos), joints)


def compare_pck(first: PckScore, second: PckScore, worst: int) -> Comparison:
    """Compare the PCK of two sets of predictions scored against the same truth."""
    joints = compare(first, second, worst)
    draws = first.draws() if len(first.videos) > 1 else np.zeros(0)
    others = second.draws() if len(first.videos) > 1 else np.zeros(0)
    change = 100 * (others - draws)
    figure = _figure("PCK", 100 * first.all.mean, 100 * second.all.mean, change, len(change) > 0)
    videos = [
        (name, 100 * first.of(at).mean, 100 * second.of(at).mean)
        for at, name in enumerate(first.videos)
    ]
    return Comparison((figure,), _by_change(videos), joints)


def _figure(name: str, one: float, two: float, draws: np.ndarray, several: bool) -> Figure:
    return Figure(name, one, two, two - one, interval(draws, two - one) if several else None)


def _by_change(videos: list[tuple[str, float, float]]) -> tuple[tuple[str, float, float], ...]:
    known = [video for video in videos if not np.isnan(video[2] - video[1])]
    return tuple(sorted(known, key=lambda video: video[2] - video[1]))
