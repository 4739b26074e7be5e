"""Files through a project on the disk, and any project through a file: what goes out comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.formats.posetrack import (
    from_document,
    read_posetrack,
    to_document,
    write_posetrack,
)
from glpose_core.formats.posetrack_file import PoseTrackFile
from glpose_core.formats.posetrack_labels import (
    export_labels,
    export_predictions,
    import_labels,
    import_predictions,
)
from glpose_core.labels import (
    Edit,
    Project,
    ProjectState,
    VideoRecord,
    edits,
    heads,
    is_human,
    regions,
)
from glpose_core.labels import Visibility as V

from .conftest import Document, text


def state_for(file: PoseTrackFile) -> ProjectState:
    record = file.images[0].record
    frames = max(record.get("nframes", 0), len(file.images))
    size = record.get("width", 640), record.get("height", 480)
    return ProjectState(VideoRecord("x.mp4", "f", frames, *size, np.arange(frames) / 25))


def test_real_files_come_back_whole(real_labels: Path, tmp_path: Path) -> None:
    file = read_posetrack(real_labels)
    state = state_for(file)
    with Project.create(tmp_path / "p.glpose", state.video) as project:
        project.apply(import_labels(project.state, file))
    with Project.open(tmp_path / "p.glpose", read_only=True) as project:
        write_posetrack(export_labels(project.state)[0], tmp_path / "out.json")
    before = json.loads(real_labels.read_text())
    assert text(json.loads((tmp_path / "out.json").read_text())) == text(before)


def test_an_import_is_undone_in_one_step(document: Document, tmp_path: Path) -> None:
    file = from_document(document)
    with Project.create(tmp_path / "p.glpose", state_for(file).video) as project:
        project.apply(import_labels(project.state, file))
        assert len(project.poses(0)) == 2
        project.undo()
        assert len(project.poses(0)) == 0
        assert not project.state.reviewed
        assert not project.state.sequences
        project.redo()
        assert text(to_document(export_labels(project.state)[0])) == text(document)


def test_a_file_of_predictions_becomes_a_run(document: Document, tmp_path: Path) -> None:
    for record in document["annotations"]:
        record |= {"scores": [0.5] * 17, "score": 0.25}
    file = from_document(document)
    with Project.create(tmp_path / "p.glpose", state_for(file).video) as project:
        import_predictions(project, file, model="theirs")
        pose = project.poses(0)[1]
        assert not is_human(pose["source"]).any()
        assert pose["score"][0] == 0.5
        assert project.state.runs[1].model == "theirs"
        out = to_document(export_predictions(project.state)[0])
        assert [a["track_id"] for a in out["annotations"]] == [0, 3, 3]
        assert [a["score"] for a in out["annotations"]] == [0.25] * 3
        kept = [a["keypoints"] for a in document["annotations"]]
        assert [a["keypoints"] for a in out["annotations"]] == kept


positions = st.floats(-100, 2000) | st.integers(-100, 2000).map(float) | st.just(0.0)
visibilities = st.sampled_from([V.ABSENT, V.OCCLUDED, V.VISIBLE])


@st.composite
def projects(draw: st.DrawFn) -> ProjectState:
    """A project that people have worked on in any manner."""
    state = ProjectState(VideoRecord("some clip.mp4", "f", 5, 640, 480, np.arange(5) / 25))

    def apply(edit: Edit) -> None:
        for change in edit.changes:
            state.write(change)

    for _ in range(draw(st.integers(1, 3))):
        frames = draw(st.lists(st.integers(0, 4), unique=True, min_size=1, max_size=3))
        person = None
        for frame in frames:
            xy = draw(st.lists(st.tuples(positions, positions), min_size=17, max_size=17))
            seen = draw(st.lists(visibilities, min_size=17, max_size=17))
            if person is None:
                edit, person = edits.add_person(state, frame, xy=xy, visibility=seen)
                apply(edit)
            else:
                apply(edits.add_pose(state, person, frame, xy, seen))
            if draw(st.booleans()):
                apply(edits.set_box(state, person, frame, (1, 2.5, 30, 40)))
            if draw(st.booleans()):
                apply(edits.set_head_box(state, person, frame, (3, 4, 5.25, 6)))
            elif draw(st.booleans()):
                apply(heads.draw_head_box(state, person, frame, (3, 4, 5.25, 6)))
    apply(edits.set_reviewed(state, draw(st.sets(st.integers(0, 4))), True))
    apply(
        edits.set_regions(
            state, 1, draw(st.sampled_from([(), (((1.0, 2.0), (3.5, 4.0), (5.0, 0.0)),)]))
        )
    )
    if draw(st.booleans()):
        corner = ((-0.5, 0.0), (30.25, 0.0), (0.0, 1e-3))
        apply(regions.add_region(state, corner, draw(st.integers(0, 3)), 4))
    return state


@settings(max_examples=60)
@given(projects(), st.sampled_from(["keep", "drop", "visible"]))
def test_what_a_project_writes_it_reads_and_writes_again(state: ProjectState, reading: Any) -> None:
    first = to_document(export_labels(state, occluded=reading, empty_ok=True)[0])
    other = ProjectState(state.video)
    for change in import_labels(other, from_document(first)).changes:
        other.write(change)
    assert text(to_document(export_labels(other, empty_ok=True)[0])) == text(first)
    if reading == "keep":
        _assert_same_labels(state, other)


def _assert_same_labels(one: ProjectState, two: ProjectState) -> None:
    tracks = {person.track_id: person.id for person in two.people()}
    assert one.reviewed == two.reviewed
    assert one.regions == two.regions
    for row in one.labels.rows():
        placed = is_human(row["source"]) & (row["visibility"] != V.ABSENT)
        if not placed.any():
            continue
        other = two.pose(tracks[int(row["person"])], int(row["frame"]))
        assert other is not None
        assert (other["visibility"][placed] == row["visibility"][placed]).all()
        assert (other["visibility"][~placed] == V.ABSENT).all()
        assert np.abs(other["xy"][placed] - row["xy"][placed]).max() <= 0.001
