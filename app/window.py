"""The main window: puts canvas, docks, menus and toolbar together. It holds no logic of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QActionGroup, QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabWidget, QWidget

from . import theme
from .actions import ACTIONS, MENUS, TOOLBAR, TRANSPORT
from .bound import Bound
from .canvas.canvas import Canvas
from .canvas.empty import Welcome
from .commands import Commands
from .comparing import Comparing, Comparison
from .coverage import Coverage
from .dropping import Drops
from .explaining import Explaining
from .exporting import Exporting
from .guiding import Guiding
from .hints import Hints
from .importing import Importing
from .leaving import may_adopt, may_leave, may_stop_work
from .locating import locate_video
from .naming import menu_text, plain_tip
from .notices import Notices
from .panels.coverage import CoveragePanel
from .panels.differences import DifferencePanel
from .panels.evidence import EvidencePanel
from .panels.guideline import GuidelinePanel
from .panels.hints import HintCard, HintedColumn
from .panels.joints import JointPanel
from .panels.people import PeoplePanel
from .panels.review import ReviewPanel
from .panels.tabs import PanelTabs
from .predicting import Predicting
from .reviewing import Reviewing
from .scrubbing import Scrubbing
from .session import Session
from .settings import recent, settings
from .shortcuts import shortcuts
from .statusline import StatusLine
from .timeline.height import TimelineHeight
from .timeline.preview import HoverPreview
from .timeline.widget import Timeline
from .toolbar import ToolBar
from .training import Training

APP_NAME = "GLPose Studio"
LAYOUT_VERSION = 1
FIRST_SIZE = QSize(1600, 1000)
"""The size at the first start, where the screen has room for it."""
DECORATION = QSize(16, 48)
"""About what a desktop puts around a window."""


class MainWindow(QMainWindow):
    """The one window.

    Attributes:
        session: what is open.
        canvas, timeline, people, joints: the views.
        actions_by_id: the bound table of actions.
    """

    def __init__(self, *, remember: bool = True) -> None:
        """``remember``: whether size and docks are kept from one start to the next."""
        super().__init__()
        self._remember = remember
        self._guideline_seen = False
        shortcuts.load()
        self.setObjectName("main")
        self.setWindowTitle(APP_NAME)
        self.setWindowIcon(theme.app_icon())
        self.session = Session(self)
        self.session.may_adopt = lambda opened: may_adopt(opened, self)
        self.session.locate = lambda missing: locate_video(missing, self)
        self.canvas = Canvas(self.session)
        self.people = PeoplePanel(self.session)
        self.joints = JointPanel(self.session)
        self.timeline = Timeline(self.session)
        self.predicting = Predicting(self.session, self)
        self.training = Training(self.session, self)
        self.exporting = Exporting(self.session, self)
        self.importing = Importing(self.session, self)
        self.background = (self.exporting, self.importing)
        self.comparing = Comparing(self.session, self)
        self.differences = DifferencePanel(self.session, self.comparing)
        self.coverage = Coverage(self.session, self)
        self.missing = CoveragePanel(self.session, self.coverage)
        self.explaining = Explaining(self.session, self)
        self.evidence = EvidencePanel(self.session, self.explaining)
        self.guideline = GuidelinePanel(self.session)
        self.reviewing = Reviewing(self.session, self)
        self.guiding = Guiding(self.session, self.canvas, lambda: self.reviewing.skipped, self)
        self.scrubbing = Scrubbing(self.session, self)
        self.commands = Commands(self)
        self.bound = Bound(self.session, self.commands)
        self.review = ReviewPanel(self.reviewing, self.bound.actions)
        self.notices = Notices(self.session, self)
        self.hints = Hints(self.session, self)
        self.welcome = Welcome(
            self.session, self.bound["open"], self.bound["open_demo"], recent, self.canvas
        )
        self.hover = HoverPreview(self.timeline, self.session, self)
        self.setCentralWidget(self.canvas)
        self._add_docks()
        self._add_actions()
        self._add_menus()
        self._add_toolbar()
        self.status = StatusLine(self.session, self)
        self.setStatusBar(self.status)
        self._connect()
        self.drops = Drops(self, self.session, self.open, self.commands.import_labels_from)
        self.resize(FIRST_SIZE)
        if remember:
            self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize() - DECORATION))
            self._restore_layout()
        self.canvas.setFocus()

    # -- putting together ----------------------------------------------------------------------

    def _connect(self) -> None:
        self.predicting.compared.connect(self.comparing.compare)
        self.differences.pointed.connect(self.canvas.show_opinion)
        self.evidence.leave.connect(self.canvas.setFocus)
        self.review.leave.connect(self.canvas.setFocus)
        self.people.delete_pose_wanted.connect(self.commands.remove_pose)
        self.people.delete_person_wanted.connect(self.commands.remove_person)
        self.bound.taken.connect(self.hints.did)
        self.bound.finishing.connect(self.canvas.let_go)
        self.session.noticed.connect(self.status.notice)
        self.status.details_wanted.connect(self.commands.show_messages)
        self.canvas.zoom_changed.connect(self.status.set_zoom)
        self.training.reported.connect(self.commands.offer_weights)
        self.exporting.written.connect(self.commands.tell_export)
        self.session.project_changed.connect(self._retitle)

    def _add_docks(self) -> None:
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.docks = [
            self._dock("People", self._people_and_hints(), Qt.DockWidgetArea.LeftDockWidgetArea),
            self._dock("Joints", self.joints, Qt.DockWidgetArea.RightDockWidgetArea),
            self._dock("Timeline", self.timeline, Qt.DockWidgetArea.BottomDockWidgetArea),
        ]
        self.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North)
        evidence = self._dock("Evidence", self.evidence, Qt.DockWidgetArea.RightDockWidgetArea)
        evidence.visibilityChanged.connect(self.evidence.attend)
        self.tabifyDockWidget(self.docks[1], evidence)
        guideline = self._dock("Guideline", self.guideline, Qt.DockWidgetArea.RightDockWidgetArea)
        self.tabifyDockWidget(evidence, guideline)
        guideline.visibilityChanged.connect(self._note_guideline)
        self.docks[1].raise_()
        self.resizeDocks(self.docks[:2], [264, 320], Qt.Orientation.Horizontal)
        self.timeline_height = TimelineHeight(self, self.docks[2], self.timeline, self.session)
        self.docks[2:2] = [evidence, guideline]

    def show_review(self) -> None:
        """Bring the panel *Review* to the front."""
        self.docks[0].show()
        self.left.setCurrentWidget(self.review)
        self.reviewing.watch()

    def show_coverage(self) -> None:
        """Check the coverage, and bring the list of what is missing to the front."""
        self.docks[0].show()
        self.left.setTabVisible(self.left.indexOf(self.missing), True)
        self.left.setCurrentWidget(self.missing)
        self.coverage.watch()

    def _people_and_hints(self) -> QWidget:
        """The left column: people, the review list or a comparison, and below them the next step, where it
        covers no picture."""
        self.left = PanelTabs([self.people, self.review, self.differences, self.missing])
        self._show_differences(None)
        self.left.setTabVisible(self.left.indexOf(self.missing), False)
        self.comparing.listed.connect(self._show_differences)
        return HintedColumn(self.left, HintCard(self.hints, self.bound.actions))

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock {title}")
        dock.setWidget(widget)
        # The panels have headings of their own; a bare title bar keeps the dock where it is.
        dock.setTitleBarWidget(QWidget(dock))
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        self.addDockWidget(area, dock)
        return dock

    def _show_differences(self, found: object) -> None:
        """Bring the list of a new comparison to the front; without one its tab is put away."""
        self.left.setTabVisible(self.left.indexOf(self.differences), found is not None)
        if isinstance(found, Comparison) and not found.again:
            self.left.setCurrentWidget(self.differences)

    def show_evidence(self) -> None:
        """Bring the panel *Evidence* to the front, and the keyboard to its crops."""
        dock = next(dock for dock in self.docks if dock.widget() is self.evidence)
        dock.show()
        dock.raise_()
        self.evidence.focus_strip()

    def toggle_guideline(self) -> None:
        """Bring the panel *Guideline* to the front; if it is there, the panel *Joints*."""
        front = self.joints if self._guideline_seen else self.guideline
        dock = next(dock for dock in self.docks if dock.widget() is front)
        dock.show()
        dock.raise_()

    def _note_guideline(self, seen: bool) -> None:
        """The guideline's tab has come to the front, or another one has."""
        self._guideline_seen = seen

    def _add_actions(self) -> None:
        tools = QActionGroup(self)
        for action in ACTIONS:
            bound = self.bound[action.id]
            self.addAction(bound)
            if action.id.startswith("tool_"):
                tools.addAction(bound)
        self.bound["tool_select"].setChecked(True)
        self.canvas.aids_changed.connect(self.commands.show_aids)
        self.canvas.tool_changed.connect(lambda name: self.bound[f"tool_{name}"].setChecked(True))
        self.timeline.set_transport([self.bound[name] for name in TRANSPORT])

    def _add_menus(self) -> None:
        for name in MENUS:
            menu = self.menuBar().addMenu(name)
            under: dict[str, QMenu] = {"": menu}
            for action in ACTIONS:
                if action.menu != name or not action.listed:
                    continue
                new = action.under not in under
                if action.gap:
                    (menu if new else under[action.under]).addSeparator()
                if new:
                    under[action.under] = menu.addMenu(action.under)
                under[action.under].addAction(self.bound[action.id])
                if action.id == "open_demo":
                    self._recent = menu.addMenu("Open Recent")
                    self._recent.aboutToShow.connect(lambda: self._fill_recent(self._recent))
            if name == "View":
                menu.addSeparator()
                for dock in self.docks:
                    menu.addAction(dock.toggleViewAction())

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in recent():
            entry = menu.addAction(menu_text(path.name))
            entry.setToolTip(plain_tip(str(path)))
            entry.triggered.connect(lambda _=False, path=path: self.open(path))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)

    def _add_toolbar(self) -> None:
        groups = [[self.bound[name] for name in group] for group in TOOLBAR]
        bar = ToolBar(groups, self.bound["palette"], self)
        self.addToolBar(bar)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A key that nobody wanted: if its action is not possible now, say why."""
        sentence = self.bound.why_not(QKeySequence(event.keyCombination()))
        if sentence is None:
            super().keyPressEvent(event)
        else:
            self.session.notice("info", sentence)

    # -- title, layout, end --------------------------------------------------------------------

    def _retitle(self) -> None:
        info = self.session.info
        self.setWindowTitle(f"{Path(info.path).name} — {APP_NAME}" if info else APP_NAME)

    def _restore_layout(self) -> None:
        store = settings()
        geometry, state = store.value("window/geometry"), store.value("window/state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state, LAYOUT_VERSION)

    def may_leave(self) -> bool:
        """Whether the project may be closed; asks if anything would be lost."""
        return may_leave(self.session, self.background, self)

    def open(self, path: Path) -> None:
        """Open what a person has chosen, unless work is running that is to go on."""
        if may_stop_work(self.session, self.background, self):
            self.session.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask whether that is meant, and end the work."""
        if not self.may_leave():
            event.ignore()
            return
        if self._remember:
            store = settings()
            store.setValue("window/geometry", self.saveGeometry())
            store.setValue("window/state", self.saveState(LAYOUT_VERSION))
        self.end_work()
        event.accept()

    def end_work(self) -> None:
        """Wait for what is being written, stop every thread and close the project. Safe to call twice."""
        self.predicting.close()
        self.training.close()
        self.exporting.close()
        self.importing.close()
        self.coverage.close()
        self.explaining.close()
        self.comparing.close()
        self.reviewing.close()
        self.session.close()
