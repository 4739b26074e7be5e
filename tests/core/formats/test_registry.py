"""Which format a file is in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glpose_core.errors import FormatError
from glpose_core.formats.registry import FORMATS, detect

pytestmark = pytest.mark.quick


def test_a_posetrack_file_is_recognised(
    document: dict[str, Any], saved: Callable[[Any], Path]
) -> None:
    format_ = detect(saved(document))
    assert format_.name == "posetrack18"
    assert format_ is FORMATS["posetrack18"]
    assert len(format_.read(saved(document)).annotations) == 3


def test_fields_at_the_end_of_a_large_file_are_seen(
    document: dict[str, Any], saved: Callable[[Any], Path]
) -> None:
    images = document.pop("images")
    annotations = document.pop("annotations")
    large = {"filler": ["x" * 100] * 5000, **document, "annotations": annotations, "images": images}
    assert detect(saved(large)).name == "posetrack18"


@pytest.mark.parametrize("content", ["", "{}", "[1]", "hello", '{"anno": []}'])
def test_other_files_are_not(saved: Callable[[Any], Path], content: str) -> None:
    with pytest.raises(FormatError, match="no label format") as caught:
        detect(saved(content))
    assert "posetrack18" in str(caught.value)


def test_a_missing_file_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        detect(tmp_path / "none.json")
