"""Names as people give them, long or full of signs, wherever they are shown: read as they are written, and cut before
they push out what is needed."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QWidget

from app.canvas.hint_paint import LINE, fits, fitting_hint, hint_lines, hint_plate, wrapped_hint
from app.canvas.paint import tag_text
from app.comparing import Comparison
from app.naming import brief, name_and, plain_tip
from app.theme import reading_font
from glpose_core.labels import POSE_DTYPE, edits
from glpose_core.review import Reason
from glpose_core.review.items import Item
from glpose_core.skeleton import POSETRACK17
from tests.gui.conftest import Build, Studio, made_up, wait_for

pytestmark = pytest.mark.quick
HTML = '<b>Bob</b> & "Co" <img src=x>'
TRAINER = "Anna-Maria Schmidt-Rottluff (trainer)"
ENDLESS = "Bartholomäus-Maximilian von und zu Hohenlohe-Schillingsfürst der Jüngere (Spieler 7)"
WRIST = POSETRACK17.index("left_wrist")
KEYS = ["G", "Shift+G", "Alt+G", "Backspace"]


def rename(studio: Studio, name: str) -> int:
    person = studio.session.people()[0].id
    studio.session.apply(lambda state: edits.rename_person(state, person, name))
    studio.session.select(person, WRIST)
    rows = studio.window.people.model
    wait_for(lambda: name in [one.name for one in rows.rows], "the name in the list")
    return person


def difference(person: int) -> Item:
    return Item(
        frame=3,
        stop=5,
        look=3,
        person=person,
        joints=(WRIST,),
        reason=Reason.MODELS,
        what="left wrist",
        words="0.4 heads apart",
        other=None,
        probability=0.5,
        gain=1.0,
        cells=np.zeros(0, np.uint64),
    )


# -- signs -----------------------------------------------------------------------------------------


def shown_as_html(window: QWidget) -> Iterator[str]:
    """What Qt takes for HTML among the texts and tooltips of a window that have the name's tags in them."""
    for widget in [window, *window.findChildren(QWidget)]:
        rich = isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText
        if rich and "<B>" in widget.text().upper():
            yield f"label: {widget.text()}"
        if "<b>" in widget.toolTip():
            yield f"tooltip: {widget.toolTip()}"
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from _tips(widget.model())


def _tips(model: QAbstractItemModel) -> Iterator[str]:
    for row in range(model.rowCount()):
        tip = model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole)
        if tip and "<b>" in tip:
            yield f"tooltip of a row: {tip}"


def test_no_name_is_taken_for_html(crowd: Studio) -> None:
    person = rename(crowd, HTML)
    window = crowd.window
    window.differences.model.show((difference(person),))
    window.evidence.set_heading(HTML)
    window.bound["check_coverage"].trigger()
    wait_for(lambda: window.missing.model.rows, "the check")
    window.status.notice("info", f"{HTML} is seen nowhere.")
    QApplication.processEvents()
    assert window.joints.title == f"{HTML} · frame 0".upper()
    assert list(shown_as_html(window)) == []
    tip = window.people.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert escape(HTML) in tip, "and is read whole"
    crowd.session.go_to(39)
    crowd.session.apply(lambda state: edits.delete_pose(state, person, 39))
    QApplication.processEvents()
    assert window.joints.empty_text is not None
    assert HTML in window.joints.empty_text
    assert list(shown_as_html(window)) == []


def test_menus_show_an_ampersand(crowd: Studio) -> None:
    rename(crowd, "Bob & Co")
    panel = crowd.window.people
    menu = panel.menu_for(panel.model.rows[1])
    [merge] = [one for one in menu.actions() if one.text() == "Merge into"]
    assert [one.text() for one in merge.menu().actions()] == ["Bob && Co"]
    undo = crowd.window.bound["undo"]
    assert undo.text() == "Undo Rename to Bob && Co"
    assert undo.toolTip() == "Undo Rename to Bob & Co (Ctrl+Z)"


def test_tooltips_without_tags_stay_as_they_are() -> None:
    assert plain_tip("left & right\n1 > 0") == "left & right\n1 > 0"
    assert plain_tip("a<b\nc & d") == "<qt>a&lt;b<br>c &amp; d</qt>"


# -- lengths ---------------------------------------------------------------------------------------


def test_a_long_name_is_cut_in_its_middle() -> None:
    assert brief("person 2") == "person 2"
    assert brief(TRAINER) == "Anna-Maria S…ff (trainer)"[:12] + "…" + TRAINER[-11:]
    assert all(len(brief(ENDLESS, most)) <= most for most in (5, 12, 24))


def test_the_joint_stays_where_the_name_gives_way(qapp: QApplication) -> None:
    font = QFontMetrics(reading_font())
    whole = f"{TRAINER} · left wrist"
    assert name_and(TRAINER, "left wrist", font, font.horizontalAdvance(whole)) == whole
    cut = name_and(TRAINER, "left wrist", font, 180)
    assert cut.startswith("Anna")
    assert cut.endswith("… · left wrist")
    assert font.horizontalAdvance(cut) <= 180
    joint_alone = font.horizontalAdvance("left wrist") + 12
    assert name_and(TRAINER, "left wrist", font, joint_alone) == "left wrist"


@pytest.mark.parametrize("name", [TRAINER, ENDLESS])
def test_lists_show_what_is_wrong_beside_a_long_name(
    crowd: Studio, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = rename(crowd, name)
    window = crowd.window
    drawn: list[str] = []

    def noted(name: str, what: str, font: QFontMetrics, width: int) -> str:
        drawn.append(said := name_and(name, what, font, width))
        return said

    for module in ("differences", "coverage"):
        monkeypatch.setattr(f"app.panels.{module}.name_and", noted)
    nobody = np.zeros(0, POSE_DTYPE)
    window.comparing.listed.emit(Comparison("one", "other", (difference(person),), nobody))
    for panel in (window.differences, window.missing):
        panel.resize(264, 300)
    window.differences.grab()
    assert drawn[-1].startswith(name[:5])
    assert drawn[-1].endswith("… · left wrist")
    drawn.clear()
    window.bound["check_coverage"].trigger()
    wait_for(lambda: window.missing.model.rows, "the check")
    window.missing.grab()
    said = [one for one in drawn if one.startswith(name[:4])]
    assert said
    assert all(one.endswith(f"… · {window.missing.model.rows[0].gap.value}") for one in said)


def test_a_name_tag_leaves_the_picture_free(crowd: Studio) -> None:
    person = rename(crowd, ENDLESS)
    crowd.wait_for_picture()
    crowd.canvas.grab()
    figure = crowd.canvas.scene.figure(person)
    assert figure is not None
    assert figure.tag is not None
    assert figure.tag[2] < 180
    assert tag_text(ENDLESS).endswith("…")
    assert tag_text("person 2") == "person 2"


@pytest.mark.parametrize("name", [TRAINER, ENDLESS])
def test_a_heading_keeps_the_number_of_the_frame(crowd: Studio, name: str) -> None:
    rename(crowd, name)
    crowd.go_to(17)
    panel = crowd.window.joints
    label = panel._title
    assert panel.title == f"{name} · frame 17".upper()
    assert label.text().endswith("… · FRAME 17")
    assert label.sizeHint().width() <= label.width()
    crowd.window.resize(1900, 900)
    panel.set_heading("Joints")
    assert label.text() == "JOINTS"


# -- the line of help ------------------------------------------------------------------------------


@pytest.fixture
def proposing(build_studio: Build, video: Path) -> Studio:
    """A correction that would be followed in the frames around."""
    studio = build_studio()
    studio.open(video)
    rows = made_up(range(40))
    wrong = (rows["track"] == 0) & np.isin(rows["frame"], range(8, 16))
    rows["xy"][wrong, WRIST] += (18, -20)
    rows["score"][wrong, WRIST] = 0.3
    studio.predict(rows)
    studio.go_to(11)
    person = studio.session.people()[0].id
    at = studio.pose(person)["xy"][WRIST]
    studio.session.select(person, WRIST)
    studio.drag(at, at - (18, -20))
    wait_for(lambda: studio.session.spreading.proposal is not None, "a proposal")
    return studio


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700), (900, 600)])
@pytest.mark.parametrize("name", ["person 2", TRAINER, ENDLESS, HTML])
def test_every_key_of_a_proposal_is_named(
    proposing: Studio, name: str, size: tuple[int, int]
) -> None:
    rename(proposing, name)
    proposing.window.resize(*size)
    QApplication.processEvents()
    canvas = proposing.canvas
    hint = canvas._fitting_hints()[0]
    assert [text for text, key in hint if key] == KEYS
    assert hint_plate(hint, 12, 0).right() <= canvas.width() - 12
    if name == "person 2" and size == (900, 600):
        said = " ".join("".join(text for text, _ in line) for line in hint_lines(hint))
        assert said.startswith("person 2’s "), "whose joints it is comes before long words"
    if size == (1280, 800):
        said = "".join(text for text, _ in hint)
        assert said.startswith(name[:5]), said
        assert said.endswith("Backspace leaves")


def test_in_a_small_window_the_line_of_help_wraps_and_keeps_its_words(crowd: Studio) -> None:
    crowd.window.resize(900, 600)
    crowd.canvas.set_tool("region")
    QApplication.processEvents()
    lines = hint_lines(crowd.canvas._fitting_hints()[0])
    assert len(lines) > 1
    said = " ".join("".join(text for text, _ in line) for line in lines)
    assert said.startswith("Drag a rectangle, or click corner after corner, around what nobody")
    assert said.endswith("Esc done")
    crowd.canvas.pointer.leave()
    crowd.canvas.grab()
    plate = crowd.canvas.pointer.keep_clear
    assert plate.height() == hint_plate(lines[0], 0, 0).height() + (len(lines) - 1) * LINE
    assert plate.bottom() == crowd.canvas.height() - 12


@pytest.mark.parametrize("tool", ["place", "box", "head"])
def test_the_keys_of_a_tool_outlive_a_long_name(crowd: Studio, tool: str) -> None:
    rename(crowd, ENDLESS)
    crowd.window.resize(1280, 800)
    crowd.canvas.set_tool(tool)
    QApplication.processEvents()
    said = crowd.canvas._fitting_hints()[0]
    whole = crowd.canvas._hint()
    assert [part for part in said if part[1]] == [part for part in whole if part[1]]
    assert said[0][0][:10] == whole[0][0][:10]


def test_words_give_way_and_keys_never(qapp: QApplication) -> None:
    hint = [("B", True), (" draws a box  ·  ", False), ("P", True), (" predicts", False)]
    whole = hint_plate(hint, 0, 0).width()
    assert fitting_hint(hint, whole) == hint
    cut = fitting_hint(hint, whole - 8)
    assert cut[:3] == hint[:3]
    assert cut[3][0].endswith("…")
    assert fitting_hint([("Drag it here  ·  ", False), *hint], whole + 60)[-4:] == hint
    bare = [("B", True), ("  ·  ", False), ("P", True)]
    room = hint_plate(bare, 0, 0).width()
    assert fitting_hint(hint, room) == bare
    assert fitting_hint(hint, room - 1) == [("B", True)]
    assert fits(hint, whole)
    assert not fits(hint, whole - 1)


def test_words_give_way_by_whole_clauses(qapp: QApplication) -> None:
    words = ["Click a joint  ·  drag a limb, ", "a corner, the ring  ·  "]
    hint = [*((text, False) for text in words), ("J", True), (" places", False)]
    cut = fitting_hint(hint, hint_plate(hint, 0, 0).width() - 20)
    assert cut == [("Click a joint  ·  drag a limb, a corner  ·  ", False), *hint[2:]]
    cut = fitting_hint(hint, hint_plate(cut, 0, 0).width() - 10)
    assert cut == [("Click a joint  ·  drag a limb  ·  ", False), *hint[2:]]


@pytest.mark.parametrize("room", range(0, 700, 7))
def test_whatever_the_room_a_hint_stays_within_it(qapp: QApplication, room: int) -> None:
    hint = [
        (f"{ENDLESS}’s left elbow in 14 frames, best 1/4: ", False),
        *(("G", True), (" takes  ·  ", False), ("Shift+G", True), (" accepts  ·  ", False)),
        *(("3", True), (" absent   ", False), ("Backspace", True), (" leaves", False)),
    ]
    said = fitting_hint(hint, room)
    assert hint_plate(said, 0, 0).width() <= max(room, 0)
    assert not said or any(key for _, key in said)


@pytest.mark.parametrize("room", range(0, 900, 9))
def test_a_wrapped_hint_stays_within_its_room_with_every_key(qapp: QApplication, room: int) -> None:
    hint = [
        ("Frames 0 to 229  ·  drag it or a corner from here on  ·  ", False),
        *(("Del", True), (" ends it here   ", False), ("Shift+Del", True)),
        *((" deletes it   ", False), ("Shift+I", True), (" keeps it everywhere", False)),
    ]
    lines = hint_lines(wrapped_hint(hint, room, 3))
    assert len(lines) <= 3
    for line in lines:
        assert hint_plate(line, 0, 0).width() <= room
        assert not line[-1][1], "what a key does stays beside it"
    said = ["".join(text for text, _ in line) for line in lines]
    if room > 220:
        assert [text for line in lines for text, key in line if key] == [
            "Del",
            "Shift+Del",
            "Shift+I",
        ]
        assert " ".join(said).endswith("keeps it everywhere")
    if room > 330:
        assert " ".join(said).startswith("Frames 0 to 229")


def test_there_is_no_empty_box(qapp: QApplication) -> None:
    assert fitting_hint([(ENDLESS, False)], 30) == []
    assert hint_plate([], 12, 100).isEmpty()
