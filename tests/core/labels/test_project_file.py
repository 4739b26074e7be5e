"""A project's file: one file, one writer, whole after a crash, and what is no project is refused."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from glpose_core.errors import ProjectError
from glpose_core.labels import Project, VideoRecord, edits
from glpose_core.labels.filesystem import journal_mode

from .conftest import SKELETON, WRIST, reopened, video_record

pytestmark = pytest.mark.quick


def test_only_one_window_writes_and_readers_may_look(project):
    with pytest.raises(ProjectError, match="another window"):
        Project.open(project.path)
    with Project.open(project.path, read_only=True) as reader:
        edit, _ = edits.add_person(reader.state, 0, xy=SKELETON)
        with pytest.raises(ProjectError, match="reading only"):
            reader.apply(edit)


def test_a_closed_project_is_one_file(project):
    edit, _ = edits.add_person(project.state, 0, xy=SKELETON)
    project.apply(edit)
    project.close()
    assert [p.name for p in project.path.parent.iterdir()] == [project.path.name]


def test_reading_leaves_nothing_beside_the_project(project):
    edit, person = edits.add_person(project.state, 0, xy=SKELETON)
    project.apply(edit)
    project.close()
    with Project.open(project.path, read_only=True) as reader:
        assert reader.state.pose(person, 0) is not None
    assert [p.name for p in project.path.parent.iterdir()] == [project.path.name]


def test_a_snapshot_is_a_whole_project(project, tmp_path):
    edit, person = edits.add_person(project.state, 0, xy=SKELETON)
    project.submit(edit)
    copy = project.snapshot(tmp_path / "copies" / "a.glpose")
    assert [p.name for p in copy.parent.iterdir()] == ["a.glpose"]
    with Project.open(copy) as opened:
        assert opened.state.pose(person, 0) is not None
        assert opened.undo_title == "Add person"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a GLPose project"),
        (b"not a database at all" * 99, "cannot be read as a project"),
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(tmp_path, content, words):
    path = tmp_path / "x.glpose"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=words) as caught:
        Project.open(path)
    assert "x.glpose" in str(caught.value)
    assert path.read_bytes() == content
    with pytest.raises(ProjectError, match="does not exist"):
        Project.open(tmp_path / "none.glpose")


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_project_that_cannot_be_written_is_refused_as_that_and_can_be_read(
    project, monkeypatch, where
):
    project.close()
    path = project.path
    locked = path if where == "file" else path.parent
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != locked)
    with pytest.raises(ProjectError, match=r"can be read but not edited.*copy it, with its video"):
        Project.open(path)
    Project.open(path, read_only=True).close()


def test_a_log_that_an_older_file_left_is_named_where_it_damages_a_copy(project, tmp_path):
    copy = tmp_path / "copy.glpose"
    project.snapshot(copy)
    for turn in range(30):
        project.apply(edits.add_person(project.state, turn % 5, box=(1.0, 2.0, 30.0, 40.0))[0])
    log = project.path.with_name(project.path.name + "-wal").read_bytes()
    copy.with_name("copy.glpose-wal").write_bytes(log)
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 4])
    with pytest.raises(ProjectError, match=r"take copy\.glpose-wal away") as caught:
        Project.open(copy)
    assert "restore a snapshot" in str(caught.value)


def test_a_newer_project_is_refused(project):
    project.close()
    connection = sqlite3.connect(project.path)
    connection.execute("UPDATE meta SET value = 99 WHERE name = 'schema'")
    connection.commit()
    connection.close()
    with pytest.raises(ProjectError, match="newer version"):
        Project.open(project.path)


def test_the_video_record_comes_back(project):
    project = reopened(project)
    video = project.state.video
    assert isinstance(video, VideoRecord)
    assert (video.frames, video.width, video.index) == (20, 320, b"index")
    assert video.times[3] == 3 / 25
    project.close()


def test_network_drives_get_a_rollback_journal(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/x / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    assert journal_mode(tmp_path / "a.glpose", mounts) == "DELETE"
    assert journal_mode(Path("/a.glpose"), mounts) == "WAL"
    assert journal_mode(tmp_path / "a.glpose", tmp_path / "missing") == "WAL"


def _edit_until_killed(path: str, acknowledged) -> None:
    project = Project.open(path)
    edit, person = edits.add_person(project.state, 0, xy=SKELETON)
    project.apply(edit)
    for step in range(10_000):
        project.apply(edits.move_joint(project.state, person, 0, WRIST, (step, 0)))
        acknowledged.send(step)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_killing_the_process_loses_no_acknowledged_edit(project):
    project.close()
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=_edit_until_killed, args=(str(project.path), send))
    child.start()
    send.close()
    step = -1
    while step < 30:
        step = receive.recv()
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    while receive.poll():
        try:
            step = receive.recv()
        except EOFError:
            break
    with Project.open(project.path) as survivor:
        seen = survivor.state.pose(1, 0)["xy"][WRIST, 0]
        assert seen in (step, step + 1), (
            "at most the edit under way may be new, none may be missing"
        )
        survivor.undo()
        assert survivor.state.pose(1, 0)["xy"][WRIST, 0] == seen - 1


def test_a_disk_that_refuses_is_told_and_nothing_is_lost(project, monkeypatch):
    from glpose_core.labels import writer

    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.01)
    edit, person = edits.add_person(project.state, 0, xy=SKELETON)
    project.apply(edit)
    writer = project._writer
    real = writer._transact

    def refuse(statements):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(writer, "_transact", refuse)
    with pytest.raises(ProjectError, match="disk is full") as caught:
        project.apply(edits.move_joint(project.state, person, 0, WRIST, (1, 2)))
    assert "free some space" in str(caught.value)
    assert project.state.pose(person, 0)["xy"][WRIST].tolist() == [1, 2]
    assert project.pending == 1
    monkeypatch.setattr(writer, "_transact", real)
    while project.pending:
        time.sleep(0.01)
    assert project.trouble is None
    project = reopened(project)
    assert project.state.pose(person, 0)["xy"][WRIST].tolist() == [1, 2]
    project.close()


def test_the_place_of_the_video_is_kept(tmp_path):
    path = tmp_path / "moved.glpose"
    with Project.create(path, video_record()) as project:
        project.set_video(replace(project.state.video, path="elsewhere/räume.mp4"))
    with Project.open(path, read_only=True) as project:
        assert project.state.video.path == "elsewhere/räume.mp4"


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (
            sqlite3.SQLITE_IOERR_SHMSIZE,
            "free some space",
        ),  # what opening on a full disk meets first
        (sqlite3.SQLITE_FULL, "free some space"),
        (sqlite3.SQLITE_CORRUPT, "restore a snapshot"),
    ],
)
def test_a_full_disk_is_not_called_damage(project, monkeypatch, code, remedy):
    from glpose_core.labels import store

    project.close()
    real = store._connect

    class Refusing(sqlite3.Connection):
        def execute(self, *_words):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = code
            raise error

    def connect(path, read_only):
        real(path, read_only).close()
        return sqlite3.connect(path, factory=Refusing)

    monkeypatch.setattr(store, "_connect", connect)
    with pytest.raises(ProjectError, match=remedy):
        Project.open(project.path)
