"""Colours, fonts, icons and the style sheet: the one place that decides how the app looks.

Calm and dark, so that the picture is the brightest thing on the screen. Sizes are logical pixels;
distances follow an 8-pixel rhythm. Colours of meaning (doubt, middling, sure) never stand alone:
words or shapes go with them. :mod:`app.colours` has the colours of people.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.colours import PersonColours, person_colours

__all__ = [
    "PALETTE",
    "Palette",
    "PersonColours",
    "app_icon",
    "apply_theme",
    "aside_font",
    "confidence_colour",
    "confidence_word",
    "icon",
    "person_colours",
    "reading_font",
]

GRID = 8
RADIUS = 6
READING_SIZE = 13
ASIDE_SIZE = 11
TITLE_SIZE = 20
ROW_HEIGHT = 24
DOUBT_BELOW = 0.45
"""Confidence under which a joint counts as doubtful."""
SURE_FROM = 0.55
"""Confidence from which a joint counts as sure: where the usual network has as much, 96 of 100 joints are right, and it has in
three of four. It hardly ever has 0.65, so that with more nothing would ever look sure."""

_RESOURCES = Path(str(files("resources")))
_FAMILY = "Inter"
_ICON_SIZES = (16, 20, 24, 32, 40, 48, 64)
_APP_ICON_SMALL = 40


@dataclass(frozen=True)
class Palette:
    """Every colour that is not a person's, as ``#RRGGBB``."""

    ground: str = "#0E1116"
    panel: str = "#12151B"
    raised: str = "#151920"
    line: str = "#1F242D"
    control: str = "#1B2029"
    hover: str = "#222934"
    selected: str = "#1D2733"
    pressed: str = "#181D25"
    edge: str = "#2B323E"
    text: str = "#D7DCE5"
    quiet: str = "#8A93A1"
    disabled: str = "#5A6472"
    bright: str = "#FFFFFF"
    accent: str = "#2F7DD1"
    accent_fill: str = "#2A72C2"
    accent_hover: str = "#2468B4"
    focus: str = "#5EC8FF"
    doubt: str = "#FF6B6B"
    middling: str = "#E6C34A"
    sure: str = "#6FCF97"
    cached: str = "#2F7D4F"
    picture: str = "#090B0E"


PALETTE = Palette()


def apply_theme(app: QApplication) -> None:
    """Give the whole application its font, palette and style sheet, before any window. Again, it costs nothing."""
    sheet = style_sheet()
    if app.styleSheet() == sheet:
        return
    _load_fonts()
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(reading_font())
    app.setPalette(_qt_palette())
    app.setStyleSheet(sheet)


def style_sheet() -> str:
    """Return the style sheet with the palette's colours and the paths of its pictures filled in."""
    values: dict[str, str | int] = dict(asdict(PALETTE))
    values |= {
        "style": (_RESOURCES / "style").as_posix(),
        "radius": RADIUS,
        "aside": ASIDE_SIZE,
        "reading": READING_SIZE,
    }
    source = (_RESOURCES / "style" / "studio.qss").read_text(encoding="utf-8")
    return Template(source).substitute(values)


def reading_font(weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font for everything that is read."""
    return _font(READING_SIZE, weight)


def aside_font(weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The smaller font for counts, keys, explanations and headings of panels."""
    return _font(ASIDE_SIZE, weight)


def title_font() -> QFont:
    """The one large size: the name of the app where it introduces itself."""
    return _font(TITLE_SIZE, QFont.Weight.DemiBold)


def heading_font() -> QFont:
    """The font of a panel's heading, which is written in capitals."""
    font = aside_font(QFont.Weight.DemiBold)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
    return font


def colour(value: str, alpha: float = 1.0) -> QColor:
    """Return ``#RRGGBB`` as a ``QColor`` with an opacity between 0 and 1."""
    made = QColor(value)
    made.setAlphaF(alpha)
    return made


def confidence_word(score: float) -> str:
    """Return ``"doubtful"``, ``"middling"`` or ``"sure"`` for a confidence between 0 and 1."""
    if score >= SURE_FROM:
        return "sure"
    return "middling" if score >= DOUBT_BELOW else "doubtful"


def confidence_colour(score: float) -> QColor:
    """Return the colour that goes with :func:`confidence_word`."""
    words = {"sure": PALETTE.sure, "middling": PALETTE.middling, "doubtful": PALETTE.doubt}
    return QColor(words[confidence_word(score)])


@cache
def icon(name: str, normal: str | None = None) -> QIcon:
    """Return the icon ``resources/icons/<name>.svg``, drawn in the text colour. It is drawn once, and shared.

    Args:
        name: file name without its ending.
        normal: colour of the strokes in the normal state (``#RRGGBB``); the text colour by default.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    source = (_RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    colours = {
        QIcon.Mode.Normal: normal or PALETTE.text,
        QIcon.Mode.Active: normal or PALETTE.bright,
        QIcon.Mode.Selected: normal or PALETTE.bright,
        QIcon.Mode.Disabled: PALETTE.disabled,
    }
    made = QIcon()
    for mode, stroke in colours.items():
        renderer = QSvgRenderer(QByteArray(source.replace("currentColor", stroke).encode()))
        for size in _ICON_SIZES:
            made.addPixmap(_draw(renderer, size), mode)
    return made


def app_icon() -> QIcon:
    """The app's own icon: drawn with fewer, bolder lines where it is small."""
    made = QIcon()
    for size in (16, 20, 24, 32, 40, 48, 64, 128, 256, 512):
        name = "app-small" if size <= _APP_ICON_SMALL else "app"
        renderer = QSvgRenderer(str(_RESOURCES / "brand" / f"{name}.svg"))
        made.addPixmap(_draw(renderer, size))
    return made


def icon_names() -> list[str]:
    """Return the names that :func:`icon` knows, sorted."""
    return sorted(path.stem for path in (_RESOURCES / "icons").glob("*.svg"))


def _draw(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def _font(size: int, weight: QFont.Weight) -> QFont:
    font = QFont(_FAMILY)
    font.setPixelSize(size)
    font.setWeight(weight)
    # Figures of one width, so that frame numbers do not dance while scrubbing.
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _load_fonts() -> None:
    if _FAMILY in QFontDatabase.families():
        return
    for path in sorted((_RESOURCES / "fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(path))


def _qt_palette() -> QPalette:
    p = PALETTE
    role = QPalette.ColorRole
    plain = {
        role.Window: p.panel,
        role.WindowText: p.text,
        role.Base: p.ground,
        role.AlternateBase: p.raised,
        role.Text: p.text,
        role.PlaceholderText: p.quiet,
        role.Button: p.control,
        role.ButtonText: p.text,
        role.BrightText: p.bright,
        role.ToolTipBase: p.hover,
        role.ToolTipText: p.text,
        role.Highlight: p.accent_fill,
        role.HighlightedText: p.bright,
        role.Link: p.focus,
        role.LinkVisited: p.focus,
        role.Accent: p.accent,
        role.Light: p.edge,
        role.Midlight: p.edge,
        role.Mid: p.line,
        role.Dark: p.ground,
        role.Shadow: p.ground,
    }
    palette = QPalette()
    for key, value in plain.items():
        palette.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(p.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(p.edge))
    return palette
