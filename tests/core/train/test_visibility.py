"""Thresholds of visibility: chosen for the least work, checked against trying them all."""

import numpy as np
import pytest

from glpose_core.predict.rows import VisibilityThresholds
from glpose_core.train.visibility import (
    CLICK,
    GRID,
    KEY,
    Judged,
    choose_thresholds,
    confusion,
    costs,
)


def draw(seed, count=300):
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, count, p=(0.15, 0.25, 0.6)).astype(np.uint8)
    centre = np.array([0.15, 0.35, 0.6])[truth]
    scores = np.clip(rng.normal(centre, 0.15), 0, 1)
    return Judged(scores, truth, (rng.random(count) < 0.8) & (truth > 0))


def seconds(sets, limits):
    return sum(costs(one, limits.propose(one.scores)).mean() for one in sets)


@pytest.mark.parametrize("seed", range(3))
def test_no_other_thresholds_leave_less_to_correct(seed):
    sets = [draw(seed), draw(seed + 100, 90)]
    chosen = seconds(sets, choose_thresholds(sets))
    tried = [
        seconds(sets, VisibilityThresholds(float(visible), float(placed)))
        for visible in GRID[::4]
        for placed in GRID[::4]
        if placed <= visible
    ]
    assert chosen <= min(tried) + 1e-9


def test_what_wrong_proposals_cost():
    truth = np.array([2, 2, 2, 1, 1, 0, 0, 2], np.uint8)
    proposed = np.array([2, 1, 0, 2, 0, 0, 1, 2], np.uint8)
    near = np.array([1, 1, 1, 1, 1, 0, 0, 0], bool)
    found = costs(Judged(np.zeros(8), truth, near), proposed)
    assert found.tolist() == [0, KEY, CLICK, KEY, CLICK, 0, KEY, CLICK]


def test_confusion_counts_truth_by_row():
    found = Judged(np.zeros(3), np.array([0, 2, 2], np.uint8), np.zeros(3, bool))
    assert confusion(found, np.array([1, 2, 1], np.uint8)).tolist() == [
        [0, 1, 0],
        [0, 0, 0],
        [0, 1, 1],
    ]
