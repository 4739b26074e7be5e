"""A network at work beside its caller. Events, not clocks, say that both are under way at once."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from glpose_core.predict.lane import Lane

from .scenes import KEYS, Scene, glpose, hrnet, predictor

PATIENCE = 20
"""Seconds after which an event is thought never to come: only a test that fails waits for so long."""


@pytest.fixture
def lane():
    own = Lane(beside=True)
    yield own
    own.close()


def test_pieces_are_done_in_order_on_one_thread(lane):
    done: list[tuple[int, int]] = []
    given = [lane.give(lambda i=i: done.append((i, threading.get_ident()))) for i in range(9)]
    for each in given:
        each.result()
    assert [i for i, _ in done] == list(range(9))
    threads = {thread for _, thread in done}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_without_a_thread_a_piece_is_done_when_it_is_given():
    given = Lane(beside=False).give(threading.get_ident)
    assert given.done()
    assert given.result() == threading.get_ident()


def test_giving_more_than_a_few_waits_for_the_oldest(lane):
    begun, go, given = threading.Event(), threading.Event(), []

    def give_three():
        given.append(lane.give(lambda: (begun.set(), go.wait(PATIENCE))))
        given.append(lane.give(lambda: None))
        given.append(lane.give(given[0].done))  # not taken before the first is done

    giver = threading.Thread(target=give_three)
    giver.start()
    assert begun.wait(PATIENCE)
    giver.join(0.05)
    assert giver.is_alive()
    assert len(given) <= 2
    go.set()
    giver.join(PATIENCE)
    assert given[2].result() is True


def test_what_goes_wrong_is_told_to_whoever_asks(lane):
    def wrong():
        raise ValueError("wrong")

    given, after = lane.give(wrong), lane.give(lambda: 7)
    with pytest.raises(ValueError, match="wrong"):
        given.result()
    assert after.result() == 7


def test_crops_are_cut_while_the_network_looks_at_those_before(lane):
    """The network does not go on from its first crops until pictures of later ones have been fetched."""
    scene, later = Scene(), threading.Event()
    picture = scene.picture
    scene.picture = lambda frame: (later.set() if frame >= 8 else None, picture(frame))[1]
    own = predictor(scene, lane=lane)
    features, waited = own.engine.features, []

    def slow(crops):
        waited.append(waited != [] or later.wait(PATIENCE))
        return features(crops)

    own.engine.features = slow
    own.absorb(KEYS)
    lane.give(lambda: None).result()  # behind all of them
    assert waited == [True] * 3


def test_the_caller_goes_on_while_the_network_looks_at_what_was_taken_in(lane):
    """Taking in returns before the network is through; what is predicted then is the same."""
    own, go = predictor(Scene(drift=0.4), lane=lane), threading.Event()
    features = own.engine.features
    own.engine.features = lambda crops: (go.wait(PATIENCE), features(crops))[1]
    own.absorb(KEYS[:8])
    assert not go.is_set()
    assert len(own.cache) == 0
    go.set()
    own.absorb(KEYS[8:])
    found = own.predict(KEYS)
    assert len(own.cache) == len(KEYS)
    whole = predictor(Scene(drift=0.4))
    whole.absorb(KEYS)
    assert found.tobytes() == whole.predict(KEYS).tobytes()


def test_joints_are_read_while_the_network_compares_the_next(lane):
    own = predictor(Scene(drift=0.4), lane=lane)
    own.absorb(KEYS)
    fused, read, calls = own.engine.maps_fused, threading.Event(), []

    def slow(*parts):
        calls.append(len(calls) < 1 or read.wait(PATIENCE))
        return fused(*parts)

    own.engine.maps_fused = slow
    first, second = own.begin(KEYS[:4]), own.begin(KEYS[4:8])
    rows = first.end()
    assert not second.ready
    read.set()
    assert len(rows) == len(second.end()) == 4
    assert calls == [True, True]


@pytest.mark.parametrize("mode", ["cached", "paper"])
@pytest.mark.parametrize("make", [glpose, hrnet])
def test_a_thread_changes_nothing(lane, mode, make):
    def told(**where):
        own = predictor(Scene(drift=0.4), make(), mode=mode, **where)
        own.single(3, np.stack([own.scene.box(0, 3), own.scene.box(1, 3)]))
        own.absorb(KEYS)
        begun = [own.begin(KEYS[start : start + 5]) for start in range(0, 24, 5)]
        return [(each.end().tobytes(), each.used.tobytes()) for each in begun]

    assert told(lane=lane) == told()
