from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glpose_core.labels import Project, VideoRecord


def video_record(frames: int = 20) -> VideoRecord:
    return VideoRecord(
        path="clip.mp4",
        fingerprint="f" * 16,
        frames=frames,
        width=320,
        height=240,
        times=np.arange(frames) / 25,
        index=b"index",
    )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "clip.glpose", video_record()) as project:
        yield project
