"""What is asked of a whole project at once is what its frames say one by one."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.labels import PREDICTION_DTYPE, Project, Run, is_human, seen_box
from glpose_core.labels import edits as make
from glpose_core.labels.poses import as_pose, outlined, seen_boxes

pytestmark = pytest.mark.quick
FRAMES = 20


def run_with(project: Project, tracks: dict[int, int | None], seed: int) -> dict[int, int]:
    """A run whose tracks are seen in some frames, some without a box, some without any joint."""
    rng = np.random.default_rng(seed)
    run = project.begin_run(Run.new("tiny", "t", "cpu"))
    people = project.add_tracks(run, tracks)
    for track in tracks:
        rows = np.zeros(14, PREDICTION_DTYPE)
        rows["track"], rows["frame"] = track, np.sort(rng.choice(FRAMES, 14, replace=False))
        rows["xy"] = rng.uniform(0, 300, rows["xy"].shape)
        rows["visibility"] = rng.integers(0, 3, (14, 17))
        rows["score"] = rng.uniform(0, 1, (14, 17)) * (rows["visibility"] > 0)
        rows["box"] = rng.uniform(1, 200, (14, 4))
        rows["box"][::4] = np.nan
        rows["visibility"][4], rows["score"][4] = 0, 0
        project.add_predictions(run, rows)
    return people


@pytest.fixture
def crowd(project):
    people = run_with(project, {0: None, 1: None, 2: None}, 1)
    a, b, c = people.values()
    run_with(project, {0: a, 1: a, 2: b}, 2)  # newer tracks lie over older ones
    state = project.state
    some = [edits for p in (a, b, c) for edits in state.frames_of(p).tolist()]
    for edit in (
        lambda: make.swap_people(state, a, b, 7),
        lambda: make.move_joint(state, a, some[0], 3, (5, 6)),
        lambda: make.set_box(state, b, some[1], (1, 2, 30, 40)),
        lambda: make.accept_range(state, 3, 6),
        lambda: make.delete_pose(state, a, int(state.frames_of(a)[2])),
        lambda: make.add_person(state, 4, xy=np.full((17, 2), 9.0))[0],
        lambda: make.add_person(state, 5, box=(3, 3, 9, 9))[0],
        lambda: make.delete_person(state, c),
    ):
        project.apply(edit())
    return project


def test_the_poses_of_a_frame_are_those_of_its_people_one_by_one(crowd):
    state = crowd.state
    for frame in range(FRAMES):
        one_by_one = [state.pose(person, frame) for person in range(1, state.next_person)]
        expected = [pose for pose in one_by_one if pose is not None]
        seen = state.poses(frame)
        assert len(seen) == len(expected)
        boxes = seen_boxes(seen)
        for row, pose, box in zip(seen, expected, boxes, strict=True):
            assert row.tobytes() == pose.tobytes()
            alone = seen_box(pose)
            assert np.array_equal(box, [np.nan] * 4 if alone is None else alone, equal_nan=True)


def test_known_boxes_are_those_of_the_poses_one_by_one(crowd):
    state = crowd.state
    expected = []
    for person in range(1, state.next_person):
        record = state.person(person)
        for frame in range(FRAMES):
            label, machine = state.label(person, frame), state.prediction(person, frame)
            gone = record.deleted or (label is not None and bool(label["deleted"]))
            pose = label if label is not None and label["deleted"] else state._pose(
                person, frame, state._track(person, frame)
            )  # fmt: skip
            assert (pose is None) == (label is None and machine is None)
            box = None if pose is None else seen_box(pose)
            if box is not None:
                own = bool(np.isfinite(pose["box"]).all())
                human = bool(outlined(pose)) or (own and bool(is_human(pose["box_source"])))
                expected.append((person, frame, *box.tolist(), human, gone))
    known = state.known_boxes()
    found = zip(
        known.person.tolist(), known.frame.tolist(), *known.box.T.tolist(),
        known.human.tolist(), known.deleted.tolist(), strict=True,
    )  # fmt: skip
    assert list(found) == expected
    assert known.human.any()
    assert known.deleted.any()


def test_a_range_seen_at_once_is_its_frames_one_by_one(crowd):
    state = crowd.state
    living = [person.id for person in state.people()]
    at_once = state.seen(living, 3, 15)
    at_once = at_once[~at_once["deleted"]]
    at_once = at_once[np.argsort(at_once["frame"], kind="stable")]
    one_by_one = np.concatenate([state.poses(frame) for frame in range(3, 15)])
    assert at_once.tobytes() == one_by_one.tobytes()


def test_the_curve_of_a_joint_is_the_score_of_the_predictions_that_are_seen(crowd):
    state = crowd.state
    for person in (1, 2):
        frames, scores = state.joint_scores(person, 5)
        shown = [
            (frame, row["score"][5])
            for frame in state.frames_of(person).tolist()
            if (row := state.prediction(person, frame)) is not None
        ]
        assert list(zip(frames.tolist(), scores.tolist(), strict=True)) == shown
    assert state.joint_scores(99, 5)[0].tolist() == []


def test_the_newest_track_that_has_a_row_shows(project):
    people = run_with(project, {0: None}, 1)
    run_with(project, {0: people[0]}, 2)
    state = project.state
    for frame in range(FRAMES):
        rows = [row for track in (1, 0) if (row := state.predictions.get(track, frame)) is not None]
        expected = as_pose(rows[0], people[0]).tobytes() if rows else None
        seen = state.prediction(people[0], frame)
        assert (None if seen is None else seen.tobytes()) == expected


def test_cached_answers_follow_the_edits(project):
    state = project.state
    assert (state.reviewed, state.regions) == (set(), {})
    project.apply(make.set_reviewed(state, [3], True))
    project.apply(make.set_regions(state, 4, [((1.0, 2.0), (3.0, 4.0), (5.0, 7.0))]))
    assert (state.reviewed, list(state.regions)) == ({3}, [4])
    project.undo()
    project.undo()
    assert (state.reviewed, state.regions) == (set(), {})
    run = project.begin_run(Run.new("tiny", "t", "cpu"))
    people = project.add_tracks(run, {0: None, 1: None})
    rows = np.zeros(2, PREDICTION_DTYPE)
    rows["visibility"], rows["score"] = 2, 1
    for step in range(3):
        rows["frame"] = [2 * step, 2 * step + 1]
        project.add_predictions(run, rows)
        assert state.frames_of(people[0]).tolist() == list(range(2 * step + 2))
        assert state.marks(people[0]).predicted.tolist() == list(range(2 * step + 2))
        assert len(state.joint_scores(people[0], 0)[0]) == 2 * step + 2
        assert state.frames_of(people[1]).tolist() == []
