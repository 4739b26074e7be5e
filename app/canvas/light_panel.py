"""Three sliders over the picture: how bright it is shown, with what contrast and gamma."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..aids import NEUTRAL, Light
from ..session import Session
from ..shortcuts import spelled
from ..theme import GRID, icon, reading_font

STEPS_PER_DOUBLING = 20
"""Steps of the slider *Gamma* from 1 to 2, and from 1 to a half."""
_GAMMA_REACH = 2 * STEPS_PER_DOUBLING
_MARGIN = 12
_ITS_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Escape,
)


class _Slider(QSlider):
    """Keeps the keys that move it, which would step through the video."""

    def event(self, event: QEvent) -> bool:
        wanted = isinstance(event, QKeyEvent) and event.key() in _ITS_KEYS and not event.modifiers()
        if wanted and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)


class LightPanel(QFrame):
    """Lies in the upper right corner of the picture until it is put away."""

    def __init__(self, session: Session, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.session, self._canvas = session, canvas
        self.setProperty("role", "card")
        self.setObjectName("light")
        # What is done here must not reach the picture below.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.brightness, self.contrast = _slider(100), _slider(100)
        self.gamma = _slider(_GAMMA_REACH)
        self._values: list[QLabel] = []
        self.reset = QPushButton("Reset")
        self.reset.setFont(reading_font())
        self.reset.clicked.connect(lambda: self._apply(NEUTRAL))
        self._lay_out()
        for slider in (self.brightness, self.contrast, self.gamma):
            slider.valueChanged.connect(self._moved)
        session.project_changed.connect(self._show_light)
        self.hide()

    def _lay_out(self) -> None:
        title = QLabel("Brightness and contrast")
        title.setFont(reading_font(QFont.Weight.DemiBold))
        close = QToolButton()
        close.setIcon(icon("cancel"))
        close.setIconSize(QSize(14, 14))
        close.setProperty("role", "transport")
        close.setFixedSize(24, 24)
        close.setToolTip(spelled("Put this away (`Ctrl+B`)"))
        close.setAccessibleName("Put this away")
        close.clicked.connect(self.put_away)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(close)
        grid = QGridLayout()
        grid.setHorizontalSpacing(_MARGIN)
        grid.setVerticalSpacing(GRID)
        for at, (name, slider) in enumerate(
            (
                ("Brightness", self.brightness),
                ("Contrast", self.contrast),
                ("Gamma", self.gamma),
            )
        ):
            label, value = QLabel(name), QLabel()
            slider.setAccessibleName(name)
            value.setFixedWidth(40)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for text in (label, value):
                text.setFont(reading_font())
                text.setProperty("role", "quiet")
            self._values.append(value)
            grid.addWidget(label, at, 0)
            grid.addWidget(slider, at, 1)
            grid.addWidget(value, at, 2)
        note = QLabel("For your eyes only: files and predictions stay as they are.")
        note.setProperty("role", "quiet")
        note.setFont(reading_font())
        note.setWordWrap(True)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, GRID, GRID, _MARGIN)
        column.setSpacing(GRID)
        column.addLayout(head)
        column.addLayout(grid)
        column.addWidget(note)
        column.addLayout(foot)
        self.setFixedWidth(320)

    def toggle(self) -> None:
        """Come, with the keyboard on the first slider, or go."""
        if self.isVisible():
            self.put_away()
            return
        self._show_light()
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self.brightness.setFocus(Qt.FocusReason.PopupFocusReason)

    def put_away(self) -> None:
        """Go, and give the keyboard back to the picture."""
        self.hide()
        self._canvas.setFocus()

    def place(self) -> None:
        """Lie in the corner of the canvas, whose size may have changed."""
        self.move(max(self._canvas.width() - self.width() - _MARGIN, 0), _MARGIN)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def _moved(self) -> None:
        gamma = 2.0 ** (self.gamma.value() / STEPS_PER_DOUBLING)
        self._apply(Light(self.brightness.value(), self.contrast.value(), round(gamma, 2)))

    def _apply(self, light: Light) -> None:
        if light != self.session.view.light:
            self.session.show_in(light)
        self._show_light()

    def _show_light(self) -> None:
        """Set the sliders and figures to what is shown."""
        light = self.session.view.light
        steps = round(STEPS_PER_DOUBLING * math.log2(light.gamma))
        for slider, value in (
            (self.brightness, light.brightness),
            (self.contrast, light.contrast),
            (self.gamma, steps),
        ):
            slider.blockSignals(True)
            slider.setValue(value)
            slider.blockSignals(False)
        words = (f"{light.brightness:+d}", f"{light.contrast:+d}", f"{light.gamma:.2f}")
        for label, text in zip(self._values, words, strict=True):
            label.setText("0" if text == "+0" else text.replace("-", "−"))
        self.reset.setEnabled(light != NEUTRAL)


def _slider(reach: int) -> _Slider:
    slider = _Slider(Qt.Orientation.Horizontal)
    slider.setRange(-reach, reach)
    slider.setPageStep(10)
    return slider
