"""The timeline on a real session: what it shows, and what the mouse does."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.theme import PALETTE
from app.timeline.arrangement import ROW_HEIGHT, areas_of, curve_words
from app.timeline.curves import Kind, bone_of, confidence_of, parent_of, speed_of
from app.timeline.widget import Timeline
from glpose_core.labels import edits

pytestmark = pytest.mark.quick

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def make_timeline(make_session, qtbot):
    def make(frames=230, people=2, size=(1200, 240)):
        timeline = Timeline(make_session(frames, people))
        qtbot.addWidget(timeline)
        timeline.resize(*size)
        timeline.show()
        return timeline

    return make


def send(timeline, kind, x, y, keys=NONE, button=Qt.MouseButton.LeftButton):
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else button
    point = QPointF(x, y)
    event = QMouseEvent(kind, point, timeline.mapToGlobal(point), button, held, keys)
    QApplication.sendEvent(timeline, event)


def drag(timeline, start, stop, y, keys=NONE):
    send(timeline, QEvent.Type.MouseButtonPress, start, y, keys)
    send(timeline, QEvent.Type.MouseMove, (start + stop) / 2, y, keys)
    send(timeline, QEvent.Type.MouseMove, stop, y, keys)
    send(timeline, QEvent.Type.MouseButtonRelease, stop, y, keys)


def wheel(timeline, x, y, notches, keys=NONE):
    point = QPointF(x, y)
    event = QWheelEvent(
        point,
        timeline.mapToGlobal(point),
        QPoint(),
        QPoint(0, int(120 * notches)),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(timeline, event)


def x_of(timeline, frame):
    return timeline.scale.x_of(frame)


def colour_at(timeline, frame, row):
    image = timeline.grab().toImage()
    y = timeline.row_rect(row).center().y()
    return image.pixelColor(round(x_of(timeline, frame)), y)


def test_clicking_and_dragging_the_ruler_moves_through_the_video(make_timeline):
    timeline = make_timeline()
    seen = []
    timeline.session.frame_changed.connect(seen.append)
    drag(timeline, x_of(timeline, 30), x_of(timeline, 90), 10)
    assert seen == [30, 60, 90]
    assert timeline.session.marked is None


def test_a_click_on_a_lane_chooses_the_person_there(make_timeline):
    timeline = make_timeline()
    y = timeline.row_rect(1).center().y()
    QTest.mouseClick(
        timeline, Qt.MouseButton.LeftButton, NONE, QPoint(round(x_of(timeline, 77)), y)
    )
    assert timeline.session.person == 2
    assert timeline.session.frame == 77


def test_a_click_on_a_name_chooses_without_moving(make_timeline):
    timeline = make_timeline()
    timeline.session.go_to(5)
    y = timeline.row_rect(0).center().y()
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, NONE, QPoint(40, y))
    assert (timeline.session.person, timeline.session.frame) == (1, 5)


def test_choosing_another_person_lets_go_of_the_joint_and_the_same_keeps_it(make_timeline):
    timeline = make_timeline()
    timeline.session.select(1, 9)
    QTest.mouseClick(
        timeline, Qt.MouseButton.LeftButton, NONE, QPoint(40, timeline.row_rect(0).center().y())
    )
    assert timeline.session.joint == 9
    QTest.mouseClick(
        timeline, Qt.MouseButton.LeftButton, NONE, QPoint(40, timeline.row_rect(1).center().y())
    )
    assert (timeline.session.person, timeline.session.joint) == (2, None)


def test_a_double_click_on_a_lane_goes_to_the_nearest_labelled_frame(make_timeline, mark):
    timeline = make_timeline()
    mark.label(timeline.session.project.state, 1, 40)
    mark.label(timeline.session.project.state, 1, 100)
    timeline.refresh()
    y = timeline.row_rect(0).center().y()
    QTest.mouseDClick(
        timeline, Qt.MouseButton.LeftButton, NONE, QPoint(round(x_of(timeline, 81)), y)
    )
    assert timeline.session.frame == 100


def test_shift_drag_marks_a_range_and_shift_click_takes_it_away(make_timeline, qtbot):
    timeline = make_timeline()
    with qtbot.waitSignal(timeline.range_selected) as told:
        drag(timeline, x_of(timeline, 120), x_of(timeline, 60), 10, SHIFT)
    assert told.args == [60, 121]
    assert timeline.session.marked == (60, 121)
    assert timeline.session.frame == 0
    send(timeline, QEvent.Type.MouseButtonPress, x_of(timeline, 30), 10, SHIFT)
    send(timeline, QEvent.Type.MouseButtonRelease, x_of(timeline, 30), 10, SHIFT)
    assert timeline.session.marked is None


def test_the_wheel_zooms_at_the_cursor_and_shift_pans(make_timeline):
    timeline = make_timeline(frames=5000)
    x = x_of(timeline, 2000)
    for _ in range(6):
        wheel(timeline, x, 60, 1)
    assert timeline.scale.frame_at(x) == 2000
    assert timeline.scale.shown < 2000
    first = timeline.scale.first
    wheel(timeline, x, 60, -2, SHIFT)
    assert timeline.scale.first > first
    for _ in range(10):
        wheel(timeline, x, 60, -2)
    assert timeline.scale.fits


def test_dragging_beyond_the_edge_pans_a_zoomed_view(make_timeline, qtbot):
    timeline = make_timeline(frames=5000)
    timeline.zoom(20)
    before = timeline.scale.stop
    ruler = timeline.areas.ruler
    send(timeline, QEvent.Type.MouseButtonPress, ruler.center().x(), 10)
    send(timeline, QEvent.Type.MouseMove, ruler.right() + 40, 10)
    qtbot.waitUntil(lambda: timeline.scale.stop > before + 20, timeout=3000)
    assert timeline.session.frame >= before
    send(timeline, QEvent.Type.MouseButtonRelease, ruler.right() + 40, 10)
    stopped = timeline.scale.stop
    qtbot.wait(80)
    assert timeline.scale.stop == stopped


def test_the_view_follows_a_frame_that_is_out_of_sight(make_timeline):
    timeline = make_timeline(frames=5000)
    timeline.zoom(50)
    timeline.session.go_to(4000)
    assert timeline.scale.first <= 4000 < timeline.scale.stop
    timeline.session.play()
    timeline.session.go_to(4990)
    timeline.session.pause()
    assert timeline.scale.first <= 4990 < timeline.scale.stop


def test_the_wheel_over_names_and_with_ctrl_scrolls_many_people(make_timeline):
    timeline = make_timeline(frames=60, people=60)
    assert timeline.row_at(QPoint(10, timeline.row_rect(0).center().y())) == 0
    wheel(timeline, 20, 60, -3)
    assert timeline.row_at(QPoint(10, timeline.areas.lanes.top() + 2)) == 3
    wheel(timeline, 600, 60, -2, CONTROL)
    assert timeline.row_at(QPoint(10, timeline.areas.lanes.top() + 2)) == 5


def test_only_the_lanes_that_are_seen_are_worked_out(make_timeline):
    timeline = make_timeline(frames=60, people=120)
    timeline.refresh()
    timeline.grab()
    assert 0 < len(timeline.lanes._lanes) < 15


@pytest.mark.parametrize("people", [1, 3, 5, 12])
def test_no_lane_is_cut_at_any_height(people):
    for height in range(118, 420):
        for strip in (0, 16):
            areas = areas_of(QSize(1200, height), people, strip)
            assert areas.lanes.height() % ROW_HEIGHT == 0
            assert 1 <= areas.lanes.height() // ROW_HEIGHT <= people
            assert areas.lanes.bottom() < height
            assert areas.curve.height() == 0 or areas.curve.bottom() < height


def test_lanes_scroll_by_whole_ones(make_timeline):
    timeline = make_timeline(people=20, size=(1200, 210))
    lanes = timeline.areas.lanes
    for value in (0, 5, 31, 100, timeline._rows_bar.maximum()):
        timeline._rows_bar.setValue(value)
        shown = timeline.visible_rows()
        assert timeline.row_rect(shown.start).top() == lanes.top()
        assert timeline.row_rect(shown[-1]).bottom() == lanes.bottom()
        assert timeline.row_at(QPoint(40, lanes.top())) == shown.start
    assert shown[-1] == 19


def test_choosing_a_person_out_of_sight_scrolls_to_the_lane(make_timeline):
    timeline = make_timeline(frames=60, people=60)
    timeline.session.select(50)
    assert 49 in timeline.visible_rows()
    assert timeline.row_rect(49).bottom() <= timeline.areas.lanes.bottom()


def test_predicted_reviewed_and_unseen_stretches_look_different(make_timeline, mark):
    timeline = make_timeline()
    mark.review(timeline.session.project.state, range(60, 100))
    timeline.refresh()
    unseen = colour_at(timeline, 10, 1)
    predicted, reviewed = colour_at(timeline, 150, 1), colour_at(timeline, 80, 1)
    assert unseen == QColor(PALETTE.panel)
    assert unseen.lightness() < predicted.lightness() < reviewed.lightness() - 40


def test_labelled_frames_are_white_diamonds(make_timeline, mark):
    timeline = make_timeline()
    mark.label(timeline.session.project.state, 1, 150)
    timeline.refresh()
    assert colour_at(timeline, 150, 0) == QColor(PALETTE.bright)
    assert colour_at(timeline, 170, 0) != QColor(PALETTE.bright)


def test_an_edit_appears_a_moment_later(make_timeline, mark, qtbot):
    timeline = make_timeline()
    state = timeline.session.project.state
    timeline.grab()
    mark.label(state, 1, 150)
    timeline.session.project.tell()
    qtbot.waitUntil(lambda: timeline.lanes.lane(0).keys.tolist() == [150])
    assert colour_at(timeline, 150, 0) == QColor(PALETTE.bright)


def test_moving_a_frame_does_not_paint_the_lanes_again(make_timeline):
    timeline = make_timeline()
    timeline.grab()
    still = timeline._still
    assert still is not None
    timeline.session.go_to(60)
    timeline.grab()
    assert timeline._still is still


def test_the_tooltip_names_frame_time_and_person(make_timeline):
    timeline = make_timeline()
    point = QPoint(round(x_of(timeline, 120)), timeline.row_rect(1).center().y())
    assert timeline.tip_at(point) == "frame 120 · 4.800 s · person 2"
    assert timeline.tip_at(QPoint(round(x_of(timeline, 120)), 10)) == "frame 120 · 4.800 s"
    assert timeline.tip_at(QPoint(20, 10)) == ""


def test_the_curve_is_the_models_confidence_where_the_person_is_seen(make_timeline):
    timeline = make_timeline(people=3)
    state = timeline.session.project.state
    values = confidence_of(state, 2, 9)
    assert values.frames.tolist() == state.frames_of(2).tolist()
    frame = int(values.frames[17])
    assert values.at(frame) == pytest.approx(float(state.pose(2, frame)["score"][9]))
    assert values.at(0) is None


def test_the_figure_of_a_joint_that_was_moved_is_no_judgement_of_it(make_timeline):
    timeline = make_timeline()
    state = timeline.session.project.state
    curve = confidence_of(state, 1, 9)
    value = curve.at(120)
    assert "·" in curve.reading(value, 120)
    timeline.session.apply(edits.move_joint(state, 1, 120, 9, (30, 30)))
    timeline.session.apply(edits.accept_joint(state, 1, 121, 9))
    curve = confidence_of(state, 1, 9)
    assert curve.at(120) == value, "the curve still says where the model is in doubt"
    assert curve.reading(value, 120) == f"the model said {value:.2f}"
    assert not curve.judges(120)
    assert curve.judges(121), "an accepted joint lies where the model has it"


def test_the_curve_leaves_out_deleted_poses(make_timeline):
    timeline = make_timeline()
    state = timeline.session.project.state
    timeline.session.apply(edits.delete_pose(state, 1, 50))
    assert 50 not in confidence_of(state, 1, 9).frames


def test_speed_and_bone_are_those_of_the_poses(make_timeline):
    state = make_timeline().session.project.state
    joint, other = 9, parent_of(9)
    before, after = (state.pose(1, frame)["xy"] for frame in (99, 100))
    speed, bone = speed_of(state, 1, joint), bone_of(state, 1, joint)
    assert speed.at(100) == pytest.approx(float(np.hypot(*(after - before)[joint])))
    assert speed.at(int(speed.frames[0]) - 1) is None, "the first frame has none before it"
    assert bone.at(100) == pytest.approx(float(np.hypot(*(after[joint] - after[other]))))
    assert bone.mark == pytest.approx(float(np.median(bone.values)))


def test_a_click_on_its_word_chooses_the_curve_and_it_is_remembered(make_timeline):
    timeline = make_timeline()
    timeline.session.select(1, 9)
    word = curve_words(timeline.areas)[Kind.SPEED]
    before = timeline.grab().toImage()
    send(timeline, QEvent.Type.MouseButtonPress, word.center().x(), word.center().y())
    send(timeline, QEvent.Type.MouseButtonRelease, word.center().x(), word.center().y())
    assert timeline.curve_kind is Kind.SPEED
    assert timeline.grab().toImage() != before
    assert "since the frame before" in timeline.tip_at(word.center())
    assert make_timeline().curve_kind is Kind.SPEED
    timeline.session.select(1, None)
    assert timeline.curve_at(word.center()) is None, "without a joint the words are not there"


@pytest.mark.parametrize("kind", list(Kind))
def test_a_click_into_any_curve_goes_there(make_timeline, kind):
    timeline = make_timeline()
    timeline.session.select(1, 9)
    timeline.show_curve(kind)
    x, y = round(x_of(timeline, 65)), timeline.areas.curve.center().y()
    send(timeline, QEvent.Type.MouseButtonPress, x, y)
    send(timeline, QEvent.Type.MouseButtonRelease, x, y)
    assert timeline.session.frame == 65


@pytest.mark.parametrize("size", [(1, 1), (90, 20), (300, 90), (4000, 900)])
@pytest.mark.parametrize(
    ("frames", "people"),
    [(0, 0), (1, 1), (10, 0), (230, 40), pytest.param(100_000, 1, marks=pytest.mark.thorough)],
)
def test_painting_never_raises_at_any_size_or_length(make_timeline, caplog, frames, people, size):
    timeline = make_timeline(frames, people, size)
    if people:
        timeline.session.select(1, 9)
    timeline.session.go_to(frames // 2)
    timeline.session.mark(0, max(frames, 1))
    for kind in Kind:
        timeline.show_curve(kind)
        timeline.grab()
    timeline.zoom(1e6)
    timeline.grab()
    assert not caplog.records


def test_a_failure_while_painting_is_logged_once_and_survived(make_timeline, caplog, monkeypatch):
    timeline = make_timeline()
    monkeypatch.setattr(timeline, "_moment", lambda: 1 / 0)
    timeline.grab()
    timeline.grab()
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_half_a_million_frames_with_a_mark_on_every_other_are_bounded_work(make_timeline):
    from app.timeline import painting
    from app.timeline.stretches import clusters, stretches

    timeline = make_timeline(frames=500_000, people=0)
    runs = stretches(np.arange(0, 500_000, 2))
    assert len(painting.bars(runs, timeline.scale)) <= timeline.width()
    assert len(clusters(np.arange(0, 500_000, 2) * timeline.scale.per_frame, 11)) == 1


def test_the_keyboard_walks_the_lanes_and_drops_the_mark(make_timeline):
    timeline = make_timeline()
    QTest.keyClick(timeline, Qt.Key.Key_Down)
    QTest.keyClick(timeline, Qt.Key.Key_Down)
    assert timeline.session.person == 2
    timeline.session.mark(3, 9)
    QTest.keyClick(timeline, Qt.Key.Key_Escape)
    assert timeline.session.marked is None


def test_transport_buttons_run_their_actions(make_timeline):
    timeline = make_timeline()
    done = []
    action = QAction("Play", timeline)
    action.triggered.connect(lambda: done.append("play"))
    timeline.set_transport([action])
    button = timeline.findChild(type(timeline._transport.children()[1]))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["play"]


def test_keys_side_by_side_become_a_line_that_hides_no_review(make_timeline, mark):
    timeline = make_timeline()
    state = timeline.session.project.state
    for frame in range(40, 90):
        mark.label(state, 1, frame)
    mark.review(state, range(40, 90))
    timeline.refresh()
    image = timeline.grab().toImage()
    x, y = round(x_of(timeline, 65)), timeline.row_rect(0).center().y()
    assert image.pixelColor(x, y).lightness() > 200
    solid = image.pixelColor(x, y - 4)
    assert solid != QColor(PALETTE.bright)
    assert solid.lightness() > image.pixelColor(round(x_of(timeline, 150)), y - 4).lightness() + 40
