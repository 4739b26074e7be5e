"""The list: order, filters, what a person has said, and keeping up with changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.labels import PoseRows, Source
from glpose_core.review import Item, Queue, Reason
from glpose_core.review.body import make_body
from glpose_core.review.compare import disagreements
from glpose_core.review.items import joint_words
from tests.walkers import J, walker

pytestmark = pytest.mark.quick
WRIST, ANKLE = J["left_wrist"], J["left_ankle"]
QueueOf = Callable[..., Queue]


def doubted() -> PoseRows:
    """Two people; one wrist is unsure for ten frames, an ankle for two, and one jumps."""
    rows = np.concatenate([walker(120, 1), walker(120, 2, z=-1.5, heading=-np.pi / 2)])
    rows["score"][10:20, WRIST] = 0.3
    rows["score"][150:152, ANKLE] = 0.3
    rows["xy"][80, WRIST] += (60, 30)
    return rows


def plain(items: list[Item]) -> list[tuple[object, ...]]:
    return sorted(
        (i.person, i.frame, i.stop, i.look, i.joints, int(i.reason), i.words, round(i.gain, 4))
        for i in items
    )


def test_what_mends_most_comes_first(queue_of: QueueOf) -> None:
    items = queue_of(doubted()).items()
    assert [item.gain for item in items] == sorted((i.gain for i in items), reverse=True)
    assert (items[0].person, items[0].frame, items[0].stop) == (1, 10, 20)
    assert all(0 < item.probability <= 1 for item in items)


def test_filters_hold_together(queue_of: QueueOf) -> None:
    queue = queue_of(doubted())
    assert {i.person for i in queue.items(person=2)} == {2}
    assert {i.joints for i in queue.items(joint=ANKLE)} == {(ANKLE,)}
    assert [i.frame for i in queue.items(reasons=[Reason.UNSURE], person=1)] == [10]
    assert [i.frame for i in queue.items(frames=range(75, 90))] == [80]
    assert queue.items(person=2, joint=WRIST) == []


@pytest.mark.parametrize("source", [Source.ACCEPTED, Source.PLACED])
def test_what_a_person_has_said_is_never_an_item(queue_of: QueueOf, source: Source) -> None:
    rows = doubted()
    rows["source"][rows["source"] == Source.MODEL] = source
    assert queue_of(rows).items() == []
    rows = doubted()
    rows["source"][12:14, WRIST] = source
    frames = {
        f for i in queue_of(rows).items(person=1, joint=WRIST) for f in range(i.frame, i.stop)
    }
    assert queue_of(rows).items(person=1, frames=range(10, 20))
    assert all(len(i.cells) <= 8 for i in queue_of(rows).items(person=1, frames=range(10, 20)))
    assert frames


def test_reviewed_frames_are_done(queue_of: QueueOf) -> None:
    items = queue_of(doubted(), reviewed=range(0, 40)).items()
    assert items
    assert all(item.frame >= 30 for item in items)
    queue = queue_of(doubted())
    queue.update(10, 20, reviewed=range(0, 40))
    assert not [i for i in queue.items(person=1) if i.frame < 30]


def test_skipped_items_come_back_only_with_another_pose(queue_of: QueueOf) -> None:
    rows = doubted()
    queue = queue_of(rows)
    first = queue.items()[0]
    queue.skip(first)
    assert plain([first])[0] not in plain(queue.items())
    stored = [int(key) for key in queue.skipped]
    assert plain(queue_of(rows, skipped=stored).items()) == plain(queue.items())
    rows["xy"][10:20, WRIST] += 2.0
    queue.update(10, 20)
    assert any(item.frame == first.frame and item.person == 1 for item in queue.items())


def test_a_mended_joint_leaves_the_list(queue_of: QueueOf) -> None:
    rows = doubted()
    queue = queue_of(rows)
    rows["xy"][80, WRIST] -= (60, 30)
    rows["source"][80, WRIST] = Source.PLACED
    queue.update(80, 81)
    assert queue.items(frames=range(75, 90)) == []
    assert any(item.frame == 10 for item in queue.items())


@settings(max_examples=12)
@given(st.data())
def test_keeping_up_is_the_same_as_looking_anew(data: st.DataObject) -> None:
    rows = doubted()

    def seen(start: int, stop: int) -> PoseRows:
        return rows[(rows["frame"] >= start) & (rows["frame"] < stop)]

    queue = Queue(seen, 120)
    for _ in range(3):
        before, known = rows.copy(), data.draw(st.booleans())
        row = data.draw(st.integers(0, len(rows) - 5))
        joint = data.draw(st.integers(5, 16))
        stretch = slice(row, row + data.draw(st.integers(1, 4)))
        rows["xy"][stretch, joint] += data.draw(st.sampled_from([-70, -15, 30, 90]))
        rows["score"][stretch, joint] = data.draw(st.sampled_from([0.2, 0.5, 0.85]))
        frames = rows["frame"][stretch]
        told = before[np.isin(before["frame"], range(frames.min(), frames.max() + 1))]
        queue.update(int(frames.min()), int(frames.max()) + 1, before=told if known else None)
    anew = Queue(seen, 120, usual=queue.usual)
    assert plain(queue.items()) == plain(anew.items())
    gains = [item.gain for item in queue.items()]
    assert gains == sorted(gains, reverse=True)


def test_who_is_near_a_change_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.concatenate([walker(60, 1), walker(60, 2), walker(60, 3)])
    rows["xy"][rows["person"] == 2] += (400, 0)
    rows["xy"][rows["person"] == 3] += (800, 0)

    def seen(start: int, stop: int) -> PoseRows:
        return rows[(rows["frame"] >= start) & (rows["frame"] < stop)]

    queue = Queue(seen, 60)
    made: list[int] = []
    monkeypatch.setattr(
        "glpose_core.review.examine.make_body",
        lambda own: made.append(int(own["person"][0])) or make_body(own),
    )
    before = seen(20, 21)
    rows["xy"][20] = rows["xy"][80] + 1.0  # person 1 on person 2
    rows["score"][20] -= 0.3
    queue.update(20, 21, before=before)
    assert set(made) == {1, 2}
    assert any(item.reason == Reason.TWINS for item in queue.items(frames=range(20, 21)))
    made.clear()
    queue.update(20, 21, before=seen(20, 21))
    assert not made
    queue.update(20, 21, before=seen(20, 21), reviewed=[20])
    assert set(made) == {1, 2, 3}
    assert queue.items(person=1) == []


def test_two_bones_are_two_items_and_their_sentences_name_them(queue_of: QueueOf) -> None:
    rows = walker(120)
    rows["box"] = np.nan
    for near, far in (("left_knee", "left_ankle"), ("right_shoulder", "right_elbow")):
        rows["xy"][40:44, J[far]] += 1.2 * (rows["xy"][40:44, J[far]] - rows["xy"][40:44, J[near]])
    items = [i for i in queue_of(rows).items() if i.reason == Reason.BONES]
    words = {i.joints: i.words.split(" ")[0] for i in items}
    assert words[(ANKLE,)] == "shin"
    assert all(len(item.joints) == 1 for item in items)


def test_nobody_and_nothing(queue_of: QueueOf) -> None:
    nobody = doubted()[:0]
    assert Queue(lambda start, stop: nobody, 10).items() == []
    assert Queue(lambda start, stop: nobody, 0).items() == []
    assert queue_of(walker()).items() == []


def test_joints_in_words() -> None:
    assert joint_words(()) == "whole body"
    assert joint_words((WRIST,)) == "left wrist"
    assert joint_words((J["left_knee"], J["right_knee"])) == "knees"
    assert joint_words((J["right_hip"], J["right_knee"])) == "right hip and knee"
    assert joint_words((J["right_hip"], J["left_knee"])) in (
        "left knee and right hip",
        "right hip and left knee",
    )
    assert joint_words((J["nose"], WRIST)) == "nose and left wrist"
    assert joint_words((J["nose"], WRIST, ANKLE)) == "3 joints"


def test_disagreements_are_of_that_one_reason_and_leave_out_what_is_reviewed() -> None:
    first = walker(40, 1)
    second = first.copy()
    second["xy"][10:14, WRIST, 0] += 60
    items = disagreements(first, second, models="against B")
    assert [(item.frame, item.stop, item.what, item.tag) for item in items] == [
        (10, 14, "left wrist", "models differ")
    ]
    assert items[0].words == "against B, 60 px"
    assert disagreements(first, first, models="against B") == []
    assert disagreements(first, second, models="against B", reviewed=range(40)) == []
