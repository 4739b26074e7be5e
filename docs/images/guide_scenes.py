"""The pictures of the guide, step by step: what a person does, and what is kept of the window then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from demo_people import NAMES, copy_demo, labels
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget
from stage import Stage, complain, part_of, until, wait_for_what_it_brings

from app.canvas.stance import standing
from app.dialogs.messages import Message
from glpose_core.labels import Visibility, edits
from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic.annotator import Annotator

WINDOW, README = (1280, 800), (1600, 1000)
STRIDE = 5
"""The scripted annotator corrects every fifth frame."""
PREDICTING_S = 1200
EXPLAINING_S = 120
JONAS, MIRA, KIM = range(3)
"""The people in the clip's exact labels."""
BEFORE, BEHIND_THE_POST, MISSED, AFTER = 20, 40, 72, 90
"""Frames that the pictures show: before two people pass in front of the third, during, and after."""
TREE = np.array([130.0, 170.0, 110.0, 240.0])
"""A box around a tree at the left."""
ALIKE = 40.0
"""Mean distance in pixels up to which a pose is that of a person of the exact labels."""
GOOD = 6.0
"""Median distance in pixels of a pose that is good but for a joint or two."""
CLOSE_UP = 400
"""Pixels of the window in a close-up."""
HINT = 50
"""Pixels at the foot of the canvas that the line of hints takes."""
_SMALLEST = 0
"""Qt's quality of a PNG that is packed as small as it goes."""


class Guide(Stage):
    """A stage whose pictures are small: dialogs alone, parts of the window, without transparency."""

    def keep(self, name: str, picture: QPixmap) -> None:
        image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
        image.save(str(self.folder / f"{name}.png"), "PNG", _SMALLEST)

    def keep_dialog(self, name: str, dialog: QDialog) -> None:
        self.keep(name, self.framed(dialog))

    def shoot_part(self, name: str, *widgets: QWidget, margin: int = 0) -> None:
        """The part of the window that holds these widgets."""
        self.settle(250)
        area = QRect()
        for widget in widgets:
            area = area.united(QRect(part_of(self, widget), widget.size()))
        area = area.adjusted(-margin, -margin, margin, margin) & self.window.rect()
        self.keep(name, self.window.grab(area))

    def at(self, xy: NDArray[np.float64]) -> QPoint:
        """Where a point of the picture lies on the canvas."""
        x, y = self.window.canvas.mapping.to_view(xy)
        return QPoint(round(float(x)), round(float(y)))

    def nearer(self, who: int, frame: int, one: int | None, other: int | None) -> bool:
        """Whether ``one`` lies nearer to ``who`` of the exact labels than ``other`` does in a frame."""
        away = {}
        for row in self.session.poses(frame):
            known = labels().visibility[frame, who] > 0
            far = np.linalg.norm(row["xy"] - labels().xy[frame, who], axis=-1)
            away[int(row["person"])] = float(far[known].mean())
        return away.get(one, np.inf) < away.get(other, np.inf)  # type: ignore[call-overload]

    def owner(self, who: int, frame: int) -> int | None:
        """Which person of the project is ``who`` of the exact labels in a frame, if anybody is."""
        exact, seen = labels(), self.session.poses(frame)
        away = np.linalg.norm(seen["xy"] - exact.xy[frame, who], axis=-1)
        known = exact.visibility[frame, who] > 0
        mean = away[:, known].mean(axis=1)
        nearest = int(np.argmin(mean))
        return int(seen["person"][nearest]) if mean[nearest] < ALIKE else None

    def person(self, who: int) -> int:
        """The person that was given the name of ``who``."""
        return next(one.id for one in self.session.people() if one.name == NAMES[who])

    def drag(
        self, start: NDArray[np.float64], stop: NDArray[np.float64], let_go: bool = False
    ) -> None:
        """Drag from one point of the picture to another."""
        canvas, left = self.window.canvas, Qt.MouseButton.LeftButton
        plain = Qt.KeyboardModifier.NoModifier
        QTest.mousePress(canvas, left, plain, self.at(start))
        for part in (0.3, 0.7, 1.0):
            QTest.mouseMove(canvas, self.at(start + part * (stop - start)))
            self.settle()
        if let_go:
            QTest.mouseRelease(canvas, left, plain, self.at(stop))
            QTest.mouseMove(canvas, QPoint(4, 4))
            self.settle(200)

    def about(self, xy: NDArray[np.float64]) -> QPixmap:
        """A square of the canvas round a point of the picture."""
        canvas, half = self.window.canvas, CLOSE_UP // 2
        self.settle(250)
        area = QRect(self.at(xy) - QPoint(half, half), QSize(CLOSE_UP, CLOSE_UP))
        edge = max(self.at(np.zeros(2)).x(), 0)
        area.moveLeft(min(max(area.left(), edge), canvas.width() - CLOSE_UP))
        area.moveTop(min(max(area.top(), 0), canvas.height() - HINT - CLOSE_UP))
        return canvas.grab(area)

    def worst_joint(self) -> tuple[int, int, int]:
        """(frame, person, joint) of the visible joint that lies farthest off in a pose that is good otherwise."""
        worst = (0.0, (0, 0, 0))
        for frame, who, away in self._good_poses():
            away = away * (labels().visibility[frame, who] == Visibility.VISIBLE)
            if away.max() > worst[0]:
                worst = float(away.max()), (frame, who, int(away.argmax()))
        return worst[1]

    def partly_hidden(self) -> tuple[int, int]:
        """(frame, person) of the best pose with a few hidden joints, as few of them as may be said to be hidden."""
        best = ((len(POSETRACK17), np.inf), (0, 0))
        for frame, who, away in self._good_poses():
            row = self.session.project.state.pose(self.person(who), frame)  # type: ignore[union-attr]
            hidden = labels().visibility[frame, who] == Visibility.OCCLUDED
            said = hidden & (row["visibility"] == Visibility.OCCLUDED)
            rank = int(said.sum()), float(away.max())
            if 2 <= hidden.sum() <= 4 and rank < best[0]:
                best = rank, (frame, who)
        return best[1]

    def _good_poses(self) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
        """Frames and people of the clip's first part that were predicted well on the whole, and how far
        each joint is off in pixels ``[17]`` (0 for the ears)."""
        exact = labels()
        for frame in range(BEFORE // 2, MISSED - 20):
            seen = self.session.poses(frame)
            for who in range(len(NAMES)):
                mine = seen[seen["person"] == self.person(who)]
                known = exact.visibility[frame, who] > 0
                if len(mine) and known.any():
                    away = np.linalg.norm(mine[0]["xy"] - exact.xy[frame, who], axis=1) * known
                    if np.median(away[known]) < GOOD:
                        yield frame, who, away

    def judge_next(self, hidden: NDArray[np.bool_]) -> None:
        """Choose the next joint that is hidden and not said to be, and say so."""
        row = self.session.pose()
        assert row is not None
        left = np.flatnonzero(hidden & (row["visibility"] != Visibility.OCCLUDED))
        if len(left):
            self.session.select(self.session.person, int(left[0]))
            self.do("mark_hidden")


def take_all(folder: Path, room: Path) -> None:
    """Take every picture: those of the guide into ``folder / "guide"``, the README's beside it."""
    qInstallMessageHandler(complain)
    (room / "labels").mkdir()
    copy_demo(Path(os.environ["GLPOSE_HOME"]) / "demo")
    guide = Guide(folder / "guide", room, WINDOW)
    for step in STEPS:
        step(guide)
    guide.folder = folder
    for_the_readme(guide)
    guide.close()


def opening(guide: Guide) -> None:
    """The welcome, and the demo clip just opened."""
    guide.shoot("welcome")
    guide.do("open_demo")
    until(lambda: guide.window.canvas.editable)
    guide.go_to(BEFORE)
    guide.shoot("opened")


def predicting(guide: Guide) -> None:
    """The dialog of Predict, the running work, and who has been found."""
    window = guide.window

    def wait_for_models(_dialog: QDialog) -> None:
        until(lambda: window.predicting.inventory is not None)

    guide.go_to(0)
    guide.shoot_dialog("predict", lambda: guide.do("predict"), wait_for_models, take=True)
    until(lambda: guide.session.job is None or guide.session.job.done > 50, PREDICTING_S)
    guide.session.go_to(BEHIND_THE_POST)
    until(lambda: window.canvas.shown_frame == BEHIND_THE_POST)
    guide.shoot("predicting")
    until(lambda: not window.predicting.running, PREDICTING_S)
    window.status.clearMessage()
    # The line at the bottom has grown with the numbers, and the window with it.
    window.resize(*WINDOW)


def who_is_who(guide: Guide) -> None:
    """Somebody who is not there is deleted, an exchange is repaired, and people get names."""
    session, window = guide.session, guide.window
    guide.go_to(BEHIND_THE_POST)
    real = {guide.owner(who, frame) for who in range(3) for frame in (BEFORE, AFTER)}
    if not [one for one in session.people() if one.id not in real]:
        _take_the_tree_for_somebody(guide)
    for person in [one.id for one in session.people() if one.id not in real]:
        session.select(person)
        if session.pose() is not None:
            guide.shoot_part("nobody", window.people, window.canvas)
        guide.do("delete_person")
    _swap(guide)
    for who, name in enumerate(NAMES):
        person = guide.owner(who, BEFORE)
        assert person is not None, name
        session.apply(lambda state, a=person, b=name: edits.rename_person(state, a, b))


def _take_the_tree_for_somebody(guide: Guide) -> None:
    """What a finder of people does now and then, where the one in use did not."""
    xy, visibility = standing(TREE)
    guide.session.apply(
        lambda state: edits.add_person(state, BEHIND_THE_POST, xy=xy, visibility=visibility)[0]
    )


def _swap(guide: Guide) -> None:
    """Two people who passed each other have exchanged their identities."""
    jonas, wrong = guide.owner(JONAS, BEFORE), guide.owner(JONAS, AFTER)
    first = AFTER
    while wrong != jonas and guide.nearer(JONAS, first - 1, wrong, jonas):
        first -= 1
    guide.go_to(first)
    guide.session.select(jonas)

    def choose(dialog: QDialog) -> None:
        dialog.b.setCurrentIndex(dialog.b.findData(wrong))  # type: ignore[attr-defined]

    if wrong != jonas and wrong is not None:
        guide.shoot_dialog("swap", lambda: guide.do("swap_people"), choose, take=True)
    else:
        guide.shoot_dialog("swap", lambda: guide.do("swap_people"))
    guide.window.status.clearMessage()


def why(guide: Guide) -> None:
    """Why a pose is as it is, and what it would be without one of the crops."""
    session, window = guide.session, guide.window
    guide.go_to(BEFORE)
    session.select(guide.person(KIM))
    guide.do("show_evidence")
    panel = window.evidence
    until(lambda: panel.key.picture is not None and not panel.busy.isVisible(), EXPLAINING_S)
    window.canvas.setFocus()
    panel.near.switched.emit(1)
    until(lambda: panel.key.ghost is not None or "no joint" in panel.said.text(), EXPLAINING_S)
    guide.shoot_part("evidence", panel)
    panel.restore_references()
    window.docks[1].raise_()


def missed(guide: Guide) -> None:
    """A box is being drawn round somebody whom the prediction has lost for a while."""
    session, window = guide.session, guide.window
    guide.go_to(MISSED)
    session.select(guide.person(MIRA))
    guide.do("tool_box")
    x, y, wide, high = labels().box[MISSED, MIRA]
    corner, opposite = np.array([x, y]), np.array([x + wide, y + high])
    guide.drag(corner, opposite)
    guide.shoot_part("box", window.people, window.canvas)
    window.canvas.escape()
    guide.do("tool_select")


def correcting(guide: Guide) -> None:
    """A joint is dragged where it belongs; another is said to be hidden."""
    session, window = guide.session, guide.window
    frame, who, joint = guide.worst_joint()
    guide.go_to(frame)
    session.select(guide.person(who), joint)
    guide.do("zoom_person")
    row = session.pose()
    assert row is not None
    start, stop = row["xy"][joint].copy(), labels().xy[frame, who, joint]
    pictures = [guide.about((start + stop) / 2)]
    guide.drag(start, stop, let_go=True)
    pictures.append(guide.about((start + stop) / 2))
    guide.keep("correct", side_by_side(*pictures))
    frame, who = guide.partly_hidden()
    guide.go_to(frame)
    session.select(guide.person(who))
    guide.do("zoom_person")
    hidden = labels().visibility[frame, who] == Visibility.OCCLUDED
    for _ in range(int(hidden.sum())):
        guide.judge_next(hidden)
    guide.shoot_part("states", window.canvas, window.joints)
    guide.do("fit")


def reviewing(guide: Guide) -> None:
    """The timeline after every fifth frame was corrected, with a range marked."""
    session, window = guide.session, guide.window
    assert session.project is not None
    Annotator(session.project, labels()).correct(range(0, session.frames, STRIDE))
    for frame in range(40):
        session.project.submit(edits.accept_frame(session.project.state, frame))
    guide.go_to(AFTER)
    session.select(guide.person(JONAS), POSETRACK17.joints.index("left_wrist"))
    session.mark(85, 105)
    guide.shoot_part("timeline", window.timeline)
    session.mark(None)


def files(guide: Guide) -> None:
    """Out to a PoseTrack file, and in again."""
    file = Path.home() / "labels" / "demo.json"

    def name_it(dialog: QDialog) -> None:
        dialog.path.setText("~/labels/demo.json")  # type: ignore[attr-defined]
        dialog.update_now()  # type: ignore[attr-defined]

    def close_the_report() -> None:
        report = QApplication.activeModalWidget()
        if isinstance(report, Message):
            report.reject()

    closer = QTimer(interval=50)  # type: ignore[call-arg]
    closer.timeout.connect(close_the_report)

    def write_it(dialog: QDialog) -> None:
        name_it(dialog)
        closer.start()

    guide.shoot_dialog("export", lambda: guide.do("export_labels"), write_it, take=True)
    while guide.window.exporting.running:
        guide.settle(50)
    guide.settle(300)
    closer.stop()
    real = QFileDialog.getOpenFileName
    QFileDialog.getOpenFileName = lambda *_, **__: (str(file), "")  # type: ignore[assignment]
    guide.shoot_dialog("import", lambda: guide.do("import_labels"), wait_for_what_it_brings)
    QFileDialog.getOpenFileName = real  # type: ignore[assignment]


def learning(guide: Guide) -> None:
    """The dialog of Train, and the search for actions."""
    guide.shoot_dialog("train", lambda: guide.do("train"))
    guide.shoot_dialog("search", lambda: guide.do("palette"), lambda one: one.line.setText("acc"))  # type: ignore[attr-defined]
    guide.window.status.clearMessage()


STEPS = (opening, predicting, who_is_who, why, missed, correcting, reviewing, files, learning)


def for_the_readme(guide: Guide) -> None:
    """The whole window, large, with a joint chosen."""
    guide.window.hints.dismiss_all()
    guide.window.resize(*README)
    guide.size = README
    guide.go_to(BEHIND_THE_POST)
    guide.session.select(guide.person(KIM), POSETRACK17.joints.index("right_wrist"))
    guide.window.canvas.fit()
    guide.shoot("studio")


def side_by_side(*pictures: QPixmap) -> QPixmap:
    """Pictures of one height in a row, a gap between them."""
    gap = 12
    wide = sum(one.width() for one in pictures) + gap * (len(pictures) - 1)
    whole = QPixmap(QSize(wide, max(one.height() for one in pictures)))
    whole.fill(Qt.GlobalColor.white)
    painter = QPainter(whole)
    left = 0
    for one in pictures:
        painter.drawPixmap(left, 0, one)
        left += one.width() + gap
    painter.end()
    return whole
