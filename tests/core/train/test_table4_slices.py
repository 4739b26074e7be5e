"""The rows of benchmarks.table4 see the right part of the widest window."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.table4 import BASE, ROWS, begin, learn, right_of
from benchmarks.table4_pools import K, N, Pool, features_of, slots_for
from glpose_core.network import GLPoseConfig, HRNet
from glpose_core.train.recipe import Recipe, Stage

pytestmark = pytest.mark.quick
CPU = torch.device("cpu")


@pytest.mark.parametrize("k", range(K + 1))
@pytest.mark.parametrize("n", range(N + 1))
def test_a_row_sees_the_inner_neighbours_and_the_most_similar_candidates(k, n):
    widest = ["key", *GLPoseConfig(k=K, n=N).offsets(), *(f"similar {rank}" for rank in range(N))]
    seen = [widest[slot] for slot in slots_for(k, n)]
    assert seen == ["key", *GLPoseConfig(k=k, n=n).offsets(), *(f"similar {r}" for r in range(n))]


def test_slices_of_a_pool_are_the_features_of_those_slots():
    features = torch.arange(3 * 15).float().view(3, 15, 1, 1, 1).half()
    pool = Pool(features, torch.zeros(3, 15, 2), torch.ones(3, 15), np.arange(3))
    seen = pool.seen(torch.tensor([2, 0]), torch.tensor(slots_for(1, 2)))
    assert seen.flatten(1).tolist() == [[30, 34, 35, 39, 40], [0, 4, 5, 9, 10]]


def test_candidates_are_ranked_once_by_their_likeness_to_the_key():
    torch.manual_seed(0)
    single = HRNet(4, 15, (1, 1, 0)).eval()
    crops = np.random.default_rng(0).integers(0, 256, (2, 1 + 2 * K + N, 32, 32, 3), dtype=np.uint8)
    crops[:, 1 + 2 * K + 3] = crops[:, 0]
    found = features_of(single, crops, CPU)
    assert torch.equal(found[:, 1 + 2 * K], found[:, 0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_learns_and_is_measured(row):
    torch.manual_seed(0)
    single = HRNet(4, 15, (1, 1, 0)).eval()
    features = torch.rand(4, 1 + 2 * K + N, 4, 12, 8).half()
    pool = Pool(features, torch.rand(4, 15, 2) * 30, torch.ones(4, 15), np.array([0, 0, 1, 2]))
    recipe = Recipe(steps=2, batch=2, stages=(Stage((32, 48)),), backbone_rate=0.0, ema=0.5)
    model = learn(begin(single, row, pool, True, (32, 48)), pool, row, recipe)
    assert right_of(model, pool, row).shape == (3,)


def test_the_paper_s_rows_are_all_there():
    seen = {(row.k, row.n) for row in ROWS if row.group in ("k", "n", "complete")}
    assert seen == {(k, N) for k in range(K + 1)} | {(K, n) for n in range(N + 1)}
    assert (BASE.k, BASE.n) == (0, 0)
