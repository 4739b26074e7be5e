"""What was chosen when an edit was made, so that Undo puts the hand back where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glpose_core.labels import Edit

Choice = tuple[int | None, int | None]
"""A person and a joint, as ``session.person`` and ``session.joint``."""


class ChoiceMemory:
    """The choices before the edits of this project since it was opened, the latest last."""

    def __init__(self) -> None:
        self._before: list[tuple[str, int | None, Choice]] = []

    def note(self, edit: Edit, choice: Choice) -> None:
        """``choice`` was chosen when ``edit`` was made."""
        self._before.append((edit.title, edit.frame, choice))

    def take(self, edit: Edit) -> Choice | None:
        """What was chosen before ``edit``, which has just been taken back; ``None`` if that is not known:
        it was made before the project was opened, or by a job."""
        if not self._before or self._before[-1][:2] != (edit.title, edit.frame):
            return None
        return self._before.pop()[2]

    def forget(self) -> None:
        """Another project is open."""
        self._before.clear()


def person_of(edit: Edit) -> int | None:
    """The one person whose label or record an edit changes, or ``None`` if it changes more or none."""
    people = {change.key[0] for change in edit.changes if change.kind in ("label", "person")}
    return people.pop() if len(people) == 1 else None
