"""Any sequence of edits, undos and redos leaves memory and file alike, and undo restores every state."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.errors import ProjectError
from glpose_core.labels import (
    PREDICTION_DTYPE,
    Project,
    Run,
    VideoRecord,
    Visibility,
    edits,
    heads,
    regions,
)
from glpose_core.labels import writer as writer_module
from glpose_core.labels.changes import Change, pack, unpack
from glpose_core.labels.guideline import TITLES, guideline_text, set_guideline
from glpose_core.labels.poses import POSE_DTYPE, PoseTable
from glpose_core.labels.schedule import Stretch, schedule_of, set_schedule

FRAMES = 6
frames = st.integers(0, FRAMES - 1)
people = st.integers(1, 4)
joints = st.integers(0, 16)
numbers = st.floats(-1e4, 1e4)

edit_makers = st.one_of(
    st.builds(lambda f, x: lambda s: edits.add_person(s, f, box=(x, 0, 9, 9))[0], frames, numbers),
    st.builds(
        lambda f, x: lambda s: edits.add_person(s, f, xy=np.full((17, 2), x))[0], frames, numbers
    ),
    st.builds(
        lambda p, f, j, x: lambda s: edits.move_joint(s, p, f, j, (x, -x)),
        people,
        frames,
        joints,
        numbers,
    ),
    st.builds(
        lambda p, f, j, v: lambda s: edits.set_visibility(s, p, f, j, v),
        people,
        frames,
        joints,
        st.sampled_from(Visibility),
    ),
    st.builds(lambda p, f: lambda s: edits.accept_pose(s, p, f), people, frames),
    st.builds(lambda a, b: lambda s: edits.accept_range(s, a, b), frames, frames),
    st.builds(lambda p, f, d: lambda s: edits.move_person(s, p, f, d, 1), people, frames, numbers),
    st.builds(lambda p, f: lambda s: edits.delete_pose(s, p, f), people, frames),
    st.builds(lambda p: lambda s: edits.delete_person(s, p), people),
    st.builds(lambda p, a, b: lambda s: edits.copy_pose(s, p, a, b), people, frames, frames),
    st.builds(lambda a, b, f: lambda s: edits.swap_people(s, a, b, f), people, people, frames),
    st.builds(
        lambda a, b, f, g: lambda s: edits.swap_people(s, a, b, min(f, g), max(f, g)),
        people,
        people,
        frames,
        frames,
    ),
    st.builds(lambda a, b: lambda s: edits.merge_people(s, a, b), people, people),
    st.builds(lambda p, f: lambda s: edits.split_person(s, p, f)[0], people, frames),
    st.builds(lambda p, a, b: lambda s: edits.cut_track(s, p, a, b), people, frames, frames),
    st.builds(lambda p, a, b: lambda s: edits.carry_track(s, p, a, b), people, frames, frames),
    st.builds(lambda p, on: lambda s: edits.lock_person(s, p, on), people, st.booleans()),
    st.builds(lambda p, n: lambda s: edits.rename_person(s, p, n), people, st.text(max_size=8)),
    st.builds(
        lambda r: lambda s: edits.activate_run(s, r if r in s.runs else None), st.integers(1, 3)
    ),
    st.builds(lambda f, r: lambda s: edits.set_reviewed(s, [f], r), frames, st.booleans()),
    st.builds(
        lambda f, x: lambda s: edits.set_regions(s, f, [((x, 0.0), (1.0, x), (2.0, 2.0))]),
        frames,
        numbers,
    ),
    st.builds(
        lambda f, g, x: lambda s: regions.add_region(s, ((x, 0.0), (1.0, x), (2.0, 2.0)), f, g),
        frames,
        frames,
        numbers,
    ),
    st.builds(
        lambda p, f, x: lambda s: heads.draw_head_box(s, p, f, (x, 0, 9, 9)),
        people,
        frames,
        numbers,
    ),
    st.builds(
        lambda f, n: lambda s: set_schedule(s, [Stretch(f, FRAMES, n)]),
        frames,
        joints.map(lambda j: j + 1),
    ),
    st.builds(lambda j, t: lambda s: set_guideline(s, j, t), joints, st.text(max_size=8)),
)
steps = st.lists(
    st.one_of(edit_makers, st.sampled_from(["undo", "redo", "predict", "reopen"])), max_size=25
)


def seen(project: Project) -> list[object]:
    state = project.state
    return [
        [state.poses(frame).tobytes() for frame in range(FRAMES)],
        [
            (p, state.frames_of(p.id).tolist(), state.marks(p.id).labelled.tolist())
            for p in state.people()
        ],
        sorted(state.reviewed),
        state.regions,
        schedule_of(state),
        [guideline_text(state, topic) for topic in TITLES],
    ]


def predict(project: Project) -> None:
    run = project.begin_run(Run.new("tiny", "tiny", "cpu"))
    living = [person.id for person in project.state.people()][:2]
    tracks = {0: living[0] if living else None, 1: None}
    project.add_tracks(run, tracks)
    rows = np.zeros(2 * FRAMES, PREDICTION_DTYPE)
    rows["track"] = np.repeat([0, 1], FRAMES)
    rows["frame"] = np.tile(np.arange(FRAMES), 2)
    rows["xy"], rows["visibility"], rows["score"] = run, 2, 0.5
    project.add_predictions(run, rows)


@settings(max_examples=40)
@given(steps)
def test_undo_restores_every_state_and_the_file_follows_memory(wanted):
    with tempfile.TemporaryDirectory() as folder:
        video = VideoRecord("v", "f", FRAMES, 64, 48, np.arange(FRAMES) / 25)
        project = Project.create(Path(folder) / "p.glpose", video)
        images = [seen(project)]
        at = 0
        for step in wanted:
            if step == "undo":
                at -= project.undo() is not None
                assert seen(project) == images[at]
            elif step == "redo":
                at += project.redo() is not None
                assert seen(project) == images[at]
            elif step == "reopen":
                before = seen(project)
                project.close()
                project = Project.open(project.path)
                assert seen(project) == before
            else:
                if step == "predict":
                    predict(project)
                else:
                    project.submit(step(project.state))
                if len(project._journal.done) > at:
                    at += 1
                    del images[at:]
                    images.append(seen(project))
        project.close()


@given(
    st.lists(
        st.builds(
            Change,
            st.sampled_from(["label", "person", "active_run", "spans", "schedule"]),
            st.lists(st.integers(-(2**40), 2**40), max_size=3).map(tuple),
            st.none() | st.binary(max_size=40),
        )
    )
)
def test_journal_entries_come_back(changes):
    assert unpack(pack(changes)) == tuple(changes)


places = st.tuples(st.integers(0, 3), st.integers(0, 4))


@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "remove", "look"]), places)
        | st.tuples(st.just("many"), st.lists(places, max_size=8)),
        max_size=60,
    ),
    st.integers(0, 200),
)
def test_the_table_answers_like_a_dict(operations, reserved):
    table, model = PoseTable(POSE_DTYPE, "person"), {}
    table.reserve(reserved)
    for step, (what, where) in enumerate(operations):
        if what == "look":
            table.frames_of(where[0])  # answered from memory from now on
        elif what == "remove":
            table.remove(*where)
            model.pop(where, None)
        else:
            keys = where if what == "many" else [where]
            rows = np.zeros(len(keys), POSE_DTYPE)
            for row, key in zip(rows, keys, strict=True):
                row["person"], row["frame"] = key
            rows["pose_score"] = step
            if what == "many":
                table.put_many(rows)
            else:
                table.put(rows[0])
            model.update(dict.fromkeys(keys, step))
    assert len(table) == len(model)
    for person in range(4):
        frames_of = [frame for (p, frame) in model if p == person]
        assert table.frames_of(person).tolist() == sorted(frames_of)
        scores = table.rows(person)["pose_score"].tolist()
        assert scores == [model[person, frame] for frame in sorted(frames_of)]
    for frame in range(5):
        assert sorted(table.in_frame(frame)) == sorted(p for (p, f) in model if f == frame)
    for (person, frame), step in model.items():
        assert table.get(person, frame)["pose_score"] == step
    rows = table.rows()
    assert sorted(rows["pose_score"].tolist()) == sorted(model.values())


def crowd_of(path, frames: int = 400, people: int = 10) -> Project:
    """A project in which a model has seen many."""
    video = VideoRecord("clip.mp4", "f", frames, 640, 480, np.arange(frames) / 25)
    project = Project.create(path, video)
    rows = np.zeros(frames * people, PREDICTION_DTYPE)
    rows["track"], rows["frame"] = np.divmod(np.arange(len(rows)), frames)
    rows["xy"] = np.random.default_rng(0).uniform(0, 400, rows["xy"].shape)
    rows["visibility"], rows["score"] = 2, 0.5
    run = project.begin_run(Run.new("model", "", "cpu"))
    project.add_tracks(run, dict.fromkeys(range(people)))
    project.add_predictions(run, rows)
    project.finish_run(run, "done")
    return project


def everything(project: Project) -> tuple[bytes, frozenset[int]]:
    state = project.state
    return state.seen([one.id for one in state.people()]).tobytes(), state.reviewed


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
