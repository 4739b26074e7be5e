"""Asks for the name that is noted with edits."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from glpose_core.labels.annotators import LONGEST, clean_name

from ..theme import reading_font
from .form import Form

HINT = "Noted with each edit, so that a team sees who made it."
NOBODY = "Left empty, nobody is noted with your edits."


class YourNameDialog(Form):
    """One line for a name; says live what will be noted."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("Your name", parent=parent)
        self.name = QLineEdit(name)
        self.name.setFont(reading_font())
        self.name.setMaxLength(LONGEST)
        self.name.selectAll()
        self.name.textChanged.connect(self._update)
        self.row("&Name", self.name, aside=HINT)
        self._update()
        self.name.setFocus()

    def choice(self) -> str:
        """The name that is meant now; "" for none."""
        return clean_name(self.name.text())

    def _update(self) -> None:
        name = self.choice()
        if not name:
            self.note([NOBODY])
            return
        self.note(
            [
                f"Edits that you make from now on are noted as those of “{name}”.",
                "The name lies in the project: whoever gets the file can read it.",
            ]
        )


def ask_name(name: str, parent: QWidget | None = None) -> str | None:
    """Ask for a name, offering the one in use. Returns it, or ``None`` where it is to stay."""
    dialog = YourNameDialog(name, parent)
    try:
        return dialog.choice() if dialog.exec() == YourNameDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()
