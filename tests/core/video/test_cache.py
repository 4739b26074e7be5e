"""The frame cache: budget, order of eviction, threads."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.video import FrameCache

pytestmark = pytest.mark.quick


def picture(n: int, side: int = 4) -> np.ndarray:
    return np.full((side, side, 3), n % 256, np.uint8)


BYTES = picture(0).nbytes
operations = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60)


@given(operations, st.integers(0, 6))
def test_holds_the_least_recently_used_within_its_budget(
    steps: list[tuple[bool, int]], room: int
) -> None:
    cache = FrameCache(room * BYTES + BYTES // 2)
    model: OrderedDict[int, None] = OrderedDict()
    for put, n in steps:
        if put:
            cache.put(n, picture(n))
            model.pop(n, None)
            model[n] = None
            while len(model) > room:
                model.popitem(last=False)
        else:
            held = cache.get(n)
            assert (held is not None) == (n in model)
            if held is not None:
                assert (held == n).all()
                model.move_to_end(n)
        assert cache.frames().tolist() == sorted(model)
        assert cache.used_bytes == len(model) * BYTES <= cache.budget_bytes


def test_a_new_picture_replaces_the_old_one() -> None:
    cache = FrameCache(10 * BYTES)
    cache.put(3, picture(1))
    cache.put(3, picture(2, side=8))
    held = cache.get(3)
    assert held is not None
    assert held.shape == (8, 8, 3)
    assert cache.used_bytes == held.nbytes
    cache.clear()
    assert (len(cache), cache.used_bytes) == (0, 0)
    assert 3 not in cache


def test_what_is_held_cannot_be_drawn_on() -> None:
    cache = FrameCache(10 * BYTES)
    mine = picture(7)
    cache.put(0, mine)
    mine[:] = 0
    held = cache.get(0)
    assert held is not None
    held[:] = 0
    again = cache.get(0)
    assert again is not None
    assert (again == 7).all()


def test_many_threads() -> None:
    cache = FrameCache(20 * BYTES)
    wrong: list[int] = []

    def work(seed: int) -> None:
        for n in np.random.default_rng(seed).integers(0, 50, 2000).tolist():
            held = cache.get(n)
            if held is None:
                cache.put(n, picture(n))
            elif not (held == n).all():
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert cache.used_bytes == len(cache) * BYTES <= cache.budget_bytes
