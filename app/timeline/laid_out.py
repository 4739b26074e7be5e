"""Where on the timeline things lie: its parts, the rows of its lanes, the scale of time, and what scrolls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QScrollBar, QWidget

from . import crossings
from .arrangement import BAR, NAMES_WIDTH, ROW_HEIGHT, areas_of, curve_words
from .curves import Kind
from .lanes import Lanes
from .painting import Areas
from .scale import TimeScale

if TYPE_CHECKING:
    from ..session import Session


class LaidOutTimeline(QWidget):
    """Ruler, lanes and a curve have their places, and the two bars that move them.

    Attributes:
        lanes: what there is to be shown. scale: which part of the video, and where.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.lanes = Lanes(session)
        self.scale = TimeScale.fitted(1, NAMES_WIDTH, 100)
        self._rows_bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._time_bar = QScrollBar(Qt.Orientation.Horizontal, self)
        self._rows_bar.valueChanged.connect(self.redraw)
        self._time_bar.valueChanged.connect(
            lambda start: self.set_scale(self.scale.panned(start - self.scale.start))
        )

    def redraw(self) -> None:
        """Something lies elsewhere: paint all of it anew."""
        raise NotImplementedError

    @property
    def areas(self) -> Areas:
        """The parts of the widget at its present size."""
        strip = crossings.HEIGHT if len(self.session.crossings.found) else 0
        return areas_of(self.size(), len(self.lanes.people), strip)

    def curve_at(self, point: QPoint) -> Kind | None:
        """The curve whose word is under a point, or ``None``."""
        if self.session.joint is None:
            return None
        words = curve_words(self.areas)
        return next((kind for kind, rect in words.items() if rect.contains(point)), None)

    def crossing_at(self, point: QPoint) -> crossings.Mark | None:
        """The crossing under a point of the strip above the lanes, or ``None``."""
        if not self.areas.crossings.contains(point):
            return None
        return crossings.mark_at(self.session.crossings.found, self.scale, point.x())

    @property
    def _scrolled(self) -> int:
        """How far the lanes are scrolled: by whole ones, so that none is cut."""
        return self._rows_bar.value() // ROW_HEIGHT * ROW_HEIGHT

    def row_rect(self, row: int) -> QRect:
        """The whole strip of a lane, its name included."""
        top = self.areas.lanes.top() + row * ROW_HEIGHT - self._scrolled
        return QRect(0, top, self.width(), ROW_HEIGHT)

    def row_at(self, point: QPoint) -> int | None:
        """The row of the lane under a point, or ``None``."""
        lanes = self.areas.lanes
        if not lanes.top() <= point.y() <= lanes.bottom():
            return None
        row = (point.y() - lanes.top() + self._scrolled) // ROW_HEIGHT
        return row if row < len(self.lanes.people) else None

    def visible_rows(self) -> range:
        """The rows of the lanes that are visible, at least in part."""
        top, height = self._scrolled, self.areas.lanes.height()
        return range(
            top // ROW_HEIGHT, min(-(-(top + height) // ROW_HEIGHT), len(self.lanes.people))
        )

    def scroll_rows(self, rows: float) -> None:
        """Scroll the lanes by a number of rows."""
        self._rows_bar.setValue(self._rows_bar.value() + round(rows * ROW_HEIGHT))

    def set_scale(self, scale: TimeScale) -> None:
        """Show another part of the video."""
        if scale != self.scale:
            self.scale = scale
            self._match_time_bar()
            self.redraw()

    def fit(self) -> None:
        """Show the whole video."""
        ruler = self.areas.ruler
        self.set_scale(TimeScale.fitted(self.scale.frames, ruler.left(), ruler.width()))

    def zoom(self, factor: float) -> None:
        """Zoom about the playhead, or about the middle if the playhead is out of view."""
        ruler, x = self.areas.ruler, self.scale.x_of(self.session.frame)
        held = x if ruler.left() <= x <= ruler.right() else ruler.center().x()
        self.set_scale(self.scale.zoomed(factor, held))

    def arrange(self) -> None:
        """Lay everything out in the present size, and say to the bars how much there is."""
        areas = self.areas
        self.scale = self.scale.resized(areas.ruler.left(), areas.ruler.width())
        hidden = len(self.lanes.people) * ROW_HEIGHT - areas.lanes.height()
        self._rows_bar.setRange(0, max(hidden, 0))
        self._rows_bar.setPageStep(max(areas.lanes.height(), 1))
        self._rows_bar.setSingleStep(ROW_HEIGHT)
        self._rows_bar.setVisible(hidden > 0)
        self._rows_bar.setGeometry(self.width() - BAR, areas.lanes.top(), BAR, areas.lanes.height())
        self._time_bar.setGeometry(
            areas.ruler.left(), self.height() - BAR, areas.ruler.width(), BAR
        )
        self._match_time_bar()

    def _match_time_bar(self) -> None:
        scale, bar = self.scale, self._time_bar
        shown = max(int(scale.shown), 1)
        bar.blockSignals(True)
        bar.setRange(0, max(scale.frames - shown, 0))
        bar.setPageStep(shown)
        bar.setSingleStep(max(shown // 10, 1))
        bar.setValue(round(scale.start))
        bar.blockSignals(False)
        bar.setVisible(not scale.fits)
