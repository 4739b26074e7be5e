"""The joints of the chosen person in the present frame: state, confidence, and who says so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QWidget

from glpose_core.labels import Source, Visibility, edits

from ..theme import aside_font
from .joint_rows import SHOWN_ORDER, JointDelegate, JointModel, JointRow
from .legend import Legend
from .panel import MARGIN, Panel, RowView

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from ..session import Session

PLAYING_MS = 200
"""How often the joints are shown anew while the video plays."""
NO_VIDEO = "Open a video, and the chosen person’s joints are judged here: visible, hidden or absent"
NO_PEOPLE = "Once there are people, the chosen one’s joints are judged here"
NO_PERSON = "Choose a person to see their joints: click one in the picture or in the list"


class JointView(RowView):
    """The list of joints; a press on one of the three dots is a judgement, elsewhere a choice."""

    judged = Signal(int, int)
    """(slot, visibility): a dot was clicked."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() is Qt.MouseButton.LeftButton:
            row: JointRow = index.data(Qt.ItemDataRole.UserRole)
            state = JointDelegate.state_at(self.visualRect(index), event.position())
            if state is not None and row.visibility is not None:
                self.judged.emit(row.joint, int(state))
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        over = index.isValid() and JointDelegate.state_at(self.visualRect(index), event.position())
        shape = Qt.CursorShape.ArrowCursor
        if over is not None and over is not False:
            shape = Qt.CursorShape.PointingHandCursor
        self.viewport().setCursor(shape)


class JointPanel(Panel):
    """The joint inspector. Follows the frame and the choice; a click on a dot is one edit."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        self.session = session
        self.model = JointModel()
        view = JointView("joints")
        view.setAccessibleName("Joints")
        view.setModel(self.model)
        view.setItemDelegate(JointDelegate(view))
        view.setEditTriggers(JointView.EditTrigger.NoEditTriggers)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        view.judged.connect(self._judge)
        super().__init__("Joints", view, parent)
        view.selectionModel().currentChanged.connect(self._choose)
        self.ears = QCheckBox("Ears")
        self._add_footer()
        session.project_changed.connect(self.refresh)
        self._pace = QTimer(self, singleShot=True, interval=PLAYING_MS)
        self._pace.timeout.connect(self.refresh)
        session.frame_changed.connect(self._follow)
        session.playing_changed.connect(lambda _playing: self.refresh())
        session.selection_changed.connect(self.refresh)
        session.poses_changed.connect(lambda _change: self.refresh())
        self.refresh()

    def _follow(self, _frame: int) -> None:
        """While playing nobody reads fifteen numbers a frame: the picture goes first."""
        if not self.session.playing:
            self.refresh()
        elif not self._pace.isActive():
            self._pace.start()

    def _add_footer(self) -> None:
        self.ears.setFont(aside_font())
        self.ears.setProperty("role", "quiet")
        self.ears.setToolTip("Show the two ears as well; PoseTrack leaves them empty")
        self.ears.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.ears.toggled.connect(self._show_ears)
        self._footer = QWidget()
        row = QHBoxLayout(self._footer)
        row.setContentsMargins(MARGIN - 2, 4, MARGIN, 4)
        row.addWidget(Legend(), 1)
        row.addWidget(self.ears)
        self.column.addWidget(self._footer)

    def refresh(self) -> None:
        """Show the present frame's pose: one look-up, one repaint, no widgets made."""
        session = self.session
        person = session.person
        pose = session.pose()
        self.model.show(pose)
        if session.project is None or person is None:
            self.set_heading("Joints")
            nobody = NO_PERSON if session.people() else NO_PEOPLE
            self.show_empty(NO_VIDEO if session.project is None else nobody)
        else:
            name = session.person_name(person)
            here = f" · frame {session.frame}"
            if pose is None:
                self.set_heading(name, kept=here)
                self.show_empty(
                    f"{name} is not seen in frame {session.frame}. Press `B` to draw a box here, "
                    "or copy the pose of the previous frame."
                )
            else:
                self.set_heading(name, _who_placed(pose), here)
                self.show_empty(None)
        self._footer.setVisible(self.empty_text is None)
        self._show_choice()

    def _show_ears(self, shown: bool) -> None:
        self.model.show_ears(shown)
        self._show_choice()

    def _show_choice(self) -> None:
        index = self.model.index_of(self.session.joint)
        selection = self.view.selectionModel()
        before = self.view.currentIndex()
        if index == before and selection.isSelected(index):
            return
        selection.blockSignals(True)
        if index.isValid():
            self.view.setCurrentIndex(index)
        else:
            self.view.clearSelection()
            self.view.setCurrentIndex(QModelIndex())
        selection.blockSignals(False)
        for row in (before, index):
            self.view.update(row)

    def _choose(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if index.isValid():
            self.session.select(self.session.person, self.model.rows[index.row()].joint)

    def _judge(self, joint: int, visibility: int) -> None:
        session = self.session
        if session.project is None or session.person is None:
            return
        session.apply(
            edits.set_visibility(
                session.project.state,
                session.person,
                session.frame,
                joint,
                Visibility(visibility),
            )
        )

    def _accept(self, joint: int) -> None:
        session = self.session
        if session.project is None or session.person is None:
            return
        session.apply(
            edits.accept_joint(session.project.state, session.person, session.frame, joint)
        )

    def _open_menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        if index.isValid():
            menu = self.menu_for(self.model.rows[index.row()])
            menu.exec(self.view.viewport().mapToGlobal(point))
            menu.deleteLater()

    def menu_for(self, row: JointRow) -> QMenu:
        """The menu of one joint."""
        menu = QMenu(self)
        # The keys are only named: they belong to the chosen joint, whose actions have them already.
        for word, state in (
            ("Visible\t1", Visibility.VISIBLE),
            ("Hidden\t2", Visibility.OCCLUDED),
            ("Absent\t3", Visibility.ABSENT),
        ):
            action = menu.addAction(word, partial(self._judge, row.joint, int(state)))
            action.setCheckable(True)
            action.setChecked(row.visibility == state)
        menu.addSeparator()
        accept = menu.addAction(f"Accept {row.name}\tC", lambda: self._accept(row.joint))
        accept.setEnabled(row.source in (Source.MODEL, Source.INTERPOLATED))
        return menu


def _who_placed(pose: np.void) -> str:
    """ "13 of 15 by model", "2 of 15 proposed", "10 by model, 2 proposed", "all checked"."""
    sources = pose["source"][np.array(SHOWN_ORDER[:-2])]
    total = len(sources)
    model, proposed = (int((sources == kind).sum()) for kind in (Source.MODEL, Source.INTERPOLATED))
    human = int((sources >= Source.ACCEPTED).sum())
    if model and proposed:
        return f"{model} by model, {proposed} proposed"
    if model or proposed:
        return f"{model} of {total} by model" if model else f"{proposed} of {total} proposed"
    if human == total:
        return "all checked"
    return f"{human} of {total} placed" if human else "nothing placed yet"
