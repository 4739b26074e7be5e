"""The pictures of the guide, step by step: what a person does, and what is kept of the window then."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from demo_people import NAMES, copy_demo, labels
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt, qInstallMessageHandler
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from stage import Stage, complain, part_of, until

from glpose_core.labels import Visibility, edits, is_human
from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic.annotator import Annotator

WINDOW, README = (1280, 800), (1600, 1000)
STRIDE = 5
"""The scripted annotator corrects every fifth frame."""
PREDICTING_S = 1200
JONAS, MIRA, KIM = range(3)
"""The people in the clip's exact labels."""
BEFORE, BEHIND_THE_POST, MISSED, AFTER = 20, 40, 72, 90
"""Frames that the pictures show: before two people pass in front of the third, during, and after."""
ALIKE = 40.0
"""Mean distance in pixels up to which a pose is that of a person of the exact labels."""
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

    def end_dialog(
        self, name: str, opens: Callable[[], object], before: Callable[[QDialog], None]
    ) -> None:
        """Keep a dialog's picture, and take what it offers."""

        def take(dialog: QDialog) -> None:
            before(dialog)
            self.settle(200)
            self.keep_dialog(name, dialog)
            dialog.accept()

        self.shoot_dialog(name, opens, take)

    def owner(self, who: int, frame: int) -> int | None:
        """Which person of the project is ``who`` of the exact labels in a frame, if anybody is."""
        exact, seen = labels(), self.session.poses(frame)
        away = np.linalg.norm(seen["xy"] - exact.xy[frame, who], axis=-1)
        known = exact.visibility[frame, who] > 0
        mean = away[:, known].mean(axis=1)
        nearest = int(np.argmin(mean))
        return int(seen["person"][nearest]) if mean[nearest] < ALIKE else None


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
    guide.end_dialog("predict", lambda: guide.do("predict"), wait_for_models)
    until(lambda: guide.session.job is None or guide.session.job.done > 50, PREDICTING_S)
    guide.session.go_to(BEHIND_THE_POST)
    until(lambda: window.canvas.shown_frame == BEHIND_THE_POST)
    guide.shoot("predicting")
    until(lambda: not window.predicting.running, PREDICTING_S)
    window.status.clearMessage()


def who_is_who(guide: Guide) -> None:
    """Somebody who is not there is deleted, an exchange is repaired, and people get names."""
    session, window = guide.session, guide.window
    guide.go_to(BEHIND_THE_POST)
    real = {guide.owner(who, frame) for who in range(3) for frame in (BEFORE, AFTER)}
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


def _swap(guide: Guide) -> None:
    """Two people who passed each other have exchanged their identities."""
    jonas = guide.owner(JONAS, BEFORE)
    guide.go_to(AFTER)
    guide.session.select(jonas)
    wrong = guide.owner(JONAS, AFTER)

    def choose(dialog: QDialog) -> None:
        dialog.b.setCurrentIndex(dialog.b.findData(wrong))  # type: ignore[attr-defined]

    if wrong != jonas and wrong is not None:
        guide.end_dialog("swap", lambda: guide.do("swap_people"), choose)
    else:
        guide.shoot_dialog("swap", lambda: guide.do("swap_people"))
    guide.window.status.clearMessage()


STEPS = (opening, predicting, who_is_who)


def for_the_readme(guide: Guide) -> None:
    """The whole window, large, with a joint chosen."""
