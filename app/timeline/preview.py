"""The picture under the pointer, over the timeline: what one would see there, before going there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ..theme import GRID, PALETTE, RADIUS, aside_font
from ..workers.thumbnails import WIDTH, Thumbnails

if TYPE_CHECKING:
    from ..session import Session
    from .widget import Timeline

DELAY_MS = 150
"""The pointer rests so long before the first picture appears; from then on it follows at once."""
_CAPTION = 22
_MARGIN = 4


class PreviewCard(QWidget):
    """A small picture with its frame below it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.image: QImage | None = None
        self.caption = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()

    def tell(self, image: QImage | None, shape: float, caption: str, foot: QPoint) -> None:
        """Show a picture (or that there is none yet), of ``shape`` height / width, with its foot at a point."""
        self.image, self.caption = image, caption
        wide = WIDTH if shape <= 1 else round(WIDTH / shape)
        wide = max(wide, QFontMetrics(aside_font()).horizontalAdvance(caption) + 2 * GRID)
        high = round(WIDTH * min(shape, 1.0))
        size = QRect(0, 0, wide + 2 * _MARGIN, high + _CAPTION + 2 * _MARGIN)
        size.moveCenter(foot)
        size.moveBottom(foot.y())
        room = self._window.rect()
        size.moveLeft(min(max(size.left(), room.left() + GRID), room.right() - GRID - size.width()))
        self.setGeometry(size)
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.setPen(QPen(QColor(PALETTE.edge), 1))
        painter.setBrush(QColor(PALETTE.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN - _CAPTION)
        painter.fillRect(room, QColor(PALETTE.picture))
        if self.image is not None and not self.image.isNull():
            scale = min(room.width() / self.image.width(), room.height() / self.image.height())
            target = QRectF(0, 0, self.image.width() * scale, self.image.height() * scale)
            target.moveCenter(room.center())
            painter.drawImage(target, self.image)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.text))
        below = QRectF(_MARGIN, room.bottom(), self.width() - 2 * _MARGIN, _CAPTION)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.caption)
        painter.end()


class HoverPreview(QObject):
    """Shows the card above a timeline while the pointer rests on a frame there."""

    def __init__(self, timeline: Timeline, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._timeline, self._session, self._window = timeline, session, window
        self.card = PreviewCard(window)
        self._thumbnails: Thumbnails | None = None
        self._at: QPoint | None = None
        self._rest = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._rest.timeout.connect(self._show)
        timeline.hovered.connect(self.follow)
        session.releasing.connect(self.close)

    def follow(self, point: QPoint | None) -> None:
        """The pointer is at a point of the timeline, or has left it (``None``)."""
        timed = point is not None and self._timeline.areas.time.contains(point)
        if not timed or not self._session.frames or self._session.playing:
            self._at = None
            self._rest.stop()
            self.card.hide()
            return
        self._at = point
        if self.card.isVisible():
            self._show()
        else:
            self._rest.start()

    def close(self) -> None:
        """Another video comes: let go of this one."""
        self.follow(None)
        if self._thumbnails is not None:
            self._thumbnails.close()
            self._thumbnails.deleteLater()
            self._thumbnails = None

    def _show(self) -> None:
        if self._at is None:
            return
        source = self._source()
        if source is not None:
            source.wish(self._frame(self._at))
        self._tell()

    def _frame(self, point: QPoint) -> int:
        return self._timeline.scale.frame_at(point.x())

    def _tell(self, *_: object) -> None:
        info = self._session.info
        if self._at is None or info is None:
            return
        frame = self._frame(self._at)
        found = None if self._thumbnails is None else self._thumbnails.best(frame)
        image, shown = found if found is not None else (None, frame)
        seconds = float(self._session.times[frame])
        caption = f"frame {frame}  ·  {seconds:.3f} s"
        if shown != frame:
            caption = f"frame {shown}, near {frame}"
        shape = info.height / (info.width * info.pixel_aspect)
        foot = self._timeline.mapTo(self._window, QPoint(self._at.x(), -GRID // 2))
        self.card.tell(image, shape, caption, foot)

    def _source(self) -> Thumbnails | None:
        """The thumbnails of the open video, begun with the first wish."""
        store = self._session.store
        if self._thumbnails is None and store is not None:
            self._thumbnails = Thumbnails(store.path, store.index, store.held, self)
            self._thumbnails.ready.connect(self._tell)
        return self._thumbnails
