"""What the window has said since it started, so that a sentence that went by can be read again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from .session import Session

KEPT = 100
_REMEDY = " — "
"""What stands between a failure and its remedy in the sentence of a GLPoseError."""


@dataclass(frozen=True)
class Notice:
    """One sentence. ``level`` is "info", "warning" or "error"."""

    at: datetime
    level: str
    sentence: str


class Notices(QObject):
    """Remembers the latest sentences of a session, oldest first."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.said: deque[Notice] = deque(maxlen=KEPT)
        session.noticed.connect(self._hear)

    def _hear(self, level: str, sentence: str) -> None:
        self.said.append(Notice(datetime.now(), level, sentence))


def split_remedy(sentence: str) -> tuple[str, str]:
    """A failure's sentence as (what is wrong, what to do about it), the latter possibly ""."""
    what, dash, remedy = sentence.partition(_REMEDY)
    if not dash:
        return sentence, ""
    return f"{what}.", f"{remedy[:1].upper()}{remedy[1:]}"
