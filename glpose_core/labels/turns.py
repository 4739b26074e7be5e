"""A large edit made, taken back or made again in short turns, so that a window can live between them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from .changes import Change, Edit

PART = 1000
"""Changes that are made in one turn: some ten milliseconds."""


class Turns:
    """Something large under way. Memory changes turn by turn; the journal and the listeners hear of it at the end.

    Attributes:
        edit: what was done, once all is done: title, frame and, where one turn was enough, the changes.
    """

    def __init__(self, steps: Generator[None, None, Edit]) -> None:
        """``steps`` yields after each turn but the last, and returns the edit."""
        self._steps = steps
        self.edit: Edit | None = None

    def step(self) -> bool:
        """Do one turn. Returns whether more are left."""
        if self.edit is None:
            try:
                next(self._steps)
            except StopIteration as end:
                self.edit = end.value
            except BaseException:
                self.edit = Edit("", ())  # nothing is left that could go on
                raise
        return self.edit is None

    def finish(self) -> None:
        """Do all that is left."""
        while self.step():
            pass


def sliced(changes: Iterable[Change], size: int = PART) -> Iterator[tuple[Change, ...]]:
    """Changes in their order, some at a time."""
    part: list[Change] = []
    for change in changes:
        part.append(change)
        if len(part) == size:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)
