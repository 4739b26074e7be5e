"""What a project writes as PoseTrack18: honest labels, predictions apart, ids, boxes, order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from glpose_core.errors import UsageError
from glpose_core.formats.posetrack import from_document, to_document
from glpose_core.formats.posetrack_file import CATEGORY
from glpose_core.formats.posetrack_labels import (
    NothingConfirmed,
    export_labels,
    export_predictions,
    predictions_file,
)
from glpose_core.geometry import head_box_from_joints, person_box
from glpose_core.labels import (
    PREDICTION_DTYPE,
    Edit,
    PoseTable,
    ProjectState,
    Run,
    Sequence,
    Span,
    edits,
)
from glpose_core.labels import Visibility as V
from glpose_core.labels.changes import (
    Person,
    active_run_change,
    person_change,
    sequence_change,
    spans_change,
)
from glpose_core.labels.schedule import Stretch, set_schedule
from glpose_core.skeleton import EARS, POSETRACK17

NewState = Callable[..., ProjectState]
Apply = Callable[[ProjectState, Edit], None]
NOSE, NECK, TOP = 0, 1, 2
LEFT_WRIST = POSETRACK17.index("left_wrist")

pytestmark = pytest.mark.quick


def skeleton(offset: float = 0.0) -> np.ndarray:
    grid = np.arange(17, dtype=np.float64)
    return np.stack([100.25 + 7 * grid + offset, 50.5 + 11 * (grid % 5)], axis=1)


def shown(**joints: V) -> np.ndarray:
    """All joints visible but the ears, and those named otherwise."""
    state = np.full(17, V.VISIBLE, np.uint8)
    state[list(EARS)] = V.ABSENT
    for name, visibility in joints.items():
        state[POSETRACK17.index(name)] = visibility
    return state


def predicted_rows(frames: int, tracks: int = 1) -> np.ndarray:
    rows = np.zeros(frames * tracks, PREDICTION_DTYPE)
    rows["frame"] = np.repeat(np.arange(frames), tracks)
    rows["track"] = np.tile(np.arange(tracks), frames)
    rows["xy"] = skeleton()[None]
    rows["visibility"] = shown()[None]
    rows["score"] = np.where(shown() > 0, 0.25, 0)[None]
    rows["box"] = 90, 40, 200, 80
    rows["pose_score"] = 0.5
    return rows


def show_run(state: ProjectState, apply: Apply, frames: int) -> None:
    """A run that found one person in the first frames."""
    state.runs[1] = Run(1, "tiny", "", "cpu", 0.0)
    changes = (
        person_change(Person(1, "person 1")),
        spans_change(1, 0, (Span(0, state.video.frames, 1),)),
        active_run_change(1),
    )
    apply(state, Edit("Predict", changes))
    table = PoseTable(PREDICTION_DTYPE, "track")
    table.put_many(predicted_rows(frames))
    state.show_run(table)


@pytest.fixture
def labelled(new_state: NewState, apply: Apply) -> ProjectState:
    """Six frames; two people placed in frame 2, the second one with a hidden wrist; 1 and 2 reviewed."""
    state = new_state()
    for offset, visibility in ((0.0, shown()), (50.0, shown(left_wrist=V.OCCLUDED, nose=V.ABSENT))):
        apply(state, edits.add_person(state, 2, xy=skeleton(offset), visibility=visibility)[0])
    apply(state, edits.set_reviewed(state, [1, 2], True))
    return state


def written(state: ProjectState, **options: Any) -> dict[str, Any]:
    return to_document(export_labels(state, **options)[0])


def joint(record: dict[str, Any], slot: int) -> list[float]:
    triple: list[float] = record["keypoints"][3 * slot : 3 * slot + 3]
    return triple


def test_every_frame_is_listed_and_only_reviewed_ones_are_labelled(labelled: ProjectState) -> None:
    images = written(labelled)["images"]
    assert [i["is_labeled"] for i in images] == [False, True, True, False, False, False]
    assert [i["frame_index"] for i in images] == list(range(6))
    assert {i["nframes"] for i in images} == {6}
    assert list(images[0]) == [
        "has_no_densepose",
        "is_labeled",
        "file_name",
        "nframes",
        "frame_id",
        "vid_id",
        "id",
        "width",
        "height",
        "frame_index",
    ]


def test_ids_follow_source_video_frame_and_person(new_state: NewState, apply: Apply) -> None:
    state = new_state(path="/films/000123_bonn_walk.mp4")
    for _ in range(2):
        apply(state, edits.add_person(state, 5, xy=skeleton())[0])
    document = written(state)
    assert [i["id"] for i in document["images"]] == [20001230000 + n for n in range(6)]
    assert [i["frame_id"] for i in document["images"]] == [i["id"] for i in document["images"]]
    assert document["images"][5]["file_name"] == "images/train/000123_bonn_walk/000005.jpg"
    assert document["images"][5]["vid_id"] == "000123"
    assert [a["image_id"] for a in document["annotations"]] == [20001230005] * 2
    assert [a["track_id"] for a in document["annotations"]] == [1, 2]
    assert [a["id"] for a in document["annotations"]] == [2000123000501, 2000123000502]
    assert document["categories"] == [CATEGORY]


def test_the_official_converter_finds_what_it_looks_for(labelled: ProjectState) -> None:
    """It takes source, video and frame from the file name, and asserts on categories and tracks."""
    document = written(labelled)
    for image in document["images"]:
        *_, folder, name = image["file_name"].split("/")
        video, source, *_ = folder.split("_")
        kind = {"mpii": 1, "bonn": 2, "mpiinew": 3}[source]
        assert image["id"] == kind * 10**10 + int(video) * 10**4 + int(name.split(".")[0])
        assert image["vid_id"] == video
    (category,) = document["categories"]
    assert category["name"] == "person"
    assert category["keypoints"] == list(POSETRACK17.joints)
    for record in document["annotations"]:
        assert record["track_id"] < 10_000
        assert len(record["bbox_head"]) == 4
        assert len(record["keypoints"]) == 51


def test_frames_of_a_sequence_count_from_its_start(new_state: NewState, apply: Apply) -> None:
    state = new_state(frames=20)
    sequence = Sequence(4, "000001_mpii_train", start=8, stop=20, stride=4)
    apply(state, Edit("Cut", (sequence_change(sequence),)))
    for frame in (3, 12):
        apply(state, edits.add_person(state, frame, xy=skeleton())[0])
    file, report = export_labels(state, sequence=4)
    document = to_document(file)
    assert [i["file_name"][-10:] for i in document["images"]] == [
        "000000.jpg",
        "000004.jpg",
        "000008.jpg",
    ]
    assert [i["id"] for i in document["images"]] == [10000010000, 10000010004, 10000010008]
    assert report.frames.tolist() == [8, 12, 16]
    assert [a["image_id"] for a in document["annotations"]] == [10000010004]
    assert any("not in the sequence" in note for note in report.notes)
    with pytest.raises(UsageError, match="has no sequence 9"):
        export_labels(state, sequence=9)


@pytest.mark.parametrize(("reading", "wrist"), [("keep", 0), ("drop", None), ("visible", 1)])
def test_the_three_readings_of_hidden(
    labelled: ProjectState, reading: Any, wrist: int | None
) -> None:
    first, second = written(labelled, occluded=reading)["annotations"]
    x, y = skeleton(50)[LEFT_WRIST]
    assert joint(second, LEFT_WRIST) == ([0, 0, 0] if wrist is None else [x, y, wrist])
    assert joint(first, LEFT_WRIST) == [x - 50, y, 1]
    assert joint(second, NOSE) == [0, 0, 0]


def test_a_hidden_joint_in_the_corner_is_not_taken_for_none(
    new_state: NewState, apply: Apply
) -> None:
    state = new_state()
    xy = skeleton()
    xy[NOSE] = 0
    apply(state, edits.add_person(state, 0, xy=xy, visibility=shown(nose=V.OCCLUDED))[0])
    x, y, visibility = joint(written(state)["annotations"][0], NOSE)
    assert 0 < x < 0.01
    assert (y, visibility) == (0, 0)


def test_ears_stay_empty_unless_a_person_placed_one(labelled: ProjectState, apply: Apply) -> None:
    first, second = written(labelled)["annotations"]
    assert all(joint(a, ear) == [0, 0, 0] for a in (first, second) for ear in EARS)
    assert len(first["keypoints"]) == 51
    apply(labelled, edits.move_joint(labelled, 1, 2, EARS[0], (44, 45.5)))
    assert joint(written(labelled)["annotations"][0], EARS[0]) == [44, 45.5, 1]


def test_boxes_are_drawn_or_follow_from_the_joints(labelled: ProjectState, apply: Apply) -> None:
    first, second = written(labelled)["annotations"]
    placed = shown() > 0
    assert first["bbox"] == pytest.approx(person_box(skeleton(), placed))
    assert first["bbox_head"] == pytest.approx(
        head_box_from_joints(skeleton()[TOP], skeleton()[NECK])
    )
    apply(labelled, edits.set_box(labelled, 2, 2, (1, 2, 30.5, 40)))
    apply(labelled, edits.set_head_box(labelled, 2, 2, (5, 6, 7, 8)))
    first, second = written(labelled)["annotations"]
    assert second["bbox"] == [1, 2, 30.5, 40]
    assert second["bbox_head"] == [5, 6, 7, 8]
    assert second["scores"] == []


def test_without_head_joints_the_head_box_is_left_out_and_said_so(
    new_state: NewState, apply: Apply
) -> None:
    state = new_state()
    apply(state, edits.add_person(state, 0, xy=skeleton(), visibility=shown(head_top=V.ABSENT))[0])
    file, report = export_labels(state)
    assert "bbox_head" not in to_document(file)["annotations"][0]
    assert any("1 pose without a head box" in note for note in report.notes)


def test_ignore_regions_are_written_where_they_are(labelled: ProjectState, apply: Apply) -> None:
    apply(labelled, edits.set_regions(labelled, 4, [((1, 2), (30, 2.5), (30, 40))]))
    images = written(labelled)["images"]
    assert images[4]["ignore_regions_x"] == [[1, 30, 30]]
    assert images[4]["ignore_regions_y"] == [[2, 2.5, 40]]
    assert "ignore_regions_x" not in images[3]


def test_only_scheduled_frames_are_labelled_and_all_are_listed(
    labelled: ProjectState, apply: Apply
) -> None:
    apply(labelled, edits.set_reviewed(labelled, range(6), True))
    apply(labelled, edits.copy_pose(labelled, 1, 2, 3))
    apply(labelled, set_schedule(labelled, [Stretch(1, 6, 2)]))
    file, report = export_labels(labelled)
    assert len(file.images) == 6
    assert [image.is_labeled for image in file.images] == [False, True] * 3
    assert file.annotations.image_id.tolist() == [file.images[3].id]
    whole, before = export_labels(labelled, scheduled=False)
    assert all(image.is_labeled for image in whole.images)
    assert before.poses - report.poses == 2
    assert any(note.startswith("2 labelled poses left out") for note in report.notes)


def test_annotations_are_ordered_by_frame_then_track(new_state: NewState, apply: Apply) -> None:
    state = new_state()
    for frames in ((4, 0), (0, 4)):
        edit, person = edits.add_person(state, frames[0], xy=skeleton())
        apply(state, edit)
        apply(state, edits.add_pose(state, person, frames[1], skeleton(), shown()))
    records = written(state)["annotations"]
    assert [(a["image_id"] % 10, a["track_id"]) for a in records] == [
        (0, 1),
        (0, 2),
        (4, 1),
        (4, 2),
    ]


def test_labels_hold_human_joints_only(new_state: NewState, apply: Apply) -> None:
    state = new_state()
    show_run(state, apply, frames=3)
    apply(state, edits.accept_joint(state, 1, 1, NOSE))
    apply(state, edits.move_joint(state, 1, 1, NECK, (7, 8.5)))
    file, report = export_labels(state)
    (record,) = to_document(file)["annotations"]
    present = [slot for slot in range(17) if any(joint(record, slot))]
    assert present == [NOSE, NECK]
    assert joint(record, NECK) == [7, 8.5, 1]
    assert not any(i["is_labeled"] for i in to_document(file)["images"])
    assert record["bbox"] == pytest.approx(
        person_box([skeleton()[NOSE], (7, 8.5)], [True, True]), abs=1e-4
    )
    assert (report.poses, report.joints, report.reviewed) == (1, 2, 0)
    notes = " ".join(report.notes)
    assert "2 poses left out because nobody has confirmed a joint" in notes
    assert "13 joints of confirmed poses left out" in notes
    assert "1 frame with labels not marked as reviewed" in notes


def test_accepted_frames_are_labels(new_state: NewState, apply: Apply) -> None:
    state = new_state()
    show_run(state, apply, frames=3)
    apply(state, edits.accept_range(state, 0, 2))
    document = written(state)
    assert [i["is_labeled"] for i in document["images"]] == [True, True] + [False] * 4
    assert [a["image_id"] % 10 for a in document["annotations"]] == [0, 1]
    # A detector's box that was accepted is not a drawn one.
    assert document["annotations"][0]["bbox"] == pytest.approx(
        person_box(skeleton(), shown() > 0), abs=1e-3
    )


def test_nothing_confirmed_says_so(new_state: NewState, apply: Apply) -> None:
    state = new_state()
    show_run(state, apply, frames=3)
    with pytest.raises(
        NothingConfirmed, match="accept the frames that are right, or export predictions"
    ):
        export_labels(state)
    file, report = export_labels(state, empty_ok=True)
    assert len(file.images) == 6
    assert len(file.annotations) == report.poses == 0
    apply(state, edits.set_reviewed(state, [3], True))
    assert export_labels(state)[1].reviewed == 1


def test_deleted_poses_and_people_are_left_out(labelled: ProjectState, apply: Apply) -> None:
    apply(labelled, edits.add_pose(labelled, 1, 3, skeleton(), shown()))
    apply(labelled, edits.delete_pose(labelled, 1, 2))
    records = written(labelled)["annotations"]
    assert [(a["image_id"] % 10, a["track_id"]) for a in records] == [(2, 2), (3, 1)]
    apply(labelled, edits.delete_pose(labelled, 1, 3))
    assert [a["track_id"] for a in written(labelled)["annotations"]] == [2]
    apply(labelled, edits.delete_person(labelled, 2))
    assert written(labelled)["annotations"] == []


def test_predictions_are_what_the_run_said(new_state: NewState, apply: Apply) -> None:
    state = new_state()
    with pytest.raises(NothingConfirmed):
        export_predictions(state)
    show_run(state, apply, frames=3)
    apply(state, edits.move_joint(state, 1, 1, NECK, (7, 8.5)))
    apply(state, edits.accept_frame(state, 0))
    apply(state, edits.delete_pose(state, 1, 2))
    file, report = export_predictions(state)
    document = to_document(file)
    assert not any(i["is_labeled"] for i in document["images"])
    assert [a["image_id"] % 10 for a in document["annotations"]] == [0, 1]
    record = document["annotations"][1]
    assert joint(record, NECK) == [*skeleton()[NECK], 1]
    assert record["score"] == 0.5
    assert len(record["scores"]) == 17
    assert [record["scores"][ear] for ear in EARS] == [0, 0]
    assert record["scores"][NOSE] == 0.25
    assert record["bbox"] == [90, 40, 200, 80]
    assert report.poses == 2
    assert from_document(document).annotations.predicted.all()


def test_rows_of_a_run_need_no_project() -> None:
    rows = predicted_rows(frames=3, tracks=2)
    rows["box"][0] = np.nan
    file = predictions_file(
        rows, name="sports2d", frames=5, width=640, height=480, tracks={0: 4, 1: 9}
    )
    document = to_document(file)
    assert [i["file_name"] for i in document["images"]][::4] == [
        "images/train/000002_mpii_sports2d/000000.jpg",
        "images/train/000002_mpii_sports2d/000004.jpg",
    ]
    assert [a["track_id"] for a in document["annotations"]] == [4, 9] * 3
    assert [a["id"] % 10000 for a in document["annotations"]][:4] == [4, 9, 104, 109]
    assert document["annotations"][0]["bbox"] == pytest.approx(
        person_box(skeleton(), shown() > 0), abs=1e-3
    )
    assert from_document(document) is not None


def test_a_crowd_and_a_long_video_keep_ids_apart() -> None:
    rows = predicted_rows(frames=1, tracks=150)
    rows["track"] += 20
    rows["frame"] = 12_345
    file = predictions_file(rows, name="a", frames=12_346, width=64, height=48)
    ids = file.annotations.id
    assert ids.tolist() == [file.images[-1].id * 1000 + n for n in range(150)]
    assert len({i.id for i in file.images}) == 12_346
    assert from_document(to_document(file)) is not None


def test_track_numbers_stay_unique_and_small(new_state: NewState, apply: Apply) -> None:
    state = new_state()
    people = [
        Person(1, "a", track_id=2),
        Person(2, "b"),
        Person(20_000, "c"),
        Person(5, "d", track_id=2),
    ]
    apply(state, Edit("People", tuple(person_change(p) for p in people)))
    for person in people:
        apply(state, edits.add_pose(state, person.id, 0, skeleton(), shown()))
    file, _ = export_labels(state)
    tracks = sorted(file.annotations.track_id.tolist())
    assert len(set(tracks)) == 4
    assert 2 in tracks
    assert max(tracks) < 10_000
