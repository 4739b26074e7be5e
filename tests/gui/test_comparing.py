"""Two models over the same people: the second run is kept aside, and the list leads to where they differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.choices import PredictChoices
from app.comparing import last_compared
from app.remembering import remembered_of
from glpose_core.labels import Run
from glpose_core.predict.record import RunRecord

from .conftest import Studio, made_up, wait_for


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def test_disagreements_are_listed_and_a_click_goes_there(crowd: Studio) -> None:
    session, window = crowd.session, crowd.window
    project = session.project
    assert project is not None
    before = project.poses(10).tobytes()
    window.predicting._job = "fake_models:disagree"
    assert window.predicting.start(PredictChoices("other", 5, 15, find_people=False, second=True))
    wait_for(lambda: window.differences.model.items, "the list")
    assert project.state.active_run == 1
    assert project.poses(10).tobytes() == before
    assert RunRecord.of(project.state.runs[2]).second
    assert remembered_of(project.state) is None
    assert window.differences.isVisible()
    items = window.differences.model.items
    assert {item.what for item in items} == {"left wrist"}
    assert all(5 <= item.frame < item.stop <= 15 for item in items)
    assert "against fake model" in items[0].words
    view = window.differences.view
    QTest.mouseClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        pos=view.visualRect(view.model().index(0, 0)).center(),
    )
    assert (session.frame, session.person, session.joint) == (items[0].look, items[0].person, 9)
    crowd.wait_for_picture()
    marks = crowd.canvas._opinion_here()
    assert marks is not None
    assert marks.model == "fake model"
    off = (marks.second - marks.seen) / crowd.canvas.mapping.scale
    assert np.abs(off - (40, 0)).max() < 1e-3
    crowd.canvas.grab()
    session.go_to(20)
    crowd.wait_for_picture()
    assert crowd.canvas._opinion_here() is None, "the models were not compared there"
    session.go_to(items[0].look)
    crowd.wait_for_picture()
    session.select(items[0].person + 1)
    assert crowd.canvas._opinion_here() is None, "somebody else"
    session.close()
    assert window.differences.model.items == ()
    assert not window.differences.isVisible()


def test_what_was_compared_is_listed_again_until_all_is_predicted_anew(crowd: Studio) -> None:
    session, window = crowd.session, crowd.window
    assert session.project is not None
    path = session.project.path
    window.predicting._job = "fake_models:disagree"
    assert window.predicting.start(PredictChoices("other", 5, 15, find_people=False, second=True))
    wait_for(lambda: window.differences.model.items, "the list")
    before = [(item.person, item.look, item.words) for item in window.differences.model.items]
    window.comparing._later.setInterval(0)
    session.close()
    crowd.notices.clear()
    crowd.open(path)
    wait_for(lambda: window.differences.model.items, "the list of last time")
    items = window.differences.model.items
    assert [(item.person, item.look, item.words) for item in items] == before
    assert not window.differences.isVisible(), "it is there, and not in front"
    assert not any("differ" in said for _, said in crowd.notices)
    followed = Run.new("test model", "none", "CPU", {"find_people": False})
    session.project.add_run(followed, {0: 1}, made_up(range(3), tracks=1))
    assert last_compared(session.project.state) == 2
    crowd.predict(made_up(range(40)))
    session.close()
    crowd.open(path)
    assert last_compared(session.project.state) is None
    assert not window.comparing._later.isActive()


def test_where_all_agree_the_list_says_so(crowd: Studio) -> None:
    window = crowd.window
    window.predicting._job = "fake_models:agree"
    assert window.predicting.start(PredictChoices("other", 0, 9, find_people=False, second=True))
    wait_for(lambda: "agree wherever" in (window.differences.empty_text or ""), "the sentence")
    assert ("info", "test model and fake model differ nowhere.") in crowd.notices
