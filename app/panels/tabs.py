"""Panels that share one place, with their headings as tabs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget

from ..theme import reading_font
from .panel import Panel

PADDING = 24
"""Pixels of a tab beside its words, as the style sheet has them."""


class PanelTabs(QTabWidget):
    """Each tab says the heading and the aside of its panel: "People 3". Where all of that has no room, the asides
    give way, those of the tabs behind first: no tab is ever out of sight."""

    def __init__(self, panels: Sequence[Panel]) -> None:
        super().__init__()
        self.setDocumentMode(True)
        bar = self.tabBar()
        bar.setFont(reading_font())
        bar.setExpanding(False)
        # The keyboard stays with the picture; Tab brings it here.
        bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._panels = panels
        for panel in panels:
            panel.header.hide()
            self.addTab(panel, panel.title.capitalize())
            panel.heading_changed.connect(self._name_all)
        self.currentChanged.connect(self._name_all)
        self._name_all()

    def setTabVisible(self, index: int, visible: bool) -> None:
        super().setTabVisible(index, visible)
        self._name_all()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_all()

    def _name_all(self) -> None:
        whole = [self._words(panel, aside=True) for panel in self._panels]
        front = [
            self._words(panel, aside=at == self.currentIndex())
            for at, panel in enumerate(self._panels)
        ]
        bare = [self._words(panel, aside=False) for panel in self._panels]
        words = next((said for said in (whole, front) if self._fit(said)), bare)
        for at, text in enumerate(words):
            # A new text, even the same one, has the whole window laid out anew.
            if self.tabText(at) != text:
                self.setTabText(at, text)

    @staticmethod
    def _words(panel: Panel, *, aside: bool) -> str:
        title = panel.title.capitalize()
        return f"{title}  {panel.aside}" if aside and panel.aside else title

    def _fit(self, words: Sequence[str]) -> bool:
        metrics = self.tabBar().fontMetrics()
        shown = [text for at, text in enumerate(words) if self.isTabVisible(at)]
        return sum(metrics.horizontalAdvance(text) + PADDING for text in shown) <= self.width()
