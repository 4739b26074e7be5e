"""What jumps stop at: found by pure functions, gone to by one pair of keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.settings import load_view
from app.stops import (
    ends,
    joint_keys,
    labelled,
    nearest,
    predicted_only,
    unreviewed,
)
from glpose_core.labels import edits
from glpose_core.skeleton import POSETRACK17

from .conftest import Studio, made_up, wait_for

WRIST, ANKLE = POSETRACK17.index("left_wrist"), POSETRACK17.index("left_ankle")
ALT = Qt.KeyboardModifier.AltModifier


def labelled_here_and_there(studio: Studio) -> int:
    """Two people seen in frames 5 … 14 and 20 … 24; the first one's joints confirmed in a few of them."""
    rows = np.concatenate([made_up(range(5, 15)), made_up(range(20, 25))])
    studio.predict(rows)
    person = studio.session.people()[0].id
    for frame, joint in ((7, WRIST), (11, ANKLE), (22, WRIST)):
        studio.session.apply(
            lambda state, frame=frame, joint=joint: edits.accept_joint(state, person, frame, joint)
        )
    studio.session.apply(lambda state: edits.set_reviewed(state, range(5, 20), True))
    return person


def test_each_kind_finds_its_frames(studio: Studio) -> None:
    person = labelled_here_and_there(studio)
    everybody = [one.id for one in studio.session.people()]
    state = studio.session.project.state
    assert labelled(state, [person]).tolist() == [7, 11, 22]
    assert predicted_only(state, [person]).tolist() == [5, 6, 8, 9, 10, 12, 13, 14, 20, 21, 23, 24]
    assert predicted_only(state, everybody).tolist() == [*range(5, 15), *range(20, 25)]
    assert unreviewed(state, everybody).tolist() == list(range(20, 25))
    assert ends(state, [person]).tolist() == [5, 14, 20, 24]
    assert joint_keys(state, person, WRIST).tolist() == [7, 22]
    for find in (labelled, predicted_only, unreviewed, ends):
        assert find(state, []).tolist() == find(state, [99]).tolist() == []
    frames = ends(state, [person])
    assert [nearest(frames, 14, step) for step in (1, -1)] == [20, 5]
    assert nearest(frames, 24, 1) is None


def test_a_letter_chooses_and_two_keys_jump(studio: Studio) -> None:
    person = labelled_here_and_there(studio)
    studio.session.select(person)
    studio.key(Qt.Key.Key_D, ALT)
    assert studio.session.frame == 7, "labelled frames, as long as nothing else is chosen"
    studio.key(Qt.Key.Key_S, ALT)
    menu = studio.canvas.findChild(QMenu, "stops")
    assert menu.isVisible()
    QTest.keyClick(menu, Qt.Key.Key_S)
    QApplication.processEvents()
    assert studio.notices[-1][1] == "Alt+A and Alt+D stop at: start and end of each stretch."
    seen = []
    for _ in range(4):
        studio.key(Qt.Key.Key_D, ALT)
        seen.append(studio.session.frame)
    assert seen == [14, 20, 24, 24]
    assert studio.notices[-1][1] == "There is no start or end of a stretch after this one."
    studio.key(Qt.Key.Key_A, ALT)
    assert studio.session.frame == 20
    path = studio.session.project.path
    studio.close()
    assert load_view(path).stop == "ends"


def test_keys_of_a_joint_need_a_joint(studio: Studio) -> None:
    person = labelled_here_and_there(studio)
    studio.session.view.stop = "keys"
    studio.session.select(person)
    studio.key(Qt.Key.Key_D, ALT)
    assert studio.session.frame == 0
    assert studio.notices[-1][1].startswith("Choose a joint first")
    studio.session.select(person, WRIST)
    studio.key(Qt.Key.Key_D, ALT)
    studio.key(Qt.Key.Key_D, ALT)
    assert studio.session.frame == 22


def test_doubts_are_stops_in_the_order_of_time(studio: Studio) -> None:
    rows = made_up(range(40))
    rows["score"][(rows["frame"] == 12) & (rows["track"] == 0), ANKLE] = 0.05
    rows["xy"][(rows["frame"] == 30) & (rows["track"] == 1), WRIST] += 60
    studio.predict(rows)
    studio.session.view.stop = "doubts"
    studio.key(Qt.Key.Key_D, ALT)
    wait_for(lambda: not studio.window.reviewing.busy, "the doubts")
    looks = sorted({item.look for item in studio.window.reviewing.items})
    assert looks
    seen = []
    for _ in looks:
        studio.key(Qt.Key.Key_D, ALT)
        seen.append(studio.session.frame)
    assert seen == looks
