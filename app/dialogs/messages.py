"""Small windows that say something: a sentence about a failure, a report with its remarks, a question."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QWidget

from ..notices import split_remedy
from .form import Form, wrapped


class Message(Form):
    """Says something and waits for Enter or Escape."""

    def __init__(
        self,
        title: str,
        sentence: str,
        remarks: Sequence[str] = (),
        warnings: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, action="OK", parent=parent)
        self.leave.hide()
        self.buttons.removeButton(self.leave)
        self._sentence = sentence
        if sentence:
            self.add(wrapped(sentence))
        self.note(list(remarks), list(warnings))

    def offer_copy(self, text: str | None = None) -> None:
        """Add a button that copies ``text`` (by default what is said), for a letter to somebody who can
        help."""
        copy = QPushButton("Copy")
        copy.setAutoDefault(False)
        said = "\n".join(filter(None, (self._sentence, self.said))) if text is None else text
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(said))
        # Stands at the left, away from the button that ends it.
        self.buttons.addButton(copy, QDialogButtonBox.ButtonRole.ResetRole)


class Question(Form):
    """Asks for one of two answers, both named by what they do."""

    def __init__(
        self,
        title: str,
        sentence: str,
        yes: str,
        no: str,
        remarks: Sequence[str] = (),
        warnings: Sequence[str] = (),
        parent: QWidget | None = None,
        sure: bool = True,
    ) -> None:
        """``sure``: Enter means yes; otherwise it means no."""
        super().__init__(title, action=yes, parent=parent)
        self.leave.setText(no)
        if not sure:
            self.leave.setAutoDefault(True)
            self.leave.setDefault(True)
        if sentence:
            self.add(wrapped(sentence))
        self.note(list(remarks), list(warnings))


def tell(parent: QWidget | None, sentence: str, title: str = "That did not work") -> None:
    """Show one sentence about a failure (``str(GLPoseError)``), which can be copied."""
    what, remedy = split_remedy(sentence)
    message = Message(title, "", [remedy] if remedy else [], [what], parent)
    message.offer_copy()
    message.exec()
    message.deleteLater()


def report(parent: QWidget | None, title: str, sentence: str, remarks: Sequence[str] = ()) -> None:
    """Show what was done, with remarks, one a line."""
    message = Message(title, sentence, remarks, parent=parent)
    message.exec()
    message.deleteLater()


def ask(
    parent: QWidget | None,
    title: str,
    sentence: str,
    yes: str,
    no: str = "Cancel",
    remarks: Sequence[str] = (),
    warnings: Sequence[str] = (),
    sure: bool = True,
) -> bool:
    """Ask, and return whether ``yes`` was chosen; ``sure`` makes it the answer of Enter."""
    question = Question(title, sentence, yes, no, remarks, warnings, parent, sure)
    try:
        return question.exec() == Question.DialogCode.Accepted
    finally:
        question.deleteLater()
