"""The toolbar gives way step by step, and nothing is ever unreachable."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from app.actions import ACTIONS, TOOLBAR
from app.bound import Bound
from app.toolbar import Detail, ToolBar

pytestmark = pytest.mark.quick


class Commands(QObject):
    """Notes which command was called."""

    def __init__(self):
        super().__init__()
        self.done = []
        for action in ACTIONS:
            setattr(self, action.id, lambda *_, name=action.id: self.done.append(name))


@pytest.fixture
def window(make_session, qtbot):
    made = QMainWindow()
    made.commands = Commands()
    made.bound = Bound(make_session(230, 2), made.commands)
    groups = [[made.bound[name] for name in group] for group in TOOLBAR]
    made.bar = ToolBar(groups, made.bound["palette"])
    made.addToolBar(made.bar)
    qtbot.addWidget(made)
    made.resize(1600, 200)
    made.show()
    return made


def reachable(strip):
    on_bar = [b.defaultAction() for b in strip.buttons if not b.isHidden()]
    return on_bar + strip.more.menu().actions()


def test_there_is_room_for_everything_at_1366(window):
    window.resize(1366, 200)
    strip = window.bar.strip
    assert {button.detail for button in strip.buttons} == {Detail.ALL}
    assert strip.more.isHidden()


@pytest.mark.parametrize("width", [240, 400, 600, 760, 900, 1100, 1600])
def test_every_action_stays_reachable_and_nothing_overlaps(window, width):
    window.resize(width, 200)
    strip = window.bar.strip
    assert len(reachable(strip)) == sum(len(group) for group in TOOLBAR)
    places = [b.geometry() for b in [*strip.buttons, strip.last] if not b.isHidden()]
    if not strip.more.isHidden():
        places.insert(-1, strip.more.geometry())
    for before, after in itertools.pairwise(places):
        assert before.right() < after.left()
    assert places[-1].right() <= strip.width()


def test_details_go_before_buttons_do(window):
    strip = window.bar.strip
    levels = []
    for width in range(1360, 500, -20):
        window.resize(width, 200)
        levels.append((strip.last.detail, strip.more.isHidden()))
    assert levels == sorted(levels, reverse=True)
    assert {level for level, _ in levels} == set(Detail)


def test_buttons_run_their_commands(window):
    strip = window.bar.strip
    next(b for b in strip.buttons if b.label == "Accept frame").click()
    assert window.commands.done == ["accept_frame"]


def test_predict_is_the_one_blue_button(window):
    blue = [b.label for b in window.bar.strip.buttons if b.property("role") == "primary"]
    assert blue == ["Predict"]
