from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from glpose_core.cli import predict
from glpose_core.errors import ProjectError, VideoError
from glpose_core.formats.project_video import find_video, open_labelled_video, video_record
from glpose_core.labels import Project, VideoRecord, edits
from glpose_core.video import open_video

pytestmark = pytest.mark.quick


@pytest.fixture
def video(tmp_path: Path) -> Path:
    folder = tmp_path / "films" / "walk"
    folder.mkdir(parents=True)
    for frame in range(4):
        cv2.imwrite(str(folder / f"{frame:03d}.png"), np.full((24, 32, 3), 50 * frame, np.uint8))
    return folder


def record_for(video: Path, project: Path) -> VideoRecord:
    with open_video(video) as reader:
        return video_record(reader, project)


def test_a_video_beside_its_project_is_named_without_a_folder(video, tmp_path):
    assert record_for(video, video.with_name("walk.glpose")).path == "walk"
    record = record_for(video, tmp_path / "walk.glpose")
    assert record.path == str(video)
    assert (record.frames, record.width, record.height) == (4, 32, 24)
    assert record.index
    assert len(record.times) == 4


def test_a_video_that_was_moved_is_found_beside_the_project(video, tmp_path):
    record = record_for(video, tmp_path / "p.glpose")
    there = tmp_path / "elsewhere"
    there.mkdir()
    with pytest.raises(VideoError, match="put walk beside the project"):
        find_video(replace(record, path=str(tmp_path / "gone" / "walk")), there / "p.glpose")
    video.rename(there / "walk")
    assert find_video(record, there / "p.glpose") == there / "walk"
    with open_labelled_video(record, there / "p.glpose") as reader:
        assert reader[2].shape == (24, 32, 3)


def test_a_video_with_other_frames_is_refused(video, tmp_path):
    record = replace(record_for(video, tmp_path / "p.glpose"), frames=5, index=b"")
    with pytest.raises(VideoError, match="has 4 frames, but the project was made for 5"):
        open_labelled_video(record, tmp_path / "p.glpose")


def test_a_video_of_another_size_is_refused(video, tmp_path):
    record = replace(record_for(video, tmp_path / "p.glpose"), width=64, height=48, index=b"")
    with pytest.raises(
        VideoError, match="pictures of 32×24 pixels, but the labels were made on 64×48"
    ):
        open_labelled_video(record, tmp_path / "p.glpose")


def test_predicting_never_takes_away_a_project_that_came_meanwhile(video, tmp_path):
    path = tmp_path / "p.glpose"
    with Project.create(path, record_for(video, path)) as project:
        edit, person = edits.add_person(project.state, 1, xy=np.ones((17, 2)))
        project.apply(edit)
    with open_video(video) as reader, pytest.raises(ProjectError, match="exists already"):
        predict.new_project(path, reader, None, None)
    with Project.open(path) as project:
        assert project.state.pose(person, 1) is not None
