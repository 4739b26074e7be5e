"""Joints that a drawn head box proposes are not spread away."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels import Project, VideoRecord, edits, heads
from glpose_core.spread import propose


@pytest.mark.quick
def test_a_head_box_alone_leaves_nothing_to_spread(tmp_path):
    video = VideoRecord("clip.mp4", "0" * 8, 10, 320, 240, np.arange(10) / 25)
    with Project.create(tmp_path / "clip.glpose", video) as project:
        edit, person = heads.add_head(project.state, 3, (100, 40, 20, 20))
        project.apply(edit)
        assert propose(project.state, person, 3) is None
        project.apply(edits.accept_pose(project.state, person, 3))
        assert propose(project.state, person, 3) is None
