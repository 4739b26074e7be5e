"""The rows of runs: the latest ones shown are kept, others are read from the file when they are shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from .poses import PREDICTION_DTYPE, PoseRows, PoseTable
from .writer import Statement

KEPT_RUNS = 2


class RunShelf:
    """Tables of PREDICTION_DTYPE by the numbers of their runs."""

    def __init__(self, read: Callable[[int], PoseRows]) -> None:
        """``read`` gets the rows of a run from the file."""
        self._read = read
        self._kept: OrderedDict[int, PoseTable] = OrderedDict()

    def rows_of(self, run: int) -> PoseTable:
        """The rows of a run, read from the file if need be, and kept for the next time."""
        table = self._kept.get(run)
        if table is None:
            table = PoseTable(PREDICTION_DTYPE, "track")
            table.put_many(self._read(run))
        self.keep(run, table)
        return table

    def kept(self, run: int) -> PoseTable | None:
        """The rows of a run, if they are at hand."""
        return self._kept.get(run)

    def keep(self, run: int, table: PoseTable) -> None:
        """Keep the rows of a run; those that were shown longest ago go."""
        self._kept[run] = table
        self._kept.move_to_end(run)
        while len(self._kept) > KEPT_RUNS:
            self._kept.popitem(last=False)


def carry_over(base: int, run: int) -> list[Statement]:
    """The SQL that copies a run's rows into another, with what they were predicted from."""
    rows = "SELECT ?, track, frame, value FROM"
    return [
        (f"INSERT INTO predictions {rows} predictions WHERE run = ?", (run, base)),
        (f"INSERT INTO reference_frames {rows} reference_frames WHERE run = ?", (run, base)),
    ]
