"""The people list and the joint inspector on a real session."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListView

from app.panels.joint_rows import STATES, JointDelegate, JointModel
from app.panels.joints import JointPanel
from app.panels.panel import Panel
from app.panels.people import PeoplePanel
from app.panels.tabs import PanelTabs
from glpose_core.labels import Source, Visibility, edits
from glpose_core.labels.poses import empty_pose
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick

NONE = Qt.KeyboardModifier.NoModifier
LEFT_WRIST = POSETRACK17.index("left_wrist")


def name_of(action):
    """A menu entry's name without the key that is written beside it."""
    return action.text().split("\t")[0]


@pytest.fixture
def make_people(make_session, qtbot):
    def make(frames=230, people=3):
        panel = PeoplePanel(make_session(frames, people))
        qtbot.addWidget(panel)
        panel.resize(264, 400)
        panel.show()
        return panel

    return make


@pytest.fixture
def make_joints(make_session, qtbot):
    def make(frames=230, people=2, width=320):
        panel = JointPanel(make_session(frames, people))
        qtbot.addWidget(panel)
        panel.resize(width, 520)
        panel.show()
        return panel

    return make


def test_a_joint_that_a_person_placed_shows_no_machine_s_confidence():
    model = JointModel()
    pose = empty_pose(1, 0)
    pose["visibility"][LEFT_WRIST], pose["score"][LEFT_WRIST] = Visibility.VISIBLE, 0.9
    shown = {}
    for source in (Source.MODEL, Source.INTERPOLATED, Source.ACCEPTED, Source.PLACED):
        pose["source"][LEFT_WRIST] = source
        model.show(pose.copy())
        shown[source] = model.rows[model.index_of(LEFT_WRIST).row()].score
    assert shown.pop(Source.PLACED) == 0
    assert all(score == pytest.approx(0.9) for score in shown.values())


def names(panel):
    return [row.name for row in panel.model.rows]


def middle_of(panel, row):
    return panel.view.visualRect(panel.model.index(row)).center()


def dot_of(panel, row, state):
    rect = panel.view.visualRect(panel.model.index(row))
    return JointDelegate.dots_at(rect)[STATES.index(state)].toPoint()


# -- people ----------------------------------------------------------------------------------------


def test_people_are_listed_with_their_frames_and_counted(make_people):
    panel = make_people()
    assert names(panel) == ["person 1", "person 2", "person 3"]
    assert panel.aside == "3"
    assert panel.model.rows[0].span == "0–229"
    assert panel.empty_text is None


def test_empty_states_say_what_to_do_next(make_people):
    assert "Open a video" in make_people(0, 0).empty_text
    assert make_people(50, 0).empty_text == (
        "No people yet: press P to find and predict, or B to draw a box"
    )


def test_choosing_goes_both_ways(make_people):
    panel = make_people()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, NONE, middle_of(panel, 1))
    assert panel.session.person == 2
    panel.session.select(3)
    assert panel.view.currentIndex().row() == 2
    panel.session.select(None)
    assert not panel.view.selectionModel().hasSelection()


def test_choosing_in_the_list_keeps_the_joint_of_the_same_person(make_people):
    panel = make_people()
    panel.session.select(2, 9)
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, NONE, middle_of(panel, 1))
    assert panel.session.joint == 9


def test_the_keyboard_walks_the_list_and_renames(make_people, qtbot):
    panel = make_people()
    panel.session.select(1)
    panel.activateWindow()
    panel.view.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    assert panel.session.person == 2
    QTest.keyClick(panel.view, Qt.Key.Key_F2)
    editor = panel.view.findChild(QLineEdit)
    assert editor is not None
    assert editor.selectedText() == "person 2"
    editor.setText("  Ann   Lee ")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(panel)[1] == "Ann Lee")
    assert panel.session.project.edits == ["Rename to Ann Lee"]


def test_a_double_click_renames_and_escape_leaves_the_name(make_people):
    panel = make_people()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, NONE, middle_of(panel, 0))
    QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, NONE, middle_of(panel, 0))
    editor = panel.view.findChild(QLineEdit)
    assert editor is not None
    editor.setText("nobody")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert panel.session.project.edits == []


@pytest.mark.parametrize("name", ["", "   ", "person 1"])
def test_an_empty_or_unchanged_name_is_no_edit(make_people, name):
    panel = make_people()
    assert not panel.model.setData(panel.model.index(0), name)
    assert panel.session.project.edits == []


def test_the_menu_deletes_merges_and_swaps_from_here(make_people, qtbot):
    panel = make_people()
    panel.session.go_to(100)
    actions = {name_of(action): action for action in panel.menu_for(panel.model.rows[0]).actions()}
    swap = actions["Swap from here with"].menu()
    assert [action.text() for action in swap.actions()] == ["person 2", "person 3"]
    swap.actions()[0].trigger()
    assert panel.session.project.edits[-1] == "Swap person 1 and person 2 from here"

    actions["Merge into"].menu().actions()[1].trigger()
    assert panel.session.project.edits[-1] == "Merge person 1 into person 3"
    assert panel.session.person == 3
    qtbot.waitUntil(lambda: names(panel) == ["person 2", "person 3"])

    actions = {name_of(action): action for action in panel.menu_for(panel.model.rows[0]).actions()}
    with qtbot.waitSignal(panel.delete_person_wanted) as wanted:
        actions["Delete in all frames"].trigger()
    assert wanted.args == [2]
    panel.session.apply(edits.delete_person(panel.session.project.state, 2))
    qtbot.waitUntil(lambda: names(panel) == ["person 3"])
    alone = {name_of(action): action for action in panel.menu_for(panel.model.rows[0]).actions()}
    assert not alone["Merge into"].isEnabled()


def test_only_who_is_in_the_frame_is_deleted_there(make_people, qtbot):
    panel = make_people()
    first, second = (
        next(a for a in panel.menu_for(row).actions() if name_of(a) == "Delete in this frame")
        for row in panel.model.rows[:2]
    )
    assert panel.model.here == {1}
    assert not second.isEnabled()
    with qtbot.waitSignal(panel.delete_pose_wanted) as wanted:
        first.trigger()
    assert wanted.args == [1]


def test_the_menu_goes_to_the_ends_of_a_person(make_people):
    panel = make_people()
    actions = {name_of(action): action for action in panel.menu_for(panel.model.rows[2]).actions()}
    actions["Go to the first frame"].trigger()
    assert panel.session.frame == panel.model.rows[2].first > 0


def test_who_is_not_in_the_frame_is_a_ring(make_people):
    panel = make_people()
    assert panel.model.here == {1}
    panel.session.go_to(200)
    assert panel.model.here == {1, 2, 3}
    ring_middle = QPoint(16, middle_of(panel, 2).y())
    filled = panel.view.viewport().grab().toImage().pixelColor(ring_middle)
    panel.session.go_to(0)
    assert panel.view.viewport().grab().toImage().pixelColor(ring_middle) != filled


def test_two_hundred_people_are_listed(make_people):
    panel = make_people(40, 200)
    assert len(panel.model.rows) == 200
    panel.session.select(180)
    assert panel.view.visualRect(panel.view.currentIndex()).top() >= 0
    assert not panel.grab().isNull()


# -- joints ----------------------------------------------------------------------------------------


def test_the_inspector_names_person_and_frame_and_counts_the_models_joints(make_joints, mark):
    panel = make_joints()
    mark.label(panel.session.project.state, 1, 120, (LEFT_WRIST, 5))
    panel.session.select(1)
    panel.session.go_to(120)
    assert panel.title == "PERSON 1 · FRAME 120"
    assert panel.aside == "13 of 15 by model"
    row = panel.model.rows[panel.model.index_of(LEFT_WRIST).row()]
    assert row.source is Source.PLACED
    assert "placed by you" in row.tip


def test_confidence_and_visibility_are_said_in_words(make_joints):
    panel = make_joints()
    panel.session.select(1)
    row = panel.model.rows[0]
    assert row.name == "nose"
    assert f"{row.score:.2f}" in row.tip
    assert "visible" in row.tip
    assert "placed by the model" in row.tip


def test_empty_states_of_the_inspector(make_joints):
    assert "Open a video" in make_joints(0, 0).empty_text
    panel = make_joints()
    assert panel.empty_text.startswith("Choose a person")
    panel.session.select(2)
    assert panel.empty_text.startswith("person 2 is not seen in frame 0")
    panel.session.go_to(100)
    assert panel.empty_text is None


def test_ears_are_left_out_until_asked_for_and_then_last(make_joints):
    panel = make_joints()
    panel.session.select(1)
    assert len(panel.model.rows) == 15
    panel.ears.setChecked(True)
    assert names(panel)[-2:] == ["left ear", "right ear"]
    assert "not used by PoseTrack" in panel.model.rows[-1].tip
    panel.ears.setChecked(False)
    assert len(panel.model.rows) == 15


@pytest.mark.parametrize("state", list(Visibility))
def test_a_click_on_a_dot_is_one_judgement(make_joints, state):
    panel = make_joints()
    panel.session.select(1)
    row = panel.model.index_of(LEFT_WRIST).row()
    QTest.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, NONE, dot_of(panel, row, state)
    )
    assert len(panel.session.project.edits) == 1
    pose = panel.session.pose(1)
    assert pose["visibility"][LEFT_WRIST] == state
    agrees = state is Visibility.VISIBLE  # as the model had said
    assert pose["source"][LEFT_WRIST] == (Source.ACCEPTED if agrees else Source.PLACED)
    assert panel.model.rows[row].visibility is state
    assert panel.session.joint == LEFT_WRIST


def test_a_click_beside_the_dots_only_chooses(make_joints):
    panel = make_joints()
    panel.session.select(1)
    row = panel.model.index_of(LEFT_WRIST).row()
    rect = panel.view.visualRect(panel.model.index(row))
    QTest.mouseClick(
        panel.view.viewport(),
        Qt.MouseButton.LeftButton,
        NONE,
        QPoint(rect.left() + 30, rect.center().y()),
    )
    assert panel.session.joint == LEFT_WRIST
    assert panel.session.project.edits == []


def test_the_chosen_joint_is_followed(make_joints):
    panel = make_joints()
    panel.session.select(1, LEFT_WRIST)
    assert panel.view.currentIndex() == panel.model.index_of(LEFT_WRIST)
    panel.session.select(1)
    assert not panel.view.selectionModel().hasSelection()


def test_the_menu_of_a_joint_judges_and_accepts(make_joints):
    panel = make_joints()
    panel.session.select(1)
    actions = {name_of(action): action for action in panel.menu_for(panel.model.rows[0]).actions()}
    assert actions["Visible"].isChecked()
    actions["Accept nose"].trigger()
    assert panel.session.pose(1)["source"][0] == Source.ACCEPTED
    assert not {name_of(a): a for a in panel.menu_for(panel.model.rows[0]).actions()}[
        "Accept nose"
    ].isEnabled()
    actions["Hidden"].trigger()
    assert panel.session.pose(1)["visibility"][0] == Visibility.OCCLUDED


def test_a_frame_change_makes_no_widgets_and_keeps_the_rows(make_joints):
    panel = make_joints()
    panel.session.select(1)
    children = len(panel.findChildren(object))
    resets = []
    panel.model.modelReset.connect(lambda: resets.append(1))
    for frame in range(1, 30):
        panel.session.go_to(frame)
    assert resets == []
    assert len(panel.findChildren(object)) == children


@pytest.mark.parametrize("width", [180, 240, 320, 480])
def test_nothing_overlaps_at_any_width(make_joints, width):
    panel = make_joints(width=width)
    panel.session.select(1)
    rect = panel.view.visualRect(panel.model.index(0))
    dots = JointDelegate.dots_at(rect)
    assert dots[0].x() < dots[1].x() < dots[2].x() < rect.right()
    assert not panel.grab().isNull()


# -- tabs ------------------------------------------------------------------------------------------


def test_no_tab_is_out_of_sight_where_all_of_their_counts_have_no_room(qtbot):
    panels = [Panel(title, QListView()) for title in ("People", "Review", "Differ", "Check")]
    tabs = PanelTabs(panels)
    qtbot.addWidget(tabs)
    tabs.setFixedWidth(264)
    tabs.show()
    for panel, count in zip(panels, ("12", "396 of 1043", "17", "877"), strict=True):
        panel.set_heading(panel.title, count)
    for at in range(4):
        tabs.setCurrentIndex(at)
        shown = tabs.tabBar().tabRect(3)
        assert shown.right() <= 264
        assert shown.width() > 40
    for at in (2, 3):
        tabs.setTabVisible(at, False)
    tabs.setCurrentIndex(0)
    assert [tabs.tabText(0), tabs.tabText(1)] == ["People  12", "Review  396 of 1043"]
