"""What the program does around its window."""

from __future__ import annotations

import gc

import pytest

from app import application


@pytest.mark.quick
def test_what_stays_is_not_looked_through_for_garbage() -> None:
    """Of half a million objects that live to the end, hardly any are left to the collector."""
    try:
        application.spare_the_collector()
        assert gc.get_freeze_count() > 100_000
        assert len(gc.get_objects()) < gc.get_freeze_count() / 10
    finally:
        gc.unfreeze()
