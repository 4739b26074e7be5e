"""What dropping files on the window means: told over the window while they are still held, then done.

:func:`meaning_of` decides, and knows no window. One thing is taken from a drop; what it is, and what is left
aside, is said beforehand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from glpose_core.formats.registry import FORMATS
from glpose_core.video.folder_reader import SUFFIXES as PICTURE_SUFFIXES

from .opening import SUFFIX, VIDEO_SUFFIXES
from .theme import GRID, PALETTE, RADIUS, colour, icon, reading_font, title_font

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from .session import Session

LABEL_SUFFIXES = frozenset(end for format_ in FORMATS.values() for end in format_.extensions)
_LOOKED_AT = 5000
"""So many entries of a folder are looked at while it is held over the window."""


class Taking(Enum):
    """What happens to what is dropped; the value is the icon that says so."""

    OPEN = "open"
    IMPORT = "import"
    NOTHING = "warning"


@dataclass(frozen=True)
class Meaning:
    """What a drop means.

    Attributes:
        taking: what is done.
        path: with what; ``None`` if nothing is.
        title: that in a few words: "Open walk.mp4".
        detail: a sentence more, or "".
    """

    taking: Taking
    path: Path | None
    title: str
    detail: str = ""

    @property
    def refusal(self) -> str:
        """Why nothing is taken, as one sentence with its remedy."""
        return f"{self.title}: {self.detail}" if self.detail else self.title


def meaning_of(paths: Sequence[Path], video: Path | None) -> Meaning:
    """What dropping ``paths`` (at least one) means while ``video`` is open, or nothing.

    Of several, the first that can be opened is taken, else the first that can be imported.
    """
    meanings = [_of_one(path, video) for path in paths]
    if len(paths) == 1:
        return meanings[0]
    if all(path.suffix.lower() in PICTURE_SUFFIXES for path in paths):
        return _nothing(f"{len(paths)} pictures by themselves", "drop the folder that they lie in")
    taken = next((one for one in meanings if one.taking is Taking.OPEN), None)
    taken = taken or next((one for one in meanings if one.taking is Taking.IMPORT), None)
    if taken is None or taken.path is None:
        return _nothing(
            f"None of these {len(paths)} can be taken",
            "drop a video, a folder of pictures, a project, or labels of the open video",
        )
    aside = "The other one is" if len(paths) == 2 else f"The other {len(paths) - 1} are"
    return replace(taken, detail=f"{aside} left aside: one at a time.")


def _of_one(path: Path, video: Path | None) -> Meaning:
    ending = path.suffix.lower()
    if path.is_dir():
        return _of_folder(path, video)
    if ending == SUFFIX:
        return Meaning(Taking.OPEN, path, f"Open the project {path.name}", _instead(video))
    if ending in VIDEO_SUFFIXES:
        return Meaning(Taking.OPEN, path, f"Open {path.name}", _instead(video))
    if ending in LABEL_SUFFIXES:
        return _labels(path, video)
    if ending in PICTURE_SUFFIXES:
        return _nothing(f"{path.name} is one picture", "drop the folder that it lies in")
    known = "a video, a folder of pictures, a project or PoseTrack labels"
    return _nothing(f"{path.name} is none of what is opened here", f"drop {known}")


def _of_folder(folder: Path, video: Path | None) -> Meaning:
    """A folder of pictures is opened, one of labels is imported; of anything else, what to do instead."""
    try:
        with os.scandir(folder) as entries:
            inside = [Path(one.path) for one in islice(entries, _LOOKED_AT)]
    except OSError as error:
        return _nothing(f"{folder.name} cannot be read ({error.strerror})", "check the folder")
    shown = sorted(path for path in inside if not path.name.startswith("."))
    pictures = _ending(shown, PICTURE_SUFFIXES)
    if pictures:
        number = _count(pictures, "picture") if len(inside) < _LOOKED_AT else "Many pictures"
        title = f"Open the folder {folder.name}"
        return Meaning(Taking.OPEN, folder, title, f"{number}. {_instead(video)}".strip())
    labels = _ending(shown, LABEL_SUFFIXES)
    fitting = [path for path in labels if video is not None and path.stem == video.stem]
    if len(labels) == 1 or fitting:
        return _labels((fitting or labels)[0], video)
    if labels:
        whose = "open its video first" if video is None else f"drop the one of {video.name}"
        return _nothing(f"{folder.name} holds {_count(labels, 'label file')}", whose)
    openable = _ending(shown, {SUFFIX, *VIDEO_SUFFIXES})
    if len(openable) == 1:
        return _of_one(openable[0], video)
    if openable:
        return _nothing(
            f"{folder.name} holds {len(openable)} videos and projects", "drop one of them"
        )
    return _nothing(f"{folder.name} holds no pictures", "drop a folder of pictures, or a video")


def _ending(paths: Sequence[Path], suffixes: frozenset[str] | set[str]) -> list[Path]:
    return [path for path in paths if path.suffix.lower() in suffixes]


def _count(things: Sequence[Path], word: str) -> str:
    return f"1 {word}" if len(things) == 1 else f"{len(things)} {word}s"


def _labels(path: Path, video: Path | None) -> Meaning:
    if video is None:
        return _nothing(f"{path.name} looks like labels", "open their video first")
    return Meaning(
        Taking.IMPORT,
        path,
        f"Import labels from {path.name}",
        f"Into {video.name}; you are asked how.",
    )


def _instead(video: Path | None) -> str:
    return "" if video is None else f"{video.name} is closed; everything in it is saved."


def _nothing(title: str, remedy: str) -> Meaning:
    return Meaning(Taking.NOTHING, None, title, remedy)


class Drops(QObject):
    """Takes what is dropped anywhere on a window."""

    def __init__(
        self,
        window: QMainWindow,
        session: Session,
        open_path: Callable[[Path], object],
        import_from: Callable[[Path], object],
    ) -> None:
        """``open_path`` opens a video or project; ``import_from`` asks how to import a label file, and does it."""
        super().__init__(window)
        self._session, self._open, self._import = session, open_path, import_from
        self.overlay = DropOverlay(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say what would happen while something is held over the window; do it when it is let go."""
        if isinstance(event, QDragLeaveEvent):
            self.overlay.hide()
        elif isinstance(event, QDragEnterEvent | QDropEvent) and (paths := _paths(event)):
            meaning = meaning_of(paths, self._video())
            # A refusal is accepted, too: else nobody would hear why.
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if event.type() != QEvent.Type.Drop:
                self.overlay.tell(meaning)
            else:
                self.overlay.hide()
                # Not at once: whoever lets go waits until this returns, and a question may follow.
                QTimer.singleShot(0, self, lambda: self.take(meaning))
            return True
        return super().eventFilter(watched, event)

    def take(self, meaning: Meaning) -> None:
        """Do it."""
        if meaning.path is None:
            self._session.notice("error", f"{meaning.refusal}.")
        elif meaning.taking is Taking.OPEN:
            self._open(meaning.path)
        else:
            self._import(meaning.path)

    def _video(self) -> Path | None:
        info = self._session.info
        return None if info is None else Path(info.path)


def _paths(event: QDropEvent) -> list[Path]:
    """The files and folders of a drag."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


class DropOverlay(QWidget):
    """A veil over the whole window with what would happen in its middle."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.meaning: Meaning | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def tell(self, meaning: Meaning) -> None:
        """Show what would happen."""
        self.meaning = meaning
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colour(PALETTE.ground, 0.78))
        if self.meaning is not None:
            _paint_meaning(painter, QRectF(self.rect()), self.meaning)
        painter.end()


def _paint_meaning(painter: QPainter, area: QRectF, meaning: Meaning) -> None:
    """The dashed frame of a place to drop files, with icon, title and detail in its middle."""
    refused = meaning.taking is Taking.NOTHING
    tint = PALETTE.middling if refused else PALETTE.focus
    pen = QPen(QColor(tint), 2)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area.adjusted(12, 12, -12, -12), 2 * RADIUS, 2 * RADIUS)
    plate = QRectF(0, 0, min(area.width() - 6 * GRID, 560), 176)
    plate.moveCenter(area.center())
    painter.setPen(QPen(QColor(PALETTE.edge), 1))
    painter.setBrush(QColor(PALETTE.raised))
    painter.drawRoundedRect(plate, RADIUS, RADIUS)
    sign = icon(meaning.taking.value, tint)
    sign.paint(painter, int(plate.center().x()) - 20, int(plate.top()) + 24, 40, 40)
    inside = plate.adjusted(3 * GRID, 0, -3 * GRID, 0)
    middle = Qt.AlignmentFlag.AlignCenter
    painter.setPen(QColor(PALETTE.bright))
    painter.setFont(title_font())
    head = QFontMetrics(title_font()).elidedText(
        meaning.title, Qt.TextElideMode.ElideMiddle, int(inside.width())
    )
    painter.drawText(QRectF(inside.left(), plate.top() + 72, inside.width(), 32), middle, head)
    painter.setPen(QColor(PALETTE.text))
    painter.setFont(reading_font())
    said = f"{meaning.detail[:1].upper()}{meaning.detail[1:]}"
    below = QRectF(inside.left(), plate.top() + 112, inside.width(), 48)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(below, flags, said)
