from __future__ import annotations

import json

import pytest

from glpose_core.errors import FormatError
from glpose_core.predict.boxes_file import read_boxes
from glpose_core.predict.job import Seed

pytestmark = pytest.mark.quick
GOOD = {"frame": 3, "person": 1, "bbox": [1, 2.5, 30, 40]}


def test_boxes_are_read(tmp_path):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps([GOOD, {**GOOD, "frame": 4}]), encoding="utf-8")
    assert read_boxes(path, 10) == (Seed(1, 3, (1, 2.5, 30, 40)), Seed(1, 4, (1, 2.5, 30, 40)))


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{", ""),
        ("[]", ""),
        (json.dumps({"boxes": []}), ""),
        (json.dumps([GOOD, 7]), "[1]"),
        (json.dumps([{"frame": 3, "person": 1}]), "[0].bbox"),
        (json.dumps([{**GOOD, "frame": 10}]), "[0].frame"),
        (json.dumps([{**GOOD, "frame": -1}]), "[0].frame"),
        (json.dumps([{**GOOD, "frame": True}]), "[0].frame"),
        (json.dumps([{**GOOD, "person": "Ann"}]), "[0].person"),
        (json.dumps([{**GOOD, "bbox": [1, 2, 3]}]), "[0].bbox"),
        (json.dumps([{**GOOD, "bbox": [1, 2, 3, None]}]), "[0].bbox"),
        (json.dumps([{**GOOD, "bbox": [1, 2, 3, 0]}]), "[0].bbox"),
        (json.dumps([GOOD, GOOD]), "[1]"),
        ('[{"frame": 3, "person": 1, "bbox": [1, 2, NaN, 4]}]', "[0].bbox"),
    ],
)
def test_complaints_name_file_entry_and_remedy(tmp_path, content, field):
    path = tmp_path / "boxes.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        read_boxes(path, 10)
    assert caught.value.file == str(path)
    assert (caught.value.field or "") == field
    assert caught.value.remedy


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FormatError, match="cannot be read"):
        read_boxes(tmp_path / "none.json", 10)
