"""Damaged files, full and read-only disks, odd values: one sentence each, and nothing is lost."""

from __future__ import annotations

import os
import random
import sqlite3
import time

import numpy as np
import pytest

from glpose_core.errors import ProjectError
from glpose_core.labels import (
    PREDICTION_DTYPE,
    Edit,
    Project,
    Run,
    VideoRecord,
    edits,
    project_file,
)
from glpose_core.labels import writer as writer_module

SKELETON = np.arange(34, dtype=float).reshape(17, 2) + 50


def one_person(project: Project) -> int:
    edit, person = edits.add_person(project.state, 0, xy=SKELETON)
    project.apply(edit)
    return person


def filled(project: Project) -> bytes:
    """The bytes of a project with everything in it."""
    person = one_person(project)
    run = project.begin_run(Run.new("m", "w", "cpu"))
    project.add_tracks(run, {0: person, 1: None})
    rows = np.zeros(40, PREDICTION_DTYPE)
    rows["track"], rows["frame"] = np.repeat([0, 1], 20), np.tile(np.arange(20), 2)
    rows["visibility"], rows["score"] = 2, 0.5
    project.add_predictions(run, rows)
    project.apply(edits.accept_range(project.state, 0, 6))
    project.apply(edits.swap_people(project.state, 1, 2, 5))
    project.apply(edits.set_regions(project.state, 3, [((1.0, 2.0), (3.0, 4.0), (5.0, 6.0))]))
    project.undo()
    project.close()
    return project.path.read_bytes()


def damaged(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(whole)
    kind = rng.choice(["cut", "blank", "bytes"])
    if kind == "cut":
        del data[rng.randrange(len(data)) :]
    elif kind == "blank":
        at = rng.randrange(len(data))
        data[at : at + 4096] = bytes(len(data[at : at + 4096]))
    else:
        for _ in range(rng.choice([1, 20])):
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def test_damage_is_one_sentence_and_the_file_stays_as_it_is(project, tmp_path):
    whole, rng = filled(project), random.Random(3)
    folder = tmp_path / "damaged"
    folder.mkdir()
    path = folder / "x.glpose"
    refused = 0
    for _ in range(120):
        content = damaged(whole, rng)
        path.write_bytes(content)
        try:
            opened = Project.open(path)
        except ProjectError:
            refused += 1
            assert path.read_bytes() == content
            assert [left.name for left in folder.iterdir()] == [path.name]
            continue
        with opened:
            try:
                opened.check()
                opened.undo()
                opened.undo()
                opened.redo()
            except ProjectError:
                refused += 1
    assert refused > 20


def test_a_damaged_journal_entry_leaves_memory_as_it_was(project):
    person = one_person(project)
    project.close()
    with sqlite3.connect(project.path) as other:
        other.execute("UPDATE journal SET inverse = ?", (b"\0\1\4\0\0\0garbage",))
    other.close()
    with Project.open(project.path) as opened:
        with pytest.raises(ProjectError, match="is damaged"):
            opened.undo()
        assert opened.undo_title == "Add person"
        assert opened.state.pose(person, 0) is not None


@pytest.mark.quick
def test_numbers_from_arrays_are_numbers(project):
    person = one_person(project)
    project.apply(edits.set_reviewed(project.state, np.arange(3), True))
    project.apply(edits.move_joint(project.state, np.int64(person), np.int64(0), 3, (1, 2)))
    project.close()
    with Project.open(project.path) as opened:
        assert opened.state.reviewed == {0, 1, 2}
        assert opened.state.pose(person, 0)["xy"][3].tolist() == [1, 2]


@pytest.mark.quick
def test_names_that_are_no_unicode_are_kept(tmp_path):
    video = VideoRecord("caf\udce9.mp4", "f", 3, 64, 48, np.arange(3) / 25)
    with Project.create(tmp_path / "a.glpose", video) as project:
        person = one_person(project)
        project.apply(edits.rename_person(project.state, person, "half \ud83d"))
        project.begin_run(Run.new("m", "caf\udce9.safetensors", "cpu"))
        project.flush()
    with Project.open(project.path) as opened:
        assert opened.state.video.path == "caf\udce9.mp4"
        assert opened.state.person(person).name == "half \ud83d"


@pytest.mark.quick
def test_a_project_that_moved_to_a_network_drive_can_be_edited(project, monkeypatch):
    person = one_person(project)
    project.close()
    monkeypatch.setattr(project_file, "journal_mode", lambda path: "DELETE")
    with Project.open(project.path) as opened:
        opened.apply(edits.move_joint(opened.state, person, 0, 3, (1, 2)))
        assert not project.path.with_name(project.path.name + "-wal").exists()


@pytest.mark.quick
def test_a_copy_never_replaces_a_project_that_is_open(project, tmp_path):
    person = one_person(project)
    with pytest.raises(ProjectError, match="the project itself"):
        project.snapshot(project.path)
    video = project.state.video
    with Project.create(tmp_path / "other.glpose", video) as other:
        with pytest.raises(ProjectError, match="another window"):
            project.snapshot(other.path)
        assert other.state.people() == []
    assert project.state.pose(person, 0) is not None
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.quick
def test_a_copy_does_not_inherit_the_log_of_the_file_it_replaces(project, tmp_path):
    one_person(project)
    old = tmp_path / "old.glpose"
    project.snapshot(old)
    log = old.with_name(old.name + "-wal")
    log.write_bytes(b"a log that a crash left behind")
    project.snapshot(old)
    assert not log.exists()


@pytest.mark.skipif(
    not hasattr(os, "fork") or os.geteuid() != 0, reason="takes root to drop rights"
)
def test_a_project_in_a_folder_that_cannot_be_written_can_be_read(project, tmp_path):
    one_person(project)
    project.close()
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    child = os.fork()
    if child == 0:  # only what needs no rights, and no way back into pytest
        os.setuid(65534)
        try:
            with Project.open(project.path, read_only=True) as opened:
                os._exit(0 if len(opened.poses(0)) == 1 else 2)
        except ProjectError:
            os._exit(3)
        finally:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_closing_on_a_full_disk_says_so_and_writes_nothing_after_the_gap(project, monkeypatch):
    person = one_person(project)
    monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0.2)
    writer, real = project._writer, project._writer._transact
    refusals = iter([True, True])

    def transact(statements):
        if next(refusals, False):
            raise sqlite3.OperationalError("database or disk is full")
        real(statements)

    monkeypatch.setattr(writer, "_transact", transact)
    first = project.submit(edits.move_joint(project.state, person, 0, 5, (1, 1)))
    second = project.submit(edits.move_joint(project.state, person, 0, 6, (2, 2)))
    while writer.trouble is None:
        time.sleep(0.005)
    with pytest.raises(ProjectError, match="before its last changes could be written"):
        project.close()
    assert isinstance(first.exception(), ProjectError)
    assert isinstance(second.exception(), ProjectError)
    with Project.open(project.path) as opened:
        assert opened.state.pose(person, 0)["xy"][5:7].tolist() == SKELETON[5:7].tolist()


@pytest.mark.quick
def test_a_listener_that_fails_does_not_stop_the_saving(project):
    def fail():
        raise RuntimeError("the window has gone")

    project.on_commit(fail)
    person = one_person(project)
    project.apply(edits.move_joint(project.state, person, 0, 3, (1, 1)))
    assert project.pending == 0


@pytest.mark.quick
def test_showing_a_run_that_cannot_be_read_changes_nothing(project):
    one_person(project)
    run = project.begin_run(Run.new("m", "w", "cpu"))
    project.apply(edits.activate_run(project.state, None))
    project._shelf._kept.clear()
    with sqlite3.connect(project.path) as other:
        other.execute("INSERT INTO predictions VALUES (?, 0, 0, ?)", (run, b"short"))
    other.close()
    before = project.undo_title
    for show in (project.undo, lambda: project.apply(edits.activate_run(project.state, run))):
        with pytest.raises(ProjectError, match="is damaged"):
            show()
        assert project.state.active_run is None
        assert project.undo_title == before


@pytest.mark.quick
def test_a_track_of_somebody_merged_meanwhile_is_not_lost(project):
    a = one_person(project)
    b = one_person(project)
    run = project.begin_run(Run.new("m", "w", "cpu"))
    project.apply(edits.merge_people(project.state, a, b))
    owner = project.add_tracks(run, {0: b})[0]
    rows = np.zeros(1, PREDICTION_DTYPE)
    rows["visibility"], rows["score"], rows["frame"] = 2, 0.5, 4
    project.add_predictions(run, rows)
    assert project.state.pose(owner, 4) is not None


def merged(project: Project, gone_from: str) -> tuple[Project, int]:
    """Two predicted people, one of them taken out of frame 5 (with everything undoable), merged."""
    run = project.begin_run(Run.new("m", "w", "cpu"))
    keep, other = project.add_tracks(run, {0: None, 1: None}).values()
    rows = np.zeros(40, PREDICTION_DTYPE)
    rows["track"], rows["frame"] = np.repeat([0, 1], 20), np.tile(np.arange(20), 2)
    rows["visibility"], rows["score"] = 2, 0.5
    rows["xy"] = rows["track"][:, None, None] * 100
    project.add_predictions(run, rows)
    project.apply(edits.delete_pose(project.state, keep if gone_from == "keep" else other, 5))
    project.apply(edits.merge_people(project.state, keep, other))
    return project, keep


@pytest.mark.quick
@pytest.mark.parametrize(("gone_from", "x"), [("keep", 100), ("other", 0)])
def test_merging_keeps_the_pose_that_was_not_deleted(project, gone_from, x):
    project, keep = merged(project, gone_from)
    assert project.state.pose(keep, 5)["xy"][0, 0] == x
    assert project.state.frames_of(keep).tolist() == list(range(20))
    project.undo()
    assert [person.id for person in project.state.people()] == [1, 2]
    assert project.state.pose(keep, 5) is None or gone_from == "other"


@pytest.mark.quick
def test_merging_holds_in_every_run_and_with_oneself_does_nothing(project):
    first = project.begin_run(Run.new("m", "w", "cpu"))
    a, b = project.add_tracks(first, {0: None, 1: None}).values()
    rows = np.zeros(1, PREDICTION_DTYPE)
    rows["track"], rows["visibility"], rows["score"] = 1, 2, 0.5
    project.add_predictions(first, rows)
    project.begin_run(Run.new("m", "w", "cpu"))
    assert edits.merge_people(project.state, a, a) == Edit("Merge person 1 into person 1", ())
    project.apply(edits.merge_people(project.state, a, b))
    project.apply(edits.activate_run(project.state, first))
    assert project.state.pose(a, 0) is not None
