"""The guideline follows the chosen joint, and can be reworded for a project."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.panels.body_figure import JOINTS, BodyFigure
from glpose_core.labels.guideline import MEANT, SELF_OCCLUSION, TITLES
from glpose_core.skeleton import POSETRACK17

from .conftest import Studio

KNEE, HIP = POSETRACK17.index("left_knee"), POSETRACK17.index("right_hip")


def test_it_follows_the_chosen_joint(crowd: Studio) -> None:
    panel = crowd.window.guideline
    crowd.window.bound["show_guideline"].trigger()
    assert "Choose a joint" in panel.joint.text.text()
    crowd.session.select(1, KNEE)
    assert panel.joint.text.text() == MEANT[KNEE]
    assert panel.figure.joint == KNEE
    crowd.session.select(None)
    assert panel.figure.joint == KNEE, "it stays to be read"
    crowd.window.grab()


def test_a_click_on_the_body_shows_that_joint(crowd: Studio) -> None:
    crowd.window.bound["show_guideline"].trigger()
    figure = crowd.window.guideline.figure
    crowd.window.guideline.grab()
    at = figure._origin() + figure._scale * QPoint(*map(round, JOINTS[HIP]))
    QTest.mouseClick(figure, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert crowd.window.guideline.joint.heading.text() == "RIGHT HIP"


def test_rewording_is_kept_with_the_project_and_undone(crowd: Studio) -> None:
    panel = crowd.window.guideline
    crowd.window.bound["show_guideline"].trigger()
    section = panel.rules[1]
    assert section.topic == SELF_OCCLUSION
    section.begin()
    section.editor.selectAll()
    QTest.keyClicks(section.editor, "Nobody hides b")
    QTest.keyClick(section.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert crowd.canvas.tool.name == "select", "letters are text here"
    assert section.text.text() == "Nobody hides b"
    assert not section.own.isHidden()
    crowd.session.undo()
    crowd.wait_for_picture()
    assert section.text.text() == MEANT[SELF_OCCLUSION]
    assert section.own.isHidden()


def test_every_joint_has_a_place_and_a_text() -> None:
    assert set(JOINTS) == set(range(17))
    assert set(MEANT) == set(TITLES)
    left = [joint for joint in JOINTS if POSETRACK17.sides[joint] == "left"]
    assert all(JOINTS[joint][0] > 0 for joint in left), "the body looks at us"


def test_the_glass_shows_its_joint(qapp: object) -> None:
    figure = BodyFigure()
    figure.resize(300, 264)
    bare = figure.grab().toImage()
    for joint in JOINTS:
        figure.show_joint(joint)
        shown = figure.grab().toImage()
        assert shown != bare
    assert not figure.failed
