"""Asks whom to exchange or to make one, and says what that would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QWidget

from glpose_core.labels import Edit, Person, ProjectState
from glpose_core.labels.edits import merge_people, swap_people
from glpose_core.review.partner import likely_partner

from ..theme import person_colours, reading_font
from .form import Form
from .ranges import counted


@dataclass(frozen=True)
class SwapChoices:
    """Exchange ``a`` and ``b`` in the frames ``frame`` … ``stop`` − 1 (``None``: to the end)."""

    a: int
    b: int
    frame: int
    stop: int | None = None


@dataclass(frozen=True)
class MergeChoices:
    """Give everything of ``other`` to ``keep``."""

    keep: int
    other: int


def swap(state: ProjectState, choices: SwapChoices) -> Edit:
    """The edit that was chosen."""
    return swap_people(state, choices.a, choices.b, choices.frame, choices.stop)


def merge(state: ProjectState, choices: MergeChoices) -> Edit:
    """The edit that was chosen."""
    return merge_people(state, choices.keep, choices.other)


def foretell_swap(state: ProjectState, choices: SwapChoices) -> tuple[list[str], list[str]]:
    """What a swap changes: sentences and warnings."""
    if choices.a == choices.b:
        return [], ["Choose two different people."]
    a, b = _name(state, choices.a), _name(state, choices.b)
    start, stop = choices.frame, choices.stop
    if stop is None:
        where, here = f"From frame {start} on", "from here on"
        rest = "" if start == 0 else f" Frames 0–{start - 1} stay as they are."
    else:
        where, here = f"In frames {start}–{stop - 1}", "in these frames"
        rest = " All other frames stay as they are."
    text = [f"{where}, {a} becomes {b} and the other way round.{rest}"]
    count = [_frames_in(state, person, start, stop) for person in (choices.a, choices.b)]
    warnings = [
        f"{name} is nowhere {here}, so only the other one changes names."
        for name, frames in zip((a, b), count, strict=True)
        if frames == 0
    ]
    return text, warnings


def foretell_merge(state: ProjectState, choices: MergeChoices) -> tuple[list[str], list[str]]:
    """What a merge changes: sentences and warnings."""
    if choices.keep == choices.other:
        return [], ["Choose two different people."]
    keep, other = _name(state, choices.keep), _name(state, choices.other)
    frames = len(state.frames_of(choices.other))
    text = [f"{counted(frames)} of {other} become {keep}’s; {other} leaves the list."]
    if frames == 1:
        text = [f"1 frame of {other} becomes {keep}’s; {other} leaves the list."]
    both = np.intersect1d(state.frames_of(choices.keep), state.frames_of(choices.other))
    warnings = []
    if len(both):
        warnings.append(
            f"Both are in {counted(len(both))} (the first is {int(both[0])}): "
            f"there the poses of {keep} stay."
        )
    return text, warnings


def _frames_in(state: ProjectState, person: int, start: int, stop: int | None) -> int:
    frames = state.frames_of(person)
    stop = state.video.frames if stop is None else stop
    return int(((frames >= start) & (frames < stop)).sum())


def _name(state: ProjectState, person: int) -> str:
    record = state.person(person)
    return f"person {person}" if record is None else record.name


class PersonField(QComboBox):
    """Chooses a person, each with the colour they have in the picture."""

    def __init__(self, people: Sequence[Person], chosen: int | None) -> None:
        super().__init__()
        self.setFont(reading_font())
        for person in people:
            self.addItem(_dot(person_colours(person.id).light), person.name, person.id)
        self.setCurrentIndex(max(self.findData(chosen), 0))

    def person(self) -> int:
        """The chosen person's id."""
        return int(self.currentData())


def _dot(colour: str) -> QIcon:
    pixmap = QPixmap(32, 32)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(0, 0, 0, 0))
    painter.setBrush(QColor(colour))
    painter.drawEllipse(7, 7, 18, 18)
    painter.end()
    return QIcon(pixmap)


class SwapDialog(Form):
    """Exchanges two identities from the present frame on, or in a range; ``here`` is the frame on show."""

    def __init__(
        self,
        state: ProjectState,
        frame: int,
        person: int | None,
        stop: int | None = None,
        here: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Swap people from here" if stop is None else "Swap people in the marked range",
            "Repairs a place where two people were taken for one another.",
            "Swap",
            parent,
        )
        self._state, self._frame, self._stop = state, frame, stop
        people = state.people()
        first, second = _likely_pair(state, frame if here is None else here, person)
        self.a, self.b = PersonField(people, first), PersonField(people, second)
        self.row("&Person", self.a)
        self.row("&With", self.b)
        for field in (self.a, self.b):
            field.currentIndexChanged.connect(self._update)
        self._update()
        self.do.setFocus()

    def choices(self) -> SwapChoices:
        """What is chosen now."""
        return SwapChoices(self.a.person(), self.b.person(), self._frame, self._stop)

    def _update(self) -> None:
        choices = self.choices()
        self.note(*foretell_swap(self._state, choices))
        self.allow(choices.a != choices.b)


class MergeDialog(Form):
    """Makes two identities one."""

    def __init__(
        self, state: ProjectState, frame: int, person: int | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "Merge people",
            "For one person who was found twice, for example before and after a tree.",
            "Merge",
            parent,
        )
        self._state = state
        people = state.people()
        first, second = _likely_pair(state, frame, person)
        self.keep, self.other = PersonField(people, first), PersonField(people, second)
        self.row("&Keep", self.keep)
        self.row("&Add to it", self.other)
        for field in (self.keep, self.other):
            field.currentIndexChanged.connect(self._update)
        self._update()
        self.keep.setFocus()

    def choices(self) -> MergeChoices:
        """What is chosen now."""
        return MergeChoices(self.keep.person(), self.other.person())

    def _update(self) -> None:
        choices = self.choices()
        self.note(*foretell_merge(self._state, choices))
        self.allow(choices.keep != choices.other)


def _likely_pair(state: ProjectState, frame: int, person: int | None) -> tuple[int, int]:
    """The chosen person and the one who overlaps them most near this frame (else anybody else)."""
    everybody = [one.id for one in state.people()]
    here = [int(one) for one in state.poses(frame)["person"]]
    first = person if person in everybody else (here or everybody)[0]
    partner = likely_partner(state, first, frame)
    others = [one for one in here + everybody if one != first]
    return first, (others or [first])[0] if partner is None else partner


def ask_swap(
    state: ProjectState,
    frame: int,
    person: int | None,
    stop: int | None = None,
    here: int | None = None,
    parent: QWidget | None = None,
) -> SwapChoices | None:
    """Ask whom to swap from ``frame`` on, or up to ``stop``. The project must have two people."""
    dialog = SwapDialog(state, frame, person, stop, here, parent)
    try:
        return dialog.choices() if dialog.exec() == SwapDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()


def ask_merge(
    state: ProjectState, frame: int, person: int | None, parent: QWidget | None = None
) -> MergeChoices | None:
    """Ask whom to merge. The project must have two people."""
    dialog = MergeDialog(state, frame, person, parent)
    try:
        return dialog.choices() if dialog.exec() == MergeDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()
