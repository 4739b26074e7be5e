"""The stage of all pictures: one real window in one size, and how pictures are taken of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import (
    QMessageLogContext,
    QPoint,
    QPointF,
    QRect,
    Qt,
    QTimer,
    QtMsgType,
)
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from app import notices as notices_module
from app import session as session_module
from app import theme
from app.application import build

TITLE_BAR = 30
PATIENCE_MS = 60
PATIENCE_S = 60


class StoppedClock:
    """Says the same time always, so that a picture taken again is the same picture."""

    @staticmethod
    def now() -> datetime:
        return datetime(2026, 11, 24, 14, 2, 0)


class Stage:
    """A window to be looked at. Clocks stand still in its pictures.

    Attributes:
        folder: where the pictures go. only: a part of the names of those that are wanted.
        room: a folder for clips and projects.
        window: the real window.
    """

    def __init__(self, folder: Path, room: Path, size: tuple[int, int], only: str = "") -> None:
        self.folder, self.room, self.only, self.size = folder, room, only, size
        session_module._clock_time = lambda at: "14:02"
        notices_module.datetime = StoppedClock
        _, self.window = build(["glpose-studio"])
        self.defects: list[str] = []
        self.window.resize(*size)
        self.window.show()
        self.session = self.window.session
        self.settle()

    def settle(self, milliseconds: int = PATIENCE_MS) -> None:
        """Let the window work."""
        QTest.qWait(milliseconds)

    # -- what is on the stage --------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open anything and wait for its first picture."""
        self.session.open(path)
        until(lambda: self.session.opening is None)
        until(lambda: self.window.canvas.editable)

    def go_to(self, frame: int) -> None:
        """Show a frame."""
        self.session.go_to(frame)
        until(lambda: self.window.canvas.shown_frame == frame)
        project = self.session.project
        until(lambda: project is None or not project.pending)
        self.wait_for_decoding()

    def wait_for_decoding(self) -> None:
        """Until nothing more is read ahead: the timeline shows how far that is."""
        held, since = -1, 0
        while since < 10:
            now = int(self.session.cached().sum())
            since = since + 1 if now == held else 0
            held = now
            self.settle()

    def do(self, action: str) -> None:
        """Trigger an action of the table."""
        bound = self.window.bound[action]
        if not bound.isEnabled():
            raise SystemExit(f"{action} is not possible here")
        bound.trigger()

    # -- taking pictures -------------------------------------------------------------------------

    def shoot(self, name: str) -> None:
        """The whole window."""
        self.settle(250)
        if (self.window.width(), self.window.height()) != self.size:
            self.defects.append(f"{name}: the window has grown to {self.window.size().toTuple()}")
        self.keep(name, self.window.grab())

    def shoot_menu(self, name: str, menu: QMenu, at: QPoint) -> None:
        """The window with a menu open at a point of it."""
        menu.ensurePolished()
        menu.aboutToShow.emit()
        menu.popup(self.window.mapToGlobal(at))
        self.settle()
        self.keep(name, self.laid_over(menu.grab(), at))
        menu.close()

    def shoot_dialog(
        self,
        name: str,
        opens: Callable[[], object],
        before: Callable[[QDialog], None] | None = None,
        *,
        take: bool = False,
    ) -> None:
        """The window with the dialog that ``opens`` opens; complains where it exceeds the screen.

        ``before`` fills it in; ``take`` does what it offers instead of leaving it.
        """

        looked: list[QDialog] = []

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QDialog):
                raise SystemExit(f"{name}: no dialog has opened")
            looked.append(dialog)
            if before is not None:
                before(dialog)
                self.settle(200)
            self.keep_dialog(name, dialog)
            self._check(name, dialog)
            dialog.accept() if take else dialog.reject()

        timer = QTimer(singleShot=True)  # type: ignore[call-arg]
        timer.timeout.connect(look)
        timer.start(400)
        opens()
        self.settle()
        timer.stop()
        if not looked:  # or the picture would be of the next dialog
            raise SystemExit(f"{name}: no dialog has opened")

    def _check(self, name: str, dialog: QDialog) -> None:
        width, height = self.size
        if dialog.width() > width or dialog.height() + TITLE_BAR > height:
            self.defects.append(f"{name}: {dialog.width()} x {dialog.height()} exceeds the screen")

    def framed(self, dialog: QDialog) -> QPixmap:
        """A dialog with the title bar that a desktop would give it."""
        inside = dialog.grab()
        ratio = inside.devicePixelRatio()
        whole = QPixmap(inside.width(), inside.height() + round(TITLE_BAR * ratio))
        whole.setDevicePixelRatio(ratio)
        whole.fill(QColor("#2B2E36"))
        painter = QPainter(whole)
        painter.setFont(theme.reading_font())
        painter.setPen(QColor("#E6E8EC"))
        bar = QRect(0, 0, dialog.width(), TITLE_BAR)
        painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, dialog.windowTitle())
        painter.drawPixmap(QPointF(0, TITLE_BAR), inside)
        painter.end()
        return whole

    def keep_dialog(self, name: str, dialog: QDialog) -> None:
        """Keep a dialog's picture: in the middle of the window."""
        left = (self.window.width() - dialog.width()) // 2
        top = (self.window.height() - dialog.height() - TITLE_BAR) // 2
        self.keep(name, self.laid_over(self.framed(dialog), QPoint(left, top)))

    def laid_over(self, picture: QPixmap, at: QPoint) -> QPixmap:
        under = self.window.grab()
        painter = QPainter(under)
        painter.drawPixmap(QPointF(at), picture)
        painter.end()
        return under

    def keep(self, name: str, picture: QPixmap) -> None:
        """Write a picture, if it is wanted."""
        if self.only in name:
            picture.save(str(self.folder / f"{name}.png"))

    def close(self) -> None:
        """End."""
        self.session.set_job(None)
        self.window.close()


def complain(_kind: QtMsgType, _where: QMessageLogContext, message: str) -> None:
    """Pass Qt's remarks on, but for those that every dialog causes where there is no desktop."""
    if not message.startswith("This plugin does not support"):
        print(message)


def wait_for_what_it_brings(dialog: QDialog) -> None:
    """The dialog of Import has read its file, and says what an import would change."""
    until(lambda: dialog._file.prepared is not None)  # type: ignore[attr-defined]


def until(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Let the window work until ``condition`` holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"the window did not come so far within {seconds:.0f} s")
        QTest.qWait(20)


def part_of(stage: Stage, widget: QWidget) -> QPoint:
    """Where a widget lies in the window."""
    return widget.mapTo(stage.window, QPoint(0, 0))
