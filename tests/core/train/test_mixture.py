from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from glpose_core.errors import UsageError
from glpose_core.train.mixture import Mixture, Part
from glpose_core.train.views import View

pytestmark = pytest.mark.quick


def test_an_epoch_shows_every_pose_once(spots):
    mixture = Mixture([Part(spots(10)), Part(spots(7))], seed=3)
    for epoch in range(2):
        drawn = mixture.picks(epoch * 17, (epoch + 1) * 17)
        assert len({(pick.part, pick.row) for pick in drawn}) == 17
    first, second = ([p.row for p in mixture.picks(s, s + 17)] for s in (0, 17))
    assert first != second


def test_weights_are_per_pose(spots):
    mixture = Mixture([Part(spots(30)), Part(spots(10), 3.0)], seed=0)
    parts = Counter(pick.part for pick in mixture.picks(0, 40))
    assert parts == {0: 20, 1: 20}
    rows = Counter(pick.row for pick in mixture.picks(0, 40) if pick.part == 1)
    assert set(rows.values()) == {2}, "twenty draws of ten poses: two passes"
    assert [share for _, _, share in mixture.describe()] == [0.5, 0.5]


def test_the_stream_depends_on_nothing_but_the_seed(spots):
    a, b = (Mixture([Part(spots())], seed=5) for _ in range(2))
    list(map(a.see, a.picks(0, 9), [View((32, 32))] * 9))
    assert a.picks(9, 12) == b.picks(9, 12)
    pick = a.picks(9, 10)[0]
    assert (a.see(pick, View((32, 32))).crops == b.see(pick, View((32, 32))).crops).all()
    assert Mixture([Part(spots())], seed=6).picks(9, 12) != b.picks(9, 12)


def test_kept_draws_come_again_in_another_order(spots):
    kept = Mixture([Part(spots(3)), Part(spots(2))], seed=0, kept=8)
    free = Mixture([Part(spots(3)), Part(spots(2))], seed=0)
    times = [kept.picks(start, start + 8) for start in (0, 8, 16)]
    assert all(set(time) == set(free.picks(0, 8)) for time in times)
    assert times[0] != times[1] != times[2]
    assert len({pick.entropy for pick in free.picks(0, 300)}) == 300


def test_what_cannot_be_mixed_is_refused(spots):
    with pytest.raises(UsageError, match="no labelled pose"):
        Mixture([Part(spots(0))], seed=0)
    with pytest.raises(UsageError, match="different joints"):
        Mixture([Part(spots(2)), Part(spots(2, joints=("nose",)))], seed=0)
    with pytest.raises(UsageError, match="negative"):
        Mixture([Part(spots(2), -1.0)], seed=0)


def test_an_epoch_of_uneven_weights_is_shared_out_in_full(spots):
    mixture = Mixture([Part(spots(5), 0.3), Part(spots(8), 1.7), Part(spots(2), 0.0)], seed=1)
    parts = np.array([pick.part for pick in mixture.picks(0, len(mixture))])
    assert len(parts) == 15
    assert (parts != 2).all()
