"""What is seen in a project, what edits and runs change in it, and what Undo takes back."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from glpose_core.geometry import person_box
from glpose_core.labels import (
    PREDICTION_DTYPE,
    Project,
    Run,
    Source,
    Visibility,
    edits,
    seen_box,
)
from glpose_core.skeleton import EARS, POSETRACK17

from .conftest import SKELETON, WRIST, reopened

pytestmark = pytest.mark.quick


def predictions(track: int, frames: range, shift: float = 0.0) -> np.ndarray:
    rows = np.zeros(len(frames), PREDICTION_DTYPE)
    rows["track"], rows["frame"] = track, list(frames)
    rows["xy"] = SKELETON + shift
    rows["visibility"], rows["score"] = Visibility.VISIBLE, 0.8
    rows["score"][:, EARS], rows["visibility"][:, EARS] = 0, Visibility.ABSENT
    rows["box"] = (40, 40, 60, 60)
    rows["pose_score"] = 0.8
    return rows


def predict(project: Project, people: dict[int, int | None], frames: range, shift: float = 0.0):
    run = project.begin_run(Run.new("tiny", "tiny.safetensors", "cpu"))
    found = project.add_tracks(run, people)
    for track in people:
        project.add_predictions(run, predictions(track, frames, shift))
    project.finish_run(run, "done")
    return run, found


def image(project: Project) -> list[bytes]:
    """Everything that can be seen, as bytes."""
    state = project.state
    frames = [state.poses(frame).tobytes() for frame in range(state.video.frames)]
    people = repr([(p, state.frames_of(p.id).tolist()) for p in state.people()])
    return [*frames, people.encode(), repr(sorted(state.reviewed)).encode()]


def test_an_edit_is_on_the_disk_when_apply_returns(project):
    edit, person = edits.add_person(project.state, 3, xy=SKELETON)
    sequence = project.apply(edit)
    other = sqlite3.connect(project.path)
    assert other.execute("SELECT max(seq) FROM journal").fetchone()[0] == sequence
    other.close()
    assert project.pending == 0
    second = project.apply(edits.move_joint(project.state, person, 3, WRIST, (1, 2)))
    assert second > sequence


def test_labels_lie_over_predictions_joint_by_joint(project):
    _, people = predict(project, {0: None}, range(20))
    person = people[0]
    project.apply(edits.move_joint(project.state, person, 5, WRIST, (7, 8)))
    pose = project.state.pose(person, 5)
    assert pose["xy"][WRIST].tolist() == [7, 8]
    assert pose["source"][WRIST] == Source.PLACED
    assert pose["source"][0] == Source.MODEL
    assert pose["source"][EARS[0]] == Source.NONE
    assert project.state.marks(person).labelled.tolist() == [5]
    assert project.state.marks(person).predicted.tolist() == list(range(20))


def test_human_joints_survive_another_run_and_its_removal(project):
    first, people = predict(project, {0: None}, range(20))
    person = people[0]
    project.apply(edits.move_joint(project.state, person, 5, WRIST, (7, 8)))
    project.apply(edits.accept_pose(project.state, person, 6))
    accepted = project.state.pose(person, 6)
    second, _ = predict(project, {0: person}, range(20), shift=30)
    pose = project.state.pose(person, 5)
    assert pose["xy"][WRIST].tolist() == [7, 8]
    assert pose["xy"][0].tolist() == (SKELETON[0] + 30).tolist()
    body = accepted["source"] == Source.ACCEPTED
    assert body.sum() == 15
    assert (project.state.pose(person, 6)["xy"][body] == accepted["xy"][body]).all()
    project.apply(edits.activate_run(project.state, None))
    assert project.state.frames_of(person).tolist() == [5, 6]
    project.apply(edits.activate_run(project.state, first))
    assert project.state.pose(person, 8)["xy"][0].tolist() == SKELETON[0].tolist()
    assert second > first


def test_a_run_over_a_part_leaves_the_rest_as_it_was(project):
    _, people = predict(project, {0: None}, range(20))
    predict(project, {0: people[0]}, range(4, 8), shift=9)
    assert project.state.pose(people[0], 3)["xy"][0].tolist() == SKELETON[0].tolist()
    assert project.state.pose(people[0], 4)["xy"][0].tolist() == (SKELETON[0] + 9).tolist()
    project = reopened(project)
    assert project.state.pose(people[0], 4)["xy"][0].tolist() == (SKELETON[0] + 9).tolist()
    project.close()


def test_a_run_that_a_crash_cut_off_says_so_after_opening(project):
    run = project.begin_run(Run.new("tiny", "t", "cpu"))
    project = reopened(project)
    assert project.state.runs[run].status == "interrupted"
    project = reopened(project)
    assert project.state.runs[run].status == "interrupted"
    project.close()


def test_undo_takes_a_run_back_and_redo_shows_it_again(project):
    predict(project, {0: None}, range(20))
    before = image(project)
    assert project.undo_title == "Predict with tiny"
    project.undo()
    assert project.state.people() == []
    project.redo()
    assert image(project) == before


@pytest.mark.parametrize("close", [False, True])
def test_people_of_a_run_that_was_taken_back_leave_their_numbers(project, close):
    edit, drawn = edits.add_person(project.state, 0, box=(40, 40, 60, 60))
    project.apply(edit)
    predict(project, {0: drawn, 1: None, 2: None}, range(20))
    project.apply(edits.rename_person(project.state, 3, "Anna"))
    project.undo()
    project.undo()
    if close:
        project = reopened(project)
    _, people = predict(project, {0: drawn, 1: None, 2: None, 3: None}, range(20))
    assert people == {0: drawn, 1: 2, 2: 3, 3: 4}
    assert [person.name for person in project.state.people()] == [
        f"person {n}" for n in (1, 2, 3, 4)
    ]
    before = image(project)
    project.undo()
    assert [person.id for person in project.state.people()] == [drawn]
    project.redo()
    assert image(project) == before
    if close:
        project.close()


def test_numbers_that_somebody_still_has_are_not_given_away_again(project):
    aside = Run.new("other", "other.safetensors", "cpu")
    predict(project, {0: None}, range(20))
    project.add_tracks(project.begin_run(aside, show=False), {0: 1, 1: None})
    project.undo()
    assert predict(project, {0: None}, range(20))[1] == {0: 3}, "1 and 2 are in what was compared"
    edit, person = edits.add_person(project.state, 0, box=(40, 40, 60, 60))
    project.apply(edit)
    assert predict(project, {0: None}, range(20))[1] == {0: person + 1}, "nothing was taken back"


def test_undo_and_redo_survive_closing(project):
    predict(project, {0: None, 1: None}, range(20))
    images = [image(project)]
    for make in (
        lambda s: edits.move_joint(s, 1, 4, WRIST, (1, 1)),
        lambda s: edits.set_visibility(s, 2, 4, WRIST, Visibility.OCCLUDED),
        lambda s: edits.swap_people(s, 1, 2, 10),
        lambda s: edits.accept_range(s, 8, 13),
        lambda s: edits.delete_person(s, 1),
    ):
        project.apply(make(project.state))
        images.append(image(project))
    project = reopened(project)
    assert image(project) == images[-1]
    for wanted in reversed(images[:-1]):
        project.undo()
        assert image(project) == wanted
        project = reopened(project)
    for wanted in images[1:]:
        project.redo()
        assert image(project) == wanted
    project.close()


def test_a_new_edit_forgets_what_was_undone(project):
    edit, person = edits.add_person(project.state, 0, xy=SKELETON)
    project.apply(edit)
    project.apply(edits.move_joint(project.state, person, 0, WRIST, (1, 1)))
    project.undo()
    project.apply(edits.move_joint(project.state, person, 0, WRIST, (2, 2)))
    assert project.redo_title is None
    project = reopened(project)
    assert project.redo() is None
    assert project.state.pose(person, 0)["xy"][WRIST].tolist() == [2, 2]
    project.close()


def test_swapping_exchanges_labels_and_predictions_from_the_frame_on(project):
    predict(project, {0: None}, range(20))
    run = project.begin_run(Run.new("tiny", "t", "cpu"))
    project.add_tracks(run, {0: None})
    project.add_predictions(run, predictions(0, range(20), shift=100))
    project.apply(edits.move_joint(project.state, 1, 12, WRIST, (3, 3)))
    project.apply(edits.swap_people(project.state, 1, 2, 10))
    state = project.state
    assert state.pose(1, 9)["xy"][0, 0] == SKELETON[0, 0]
    assert state.pose(1, 10)["xy"][0, 0] == SKELETON[0, 0] + 100
    assert state.pose(2, 12)["xy"][WRIST].tolist() == [3, 3]
    project.apply(edits.swap_people(project.state, 1, 2, 10))
    assert state.pose(1, 12)["xy"][WRIST].tolist() == [3, 3]
    spans = state.tracks_of_run(state.active_run)
    assert all(len(of_track) == 1 for of_track in spans.values()), "swapping back joins the spans"


def test_merging_keeps_the_label_of_the_person_kept(project):
    edit, a = edits.add_person(project.state, 2, xy=SKELETON)
    project.apply(edit)
    edit, b = edits.add_person(project.state, 2, xy=SKELETON + 9)
    project.apply(edit)
    project.apply(edits.add_pose(project.state, b, 3, SKELETON + 9, np.full(17, 2)))
    project.apply(edits.merge_people(project.state, a, b))
    assert [p.id for p in project.state.people()] == [a]
    assert project.state.pose(a, 2)["xy"][0].tolist() == SKELETON[0].tolist()
    assert project.state.pose(a, 3)["xy"][0].tolist() == (SKELETON[0] + 9).tolist()
    project.undo()
    assert [p.id for p in project.state.people()] == [a, b]


def test_deleted_people_and_poses_are_known_to_the_next_run(project):
    _, people = predict(project, {0: None, 1: None}, range(20))
    project.apply(edits.delete_person(project.state, people[0]))
    project.apply(edits.delete_pose(project.state, people[1], 7))
    assert project.state.pose(people[1], 7) is None
    assert [p.id for p in project.state.people()] == [people[1]]
    known = project.state.known_boxes()
    assert (known.deleted == ((known.person == people[0]) | (known.frame == 7))).all()
    predict(project, {0: people[0], 1: people[1]}, range(20), shift=3)
    assert project.state.pose(people[1], 7) is None
    assert project.state.pose(people[0], 3) is None


def test_accepting_confirms_absence_too(project):
    _, people = predict(project, {0: None}, range(3))
    rows = predictions(0, range(3))
    rows["visibility"][:, WRIST] = Visibility.ABSENT
    project.add_predictions(project.state.active_run, rows)
    project.apply(edits.accept_frame(project.state, 1))
    pose = project.state.label(people[0], 1)
    assert pose["source"][WRIST] == Source.ACCEPTED
    assert pose["visibility"][WRIST] == Visibility.ABSENT
    assert pose["source"][EARS[0]] == Source.NONE
    assert project.state.reviewed == {1}


def test_a_joint_without_a_position_is_put_near_its_neighbours(project):
    edit, person = edits.add_person(project.state, 0, box=(10, 10, 40, 80))
    project.apply(edit)
    project.apply(edits.set_visibility(project.state, person, 0, WRIST, Visibility.VISIBLE))
    assert project.state.pose(person, 0)["xy"][WRIST].tolist() == [30, 50]
    elbow = POSETRACK17.index("left_elbow")
    project.apply(edits.set_visibility(project.state, person, 0, elbow, Visibility.OCCLUDED))
    assert project.state.pose(person, 0)["xy"][elbow].tolist() == [30, 50]


def test_listeners_hear_which_frames_changed(project):
    heard = []
    stop = project.subscribe(heard.append)
    edit, person = edits.add_person(project.state, 3, xy=SKELETON)
    project.apply(edit)
    project.apply(edits.move_joint(project.state, person, 3, WRIST, (1, 1)))
    assert heard[0].people
    assert heard[1].frames == frozenset({3})
    stop()
    project.undo()
    assert len(heard) == 2


def test_edits_without_changes_are_not_journalled(project):
    assert project.apply(edits.accept_pose(project.state, 9, 0)) == 0
    assert project.undo_title is None


def test_joints_that_a_person_placed_make_the_box(project):
    """A machine's box that drifted off must not stay when the skeleton was put right."""
    _, people = predict(project, {0: None}, range(3))
    person = people[0]
    machine = seen_box(project.state.pose(person, 1))
    for joint in (0, 1, 2, 5, 6, 7, 8):
        project.apply(edits.move_joint(project.state, person, 1, joint, SKELETON[joint] + 200))
    np.testing.assert_array_equal(seen_box(project.state.pose(person, 1)), machine)
    project.apply(edits.accept_pose(project.state, person, 1))
    pose = project.state.pose(person, 1)
    placed = pose["visibility"] != Visibility.ABSENT
    np.testing.assert_allclose(seen_box(pose), person_box(pose["xy"], placed))
    known = project.state.known_boxes()
    at = np.flatnonzero(known.frame == 1)[0]
    np.testing.assert_allclose(known.box[at], seen_box(pose))
    assert known.human[at]
    drawn = [1.0, 2.0, 30.0, 40.0]
    project.apply(edits.set_box(project.state, person, 1, drawn))
    assert seen_box(project.state.pose(person, 1)).tolist() == drawn
