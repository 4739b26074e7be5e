"""Tracks and identities: split, cut, carried on, swapped in a range, locked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glpose_core.formats.posetrack_labels import export_labels, export_predictions, import_labels
from glpose_core.labels import PREDICTION_DTYPE, Project, Run, Source, edits
from glpose_core.labels.changes import Change, decode_person, person_change
from glpose_core.labels.locks import spare_locked, unlocked_rows

from .conftest import video_record

pytestmark = pytest.mark.quick

FRAMES = 20


def predict(project: Project, tracks: dict[int, int | None], frames: range) -> dict[int, int]:
    """One row a track and frame: every joint at (100 · track, frame)."""
    run = project.begin_run(Run.new("tiny", "tiny", "cpu"))
    people = project.add_tracks(run, tracks)
    rows = np.zeros(len(frames) * len(tracks), PREDICTION_DTYPE)
    rows["track"] = np.repeat(list(tracks), len(frames))
    rows["frame"] = np.tile(list(frames), len(tracks))
    rows["xy"][..., 0] = 100 * rows["track"][:, None]
    rows["xy"][..., 1] = rows["frame"][:, None]
    rows["visibility"], rows["score"], rows["box"] = 2, 0.5, (10, 10, 40, 80)
    project.add_predictions(run, rows)
    return people


@pytest.fixture
def crowd(project: Project) -> Project:
    """People 1 and 2, predicted in all frames; 1 labelled in frames 4 and 12."""
    predict(project, {0: None, 1: None}, range(FRAMES))
    for frame in (4, 12):
        project.apply(edits.move_joint(project.state, 1, frame, 5, (300 + frame, 7)))
    return project


def columns(project: Project, person: int) -> list[float]:
    """Where the nose of a person is from frame to frame; NaN where they are not."""
    poses = [project.state.pose(person, frame) for frame in range(FRAMES)]
    return [np.nan if pose is None else float(pose["xy"][0, 0]) for pose in poses]


def test_split_keeps_the_first_id_and_gives_the_rest_to_somebody_new(crowd):
    before = columns(crowd, 1)
    edit, new = edits.split_person(crowd.state, 1, 8)
    crowd.apply(edit)
    assert (new, [p.id for p in crowd.state.people()]) == (3, [1, 2, 3])
    assert crowd.state.frames_of(1).tolist() == list(range(8))
    assert crowd.state.frames_of(3).tolist() == list(range(8, FRAMES))
    assert columns(crowd, 1)[:8] + columns(crowd, 3)[8:] == before
    assert crowd.state.marks(1).labelled.tolist() == [4]
    assert crowd.state.marks(3).labelled.tolist() == [12]
    crowd.undo()
    assert columns(crowd, 1) == before
    assert crowd.state.person(3) is None


@pytest.mark.parametrize("frame", [0, FRAMES])
def test_there_is_nothing_to_split_off_where_a_person_is_on_one_side_only(crowd, frame):
    assert edits.split_person(crowd.state, 1, frame)[0].changes == ()


def test_what_was_split_is_one_again_after_a_merge(crowd):
    before = [crowd.state.poses(frame).tobytes() for frame in range(FRAMES)]
    edit, new = edits.split_person(crowd.state, 1, 8)
    crowd.apply(edit)
    crowd.apply(edits.merge_people(crowd.state, 1, new))
    assert [crowd.state.poses(frame).tobytes() for frame in range(FRAMES)] == before


def test_a_swap_in_a_range_leaves_both_sides_of_it_alone(crowd):
    one, two = columns(crowd, 1), columns(crowd, 2)
    crowd.apply(edits.swap_people(crowd.state, 1, 2, 3, 6))
    assert columns(crowd, 1) == one[:3] + two[3:6] + one[6:]
    assert columns(crowd, 2) == two[:3] + one[3:6] + two[6:]
    assert crowd.state.marks(2).labelled.tolist() == [4]


def test_a_cut_reaches_to_the_next_labelled_frame_and_no_run_brings_it_back(crowd):
    stop = edits.end_of_cut(crowd.state, 1, 6)
    assert stop == 12
    edit = edits.cut_track(crowd.state, 1, 6, stop)
    assert edit.title == "Cut person 1 out of frames 6–11"
    crowd.apply(edit)
    left = [*range(6), *range(12, FRAMES)]
    assert crowd.state.frames_of(1).tolist() == left
    predict(crowd, {0: 1}, range(FRAMES))
    assert crowd.state.frames_of(1).tolist() == left
    known = crowd.state.known_boxes()
    assert sorted(known.frame[known.deleted & (known.person == 1)].tolist()) == list(range(6, 12))


def test_a_cut_from_a_labelled_frame_takes_its_neighbours_and_may_reach_the_end(crowd):
    crowd.apply(edits.accept_range(crowd.state, 12, 15))
    assert edits.end_of_cut(crowd.state, 1, 12) == FRAMES
    assert edits.end_of_cut(crowd.state, 1, 4) == 12


def test_a_gap_is_filled_on_the_line_between_both_ends_to_be_confirmed(crowd):
    crowd.apply(edits.cut_track(crowd.state, 2, 5, 9))
    assert edits.gap_after(crowd.state, 2, 0) == edits.gap_after(crowd.state, 2, 7) == (5, 9)
    edit = edits.carry_track(crowd.state, 2, 5, 9)
    assert edit.title == "Carry person 2 on through frames 5–8"
    crowd.apply(edit)
    filled = crowd.state.seen([2], 5, 9)
    assert np.allclose(filled["xy"][:, :, 1], np.arange(5, 9)[:, None])
    assert (filled["source"] == Source.INTERPOLATED).all()
    assert crowd.state.marks(2).labelled.size == 0
    crowd.apply(edits.accept_range(crowd.state, 5, 9))
    assert crowd.state.marks(2).labelled.tolist() == [5, 6, 7, 8]


def test_beyond_the_last_pose_it_is_copied(project):
    edit, person = edits.add_person(
        project.state, 3, box=(10, 20, 30, 40), xy=np.full((17, 2), 9.0)
    )
    project.apply(edit)
    assert edits.gap_after(project.state, person, 3) is None
    project.apply(edits.carry_track(project.state, person, 0, 6))
    assert project.state.frames_of(person).tolist() == list(range(6))
    copied = project.state.pose(person, 5)
    assert (copied["xy"][copied["visibility"] == 2] == 9).all()
    assert copied["box"].tolist() == [10, 20, 30, 40]
    assert copied["box_source"] == Source.INTERPOLATED
    assert project.state.marks(person).labelled.tolist() == [3]


def test_a_lock_survives_a_restart_and_is_undone(crowd):
    crowd.apply(edits.lock_person(crowd.state, 1, True))
    path = crowd.path
    crowd.close()
    with Project.open(path) as again:
        assert again.state.person(1).locked
        again.undo()
        assert not again.state.person(1).locked


def test_the_record_of_somebody_unlocked_is_what_version_0_1_wrote(crowd):
    assert b"locked" not in person_change(crowd.state.person(1)).value
    assert not decode_person((1,), b'{"name":"x","deleted":false,"track_id":null}').locked


def test_locked_people_are_left_out_of_bulk_edits(crowd):
    crowd.apply(edits.lock_person(crowd.state, 1, True))
    spared = spare_locked(crowd.state, edits.accept_range(crowd.state, 0, 3))
    assert spared.people == (1,)
    crowd.apply(spared.edit)
    assert crowd.state.marks(1).labelled.tolist() == [4, 12]
    assert crowd.state.marks(2).labelled.tolist() == [0, 1, 2]
    assert crowd.state.reviewed == set(), "a locked person waits in each of them"


@pytest.mark.parametrize(
    "make",
    [
        lambda s: edits.swap_people(s, 1, 2, 5),
        lambda s: edits.merge_people(s, 2, 1),
        lambda s: edits.merge_people(s, 1, 2),
        lambda s: edits.split_person(s, 1, 8)[0],
        lambda s: edits.cut_track(s, 1, 5, 9),
        lambda s: edits.delete_person(s, 1),
        lambda s: edits.move_joint(s, 1, 5, 3, (0, 0)),
    ],
)
def test_nothing_that_moves_poses_about_goes_half_way(crowd, make):
    crowd.apply(edits.lock_person(crowd.state, 1, True))
    spared = spare_locked(crowd.state, make(crowd.state))
    assert spared.people == (1,)
    assert spared.edit.changes == ()


def test_others_are_swapped_beside_a_locked_person_who_may_be_renamed(crowd):
    predict(crowd, {0: None}, range(FRAMES))
    crowd.apply(edits.lock_person(crowd.state, 1, True))
    for make in (
        edits.swap_people(crowd.state, 2, 3, 5),
        edits.rename_person(crowd.state, 1, "Ann"),
        edits.lock_person(crowd.state, 1, False),
    ):
        assert spare_locked(crowd.state, make).people == ()
        assert make.changes


def test_a_run_leaves_locked_people_alone(crowd):
    crowd.apply(edits.lock_person(crowd.state, 2, True))
    known = crowd.state.known_boxes(spare_locked=True)
    assert known.deleted[known.person == 2].all()
    assert not known.deleted[known.person == 1].any()
    run = crowd.begin_run(Run.new("again", "again", "cpu"))
    crowd.add_tracks(run, {0: 1, 1: 2})
    rows = np.zeros(4, PREDICTION_DTYPE)
    rows["track"] = [0, 1, 0, 1]
    assert unlocked_rows(crowd.state, run, rows).tolist() == [True, False, True, False]


def test_split_and_merged_people_travel_through_posetrack(crowd, tmp_path: Path):
    crowd.apply(edits.accept_range(crowd.state, 0, FRAMES))
    edit, new = edits.split_person(crowd.state, 1, 10)
    crowd.apply(edit)
    crowd.apply(edits.swap_people(crowd.state, 2, new, 15))
    crowd.apply(edits.cut_track(crowd.state, 2, 2, 4))
    file, _ = export_labels(crowd.state)
    pairs = list(
        zip(file.annotations.image_id.tolist(), file.annotations.track_id.tolist(), strict=True)
    )
    assert len(set(pairs)) == len(pairs) == 2 * FRAMES - 2
    predicted, _ = export_predictions(crowd.state)
    tracks = zip(
        predicted.annotations.image_id.tolist(),
        predicted.annotations.track_id.tolist(),
        strict=True,
    )
    assert sorted(tracks) == sorted(pairs)
    with Project.create(tmp_path / "again.glpose", video_record(FRAMES)) as again:
        again.apply(import_labels(again.state, file))
        assert {tuple(again.state.frames_of(p.id).tolist()) for p in again.state.people()} == {
            tuple(crowd.state.frames_of(p.id).tolist()) for p in crowd.state.people()
        }
        for person in again.state.people():
            same = next(p for p in crowd.state.people() if p.id == person.track_id)
            assert np.allclose(columns(again, person.id), columns(crowd, same.id), equal_nan=True)


def test_changes_of_no_label_are_no_half_of_anything(crowd):
    change = Change("label", (2, 3), None)
    edit = edits.set_reviewed(crowd.state, [3], True)
    assert spare_locked(crowd.state, type(edit)("x", (*edit.changes, change), 3)).people == ()
