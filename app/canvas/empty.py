"""What stands in place of the picture: the welcome where nothing is open, or how far opening has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from .. import theme
from ..keycaps import Keycap, KeyPushButton
from ..naming import plain_tip
from ..notices import split_remedy
from ..opening import SUFFIX, Opening
from ..theme import GRID, PALETTE
from .paint import paint_message

if TYPE_CHECKING:
    from ..session import Session

STEPS = (
    ("predict", "Predict", ("P",), "GLPose finds everybody and predicts their joints."),
    ("select", "Correct", (), "Drag a joint to where it belongs. What you place stays."),
    ("states", "Judge", ("1", "2", "3"), "Visible, hidden or absent: one key a joint."),
    ("export", "Export", ("Ctrl+E",), "PoseTrack labels, which also train the network."),
)
"""The loop in four steps: icon, name, keys, sentence."""

WIDEST = 672
RECENT_SHOWN = 4
_STEPS_NEED = 560
"""The height from which the four steps stand below the recent files as well."""


class Welcome(QWidget):
    """Covers the canvas while nothing is open: what this is, what to open, and how the work goes."""

    def __init__(
        self,
        session: Session,
        primary: QAction,
        demo: QAction,
        recent: Callable[[], list[Path]],
        parent: QWidget,
    ) -> None:
        """``primary`` opens a file, ``demo`` the demo clip; ``recent`` gives what was opened lately."""
        super().__init__(parent)
        self.session, self._recent, self._canvas = session, recent, parent
        self.setAccessibleName("Welcome")
        self.open_button = KeyPushButton(primary, "Open a video…", primary_look=True)
        self.demo_button = KeyPushButton(demo, "Open the demo clip")
        self.trouble = self._make_trouble()
        self._list = QVBoxLayout()
        self._recent_box = QWidget()
        self._steps = _steps()
        self._lay_out()
        session.project_changed.connect(self._follow)
        session.opening_changed.connect(self._follow)
        session.noticed.connect(self._hear)
        parent.installEventFilter(self)
        self._say("")
        self._follow()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * GRID)
        mark = QLabel()
        mark.setPixmap(theme.app_icon().pixmap(QSize(56, 56)))
        head.addWidget(mark)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        name = QLabel("GLPose Studio")
        name.setFont(theme.title_font())
        words.addStretch(1)
        words.addWidget(name)
        words.addWidget(_quiet("Label human poses in video"))
        words.addStretch(1)
        head.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.demo_button)
        buttons.addStretch(1)
        self._list.setSpacing(0)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._recent_box.setLayout(self._list)
        self._body = QWidget(self)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * GRID)
        column.addLayout(head)
        below = QVBoxLayout()
        below.setSpacing(GRID)
        below.addLayout(buttons)
        below.addWidget(
            _quiet("or drop one anywhere: a video, a folder of pictures, a .glpose project")
        )
        below.addWidget(self.trouble)
        column.addLayout(below)
        column.addWidget(self._recent_box)
        column.addWidget(self._steps)

    def _make_trouble(self) -> QWidget:
        """Why the last opening failed, and what helps."""
        panel = QFrame()
        panel.setProperty("role", "trouble")
        line = QHBoxLayout(panel)
        line.setContentsMargins(12, 10, 12, 10)
        line.setSpacing(GRID)
        sign = QLabel()
        sign.setPixmap(theme.icon("error", PALETTE.doubt).pixmap(QSize(16, 16)))
        sign.setAccessibleName("Error")
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        self._what, self._remedy = _sentence("", theme.reading_font()), _quiet("")
        words.addWidget(self._what)
        words.addWidget(self._remedy)
        line.addLayout(words, 1)
        return panel

    # -- following -------------------------------------------------------------------------------

    def _follow(self) -> None:
        shown = self.session.project is None and self.session.opening is None
        if self.session.opening is not None or self.session.project is not None:
            self._say("")
        if shown:
            self._fill_recent()
            self._place()
        focused = QApplication.focusWidget()
        if not shown and focused is not None and self.isAncestorOf(focused):
            # Left to itself, the focus would go on to some button, which the space bar then presses.
            self._canvas.setFocus()
        self.setVisible(shown)

    def _hear(self, level: str, sentence: str) -> None:
        """A failure to open is said here, where the next attempt begins, and stays until then."""
        if level == "error" and self.session.project is None:
            self._say(sentence)

    def _say(self, sentence: str) -> None:
        what, remedy = split_remedy(sentence)
        self._what.setText(what)
        self._remedy.setText(remedy)
        self._remedy.setVisible(bool(remedy))
        self.trouble.setVisible(bool(sentence))
        self._place()

    def _fill_recent(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        paths = self._recent()[:RECENT_SHOWN]
        rows: list[QWidget] = []
        if paths:
            heading = QLabel("RECENT")
            heading.setFont(theme.heading_font())
            heading.setProperty("role", "quiet")
            heading.setContentsMargins(0, 0, 0, GRID // 2)
            rows.append(heading)
        rows += [_recent_button(path, partial(self.session.open, path)) for path in paths]
        for row in rows:
            self._list.addWidget(row)
            row.show()  # left to itself it would count in the height only once this has returned
        self._list.activate()
        self._recent_box.setVisible(bool(paths))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._canvas:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        """Fill the canvas, with everything in the middle and the steps as the room allows."""
        self.setGeometry(self._canvas.rect())
        wide = min(self.width() - 6 * GRID, WIDEST)
        across = wide >= 560
        self._steps.turn(across)
        recent = self._list.count() > 0
        self._steps.setVisible(self.height() >= (_STEPS_NEED if recent or not across else 360))
        layout = self._body.layout()
        assert layout is not None
        layout.activate()
        high = layout.totalHeightForWidth(wide)
        left, top = (self.width() - wide) // 2, max((self.height() - high) // 2, GRID)
        self._body.setGeometry(left, top, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dashed frame of a place to drop files."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PALETTE.picture))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        frame = QRectF(self._body.geometry()).adjusted(-32, -32, 32, 32)
        frame = frame.intersected(QRectF(self.rect()).adjusted(8, 8, -8, -8))
        pen = QPen(QColor(PALETTE.edge), 1.5)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(PALETTE.ground))
        painter.drawRoundedRect(frame, 10, 10)
        painter.end()


class _Steps(QWidget):
    """The four steps, side by side or below one another."""

    def __init__(self, cards: Sequence[QWidget]) -> None:
        super().__init__()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        for card in cards:
            self._row.addWidget(card, 1)

    def turn(self, across: bool) -> None:
        """Stand side by side, or not."""
        way = QBoxLayout.Direction
        self._row.setDirection(way.LeftToRight if across else way.TopToBottom)


def _steps() -> _Steps:
    return _Steps([_step(at, *step) for at, step in enumerate(STEPS, start=1)])


def _step(number: int, icon: str, name: str, keys: tuple[str, ...], sentence: str) -> QWidget:
    card = QFrame()
    card.setProperty("role", "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(12, 12, 12, 12)
    column.setSpacing(GRID)
    line = QHBoxLayout()
    line.setSpacing(GRID // 2)
    mark = QLabel()
    mark.setPixmap(theme.icon(icon, PALETTE.focus).pixmap(QSize(20, 20)))
    line.addWidget(mark)
    line.addStretch(1)
    for key in keys:
        line.addWidget(Keycap(key))
    column.addLayout(line)
    title = QLabel(f"{number}  {name}")
    title.setFont(theme.reading_font(QFont.Weight.DemiBold))
    column.addWidget(title)
    column.addWidget(_quiet(sentence))
    column.addStretch(1)
    return card


def _recent_button(path: Path, opens: Callable[[], None]) -> QPushButton:
    """A row with a name and, quieter, the folder it lies in."""
    button = QPushButton()
    button.setProperty("role", "row")
    button.setAccessibleName(path.name)
    button.setToolTip(plain_tip(f"Open {path}"))
    button.setMinimumHeight(28)
    button.clicked.connect(lambda _=False: opens())
    row = QHBoxLayout(button)
    row.setContentsMargins(GRID, 0, GRID, 0)
    row.setSpacing(GRID)
    kind = "folder" if path.is_dir() else "recent" if path.suffix == SUFFIX else "demo"
    mark, name, folder = QLabel(), QLabel(), QLabel()
    mark.setPixmap(theme.icon(kind, PALETTE.quiet).pixmap(QSize(16, 16)))
    for label, font, text, room in (
        (name, theme.reading_font(), path.name, 300),
        (folder, theme.aside_font(), _homely(path.parent), 240),
    ):
        label.setFont(font)
        label.setTextFormat(Qt.TextFormat.PlainText)
        middle = Qt.TextElideMode.ElideMiddle
        label.setText(QFontMetrics(font).elidedText(text, middle, room))
    folder.setProperty("role", "quiet")
    row.addWidget(mark)
    row.addWidget(name)
    row.addStretch(1)
    row.addWidget(folder)
    return button


def _homely(folder: Path) -> str:
    """A folder with "~" for the home directory."""
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def _sentence(text: str, font: QFont) -> QLabel:
    label = QLabel(text)
    label.setFont(font)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def _quiet(text: str) -> QLabel:
    label = _sentence(text, theme.aside_font())
    label.setProperty("role", "quiet")
    return label


def paint_opening(painter: QPainter, area: QRectF, opening: Opening) -> None:
    """How far the opening has come, and how to give up."""
    known = opening.fraction > 0
    text = f"{opening.doing}, {opening.fraction:.0%}" if known else opening.doing
    paint_message(painter, area, f"{opening.title}…", f"{text}  ·  Esc cancels")
    bar = QRectF(0, 0, min(280.0, area.width() - 48), 4)
    bar.moveCenter(area.center())
    bar.translate(0, 44)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.edge))
    painter.drawRoundedRect(bar, 2, 2)
    if known:
        done = QRectF(bar)
        done.setWidth(bar.width() * min(opening.fraction, 1.0))
        painter.setBrush(QColor(PALETTE.focus))
        painter.drawRoundedRect(done, 2, 2)
