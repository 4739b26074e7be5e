"""Right movement, and a list over rows in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from glpose_core.labels import PoseRows
from glpose_core.review import Queue


@pytest.fixture(scope="session")
def queue_of() -> Callable[..., Queue]:
    """A list over rows (by person and frame) that a test may go on changing."""

    def make(rows: PoseRows, **options: object) -> Queue:
        def seen(start: int, stop: int) -> PoseRows:
            return rows[(rows["frame"] >= start) & (rows["frame"] < stop)]

        return Queue(seen, int(rows["frame"].max()) + 1, **options)  # type: ignore[arg-type]

    return make
