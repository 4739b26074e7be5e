"""Faults of a label file, gathered while it is looked through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..formats.documents import Record

Role = Literal["truth", "predictions"]
Kind = Literal["refused", "misread", "remark"]


@dataclass(frozen=True)
class Fault:
    """One fault: ``place`` in the file, ``sentence``, and how ``many`` places have it. ``refused``: the
    scorer stops; ``misread``: it goes on and counts something else than what is meant; ``remark``: worth
    knowing, counts nothing."""

    kind: Kind
    place: str
    sentence: str
    many: int = 1

    def __str__(self) -> str:
        more = f" ({self.many} such places)" if self.many > 1 else ""
        return f"{self.place}: {self.sentence}{more}" if self.place else f"{self.sentence}{more}"


@dataclass
class Faults:
    """Gathers faults; the same kind of fault is kept once, with its first place and a count."""

    found: dict[str, Fault] = field(default_factory=dict)

    def add(self, kind: Kind, place: str, sentence: str, key: str | None = None) -> None:
        key = sentence if key is None else key
        old = self.found.get(key)
        self.found[key] = (
            Fault(old.kind, old.place, old.sentence, old.many + 1)
            if old
            else Fault(kind, place, sentence)
        )

    def refuse(self, place: str, sentence: str, key: str | None = None) -> None:
        """The scorer stops."""
        self.add("refused", place, sentence, key)

    def misread(self, place: str, sentence: str, key: str | None = None) -> None:
        """The scorer counts something else."""
        self.add("misread", place, sentence, key)


def records(section: Any) -> list[Record]:
    """The objects of a list; nothing of anything else."""
    return [r for r in section if isinstance(r, dict)] if isinstance(section, list) else []


def repeated(values: Iterable[Any]) -> list[Any]:
    """The values that stand more than once, each once."""
    seen: set[Any] = set()
    twice: dict[Any, None] = {}
    for value in values:
        if value in seen:
            twice[value] = None
        seen.add(value)
    return list(twice)
