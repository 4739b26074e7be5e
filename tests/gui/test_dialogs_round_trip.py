"""A project's own export, imported again: into itself and into a new one, nothing is doubled and nothing lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dialogs.exporting import ExportChoices, export, may_export
from app.dialogs.importing import ImportChoices, import_file, read
from glpose_core.labels import (
    PREDICTION_DTYPE,
    Project,
    ProjectState,
    Run,
    Source,
    VideoRecord,
    edits,
    heads,
    is_human,
    regions,
    seen_box,
)
from glpose_core.labels import Visibility as V
from glpose_core.labels.schedule import Stretch, set_schedule
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick

FRAMES = 6
VIDEO = VideoRecord("walk.mp4", "ab", FRAMES, 640, 480, np.arange(FRAMES) / 25)
KINDS = ("head", "accepted head", "slanted head", "one joint", "few joints", "whole", "boxed")


def shape(x: float, frame: int) -> np.ndarray:
    rng = np.random.default_rng(int(x))
    across = rng.uniform(-30, 30, 17)
    return np.column_stack([x + 2 * frame + across, np.linspace(100, 300, 17)])


def label(project: Project, kind: str, x: float, frame: int, person: int | None) -> int:
    """One person in one frame, labelled in one of several manners."""
    head = (x - 15.0, 90.0, 30.0, 36.0)
    if "head" in kind:
        if person is None:
            edit, person = heads.add_head(project.state, frame, head)
        else:
            edit = heads.draw_head_box(project.state, person, frame, head)
        project.apply(edit)
        if kind == "accepted head":
            project.apply(edits.accept_pose(project.state, person, frame))
        elif kind == "slanted head":
            project.apply(edits.accept_pose(project.state, person, frame))
            top = (x + 4.0, 88.0)
            project.apply(edits.move_joint(project.state, person, frame, heads.HEAD_TOP, top))
        return person
    visibility = np.zeros(17, np.uint8)
    count = {"one joint": 1, "few joints": 4}.get(kind, 15)
    visibility[:count] = V.VISIBLE
    visibility[list(range(1, count, 3))] = V.OCCLUDED
    xy = shape(x, frame)
    if person is None:
        edit, person = edits.add_person(project.state, frame, xy=xy, visibility=visibility)
    else:
        edit = edits.add_pose(project.state, person, frame, xy, visibility)
    project.apply(edit)
    if kind == "boxed":
        box = (x - 60, 80, 130, 250)
        project.apply(edits.set_box(project.state, person, frame, box))
    return person


def said(state: ProjectState) -> dict[tuple[int, int], tuple[object, ...]]:
    """What people have labelled, by person and frame: joints and head boxes exactly, and the box that is seen."""
    found: dict[tuple[int, int], tuple[object, ...]] = {}
    for row in state.labels.rows():
        person, frame = int(row["person"]), int(row["frame"])
        pose = state.pose(person, frame)
        record = state.person(person)
        if pose is None or record is None or record.deleted:
            continue
        placed = is_human(pose["source"]) & (pose["visibility"] != V.ABSENT)
        head = pose["head_box"].tolist() if heads.has_head_box(pose) else None
        box = seen_box(pose)
        found[person, frame] = (
            placed.tolist(),
            pose["visibility"][placed].tolist(),
            pose["xy"][placed].tolist(),
            head,
            None if box is None else box.round(2).tolist(),
        )
    return found


@st.composite
def crowds(draw: st.DrawFn) -> list[tuple[str, list[int]]]:
    """People: how each is labelled, and in which frames (with gaps, so several tracks)."""
    frames = st.lists(st.integers(0, FRAMES - 1), unique=True, min_size=1, max_size=4).map(sorted)
    return draw(st.lists(st.tuples(st.sampled_from(KINDS), frames), min_size=1, max_size=4))


@pytest.mark.thorough
@settings(max_examples=25, deadline=None)
@given(crowds(), st.booleans(), st.sampled_from(["keep", "replace"]), st.booleans())
def test_an_own_export_changes_nothing_when_it_comes_back(
    people: list[tuple[str, list[int]]], reviewed: bool, existing: str, scheduled: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.json"
        with Project.create(Path(folder) / "walk.glpose", VIDEO) as project:
            for at, (kind, frames) in enumerate(people):
                person = None
                for frame in frames:
                    person = label(project, kind, 80.0 + 140 * at, frame, person)
            polygon = ((1.0, 2.0), (30.5, 4.0), (5.0, 40.0))
            project.apply(regions.add_region(project.state, polygon, 1, 4))
            if reviewed:
                project.apply(edits.set_reviewed(project.state, [0, 2, 5], True))
            if scheduled:
                every = (Stretch(0, FRAMES, 1),)
                project.apply(set_schedule(project.state, every))
            choices = ExportChoices(path, "labels", "walk", 0, FRAMES)
            assert may_export(project.state, choices)
            export(project, choices)
            before, names = said(project.state), [one.name for one in project.state.people()]
            reading, made = read(project.state, path), project.undo_number
            said_of_it = import_file(project, reading, ImportChoices(path, existing=existing))
            assert [one.name for one in project.state.people()] == names
            assert said(project.state) == before
            if existing == "keep":
                assert said_of_it == "walk.json says nothing new: the project is as it was."
                assert project.undo_number == made
            seen = project.state.regions, project.state.reviewed
            export(project, choices)
            again = path.read_text()
        with Project.create(Path(folder) / "other.glpose", VIDEO) as other:
            import_file(other, read(other.state, path), ImportChoices(path))
            assert said(other.state) == before
            assert (other.state.regions, other.state.reviewed) == seen
            export(other, ExportChoices(path, "labels", "walk", 0, FRAMES, sequence=1))
        assert path.read_text() == again


def test_own_predictions_that_come_back_are_of_the_same_people(tmp_path: Path) -> None:
    rows = np.zeros(2 * FRAMES, PREDICTION_DTYPE)
    for at, (track, frame) in enumerate((t, f) for t in range(2) for f in range(FRAMES)):
        rows[at]["track"], rows[at]["frame"] = track, frame
        rows[at]["xy"], rows[at]["visibility"] = shape(80.0 + 140 * track, frame), V.VISIBLE
        rows[at]["score"], rows[at]["pose_score"] = 0.5, 0.5
        rows[at]["box"] = (50 + 140 * track, 80, 120, 250)
    path = tmp_path / "seen.json"
    with Project.create(tmp_path / "walk.glpose", VIDEO) as project:
        run = project.begin_run(Run.new("net", "", "CPU"))
        project.add_tracks(run, {0: None, 1: None})
        project.add_predictions(run, rows)
        export(project, ExportChoices(path, "predictions", "walk", 0, FRAMES))
        people = project.state.people()
        import_file(project, read(project.state, path), ImportChoices(path, what="predictions"))
        assert project.state.people() == people
        assert project.state.active_run != run


def test_a_head_box_alone_is_a_label(tmp_path: Path) -> None:
    """PoseTrack's order of work: heads first, with an identity each; somebody else labels the bodies."""
    path = tmp_path / "walk.json"
    with Project.create(tmp_path / "walk.glpose", VIDEO) as project:
        person = label(project, "head", 100.0, 2, None)
        report = export(project, ExportChoices(path, "labels", "walk", 0, FRAMES))
        assert report.poses == 1
        assert any("1 head box without a confirmed joint" in note for note in report.notes)
    with Project.create(tmp_path / "other.glpose", VIDEO) as other:
        import_file(other, read(other.state, path), ImportChoices(path))
        pose = other.state.pose(1, 2)
        assert pose is not None
        assert pose["head_box"].tolist() == [85.0, 90.0, 30.0, 36.0]
        top = POSETRACK17.index("head_top")
        assert pose["source"][top] == Source.INTERPOLATED, "proposed, as if it had been drawn here"
        assert pose["box_source"] == Source.INTERPOLATED
        assert person == 1
