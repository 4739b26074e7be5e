"""Any sequence of edits, undos and redos leaves memory and file alike, and undo restores every state."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

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
