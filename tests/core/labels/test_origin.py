"""Every joint that a machine proposed is traced to its run."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from glpose_core.errors import ProjectError
from glpose_core.labels import (
    PREDICTION_DTYPE,
    REFERENCE_DTYPE,
    Project,
    Run,
    Visibility,
    edits,
    origins_of,
    read_references,
)


def rows(frames, shift=0.0, track=0):
    made = np.zeros(len(frames), PREDICTION_DTYPE)
    made["track"], made["frame"] = track, list(frames)
    made["xy"] = np.arange(34).reshape(17, 2) + shift
    made["visibility"], made["score"] = Visibility.VISIBLE, 0.5
    made["box"], made["box_score"] = (0, 0, 40, 80), 1
    return made


def add_run(project, name, frames, shift, person=None, references=None, **how):
    run = project.begin_run(Run.new(name, name, "cpu"), **how)
    made = project.add_tracks(run, {0: person})
    project.add_predictions(run, rows(frames, shift), references)
    project.finish_run(run, "done")
    return run, made[0]


def names(project, person, frame):
    return [one.run.model for one in origins_of(project.state, person, frame)]


def test_a_predicted_pose_is_its_run_s(project):
    run, person = add_run(project, "first", range(5), 0.5)
    (origin,) = origins_of(project.state, person, 2)
    assert (origin.run.id, origin.shown, origin.track) == (run, run, 0)
    assert len(origin.joints) == 17
    assert origins_of(project.state, person, 7) == ()
    assert origins_of(project.state, 99, 2) == ()


def test_rows_that_a_later_run_carries_along_keep_their_origin(project):
    _, person = add_run(project, "first", range(5), 0.5)
    second, _ = add_run(project, "second", range(3, 8), 9.5, person)
    assert names(project, person, 1) == ["first"]
    assert names(project, person, 4) == ["second"]
    assert origins_of(project.state, person, 1)[0].shown == second


def test_an_accepted_pose_is_traced_to_what_was_accepted(project):
    _, person = add_run(project, "first", range(5), 0.3)
    project.apply(edits.accept_pose(project.state, person, 2))
    add_run(project, "second", range(5), 9.3, person)
    assert names(project, person, 2) == ["first"]
    assert names(project, person, 3) == ["second"]


def test_a_joint_that_a_person_placed_has_no_origin(project):
    _, person = add_run(project, "first", range(5), 0.5)
    project.apply(edits.move_joint(project.state, person, 2, 9, (3.0, 4.0)))
    (origin,) = origins_of(project.state, person, 2)
    assert 9 not in origin.joints
    assert len(origin.joints) == 16


def test_taking_a_run_back_leads_to_the_right_run_before(project):
    _, person = add_run(project, "taken back", range(5), 0.5)
    project.undo()
    _, person = add_run(project, "kept", range(5), 1.5)
    add_run(project, "last", range(1), 2.5, person)
    assert names(project, person, 3) == ["kept"]


def test_a_run_kept_aside_changes_nothing_that_is_seen(project):
    first, person = add_run(project, "first", range(5), 0.5)
    before = project.poses(2).tobytes()
    title = project.undo_title
    second, _ = add_run(project, "second", range(5), 7.5, person, show=False)
    assert project.state.active_run == first
    assert project.poses(2).tobytes() == before
    assert project.undo_title == title
    aside = project.run_rows(second)
    assert aside["frame"].tolist() == [0, 1, 2, 3, 4]
    assert set(aside["person"].tolist()) == {person}
    assert aside["xy"][0, 0].tolist() == [7.5, 8.5]
    with pytest.raises(ProjectError, match="no run 9"):
        project.run_rows(9)


def test_references_are_kept_carried_along_and_read_by_anybody(project):
    used = np.zeros((5, 3), REFERENCE_DTYPE)
    used["frame"] = np.arange(15).reshape(5, 3)
    used["box"] = (1, 2, 3, 4)
    first, person = add_run(project, "first", range(5), 0.5, references=used)
    second, _ = add_run(project, "second", range(4, 5), 0.7, person)
    project.flush()
    for run in (first, second):
        found = read_references(project.path, run, 0, 2)
        assert found is not None
        assert found["frame"].tolist() == [6, 7, 8]
        assert found["box"].tolist() == [[1, 2, 3, 4]] * 3
    assert read_references(project.path, second, 1, 4) is None


def test_a_project_without_the_table_reads_and_gets_it(project):
    path = project.path
    project.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE reference_frames")
    connection.close()
    assert read_references(path, 1, 0, 2) is None
    with Project.open(path) as again:
        used = np.zeros((1, 2), REFERENCE_DTYPE)
        add_run(again, "first", range(1), 0.5, references=used)
        again.flush()
        assert read_references(path, 1, 0, 0) is not None


def test_a_project_that_is_gone_is_named(tmp_path):
    with pytest.raises(ProjectError, match="does not exist"):
        read_references(tmp_path / "gone.glpose", 1, 0, 0)
