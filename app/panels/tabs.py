"""Panels that share one place, with their headings as tabs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget

from ..theme import reading_font
from .panel import Panel


class PanelTabs(QTabWidget):
    """Each tab says the heading and the aside of its panel: "People 3"."""

    def __init__(self, panels: Sequence[Panel]) -> None:
        super().__init__()
        self.setDocumentMode(True)
        bar = self.tabBar()
        bar.setFont(reading_font())
        bar.setExpanding(False)
        # The keyboard stays with the picture; Tab brings it here.
        bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._panels = panels
        for at, panel in enumerate(panels):
            panel.header.hide()
            self.addTab(panel, "")
            panel.heading_changed.connect(lambda at=at: self._name(at))
            self._name(at)

    def _name(self, at: int) -> None:
        panel = self._panels[at]
        title = panel.title.capitalize()
        text = f"{title}  {panel.aside}" if panel.aside else title
        # A new text, even the same one, has the whole window laid out anew.
        if self.tabText(at) != text:
            self.setTabText(at, text)
