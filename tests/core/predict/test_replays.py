"""What decides whether a pass is recorded, tried without a graphics processor."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from glpose_core.predict import replays as module
from glpose_core.predict.replays import Replays

pytestmark = pytest.mark.quick

CPU = torch.device("cpu")


def test_nothing_is_recorded_on_a_processor():
    replays = Replays(CPU, on=True, after=0)
    x = torch.ones(3)
    assert replays(lambda given: given, x) is x
    assert len(replays) == 0
    assert not replays.give_up()


class Imitating(Replays):
    """Records as on a device: what is replayed reads and writes the same tensors every time."""

    def __init__(self, after: int) -> None:
        super().__init__(torch.device("cuda", 0), after=after)

    def _recorded(self, run, inputs):
        held = tuple(x.clone() for x in inputs)
        outcome = run(*held)

        def replay():
            parts = (outcome, run(*held)) if isinstance(outcome, torch.Tensor) else None
            for old, new in [parts] if parts else zip(outcome, run(*held), strict=True):
                old.copy_(new)

        return module._Recording(SimpleNamespace(replay=replay), held, outcome)


@pytest.fixture(autouse=True)
def _no_streams(monkeypatch):
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: None)
    monkeypatch.setattr(torch.cuda, "set_stream", lambda stream: None)


def test_a_shape_that_comes_again_is_recorded_and_what_was_returned_stays():
    replays = Imitating(after=2)
    one = [replays(_twice, torch.full((3,), float(i))) for i in range(5)]
    two = [replays(_both, torch.full((3,), float(i)), torch.ones(3)) for i in range(5)]
    assert [float(x[0]) for x in one] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert [(float(a[0]), float(b[0])) for a, b in two] == [(i + 1.0, i) for i in range(5)]
    assert len(replays) == 2
    for _ in range(2):
        replays(_twice, torch.ones(4))
    assert len(replays) == 2
    assert replays.give_up()
    assert float(replays(_twice, torch.ones(3))[0]) == 2.0
    assert len(replays) == 0


def test_what_cannot_be_recorded_goes_on_as_before():
    replays = Imitating(after=1)
    replays._recorded = _fail
    assert [float(replays(_twice, torch.ones(3))[0]) for _ in range(3)] == [2.0] * 3
    assert not replays.give_up()


def _fail(run, inputs):
    raise RuntimeError("operation not permitted when stream is capturing")


def _twice(x):
    return x + x


def _both(x, y):
    return x + y, x * y
