"""How high the timeline is: enough for everybody's lane and a curve, until it is made higher or lower by hand, and
again when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QStyle

from ..settings import settings
from .arrangement import LEAST_LANES, fitting_height

if TYPE_CHECKING:
    from ..session import Session
    from .widget import Timeline

BY_HAND = "timeline/by hand"
_AGAIN_MS = 200


class TimelineHeight(QObject):
    """Keeps the dock of a timeline as high as its lanes need, within what the window can spare.

    In one project it only grows, so that the picture stays where it is when somebody is deleted; never in the
    middle of a drag, and not for one new person, whose joints are about to be placed in the picture: only where several
    come at once, as a prediction or an import brings them.
    """

    def __init__(
        self, window: QMainWindow, dock: QDockWidget, timeline: Timeline, session: Session
    ) -> None:
        super().__init__(window)
        self._window, self._dock, self._timeline, self._session = window, dock, timeline, session
        self._people = LEAST_LANES
        self._grabbed: int | None = None
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.fit)
        session.project_changed.connect(self._begin)
        timeline.people_changed.connect(self._grow)
        window.installEventFilter(self)

    @property
    def by_hand(self) -> bool:
        """Whether somebody has set the height, which then stays as it is."""
        return settings().value(BY_HAND, False, bool) is True

    def fit(self) -> None:
        """Give the dock its height, unless it was given one by hand."""
        if self.by_hand:
            return
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._later.start(_AGAIN_MS)
            return
        height = fitting_height(self._people, self._window.height())
        if height != self._dock.height():
            self._window.resizeDocks([self._dock], [height], Qt.Orientation.Vertical)

    def follow_people(self) -> None:
        """Forget what was set by hand: the height is again what the lanes of the people there are need."""
        settings().remove(BY_HAND)
        self._dock.show()
        self._begin()

    def _begin(self) -> None:
        # The lanes are still those of the project before.
        self._people = max(len(self._session.people()), LEAST_LANES)
        self.fit()

    def _on_edge(self, point: QPoint) -> bool:
        """Whether a point of the window lies on the handle between the picture and the timeline."""
        extent = self._window.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetSeparatorExtent)
        return self._dock.isVisible() and 0 < self._dock.y() - point.y() <= extent

    def _grow(self, before: int, people: int) -> None:
        if people > max(self._people, before + 1):
            self._people = people
            self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window itself is pressed where its docks meet."""
        if event.type() == QEvent.Type.MouseButtonPress:
            self._grabbed = self._timeline.height()
        elif event.type() == QEvent.Type.MouseButtonRelease:
            if self._grabbed not in (None, self._timeline.height()):
                settings().setValue(BY_HAND, True)
            self._grabbed = None
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonDblClick:
            if self._on_edge(event.position().toPoint()):
                self.follow_people()
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._later.start(0)
        return False
