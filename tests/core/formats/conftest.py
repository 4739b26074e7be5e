"""What the format tests share: small files, small projects, and real label files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glpose_core.formats.posetrack_file import CATEGORY
from glpose_core.labels import Edit, ProjectState, VideoRecord

Document = dict[str, Any]
OFFICIAL = ("003418_mpii_test", "009473_mpii_test", "012834_mpii_test")
TRENTO = ("trento-out5", "trento-out8", "trento-out13")


def text(document: Document) -> str:
    """Compared as text, so that 1 is not 1.0 and the order of fields counts."""
    return json.dumps(document)


def image(frame: int, **fields: Any) -> dict[str, Any]:
    return {
        "has_no_densepose": True,
        "is_labeled": True,
        "file_name": f"images/val/000007_mpii_test/{frame:06d}.jpg",
        "nframes": 4,
        "frame_id": 10000070000 + frame,
        "vid_id": "000007",
        "id": 10000070000 + frame,
        **fields,
    }


def annotation(frame: int, track: int, **fields: Any) -> dict[str, Any]:
    keypoints: list[float] = [0] * 51
    keypoints[0:3] = [10, 20.5, 1]
    keypoints[15:18] = [30, 60, 1]
    keypoints[18:21] = [12, 61, 0]
    image_id = 10000070000 + frame
    return {
        "bbox_head": [5, 10, 20, 25],
        "keypoints": keypoints,
        "track_id": track,
        "image_id": image_id,
        "bbox": [7.0, 14.425, 26.0, 52.65],
        "scores": [],
        "category_id": 1,
        "id": image_id * 100 + track,
        **fields,
    }


@pytest.fixture
def document() -> dict[str, Any]:
    """A small PoseTrack18 file: four frames, three of them labelled, two people."""
    return {
        "images": [image(0), image(1), image(2), image(3, is_labeled=False)],
        "annotations": [annotation(0, 0), annotation(0, 3), annotation(2, 3)],
        "categories": [json.loads(json.dumps(CATEGORY))],
    }


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a document, or raw text, and returns the path."""

    def save(content: Any) -> Path:
        path = tmp_path / "labels.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return save


@pytest.fixture
def new_state() -> Callable[..., ProjectState]:
    """Makes an empty project in memory."""

    def make(
        frames: int = 6, width: int = 640, height: int = 480, path: str = "clip.mp4"
    ) -> ProjectState:
        return ProjectState(VideoRecord(path, "f", frames, width, height, np.arange(frames) / 25))

    return make


@pytest.fixture
def apply() -> Callable[[ProjectState, Edit], None]:
    """Makes an edit in memory."""

    def write(state: ProjectState, edit: Edit) -> None:
        for change in edit.changes:
            state.write(change)

    return write


@pytest.fixture(params=[*OFFICIAL, *TRENTO])
def real_labels(request: pytest.FixtureRequest, data: Path) -> Path:
    """Each real PoseTrack18 file in turn."""
    if request.param in OFFICIAL:
        return data / "posetrack18-sample" / "annotations" / "val" / f"{request.param}.json"
    return data / "clips" / "labels" / f"{request.param}.json"
