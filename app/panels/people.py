"""The list of people: who there is, where they are seen, and what can be done with them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QListView, QMenu, QWidget

from ..naming import menu_text
from ..shortcuts import in_use
from ..tracking import (
    end_here,
    fill_gap,
    merge_into,
    split_here,
    stretch,
    swap_with,
    toggle_hidden,
    toggle_lock,
)
from .panel import Panel
from .people_rows import PeopleModel, PeopleView, PersonDelegate, PersonRow, Switch

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from ..session import Session

NO_PEOPLE = "No people yet: press `P` to find and predict, or `B` to draw a box"
NO_VIDEO = "Open a video, and the people in it are listed here"
LOOKING = "The people that are found appear here, one after the other"
_REFRESH_MS = 60


class PeoplePanel(Panel):
    """Who there is. A click chooses; F2 or a double click renames; the menu has the rest."""

    delete_pose_wanted = Signal(int)
    """The person with this id is to be taken out of the present frame."""
    delete_person_wanted = Signal(int)
    """The same of all frames."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        self.session = session
        self.model = PeopleModel(session)
        view = PeopleView("people")
        view.setAccessibleName("People")
        view.setModel(self.model)
        view.setItemDelegate(PersonDelegate(view))
        view.setEditTriggers(
            QListView.EditTrigger.DoubleClicked | QListView.EditTrigger.EditKeyPressed
        )
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        view.switched.connect(self._switch)
        super().__init__("People", view, parent)
        view.selectionModel().currentChanged.connect(self._choose)
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.setInterval(_REFRESH_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        session.poses_changed.connect(self._note_poses)
        session.job_changed.connect(self._note_job)
        session.frame_changed.connect(lambda _frame: self.model.refresh_here())
        session.selection_changed.connect(self._show_choice)
        session.hiding.changed.connect(self.refresh)
        self.refresh()

    def _note_poses(self, _change: object) -> None:
        # Not restarted by further changes: a run that never pauses must still be seen.
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()

    def _note_job(self) -> None:
        if not self.model.rows:
            self.refresh()

    def refresh(self) -> None:
        """Read the people again. Called a little after the last of several changes."""
        self.model.refresh()
        count = len(self.model.rows)
        self.set_heading("People", f"{count}" if count else "")
        if count:
            self.show_empty(None)
        else:
            nobody = NO_PEOPLE if self.session.job is None else LOOKING
            self.show_empty(NO_VIDEO if self.session.project is None else nobody)
        self._show_choice()

    def _show_choice(self) -> None:
        index = self.model.index_of(self.session.person)
        selection = self.view.selectionModel()
        if index == self.view.currentIndex() and selection.isSelected(index):
            return
        selection.blockSignals(True)
        if index.isValid():
            self.view.setCurrentIndex(index)
        else:
            self.view.clearSelection()
            self.view.setCurrentIndex(QModelIndex())
        selection.blockSignals(False)
        self.view.viewport().update()

    def _switch(self, person: int, switch: Switch) -> None:
        if switch is Switch.HIDE:
            toggle_hidden(self.session, person)
        else:
            toggle_lock(self.session, person)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            person = self.model.rows[index.row()].person
            if person != self.session.person:
                self.session.select(person)

    def rename(self, person: int) -> None:
        """Edit a person's name in its row."""
        index = self.model.index_of(person)
        if index.isValid():
            self.view.edit(index)

    def _open_menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        if index.isValid():
            menu = self.menu_for(self.model.rows[index.row()])
            menu.exec(self.view.viewport().mapToGlobal(point))
            menu.deleteLater()

    def menu_for(self, row: PersonRow) -> QMenu:
        """The menu of one person."""
        menu = QMenu(self)
        others = [other for other in self.model.rows if other.person != row.person]
        menu.addAction(f"Rename\t{in_use('F2')}", lambda: self.rename(row.person))
        menu.addAction("Go to the first frame", lambda: self.session.go_to(row.first))
        menu.addAction("Go to the last frame", lambda: self.session.go_to(row.last))
        menu.addSeparator()
        for text, do in (
            (f"Split from here\t{in_use('Shift+X')}", split_here),
            (f"End track here\t{in_use('Ctrl+Del')}", end_here),
            (f"Fill the gap\t{in_use('Shift+F')}", fill_gap),
        ):
            menu.addAction(text, partial(do, self.session, row.person))
        merge = menu.addMenu("Merge into")
        where = "from here" if stretch(self.session)[1] is None else "in the marked range"
        swap = menu.addMenu(f"Swap {where} with")
        for other in others:
            name = menu_text(other.name)
            merge.addAction(name, partial(merge_into, self.session, other.person, row.person))
            swap.addAction(name, partial(swap_with, self.session, row.person, other.person))
        for submenu in (merge, swap):
            submenu.setEnabled(bool(others))
        menu.addSeparator()
        hide, lock = "Show" if row.hidden else "Hide", "Unlock" if row.locked else "Lock"
        for text, key, switch in (
            (hide, "Ctrl+H", Switch.HIDE),
            (lock, "Ctrl+L", Switch.LOCK),
        ):
            menu.addAction(f"{text}\t{in_use(key)}", partial(self._switch, row.person, switch))
        menu.addSeparator()
        here = menu.addAction(
            f"Delete in this frame\t{in_use('Del')}",
            lambda: self.delete_pose_wanted.emit(row.person),
        )
        here.setEnabled(row.person in self.model.here)
        menu.addAction(
            f"Delete in all frames\t{in_use('Shift+Del')}",
            lambda: self.delete_person_wanted.emit(row.person),
        )
        return menu
