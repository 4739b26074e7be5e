"""The list of people: who there is, where they are seen, and what can be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from glpose_core.labels import edits

from ..theme import PALETTE, aside_font, person_colours, reading_font
from .panel import MARGIN, Panel, RowView, paint_row

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from ..session import Session

NO_PEOPLE = "No people yet: press `P` to find and predict, or `B` to draw a box"
NO_VIDEO = "Open a video, and the people in it are listed here"
LOOKING = "The people that are found appear here, one after the other"
ROW = 28
_REFRESH_MS = 60
_ENDS_TYPING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class PersonRow:
    """What one row shows. ``first`` and ``last`` are −1 for a person without frames."""

    person: int
    name: str
    first: int
    last: int
    seen: int
    labelled: int

    @property
    def span(self) -> str:
        """ "25–229", "25" or ""."""
        if self.first < 0:
            return ""
        return f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def tip(self) -> str:
        """Everything about this person in one line."""
        frames = "1 frame" if self.seen == 1 else f"{self.seen} frames"
        return f"{self.name} · seen in {frames} ({self.span}) · labelled in {self.labelled}"


class PeopleModel(QAbstractListModel):
    """Rows of the living people, with the name editable."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: list[PersonRow] = []
        self.here: frozenset[int] = frozenset()

    def refresh(self) -> None:
        """Read people and their frames again; rows that stay keep their place in the view."""
        rows = [self._row(person) for person in self._session.people()]
        if [row.person for row in rows] == [row.person for row in self.rows]:
            self.rows = rows
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        self.refresh_here(force=True)

    def refresh_here(self, force: bool = False) -> None:
        """Note who is seen in the present frame."""
        poses = self._session.poses()
        here = frozenset(poses["person"].tolist() if len(poses) else ())
        if (force or here != self.here) and self.rows:
            self.here = here
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def index_of(self, person: int | None) -> QModelIndex:
        """The index of a person, invalid if there is none."""
        for at, row in enumerate(self.rows):
            if row.person == person:
                return self.index(at)
        return QModelIndex()

    def _row(self, person: Any) -> PersonRow:
        assert self._session.project is not None
        state = self._session.project.state
        frames = state.frames_of(person.id)
        first, last = (int(frames[0]), int(frames[-1])) if len(frames) else (-1, -1)
        name = person.name or f"person {person.id}"
        labelled = len(state.marks(person.id).labelled)
        return PersonRow(person.id, name, first, last, len(frames), labelled)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return row.tip
        return row if role == _ROLE else None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a person: one edit, which can be undone."""
        name = " ".join(str(value).split())
        row = self.rows[index.row()]
        if not name or name == row.name or self._session.project is None:
            return False
        return self._session.apply(
            edits.rename_person(self._session.project.state, row.person, name)
        )

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable


class PersonDelegate(QStyledItemDelegate):
    """A dot (a ring where the person is not in the present frame), the name, the frames."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: PersonRow = index.data(_ROLE)
        model = index.model()
        assert isinstance(model, PeopleModel)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = paint_row(painter, option)
        tone = QColor(person_colours(row.person).light)
        if chosen:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), tone)
        here = row.person in model.here
        painter.setPen(QPen(tone, 1.5))
        painter.setBrush(tone if here else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(rect.left() + MARGIN + 4, rect.center().y() + 0.5), 4, 4)
        span = QFontMetrics(aside_font()).horizontalAdvance(row.span)
        painter.setFont(aside_font())
        painter.setPen(QColor(PALETTE.quiet))
        room = rect.adjusted(MARGIN, 0, -MARGIN, 0)
        painter.drawText(
            room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.span
        )
        painter.setFont(reading_font())
        painter.setPen(QColor(PALETTE.bright if chosen else PALETTE.text))
        room = rect.adjusted(MARGIN + 18, 0, -MARGIN - span - 8, 0)
        name = QFontMetrics(reading_font()).elidedText(
            row.name, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> QLineEdit:
        editor = QLineEdit(parent)
        editor.setFont(reading_font())
        editor.setMaxLength(80)
        editor.setProperty("role", "inline")
        return editor

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """While a name is being typed, Return and Tab end it; they are not the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if event.key() in _ENDS_TYPING:
                event.accept()
                return True
        return super().eventFilter(editor, event)

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
        editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(MARGIN + 12, 1, -MARGIN + 6, -1))


class PeoplePanel(Panel):
    """Who there is. A click chooses; F2 or a double click renames; the menu has the rest."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        self.session = session
        self.model = PeopleModel(session)
        view = RowView("people")
        view.setAccessibleName("People")
        view.setModel(self.model)
        view.setItemDelegate(PersonDelegate(view))
        view.setEditTriggers(
            QListView.EditTrigger.DoubleClicked | QListView.EditTrigger.EditKeyPressed
        )
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
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
        menu.addAction("Rename\tF2", lambda: self.rename(row.person))
        menu.addAction("Go to the first frame", lambda: self.session.go_to(row.first))
        menu.addAction("Go to the last frame", lambda: self.session.go_to(row.last))
        menu.addSeparator()
        merge = menu.addMenu("Merge into")
        swap = menu.addMenu("Swap from here with")
        for other in others:
            merge.addAction(other.name, partial(self._merge, other.person, row.person))
            swap.addAction(other.name, partial(self._swap, row.person, other.person))
        for submenu in (merge, swap):
            submenu.setEnabled(bool(others))
        menu.addSeparator()
        menu.addAction("Delete in all frames\tShift+Del", lambda: self._delete(row.person))
        return menu

    def _merge(self, keep: int, other: int) -> None:
        assert self.session.project is not None
        if self.session.apply(edits.merge_people(self.session.project.state, keep, other)):
            self.session.select(keep)

    def _swap(self, a: int, b: int) -> None:
        assert self.session.project is not None
        state = self.session.project.state
        self.session.apply(edits.swap_people(state, a, b, self.session.frame))

    def _delete(self, person: int) -> None:
        assert self.session.project is not None
        self.session.apply(edits.delete_person(self.session.project.state, person))
