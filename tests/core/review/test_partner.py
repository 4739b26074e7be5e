"""Who is proposed for a swap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glpose_core.labels import PREDICTION_DTYPE, Project, Run, VideoRecord
from glpose_core.review.partner import likely_partner

pytestmark = pytest.mark.quick


def partner(folder: Path, paths: list[np.ndarray], frame: int) -> int | None:
    """Of person 1 near a frame; people's boxes are 40 wide and begin at x, NaN where they are not seen."""
    video = VideoRecord("v", "f", len(paths[0]), 999, 200, np.arange(len(paths[0])) / 25)
    with Project.create(folder / "p.glpose", video) as project:
        run = project.begin_run(Run.new("m", "w", "cpu"))
        project.add_tracks(run, dict.fromkeys(range(len(paths))))
        for track, xs in enumerate(paths):
            frames = np.flatnonzero(np.isfinite(xs))
            rows = np.zeros(len(frames), PREDICTION_DTYPE)
            rows["track"], rows["frame"] = track, frames
            rows["box"][:, 0], rows["box"][:, 2:] = xs[frames], (40, 100)
            project.add_predictions(run, rows)
        return likely_partner(project.state, 1, frame)


def test_whoever_goes_on_in_the_place_of_another(tmp_path: Path) -> None:
    left, right = np.full(40, 100.0), np.full(40, 700.0)
    left[20:], right[20:] = 700.0, 100.0
    assert partner(tmp_path, [left, np.full(40, 150.0), right], 20) == 3


def test_an_overlap_here_counts_more_than_a_greater_one_later(tmp_path: Path) -> None:
    here, later = np.full(40, 500.0), np.full(40, 800.0)
    here[20], later[30:] = 110.0, 100.0
    assert partner(tmp_path, [np.full(40, 100.0), later, here], 20) == 3


def test_the_nearest_where_nobody_overlaps_and_nobody_where_nobody_is(tmp_path: Path) -> None:
    paths = [np.full(40, 100.0), np.full(40, 900.0), np.full(40, 400.0)]
    assert partner(tmp_path, paths, 20) == 3
    (tmp_path / "p.glpose").unlink()
    assert partner(tmp_path, [np.where(np.arange(40) < 5, 1.0, np.nan), *paths[1:]], 30) is None
