"""Ignore regions: kept over stretches, moved and ended from a frame on; who lies in one."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels import POSE_DTYPE, ProjectState, VideoRecord, regions

from .conftest import make

SQUARE = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))
MOVED = tuple((x + 5, y) for x, y in SQUARE)


@pytest.fixture
def state() -> ProjectState:
    return ProjectState(VideoRecord("clip.mp4", "f", 10, 64, 48, np.arange(10) / 25))


def held(state: ProjectState) -> dict[tuple, list[int]]:
    found: dict[tuple, list[int]] = {}
    for frame, polygons in sorted(state.regions.items()):
        for polygon in polygons:
            found.setdefault(polygon, []).append(frame)
    return found


def test_a_region_is_kept_and_moves_from_a_frame_on(state: ProjectState) -> None:
    make(state, regions.add_region(state, SQUARE, 2, 8))
    assert regions.kept_over(state, SQUARE, 4) == range(2, 8)
    assert not regions.kept_over(state, SQUARE, 8)
    make(state, regions.move_region(state, 5, SQUARE, MOVED))
    assert held(state) == {SQUARE: [2, 3, 4], MOVED: [5, 6, 7]}
    make(state, regions.end_region(state, 7, MOVED))
    assert held(state)[MOVED] == [5, 6]


def test_moving_stops_at_a_gap(state: ProjectState) -> None:
    make(state, regions.add_region(state, SQUARE, 0, 3))
    make(state, regions.add_region(state, SQUARE, 5, 9))
    make(state, regions.move_region(state, 1, SQUARE, MOVED))
    assert held(state) == {SQUARE: [0, 5, 6, 7, 8], MOVED: [1, 2]}
    make(state, regions.delete_region(state, 7, SQUARE))
    assert held(state) == {SQUARE: [0], MOVED: [1, 2]}


def test_a_region_can_be_kept_elsewhere_and_others_stay(state: ProjectState) -> None:
    make(state, regions.add_region(state, MOVED, 0, 10))
    make(state, regions.add_region(state, SQUARE, 4, 10))
    make(state, regions.keep_region(state, 5, SQUARE, 3, 7))
    assert held(state) == {MOVED: list(range(10)), SQUARE: [3, 4, 5, 6]}


def test_what_changes_nothing_is_no_edit(state: ProjectState) -> None:
    make(state, regions.add_region(state, SQUARE, 0, 4))
    assert not regions.add_region(state, SQUARE, 1, 3).changes
    assert not regions.move_region(state, 7, SQUARE, MOVED).changes


def test_a_pose_lies_in_a_region_with_every_joint_or_not() -> None:
    rows = np.zeros(4, POSE_DTYPE)
    rows["box"] = np.nan
    rows["xy"][0, :3], rows["visibility"][0, :3] = (20, 20), 2
    rows["xy"][1, :3], rows["visibility"][1, :3] = [(20, 20), (20, 20), (50, 20)], 2
    rows["box"][2] = (15, 15, 10, 10)
    assert regions.ignored(rows, [SQUARE]).tolist() == [True, False, True, False]
    assert not regions.ignored(rows, []).any()
