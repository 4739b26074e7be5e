"""Large edits in short turns: one edit and one entry of the journal, whatever comes in between or goes wrong."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from glpose_core.errors import ProjectError
from glpose_core.labels import PREDICTION_DTYPE, Project, Run, edits
from glpose_core.labels import writer as writer_module

from .conftest import crowd_of, everything


def test_no_turn_of_a_large_edit_copies_all_that_is_there(tmp_path):
    with crowd_of(tmp_path / "a.glpose") as project:
        parts = edits.accept_range_in_parts(project.state, 0, 400)[1]
        turns = project.in_turns("Accept", 0, parts)
        turns.step()
        memory = project.state.labels._rows
        assert len(memory) >= 4000
        turns.finish()
        assert project.state.labels._rows is memory


def test_a_large_edit_in_turns_is_the_same_edit(tmp_path):
    with crowd_of(tmp_path / "a.glpose") as one, crowd_of(tmp_path / "b.glpose") as two:
        before = everything(one)
        one.apply(edits.accept_range(one.state, 3, 390))
        told = []
        two.subscribe(told.append)
        turns = two.in_turns("Accept", 3, edits.accept_range_in_parts(two.state, 3, 390)[1])
        count = 1
        while turns.step():
            count += 1
        assert count > 5, "the window could live between"
        assert len(told) == 1, "and whoever watches hears of it once"
        assert told[0].frames == frozenset(range(3, 390))
        assert everything(two) == everything(one)
        after = everything(two)
        back = two.walk_in_turns(back=True)
        assert back.step()
        back.finish()
        assert everything(two) == before
        assert two.redo().title == "Accept"
        assert everything(two) == after
    with Project.open(tmp_path / "b.glpose") as two:
        assert everything(two) == after
        assert two.undo().title == "Accept"
        assert everything(two) == before


def test_whatever_comes_in_between_finishes_a_large_edit_first(tmp_path):
    project = crowd_of(tmp_path / "a.glpose")
    turns = project.in_turns("Accept", 0, edits.accept_range_in_parts(project.state, 0, 400)[1])
    assert turns.step()
    project.apply(edits.move_joint(project.state, 1, 399, 0, (1.0, 2.0)))
    assert not turns.step()
    assert turns.edit.title == "Accept"
    assert project.undo().title == "Move nose"
    assert project.undo_title == "Accept"
    turns = project.walk_in_turns(back=True)
    turns.step()
    project.close()
    with Project.open(tmp_path / "a.glpose") as project:
        assert project.redo_title == "Accept"
        assert not project.state.reviewed


def test_a_large_edit_survives_a_disk_that_refuses_at_first(tmp_path, monkeypatch):
    monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0.01)
    refusals = iter([True])
    project = crowd_of(tmp_path / "a.glpose")
    project.flush()
    real = project._writer._transact

    def transact(statements):
        if next(refusals, False):
            statements = [*statements, ("INSERT INTO nowhere VALUES (1)", ())]
        real(statements)

    monkeypatch.setattr(project._writer, "_transact", transact)
    project.in_turns("Accept", 0, edits.accept_range_in_parts(project.state, 0, 400)[1]).finish()
    after = everything(project)
    while project.pending:
        time.sleep(0.01)
    project.close()
    with Project.open(tmp_path / "a.glpose") as project:
        assert everything(project) == after
        assert project.undo_title == "Accept"


def test_a_large_edit_can_be_finished_by_other_threads_and_by_who_is_told(tmp_path):
    with crowd_of(tmp_path / "a.glpose") as project:
        threads = [threading.Thread(target=project.flush) for _ in range(3)]

        def parts(state):
            for at, part in enumerate(edits.accept_range_in_parts(state, 0, 400)[1]):
                yield part
                if at == 2:  # in the middle of a turn
                    for thread in threads:
                        thread.start()
                    time.sleep(0.05)

        turns = project.in_turns("Accept", 0, parts(project.state))
        project.subscribe(lambda _change: turns.finish())
        turns.finish()
        for thread in threads:
            thread.join()
        assert turns.edit.title == project.undo_title == "Accept"
        assert project.state.reviewed == set(range(400))
        after = everything(project)
    with Project.open(tmp_path / "a.glpose") as project:
        assert everything(project) == after


def test_a_large_edit_that_fails_half_way_leaves_nothing(tmp_path):
    def parts(state):
        yield next(edits.accept_range_in_parts(state, 0, 400)[1])
        raise ValueError("of all things")

    with crowd_of(tmp_path / "a.glpose") as project:
        before, title = everything(project), project.undo_title
        turns = project.in_turns("Accept", 0, parts(project.state))
        turns.step()
        with pytest.raises(ValueError, match="of all things"):
            turns.step()
        assert everything(project) == before
        assert project.undo_title == title
        project.apply(edits.move_joint(project.state, 1, 399, 0, (1.0, 2.0)))


@pytest.mark.parametrize("turn", [0, 1, 3])
def test_a_large_edit_that_is_cancelled_was_never_made(tmp_path, turn):
    project = crowd_of(tmp_path / "a.glpose")
    before, title = everything(project), project.undo_title
    told = []
    turns = project.in_turns("Accept", 0, edits.accept_range_in_parts(project.state, 0, 400)[1])
    for _ in range(turn):
        assert turns.step()
    seen_meanwhile = project.state.reviewed
    project.subscribe(told.append)
    turns.cancel()
    count = 0
    while turns.step():
        count += 1
    assert count >= turn, "taken back in turns, too"
    assert turns.cancelled
    assert everything(project) == before
    assert (project.undo_title, project.redo_title) == (title, None)
    assert {frame for one in told for frame in one.frames} == seen_meanwhile
    turns.cancel()
    project.apply(edits.set_reviewed(project.state, [3], True))
    project.close()
    with Project.open(tmp_path / "a.glpose") as project:
        assert project.state.reviewed == {3}


def test_what_is_done_cannot_be_cancelled(tmp_path):
    with crowd_of(tmp_path / "a.glpose") as project:
        parts = edits.accept_range_in_parts(project.state, 0, 400)[1]
        turns = project.in_turns("Accept", 0, parts)
        turns.finish()
        turns.cancel()
        assert not turns.cancelled
        assert project.undo_title == "Accept"


def test_who_looked_at_a_large_edit_that_fails_hears_of_it(tmp_path):
    with crowd_of(tmp_path / "a.glpose") as project:

        def parts():
            yield edits.accept_range(project.state, 20, 22).changes
            raise ProjectError("no room is left")

        told = []
        project.subscribe(told.append)
        turns = project.in_turns("Accept", 0, parts())
        assert turns.step()
        with pytest.raises(ProjectError):
            turns.step()
        assert [one.frames for one in told] == [frozenset({20, 21})]


def other_rows(frames: int) -> np.ndarray:
    rows = np.zeros(2 * frames, PREDICTION_DTYPE)
    rows["track"], rows["frame"] = np.divmod(np.arange(len(rows)), frames)
    rows["xy"], rows["visibility"], rows["score"] = 7, 2, 0.5
    return rows


def test_a_whole_run_comes_in_in_turns_as_one_step(tmp_path):
    with crowd_of(tmp_path / "a.glpose", frames=1200, people=1) as project:
        before = everything(project)
        turns = project.bring_run(
            Run.new("park", "", "imported"), {0: 1, 1: None}, other_rows(1200)
        )
        count = 1
        while turns.step():
            count += 1
        assert count > 2
        assert [person.id for person in project.state.people()] == [1, 2]
        assert project.state.pose(1, 5)["xy"][0].tolist() == [7, 7]
        run = project.state.runs[project.state.active_run]
        assert (run.model, run.status) == ("park", "done")
        assert project.undo().title == "Predict with park"
        assert everything(project) == before
        project.redo()
        assert len(project.state.frames_of(2)) == 1200


def test_a_run_that_is_cancelled_on_its_way_in_is_not_seen(tmp_path):
    with crowd_of(tmp_path / "a.glpose", frames=1200, people=1) as project:
        before, title = everything(project), project.undo_title
        turns = project.bring_run(
            Run.new("park", "", "imported"), {0: 1, 1: None}, other_rows(1200)
        )
        assert turns.step()
        assert everything(project) != before
        turns.cancel()
        turns.finish()
        assert everything(project) == before
        assert project.undo_title == title
        assert project.state.runs[max(project.state.runs)].status == "cancelled"
        project.apply(edits.set_reviewed(project.state, [3], True))
    with Project.open(tmp_path / "a.glpose") as project:
        assert project.state.reviewed == {3}
