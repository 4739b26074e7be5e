"""Where a file is put: beside what is there, through links, and straight into what is no file at all."""

from __future__ import annotations

import json
import os
import threading

import pytest

from glpose_core.errors import FormatError
from glpose_core.formats.documents import write_json

DOCUMENT = {"images": [], "annotations": []}

pytestmark = pytest.mark.quick


def test_a_link_goes_on_naming_its_file(tmp_path):
    disk = tmp_path / "other disk"
    disk.mkdir()
    target, link = disk / "labels.json", tmp_path / "labels.json"
    target.write_text("{}", encoding="utf-8")
    link.symlink_to(target)
    write_json(DOCUMENT, link)
    assert link.is_symlink()
    assert json.loads(target.read_text(encoding="utf-8")) == DOCUMENT
    assert [file.name for file in disk.iterdir()] == ["labels.json"]


def test_a_link_to_nothing_yet_makes_its_file(tmp_path):
    link = tmp_path / "labels.json"
    link.symlink_to(tmp_path / "new.json")
    write_json(DOCUMENT, link)
    assert link.is_symlink()
    assert json.loads((tmp_path / "new.json").read_text(encoding="utf-8")) == DOCUMENT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_stays_a_pipe_and_takes_the_text(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    write_json(DOCUMENT, pipe)
    reader.join(10)
    assert json.loads(read[0]) == DOCUMENT
    assert pipe.is_fifo()
    assert [file.name for file in tmp_path.iterdir()] == ["pipe"]


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(FormatError, match="cannot be written"):
        write_json(DOCUMENT, tmp_path)
