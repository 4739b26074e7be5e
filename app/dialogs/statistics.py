"""Statistics: what is done, how far the model was off, how model and human agree, and the time it took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from glpose_core.errors import GLPoseError

from ..naming import brief
from ..shortcuts import spelled
from ..theme import GRID, PALETTE, aside_font, reading_font, title_font
from ..workers.counting import Counting
from .figures import Bar, Column, FigureTable, count, percent
from .form import fit_to_screen, quiet
from .messages import tell

if TYPE_CHECKING:
    import pandas as pd

    from glpose_core.labels import Project

COUNTING = "Counting…"
NOTHING = (
    "Nobody is here yet: press `P` to find and predict people, or `B` to draw a box. What is done, and how "
    "long it took, is counted from then on."
)
KINDS = (
    ("placed", "Placed", PALETTE.focus, "A person put the joint there"),
    ("accepted", "Accepted", PALETTE.accent, "A person confirmed what a machine said"),
    (
        "proposed",
        "Proposed",
        PALETTE.middling,
        "From what people placed: a head box, or poses before and after; not confirmed yet",
    ),
    ("model", "Model", PALETTE.disabled, "From the model, not confirmed yet"),
)
"""Who said where a joint is: column, word, colour, sentence; the first two are done."""
_NEAR = "Within a tenth of the larger side of the person’s box, and visible or hidden as people say"
Row = Any


class StatisticsDialog(QDialog):
    """Four figures, and tables behind them. Counts on a thread; says so meanwhile."""

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Statistics")
        self.setModal(True)
        self._project = project
        self.tables: dict[str, pd.DataFrame] = {}
        self.message = quiet(COUNTING)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setFont(reading_font())
        self.figures: dict[str, QLabel] = {}
        self.tabs = QTabWidget()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.message)
        self._lay_out()
        fit_to_screen(self, QSize(1120, 680))
        self._counting = Counting(project, self)
        self._counting.counted.connect(self._show)
        self._counting.failed.connect(self.say)
        self._counting.start()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.export = buttons.addButton("Export CSV…", QDialogButtonBox.ButtonRole.ResetRole)
        self.export.setAutoDefault(False)
        self.export.setEnabled(False)
        self.export.setToolTip("Write every table as a file that pandas and spreadsheets read")
        self.export.clicked.connect(self._export)
        self.written = quiet("")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        outer.setSpacing(2 * GRID)
        outer.addWidget(self._pages, 1)
        outer.addWidget(self.written)
        outer.addWidget(buttons)
        self.written.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the figures."""
        self.message.setText(spelled(sentence))
        self._pages.setCurrentWidget(self.message)

    def _show(self, tables: dict[str, pd.DataFrame]) -> None:
        self.tables = tables
        if tables["people"].empty and tables["days"].empty:
            self.say(NOTHING)
            return
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        column.addLayout(self._cards(tables))
        for title, widget in (
            ("Joints", _joints(tables["joints"])),
            ("People", FigureTable(tables["people"], PEOPLE)),
            ("Along the video", FigureTable(tables["parts"], PARTS)),
            ("Days", FigureTable(tables["days"], days_columns(tables["days"]))),
        ):
            self.tabs.addTab(widget, title)
        column.addWidget(self.tabs, 1)
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        self.export.setEnabled(True)

    def _cards(self, tables: dict[str, pd.DataFrame]) -> QHBoxLayout:
        """The four figures at the top."""
        line = QHBoxLayout()
        line.setSpacing(GRID)
        for name, (figure, sentence) in summary(tables, self._project.state.video.frames).items():
            card = QFrame()
            card.setProperty("role", "card")
            column = QVBoxLayout(card)
            column.setContentsMargins(12, 10, 12, 10)
            column.setSpacing(2)
            value = QLabel(figure)
            value.setFont(title_font())
            self.figures[name] = value
            heading = QLabel(name)
            heading.setFont(reading_font(QFont.Weight.DemiBold))
            column.addWidget(value)
            column.addWidget(heading)
            column.addWidget(quiet(sentence))
            column.addStretch(1)
            line.addWidget(card, 1)
        return line

    def _export(self) -> None:
        from glpose_core.labels.statistics import write_csv

        beside = str(self._project.path.parent)
        name = QFileDialog.getExistingDirectory(self, "Export Statistics as CSV", beside)
        if not name:
            return
        folder = Path(name) / f"{self._project.path.stem} statistics"
        try:
            paths = write_csv(self.tables, folder)
        except GLPoseError as error:
            tell(self, str(error))
            return
        self.written.setText(f"Wrote {', '.join(path.name for path in paths)} into {folder}.")
        self.written.show()


def summary(tables: dict[str, pd.DataFrame], frames: int) -> dict[str, tuple[str, str]]:
    """The figures at the top, by name: the figure, and a sentence about it."""
    joints, parts, days = tables["joints"], tables["parts"], tables["days"]
    said = int(joints[["placed", "accepted"]].to_numpy().sum())
    whole = int(joints[[kind for kind, *_ in KINDS]].to_numpy().sum())
    compared, right = int(joints["compared"].sum()), int(joints["right"].sum())
    minutes, edits = float(days["minutes"].sum()), int(days["edits"].sum())
    touched = int((parts["compared"] > 0).sum())
    worked = days.index.nunique()
    return {
        "Joints done": (
            percent(said / whole) if whole else "–",
            f"{said:,} of {whole:,} are placed or accepted",
        ),
        "Model right": (
            percent(right / compared) if compared else "–",
            f"of {compared:,} judged joint{'' if compared == 1 else 's'}, in {touched} of {len(parts)} parts"
            if compared
            else "Judge joints that the model proposed",
        ),
        "Time at work": (
            span(minutes),
            f"{edits:,} edit{'' if edits == 1 else 's'} on {worked} day{'' if worked == 1 else 's'}, "
            f"{'everybody’s time added up, ' if several(days) else ''}pauses over 2 minutes left out",
        ),
        "Each frame": (
            span(minutes / edited) if (edited := int(days["frames"].sum())) else "–",
            f"for each of {edited:,} edited frames; the video has {frames:,}",
        ),
    }


def several(days: pd.DataFrame) -> bool:
    """Whether more than one worked, as far as that is noted: one who gave no name counts as another."""
    return int(days["who"].nunique()) > 1


def span(minutes: float) -> str:
    """ "0.4 s", "40 s", "12 min", "2 h 13 min"."""
    if minutes < 1:
        return f"{60 * minutes:.{0 if minutes > 1 / 6 else 1}f} s"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


# -- the tables ---------------------------------------------------------------------------------------


def _share(name: str, of: str) -> Any:
    return lambda _, row: row[name] / row[of] if row[of] else None


def _bar_of(share: float | None, tint: str) -> Bar:
    return [(share, tint)] if share is not None and share == share else []


def _stack(row: Row) -> Bar:
    """Who said this joint, as parts of all."""
    whole = sum(row[kind] for kind, *_ in KINDS)
    return [(row[kind] / whole, tint) for kind, _, tint, _ in KINDS] if whole else []


def _done(_: Any, row: Row) -> float | None:
    whole = sum(row[kind] for kind, *_ in KINDS)
    return (row["placed"] + row["accepted"]) / whole if whole else None


def _value(name: str) -> Any:
    return lambda _, row: row[name]


def _kinds() -> list[Column]:
    return [Column(word, _value(kind), count, tip) for kind, word, _, tip in KINDS]


JOINTS = (
    Column("Joint", lambda name, _: str(name).replace("_", " ")),
    Column("Done", _done, percent, "Placed and accepted, as a share of all", _stack),
    *_kinds(),
    Column("Visible", _value("visible"), count, "Of those that a person said"),
    Column("Hidden", _value("hidden"), count, "Of those that a person said"),
    Column("Absent", _value("absent"), count, "Of those that a person said"),
    Column(
        "Model right",
        _share("right", "compared"),
        percent,
        f"Of the joints that both said: how often the model was right. {_NEAR}",
    ),
    Column(
        "Off by",
        _value("off"),
        lambda share: f"{100 * share:.1f} %",
        "Of the joints that people moved: the median distance, in percent of the larger side of the box",
    ),
)
PEOPLE = (
    Column("Person", lambda number, row: row["name"] or f"person {number}"),
    Column(
        "Reviewed",
        _share("reviewed", "seen"),
        percent,
        "Reviewed frames, as a share of those in which they are seen",
        lambda row: _bar_of(row["reviewed"] / row["seen"] if row["seen"] else None, PALETTE.accent),
    ),
    Column("Seen", _value("seen"), count, "Frames with a pose"),
    Column("Labelled", _value("labelled"), count, "Frames with a joint that a person said"),
    Column("Frames", _value("reviewed"), count, "Reviewed frames with a pose"),
)
PARTS = (
    Column("From frame", lambda first, _: int(first), lambda first: f"{first:,}"),
    Column(
        "Model right",
        _value("agreement"),
        percent,
        _NEAR,
        lambda row: _bar_of(row["agreement"], PALETTE.sure),
    ),
    Column("Judged joints", _value("compared"), count, "Said by a person and by the model"),
)
DAYS = (
    Column("Day", lambda day, _: f"{day:%Y-%m-%d}"),
    Column(
        "Model right",
        _value("agreement"),
        percent,
        f"Of the frames last edited on that day. {_NEAR}",
        lambda row: _bar_of(row["agreement"], PALETTE.sure),
    ),
    Column("At work", _value("minutes"), span, "Pauses over 2 minutes left out"),
    Column("Edits", _value("edits"), count),
    Column("Frames", _value("frames"), count, "Frames edited on that day"),
    Column("Judged joints", _value("compared"), count, "Said by a person and by the model"),
)
BY = Column("By", _value("who"), brief, "Who made the edits, where that is noted", words=True)


def days_columns(days: pd.DataFrame) -> list[Column]:
    """The columns of the table of days; whose work a row is only where more than one worked."""
    first, *others = DAYS
    return [first, BY, *others] if several(days) else list(DAYS)


def _joints(table: pd.DataFrame) -> QWidget:
    """The table of joints under the legend of its bars."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, GRID, 0, 0)
    column.setSpacing(GRID)
    column.addLayout(_legend([(word, tint) for _, word, tint, _ in KINDS]))
    column.addWidget(FigureTable(table, JOINTS))
    return page


def _legend(entries: Sequence[tuple[str, str]]) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(12, 0, 0, 0)
    line.setSpacing(GRID // 2)
    for word, tint in entries:
        patch = QFrame()
        patch.setFixedSize(10, 10)
        patch.setStyleSheet(f"background: {tint}; border-radius: 2px;")
        name = QLabel(word)
        name.setFont(aside_font())
        name.setProperty("role", "quiet")
        line.addWidget(patch)
        line.addWidget(name)
        line.addSpacing(GRID)
    line.addStretch(1)
    return line


def show_statistics(project: Project, parent: QWidget | None = None) -> None:
    """Show the dialog."""
    dialog = StatisticsDialog(project, parent)
    try:
        dialog.exec()
    finally:
        dialog.deleteLater()
