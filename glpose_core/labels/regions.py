"""Ignore regions: polygons that hold over stretches of frames.

A frame's state lists its polygons. One that stands in frame after frame, to the digit, is one region that is
kept there; where it changes, or ends, another begins. Moving it and taking it away count from a frame
on, so that what was drawn before stays. Points are picture pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..geometry import inside_any
from .changes import Change, Edit, FrameState, Polygon, frame_change
from .poses import PoseRows, Visibility, seen_boxes
from .state import ProjectState

CORNERS = 3
"""A polygon of fewer corners encloses nothing."""


def as_polygon(points: ArrayLike) -> Polygon:
    """Corners ``[K, 2]`` as a frame's state keeps them."""
    return tuple((float(x), float(y)) for x, y in np.asarray(points, dtype=np.float64))


def kept_over(state: ProjectState, polygon: Polygon, frame: int) -> range:
    """The unbroken frames around ``frame`` in which a region stands as it does there (none: empty)."""
    regions = state.regions

    def there(at: int) -> bool:
        return polygon in regions.get(at, ())

    if not there(frame):
        return range(frame, frame)
    start, stop = frame, frame + 1
    while there(start - 1):
        start -= 1
    while there(stop):
        stop += 1
    return range(start, stop)


def add_region(state: ProjectState, polygon: Polygon, start: int, stop: int) -> Edit:
    """Draw a region that is kept over the frames ``start`` … ``stop`` − 1."""
    changes = _change(state, range(start, stop), lambda there: _with(there, polygon))
    return Edit("Draw ignore region", changes, start)


def move_region(state: ProjectState, frame: int, polygon: Polygon, new: Polygon) -> Edit:
    """Give a region another shape or place from ``frame`` on, as long as it is kept."""
    frames = range(frame, kept_over(state, polygon, frame).stop)
    changes = _change(state, frames, lambda there: _exchanged(there, polygon, new))
    return Edit("Move ignore region", changes, frame)


def end_region(state: ProjectState, frame: int, polygon: Polygon) -> Edit:
    """Take a region away from ``frame`` on, as long as it is kept."""
    frames = range(frame, kept_over(state, polygon, frame).stop)
    changes = _change(state, frames, lambda there: _without(there, polygon))
    return Edit("End ignore region", changes, frame)


def delete_region(state: ProjectState, frame: int, polygon: Polygon) -> Edit:
    """Take a region away wherever it is kept around ``frame``."""
    frames = kept_over(state, polygon, frame)
    changes = _change(state, frames, lambda there: _without(there, polygon))
    return Edit("Delete ignore region", changes, frame)


def keep_region(state: ProjectState, frame: int, polygon: Polygon, start: int, stop: int) -> Edit:
    """Keep a region over the frames ``start`` … ``stop`` − 1, and nowhere else around ``frame``."""
    wanted, kept = range(start, stop), kept_over(state, polygon, frame)
    drop = [at for at in kept if at not in wanted]
    add = [at for at in wanted if at not in kept]
    changes = _change(state, drop, lambda there: _without(there, polygon))
    changes += _change(state, add, lambda there: _with(there, polygon))
    return Edit("Keep ignore region", changes, frame)


def ignored(poses: PoseRows, regions: Iterable[Polygon]) -> NDArray[np.bool_]:
    """Which poses of a frame (POSE_DTYPE ``[N]``) lie in its regions with every placed joint; those without
    joints, with the middle of their box. ``[N]``."""
    areas = [np.array(region, dtype=np.float64).reshape(-1, 2) for region in regions]
    placed = poses["visibility"] != Visibility.ABSENT
    xy = poses["xy"]
    inside = inside_any(xy.reshape(-1, 2), areas).reshape(placed.shape)
    boxes = seen_boxes(poses)
    middles = inside_any(boxes[:, :2] + boxes[:, 2:] / 2, areas)
    jointed = placed.any(axis=1)
    return np.asarray(np.where(jointed, (inside | ~placed).all(axis=1), middles))


def _change(
    state: ProjectState,
    frames: Iterable[int],
    change: Callable[[tuple[Polygon, ...]], tuple[Polygon, ...]],
) -> tuple[Change, ...]:
    # Most frames of a kept region are in the very same state: each state is changed once.
    made: dict[int, tuple[FrameState, Change | None]] = {}
    changes = []
    for frame in frames:
        old = state.frame_state(frame)
        if id(old) not in made:
            new = replace(old, regions=change(old.regions))
            made[id(old)] = old, None if new.regions == old.regions else frame_change(frame, new)
        first = made[id(old)][1]
        if first is not None:
            changes.append(Change("frame", (frame,), first.value))
    return tuple(changes)


def _with(there: tuple[Polygon, ...], polygon: Polygon) -> tuple[Polygon, ...]:
    return there if polygon in there else (*there, polygon)


def _without(there: tuple[Polygon, ...], polygon: Polygon) -> tuple[Polygon, ...]:
    return tuple(one for one in there if one != polygon)


def _exchanged(there: tuple[Polygon, ...], old: Polygon, new: Polygon) -> tuple[Polygon, ...]:
    return tuple(new if one == old else one for one in there)
