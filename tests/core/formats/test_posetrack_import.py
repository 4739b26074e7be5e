"""Labels into a project and out again: whole where nothing was changed, honest where something was."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from glpose_core.errors import FormatError
from glpose_core.formats.posetrack import from_document, to_document
from glpose_core.formats.posetrack_labels import export_labels, import_labels, with_occluded
from glpose_core.labels import Edit, ProjectState, Source, edits
from glpose_core.labels import Visibility as V
from glpose_core.skeleton import EARS

from .conftest import Document, text

NewState = Callable[..., ProjectState]
Apply = Callable[[ProjectState, Edit], None]


@pytest.fixture
def imported(
    document: Document, new_state: NewState, apply: Apply
) -> tuple[ProjectState, Document]:
    """A project with the small file in it, which has fields that nobody knows."""
    document["images"][1] |= {
        "mask_file": "m.png",
        "ignore_regions_y": [[1, 2]],
        "ignore_regions_x": [[3, 4.0]],
    }
    document["annotations"][0] |= {"iscrowd": False, "num_keypoints": 3, "note": {"by": "a\ud800"}}
    document["annotations"][1]["bbox"] = [1, 2.0, 3, 4]
    document["annotations"][2] = {
        k: v
        for k, v in document["annotations"][2].items()
        if k not in ("bbox", "bbox_head", "scores")
    }
    document["info"] = {"version": 1.0}
    state = new_state()
    apply(state, import_labels(state, from_document(document)))
    return state, document


@pytest.mark.quick
def test_an_imported_file_comes_out_whole(imported: tuple[ProjectState, Document]) -> None:
    state, document = imported
    file, report = export_labels(state)
    assert text(to_document(file)) == text(document)
    assert report.reviewed == 3


@pytest.mark.quick
def test_tracks_become_people_and_joints_are_placed(
    imported: tuple[ProjectState, Document],
) -> None:
    state, _ = imported
    assert [p.track_id for p in state.people()] == [0, 3]
    first, second = state.people()
    assert state.frames_of(second.id).tolist() == [0, 2]
    pose = state.pose(first.id, 0)
    assert pose is not None
    assert pose["xy"][0].tolist() == [10, 20.5]
    assert pose["visibility"][[0, 1, 5, 6]].tolist() == [V.VISIBLE, V.ABSENT, V.VISIBLE, V.OCCLUDED]
    assert (pose["source"][[0, 1, 5, 6]] == Source.PLACED).all()
    assert (pose["source"][list(EARS)] == Source.NONE).all()
    assert np.isnan(pose["box"]).all()
    assert pose["head_box"].tolist() == [5, 10, 20, 25]
    other = state.pose(second.id, 0)
    assert other is not None
    assert other["box"].tolist() == [1, 2, 3, 4]
    assert other["box_source"] == Source.PLACED
    assert state.reviewed == {0, 1, 2}
    assert state.regions == {1: (((3, 1), (4, 2)),)}


@pytest.mark.quick
def test_only_the_changed_annotation_is_written_anew(
    imported: tuple[ProjectState, Document], apply: Apply
) -> None:
    state, document = imported
    person = state.people()[0].id
    apply(state, edits.move_joint(state, person, 0, 5, (31.5, 60)))
    out = to_document(export_labels(state)[0])
    assert text(out["annotations"][1]) == text(document["annotations"][1])
    record = out["annotations"][0]
    assert record["keypoints"][15:18] == [31.5, 60, 1]
    assert record["keypoints"][:15] == document["annotations"][0]["keypoints"][:15]
    assert record["bbox"] != document["annotations"][0]["bbox"]
    assert record["note"] == document["annotations"][0]["note"]
    assert record["id"] == document["annotations"][0]["id"]
    assert list(record) == list(document["annotations"][0])
    apply(state, edits.move_joint(state, person, 0, 5, (30, 60)))
    assert text(to_document(export_labels(state)[0])) == text(document)


@pytest.mark.quick
def test_what_is_added_and_taken_away_after_an_import(
    imported: tuple[ProjectState, Document], apply: Apply
) -> None:
    state, _ = imported
    apply(state, edits.delete_pose(state, state.people()[0].id, 0))
    apply(state, edits.add_person(state, 1, xy=np.full((17, 2), 9.5))[0])
    apply(state, edits.add_person(state, 5, xy=np.full((17, 2), 7.5))[0])
    apply(state, edits.set_reviewed(state, [2], False))
    file, report = export_labels(state)
    out = to_document(file)
    assert [i["is_labeled"] for i in out["images"]] == [True, True, False, False, False]
    assert out["images"][4]["file_name"] == "images/val/000007_mpii_test/000005.jpg"
    assert out["images"][4]["id"] == 10000070005
    assert [a["image_id"] % 10 for a in out["annotations"]] == [0, 2, 1, 5]
    tracks = [a["track_id"] for a in out["annotations"]]
    assert tracks[:2] == [3, 3]
    assert len(set(tracks)) == 3
    assert len({a["id"] for a in out["annotations"]}) == 4
    assert any("1 frame added" in note for note in report.notes)
    assert from_document(out) is not None


@pytest.mark.quick
def test_new_numbers_avoid_imported_ones(
    document: Document, new_state: NewState, apply: Apply
) -> None:
    document["images"][0]["id"] = document["images"][0]["frame_id"] = 10000069999
    for record in document["annotations"][:2]:
        record["image_id"] = 10000069999
    document["annotations"][2]["id"] = 1000007000101  # what person 1 of frame 1 would be given
    state = new_state()
    apply(state, import_labels(state, from_document(document)))
    edit, _ = edits.add_person(state, 1, xy=np.full((17, 2), 9.5))
    apply(state, edit)
    apply(state, edits.set_reviewed(state, [4], True))
    file, _ = export_labels(state)
    # Reading it back checks that no id stands twice.
    again = from_document(to_document(file))
    assert [image.is_labeled for image in again.images] == [True, True, True, False, True]
    assert again.images[4].file_name.endswith("000004.jpg")
    assert again.images[4].id not in {image.id for image in again.images[:4]}
    assert again.annotations.id[:3].tolist() == [a["id"] for a in document["annotations"]]


@pytest.mark.quick
def test_a_head_box_drawn_anew_is_a_change(
    imported: tuple[ProjectState, Document], apply: Apply
) -> None:
    state, document = imported
    apply(state, edits.set_head_box(state, state.people()[0].id, 0, (5, 10, 20, 26.5)))
    out = to_document(export_labels(state)[0])
    assert out["annotations"][0]["bbox_head"] == [5, 10, 20, 26.5]
    document["annotations"][0]["bbox_head"] = [5, 10, 20, 26.5]
    assert text(out) == text(document)


@pytest.mark.quick
def test_boxes_that_were_computed_follow_the_joints_after_an_import(
    new_state: NewState, apply: Apply
) -> None:
    one, two = new_state(), new_state()
    xy = np.arange(34, dtype=np.float64).reshape(17, 2) * 3
    apply(one, edits.add_person(one, 0, xy=xy)[0])
    apply(two, import_labels(two, export_labels(one)[0]))
    for state in (one, two):
        apply(state, edits.move_joint(state, 1, 0, 2, (70, 1.5)))
    first, second = (to_document(export_labels(s)[0])["annotations"][0] for s in (one, two))
    assert second["bbox_head"] == first["bbox_head"]
    assert second["bbox"] == first["bbox"]


@pytest.mark.quick
def test_swapped_people_carry_their_records_along(
    imported: tuple[ProjectState, Document], apply: Apply
) -> None:
    state, document = imported
    first, second = (p.id for p in state.people())
    apply(state, edits.swap_people(state, first, second, 0))
    out = to_document(export_labels(state)[0])
    expected = json.loads(text(document))
    for record in expected["annotations"]:
        record["track_id"] = 3 - record["track_id"]
    assert text(out) == text(expected)


@pytest.mark.quick
def test_importing_again_changes_nothing(
    imported: tuple[ProjectState, Document], apply: Apply
) -> None:
    state, document = imported
    apply(state, import_labels(state, from_document(document)))
    assert [p.track_id for p in state.people()] == [0, 3]
    assert text(to_document(export_labels(state)[0])) == text(document)


@pytest.mark.quick
def test_a_two_makes_one_mean_hidden(document: Document, new_state: NewState, apply: Apply) -> None:
    document["annotations"][0]["keypoints"][15:18] = [30, 60, 2]
    state = new_state()
    apply(state, import_labels(state, from_document(document)))
    person = state.people()[0].id
    pose = state.pose(person, 0)
    assert pose is not None
    assert pose["visibility"][[0, 5, 6]].tolist() == [V.OCCLUDED, V.VISIBLE, V.OCCLUDED]
    assert pose["source"][9] == Source.NONE  # no left wrist in the whole file: nobody has looked
    assert text(to_document(export_labels(state)[0])) == text(document)
    apply(state, edits.set_visibility(state, person, 0, 0, V.VISIBLE))
    assert to_document(export_labels(state)[0])["annotations"][0]["keypoints"][:3] == [10, 20.5, 2]


@pytest.mark.quick
def test_without_a_two_left_hidden_is_not_written_as_one(
    document: Document, new_state: NewState, apply: Apply
) -> None:
    document["annotations"][0]["keypoints"][15:18] = [30, 60, 2]
    state = new_state()
    apply(state, import_labels(state, from_document(document)))
    person = state.people()[0].id
    apply(state, edits.set_visibility(state, person, 0, 5, V.OCCLUDED))
    out = to_document(export_labels(state)[0])
    # All are hidden now. Written as 1, with no 2 in the file, they would be read as visible.
    assert {v for a in out["annotations"] for v in a["keypoints"][2::3]} == {0}
    apply(state, import_labels(state, from_document(out)))
    pose = state.pose(person, 0)
    assert pose is not None
    assert pose["visibility"][[0, 5, 6]].tolist() == [V.OCCLUDED] * 3


@pytest.mark.quick
def test_hidden_joints_of_an_imported_file_can_be_read_otherwise(
    imported: tuple[ProjectState, Document],
) -> None:
    state, document = imported
    file = from_document(document)
    for reading in ("drop", "visible"):
        out = to_document(export_labels(state, occluded=reading)[0])
        direct = to_document(with_occluded(file, reading))
        for one, other in zip(out["annotations"], direct["annotations"], strict=True):
            assert one["keypoints"] == other["keypoints"]
        expected = [0, 0, 0] if reading == "drop" else [12, 61, 1]
        assert out["annotations"][0]["keypoints"][18:21] == expected


@pytest.mark.quick
def test_hidden_joints_become_visible_in_the_files_own_numbers(document: Document) -> None:
    document["annotations"][0]["keypoints"][15:18] = [30, 60, 2]
    out = to_document(with_occluded(from_document(document), "visible"))
    assert out["annotations"][0]["keypoints"][:3] == [10, 20.5, 2]
    assert out["annotations"][0]["keypoints"][18:21] == [12, 61, 2]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            {"file_name": "a/000009.jpg"},
            r"images\[1\].file_name: is frame 9, but the video has frames 0 to 5",
        ),
        ({"file_name": "a/nose.jpg"}, r"images\[1\].file_name: .* does not say which frame"),
        ({"file_name": "a/000000.jpg"}, r"images\[1\].file_name: is frame 0 again"),
        (
            {"width": 1280, "height": 720},
            r"images\[1\]: is 1280×720 pixels, but the video is 640×480",
        ),
    ],
)
def test_labels_of_another_video_are_refused(
    document: Document, new_state: NewState, change: Document, complaint: str
) -> None:
    document["images"][1].update(change)
    with pytest.raises(FormatError, match=complaint):
        import_labels(new_state(), from_document(document))
