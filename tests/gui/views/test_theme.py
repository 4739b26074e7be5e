"""The look: contrast, colour-blind-safe people, fonts, icons, and a style sheet that Qt understands."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QIcon
from PySide6.QtWidgets import QLineEdit, QPushButton, QSpinBox, QWidget

from app import theme
from app.colours import person_colours
from app.theme import (
    PALETTE,
    app_icon,
    apply_theme,
    confidence_word,
    icon,
    icon_names,
    reading_font,
)

pytestmark = pytest.mark.quick

GROUNDS = ("ground", "panel", "raised", "control", "hover", "selected", "pressed", "picture")

DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB."""


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """WCAG 2.2 contrast ratio."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    lms = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ np.clip(rgb, 0, None)
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ lms
    )


def apart(a: str, b: str, eye: np.ndarray) -> float:
    """Distance in OKLab as seen by an eye; 0.02 is about the least that can be told."""
    return float(np.linalg.norm(oklab(eye @ linear(a)) - oklab(eye @ linear(b))))


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["text", "quiet", "bright", "doubt", "middling", "sure"])
def test_text_can_be_read_on_every_ground(ink, ground):
    assert contrast(getattr(PALETTE, ink), getattr(PALETTE, ground)) >= 4.5


@pytest.mark.parametrize("fill", ["accent_fill", "accent_hover"])
def test_white_can_be_read_on_the_blue_button(fill):
    assert contrast(PALETTE.bright, getattr(PALETTE, fill)) >= 4.5


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_focus_ring_and_the_accent_stand_out(ground):
    assert contrast(PALETTE.focus, getattr(PALETTE, ground)) >= 4.5
    assert contrast(PALETTE.accent, getattr(PALETTE, ground)) >= 3


def test_what_is_disabled_is_fainter_than_what_is_quiet_and_still_there():
    assert 2 < contrast(PALETTE.disabled, PALETTE.panel) < contrast(PALETTE.quiet, PALETTE.panel)


def test_the_window_keeps_the_agreed_colours():
    assert (PALETTE.ground, PALETTE.panel, PALETTE.raised) == ("#0E1116", "#12151B", "#151920")
    assert (PALETTE.line, PALETTE.text, PALETTE.quiet) == ("#1F242D", "#D7DCE5", "#8A93A1")
    assert person_colours(1).light == "#5EC8FF"
    assert person_colours(2).deep == "#E0792F"


@pytest.mark.parametrize("eye", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["all", "no M", "no L"])
def test_the_first_people_are_told_apart_by_every_eye(eye):
    for a, b in itertools.combinations(range(1, 5), 2):
        assert apart(person_colours(a).light, person_colours(b).light, eye) > 0.06, (a, b)
    for a, b in itertools.pairwise(range(1, 17)):
        assert apart(person_colours(a).light, person_colours(b).light, eye) > 0.04, (a, b)


@pytest.mark.parametrize("eye", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["all", "no M", "no L"])
@pytest.mark.parametrize("person", [*range(1, 41), 200])
def test_left_and_right_of_a_person_differ_for_every_eye(person, eye):
    tones = person_colours(person)
    assert apart(tones.light, tones.deep, eye) > 0.12
    assert contrast(tones.light, tones.deep) > 1.5


@pytest.mark.parametrize("person", range(1, 61))
def test_people_stand_out_from_the_ground_and_are_not_red(person):
    tones = person_colours(person)
    assert contrast(tones.light, PALETTE.panel) >= 4.5
    assert contrast(tones.pale, PALETTE.panel) >= 7
    assert apart(tones.light, PALETTE.doubt, np.eye(3)) > 0.05


def test_generated_people_do_not_repeat_soon():
    lights = [person_colours(person).light for person in range(1, 201)]
    for start in range(len(lights) - 30):
        assert len(set(lights[start : start + 30])) == 30


def test_confidence_has_words():
    assert [confidence_word(score) for score in (0.1, 0.45, 0.54, 0.55)] == [
        "doubtful",
        "middling",
        "middling",
        "sure",
    ]


@pytest.fixture
def themed(qapp):
    apply_theme(qapp)
    return qapp


def test_the_bundled_font_is_used_with_figures_of_one_width(themed):
    assert QFontInfo(reading_font()).family() == "Inter"
    metrics = QFontMetrics(reading_font())
    assert metrics.horizontalAdvance("111111") == metrics.horizontalAdvance("000000")
    assert reading_font(QFont.Weight.DemiBold).weight() == QFont.Weight.DemiBold


def test_the_font_brings_its_licence_and_is_small():
    folder = theme._RESOURCES / "fonts"
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text()
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000


def test_every_icon_draws_something_and_fades_when_disabled(themed):
    assert len(icon_names()) > 30
    for name in icon_names():
        drawn = icon(name).pixmap(20, 20).toImage()
        faded = icon(name).pixmap(20, 20, QIcon.Mode.Disabled).toImage()
        alpha = [drawn.pixelColor(x, y).alpha() for x in range(20) for y in range(20)]
        assert max(alpha) > 150, name
        assert sum(value > 40 for value in alpha) < 300, f"{name} is a blot"
        assert drawn != faded, name


def test_an_unknown_icon_is_an_error(themed):
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_the_style_sheet_is_whole_and_qt_understands_it(qapp):
    complaints = []
    previous = qInstallMessageHandler(
        lambda kind, _where, text: (
            complaints.append(text) if kind is not QtMsgType.QtDebugMsg else None
        )
    )
    try:
        qapp.setStyleSheet("")  # what it has already would not be read again
        apply_theme(qapp)
        widget = QWidget()
        for made in (QPushButton("x", widget), QLineEdit(widget), QSpinBox(widget)):
            made.ensurePolished()
        widget.grab()
    finally:
        qInstallMessageHandler(previous)
    assert not [text for text in complaints if "stylesheet" in text.lower() or "url" in text]
    sheet = theme.style_sheet()
    assert "$" not in sheet
    for part in sheet.split('url("')[1:]:
        assert (theme._RESOURCES / "style" / part.split('"')[0].rsplit("/", 1)[1]).is_file()


def test_keyboard_focus_is_seen_on_a_button(themed, qtbot):
    window = QWidget()
    plain, focused = QPushButton("Plain", window), QPushButton("Plain", window)
    plain.setGeometry(0, 0, 90, 30)
    focused.setGeometry(0, 40, 90, 30)
    qtbot.addWidget(window)
    window.show()
    focused.setFocus()
    qtbot.waitUntil(focused.hasFocus)
    edge = focused.grab().toImage().pixelColor(45, 0)
    assert edge.name().upper() == PALETTE.focus
    assert plain.grab().toImage().pixelColor(45, 0).name().upper() != PALETTE.focus


def test_the_edges_of_fields_can_be_seen():
    for ground in ("ground", "panel"):
        assert contrast(PALETTE.disabled, getattr(PALETTE, ground)) >= 3.0


def test_the_apps_own_icon_is_bold_where_it_is_small(themed):
    for size in (16, 32, 256):
        picture = app_icon().pixmap(size, size).toImage()
        assert picture.width() == size
        tones = {picture.pixelColor(x, y).hue() // 30 for x in range(size) for y in range(size)}
        assert {1, 6} <= tones, "an orange and a blue side at every size"
