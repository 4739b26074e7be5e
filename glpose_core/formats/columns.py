"""Columns of JSON records as arrays, checked once and for all records together.

Every complaint names the file and the place ("annotations[3].keypoints"). Checks run over whole
columns; only after one has failed are single records looked at, to find the place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .documents import Record, json_kind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_INT64 = np.iinfo(np.int64)
LARGEST = 2**53
"""No place in a picture is further out, and no score is higher: what is, overflows in the first sum."""


@dataclass(frozen=True)
class Columns:
    """The records of one section of a file.

    Attributes:
        file: named in complaints; ``None`` for records that come from no file.
        section: the section's name ("annotations").
        records: its records.
    """

    file: Path | None
    section: str
    records: Sequence[Record]

    def fail(self, at: int, field: str, message: str, remedy: str) -> NoReturn:
        """Complain about a field of record ``at``."""
        place = f"{self.section}[{at}]" + (f".{field}" if field else "")
        raise FormatError(message, file=self.file, field=place, remedy=remedy)

    def integers(self, field: str, remedy: str, *, missing: int | None = None) -> Ints:
        """Whole numbers, int64 ``[N]``. ``missing`` stands in for an absent or null field; without
        it the field is demanded."""
        values = [record.get(field) for record in self.records]
        if set(map(type, values)) - {int}:
            values = [self._integer(at, field, remedy, missing) for at in range(len(values))]
        try:
            return np.array(values, dtype=np.int64)
        except OverflowError:
            at = next(i for i, v in enumerate(values) if not _INT64.min <= (v or 0) <= _INT64.max)
            self.fail(at, field, f"is {values[at]}, too large for a number of this kind", remedy)

    def _integer(self, at: int, field: str, remedy: str, missing: int | None) -> int:
        value = self.records[at].get(field)
        if value is None and missing is not None:
            return missing
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if value is None:
            self.fail(at, field, "is missing", remedy)
        self.fail(at, field, f"is {_shown(value)} where a whole number belongs", remedy)

    def numbers(self, field: str, remedy: str) -> Floats:
        """Numbers, float64 ``[N]``; NaN where the field is absent or null."""
        values = [record.get(field) for record in self.records]
        for at, value in enumerate(values):
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, (int, float))
            ):
                self.fail(at, field, f"is {_shown(value)} where a number belongs", remedy)
        given = [np.nan if value is None else value for value in values]
        for at, value in enumerate(given):
            if is_too_large(value):
                self.fail(at, field, "is a number that is too large", remedy)
        return np.array(given, dtype=np.float64).reshape(-1)

    def lists(self, field: str, length: int, remedy: str, *, may_be_empty: bool = True) -> Floats:
        """Lists of ``length`` numbers, float64 ``[N, length]``.

        NaN where the field is absent or null and, with ``may_be_empty``, where the list is empty.
        """
        values = [record.get(field) for record in self.records]
        for at, value in enumerate(values):
            if value is None or (may_be_empty and value == []):
                continue
            if not isinstance(value, list):
                self.fail(at, field, f"is {_shown(value)} where a list belongs", remedy)
            if len(value) != length:
                self.fail(at, field, f"has {len(value)} numbers instead of {length}", remedy)
        full = [at for at, value in enumerate(values) if value]
        kinds = set(map(type, chain.from_iterable(value for value in values if value)))
        if kinds - {int, float}:
            self._fail_number(field, values, remedy)
        column = np.full((len(values), length), np.nan)
        try:
            if full:
                column[full] = np.array([values[at] for at in full], dtype=np.float64)
            fits = not (np.abs(column) > LARGEST).any()
        except OverflowError:
            fits = False
        if not fits:
            at, place = next(
                (at, place)
                for at in full
                for place, n in enumerate(values[at] or ())
                if is_too_large(n)
            )
            self.fail(at, f"{field}[{place}]", "is a number that is too large", remedy)
        return column

    def _fail_number(self, field: str, values: Sequence[Any], remedy: str) -> NoReturn:
        for at, value in enumerate(values):
            for place, number in enumerate(value or ()):
                if type(number) not in (int, float):
                    self.fail(
                        at,
                        f"{field}[{place}]",
                        f"is {_shown(number)} where a number belongs",
                        remedy,
                    )
        raise AssertionError("called without a wrong number")

    def texts(self, field: str, check: Callable[[str], str | None], remedy: str) -> list[str]:
        """Texts, demanded of every record. ``check`` says what is wrong with one, or ``None``."""
        values = []
        for at, record in enumerate(self.records):
            value = record.get(field)
            if value is None:
                self.fail(at, field, "is missing", remedy)
            if not isinstance(value, str):
                self.fail(at, field, f"is {_shown(value)} where text belongs", remedy)
            wrong = check(value)
            if wrong is not None:
                self.fail(at, field, wrong, remedy)
            values.append(value)
        return values

    def flags(self, field: str, remedy: str) -> list[bool]:
        """True or false, false where the field is absent or null; 0 and 1 count as well."""
        values = [record.get(field) for record in self.records]
        for at, value in enumerate(values):
            if value not in (None, True, False):
                self.fail(at, field, f"is {_shown(value)} where true or false belongs", remedy)
        return [bool(value) for value in values]

    def demand_unique(
        self, field: str, column: Ints, remedy: str, *, within: Ints | None = None
    ) -> None:
        """Complain if a value stands twice, or twice within one value of ``within`` (``[N]``)."""
        keys = column[:, None] if within is None else np.stack([within, column], axis=1)
        _, first, counts = np.unique(keys, axis=0, return_index=True, return_counts=True)
        if (counts == 1).all():
            return
        value = keys[first[counts > 1][0]]
        one, two = np.flatnonzero((keys == value).all(axis=1))[:2]
        place = "" if within is None else " in the same image"
        self.fail(
            int(two),
            field,
            f"is {column[two]}, as in {self.section}[{one}]{place}",
            remedy,
        )


def is_too_large(number: float) -> bool:
    """Whether a number is larger than any that a label file has a use for; NaN is not."""
    return abs(number) > LARGEST


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value}"[:40]
    return json_kind(value)
