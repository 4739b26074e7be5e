"""Where two models disagree about the same people: the review list with one reason only."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..labels import PoseRows
from .findings import Reason
from .items import Item
from .queue import Queue


def disagreements(
    first: PoseRows,
    second: PoseRows,
    frames: int,
    *,
    models: str,
    name: Callable[[int], str] = lambda person: f"person {person}",
    reviewed: Collection[int] = (),
) -> list[Item]:
    """List where two predictions of the same people lie far apart, the greatest expected gain first.

    Args:
        first: what is seen, POSE_DTYPE ``[N]`` by person and frame; joints that a person placed or
            accepted are never listed, nor are reviewed frames.
        second: the other model's poses, POSE_DTYPE ``[M]``.
        frames: how many the video has.
        models: what is compared, as in "GLPose against HRNet".
    """

    def seen(start: int, stop: int) -> PoseRows:
        return first[(first["frame"] >= start) & (first["frame"] < stop)]

    queue = Queue(seen, frames, name=name, reviewed=reviewed, second=second, models=models)
    return queue.items([Reason.MODELS])
