"""COCO keypoints: what other tools write is understood, and what is written they understand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

from glpose_core.errors import FormatError
from glpose_core.formats.coco import read_coco, write_coco
from glpose_core.formats.posetrack import read_posetrack
from glpose_core.formats.posetrack_export import labels_file
from glpose_core.formats.posetrack_file import PoseTrackFile
from glpose_core.formats.posetrack_import import pose_rows
from glpose_core.formats.posetrack_names import frame_numbers
from glpose_core.formats.registry import detect, read_labels
from glpose_core.labels import POSE_DTYPE, PoseRows, Visibility
from glpose_core.skeleton import COCO17, EARS, POSETRACK17

pytestmark = pytest.mark.quick
Saved = Callable[[Any], Path]
BODY = [slot for slot in range(17) if slot not in EARS]


def cvat(people: list[dict[str, Any]], frames: int = 3) -> dict[str, Any]:
    """A file in CVAT's manner: all pictures listed, COCO's joints, the track among the attributes."""
    return {
        "licenses": [],
        "images": [
            {"id": n + 1, "file_name": f"frame_{n:06d}.PNG", "width": 640, "height": 480}
            for n in range(frames)
        ],
        "annotations": [
            {"id": n + 1, "category_id": 1, "iscrowd": 0, "num_keypoints": 17, **person}
            for n, person in enumerate(people)
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17.joints)}],
    }


def standing(x: float, visibility: int = 2, joints: int = 17) -> list[float]:
    """Joints of somebody at ``x``, one below the other."""
    return [
        v for joint in range(joints) for v in (x + 20 * (joint % 3), 100 + 10 * joint, visibility)
    ]


def test_what_cvat_writes_is_understood(saved: Saved) -> None:
    hidden = standing(50)
    hidden[3 * COCO17.index("left_wrist") + 2] = 1
    hidden[-3:] = [0, 0, 0]  # the right ankle
    document = cvat(
        [
            {"image_id": 1, "keypoints": standing(50), "attributes": {"track_id": 4}},
            {"image_id": 3, "keypoints": hidden, "attributes": {"track_id": 4}},
            {"image_id": 1, "keypoints": standing(300), "attributes": {"track_id": 9}},
        ]
    )
    path = saved(document)
    assert detect(path).name == "coco"
    file = read_coco(path)
    assert frame_numbers(file).tolist() == [0, 1, 2]
    assert [image.is_labeled for image in file.images] == [True, False, True]
    assert file.annotations.track_id.tolist() == [4, 9, 4]
    rows = pose_rows(file.annotations, file.annotations.uses_two)
    wrist, ankle = POSETRACK17.index("left_wrist"), POSETRACK17.index("right_ankle")
    assert rows["xy"][0, wrist].tolist() == [50, 190]
    assert rows["visibility"][:, wrist].tolist() == [2, 2, 1]
    assert rows["visibility"][2, ankle] == Visibility.ABSENT
    # Nobody was asked about joints that the file does not have.
    assert not rows["source"][:, POSETRACK17.index("head_top")].any()


def test_without_tracks_people_are_linked_by_where_they_are(saved: Saved) -> None:
    people = [(1, 50), (1, 300), (2, 305), (2, 52), (3, 54), (3, 600)]
    document = cvat([{"image_id": image, "keypoints": standing(x)} for image, x in people])
    file = read_coco(saved(document))
    assert file.annotations.track_id.tolist() == [0, 1, 1, 0, 0, 2]


def test_people_are_linked_in_the_order_of_frames_not_of_the_list(saved: Saved) -> None:
    # The one goes from 50 to 90 in steps that the list takes at once.
    places = [50, 60, 70, 80, 90]
    document = cvat(
        [{"image_id": n + 1, "keypoints": standing(x)} for n, x in enumerate(places)], frames=5
    )
    document["images"] = [document["images"][n] for n in (4, 0, 3, 1, 2)]
    assert set(read_coco(saved(document)).annotations.track_id.tolist()) == {0}


def test_tracks_that_are_given_stay_where_others_have_none(saved: Saved) -> None:
    document = cvat(
        [
            {"image_id": 1, "keypoints": standing(50), "track_id": 7},
            {"image_id": 1, "keypoints": standing(300)},
            {"image_id": 2, "keypoints": standing(52), "track_id": 7},
            {"image_id": 2, "keypoints": standing(302)},
        ]
    )
    assert read_coco(saved(document)).annotations.track_id.tolist() == [7, 0, 7, 0]


def test_a_file_in_which_nobody_has_labelled_anything_is_read(
    document: dict[str, Any], saved: Saved, tmp_path: Path
) -> None:
    document["annotations"] = []
    written = tmp_path / "coco.json"
    write_coco(read_posetrack(saved(document)), written)
    assert detect(written).name == "coco"
    file = read_labels(written)
    assert (len(file.images), len(file.annotations)) == (3, 0), "one of four is not labelled"


def test_a_track_twice_in_a_picture_is_named(saved: Saved) -> None:
    document = cvat(
        [{"image_id": 1, "keypoints": standing(x), "track_id": 4} for x in (50, 300)], frames=1
    )
    with pytest.raises(FormatError, match=r"annotations\[1\].track_id"):
        read_coco(saved(document))


def test_a_track_twice_is_named_by_its_place_in_the_file(saved: Saved) -> None:
    people = [
        {"image_id": image, "keypoints": standing(x), "track_id": 4}
        for image, x in ((2, 50), (1, 50), (2, 300))
    ]
    with pytest.raises(
        FormatError, match=r"annotations\[2\].track_id: is 4, as in annotations\[0\]"
    ):
        read_coco(saved(cvat(people)))


def test_a_frame_index_beyond_all_frames_is_named(saved: Saved) -> None:
    document = cvat([{"image_id": 1, "keypoints": standing(50)}])
    document["images"][1]["frame_index"] = 10**30
    with pytest.raises(FormatError, match=r"images\[1\].frame_index: is too large"):
        frame_numbers(read_coco(saved(document)))


def test_outlines_and_boxes_beyond_all_pictures_can_be_written_again(
    saved: Saved, tmp_path: Path
) -> None:
    far = [10**400, 0, 1, 1, 1, 0]
    document = cvat(
        [
            {"image_id": 1, "keypoints": standing(50), "bbox": [0, 0, 1e15, 1e15]},
            {"image_id": 1, "keypoints": [0] * 51, "iscrowd": 1, "segmentation": [far]},
        ]
    )
    file = read_coco(saved(document))
    assert not file.images[0].ignore_regions
    write_coco(file, tmp_path / "out.json")
    assert len(read_coco(tmp_path / "out.json").annotations) == 1


def test_hidden_joints_are_hidden_in_a_file_without_visible_ones(saved: Saved) -> None:
    file = read_coco(saved(cvat([{"image_id": 1, "keypoints": standing(50, visibility=1)}])))
    rows = pose_rows(file.annotations, file.annotations.uses_two)
    assert (rows["visibility"][0, POSETRACK17.index("nose")]) == Visibility.OCCLUDED


def test_predictions_with_hidden_joints_come_back_as_they_were(
    saved: Saved, tmp_path: Path
) -> None:
    joints = standing(50)
    joints[2] = 1  # the nose
    document = cvat([{"image_id": 1, "keypoints": joints, "score": 0.8, "scores": [0.8] * 17}])
    file = read_coco(saved(document))
    write_coco(file, tmp_path / "again.json")
    for one in (file, read_coco(tmp_path / "again.json")):
        (row,) = pose_rows(one.annotations, one.annotations.uses_two)
        assert row["visibility"][POSETRACK17.index("nose")] == Visibility.OCCLUDED
        assert row["visibility"][POSETRACK17.index("left_wrist")] == Visibility.VISIBLE


def test_crowds_are_ignore_regions(saved: Saved) -> None:
    nobody = [0] * 51
    outline = [10, 20, 30, 20, 30, 60]
    document = cvat(
        [
            {"image_id": 1, "keypoints": standing(50)},
            {"image_id": 1, "keypoints": nobody, "iscrowd": 1, "segmentation": [outline]},
            {
                "image_id": 2, "keypoints": nobody, "iscrowd": 1, "bbox": [5, 6, 10, 20],
                "segmentation": {"counts": [1, 2], "size": [480, 640]},
            },
        ]
    )  # fmt: skip
    file = read_coco(saved(document))
    assert len(file.annotations) == 1
    assert [region.tolist() for region in file.images[0].ignore_regions] == [
        [[10, 20], [30, 20], [30, 60]]
    ]
    # A mask is no outline: its box stands for it.
    assert [region.tolist() for region in file.images[1].ignore_regions] == [
        [[5, 6], [15, 6], [15, 26], [5, 26]]
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d.pop("annotations"), "annotations: is no list of objects"),
        (lambda d: d["images"][0].update(file_name="../a.png"), "images[0].file_name"),
        (lambda d: d["annotations"][0].update(image_id=77), "annotations[0].image_id: is 77"),
        (lambda d: d["annotations"][0].update(keypoints=[1, 2]), "has 2 numbers instead of 51"),
        (lambda d: d["categories"][0].update(keypoints=["a"] * 17), "joints of other names"),
        (
            lambda d: (d.update(categories=[]), d["annotations"][0].update(keypoints=[1, 1, 2])),
            "does not name the joints",
        ),
        (
            lambda d: d["annotations"][0]["keypoints"].__setitem__(5, 0.83),
            "annotations[0].keypoints[5]: is 0.83 where a visibility belongs",
        ),
        (lambda d: d["annotations"][0].update(track_id=10**30), "annotations[0].track_id: is 1000"),
        (
            lambda d: d["annotations"][0]["keypoints"].__setitem__(4, 10**400),
            "annotations[0].keypoints[4]: is a number that is too large",
        ),
        (
            lambda d: d["annotations"][0].update(score=10**400),
            "annotations[0].score: is a number that is too large",
        ),
    ],
)
def test_what_is_wrong_is_named(
    saved: Saved, change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    document = cvat([{"image_id": 1, "keypoints": standing(50)}])
    change(document)
    with pytest.raises(FormatError) as caught:
        read_coco(saved(document))
    assert problem in str(caught.value)
    assert "labels.json" in str(caught.value)


def test_results_that_name_no_joints_are_taken_in_cocos_order(saved: Saved) -> None:
    document = cvat([{"image_id": 1, "keypoints": standing(50)}])
    del document["categories"]
    file = read_coco(saved(document))
    assert file.annotations.keypoints[0, POSETRACK17.index("nose")].tolist() == [50, 100, 2]


@st.composite
def labels(draw: st.DrawFn) -> PoseRows:
    """Labels of up to three people in four frames, some joints hidden or absent, one with a drawn head box."""
    places = draw(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1))
    rows = np.zeros(len(places), POSE_DTYPE)
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    for row, (frame, person) in zip(rows, sorted(places), strict=True):
        row["frame"], row["person"] = frame, person
        row["xy"][BODY] = rng.uniform(1, 400, (len(BODY), 2)).round(2)
        row["visibility"][BODY] = rng.integers(0, 3, len(BODY))
        row["visibility"][0] = Visibility.VISIBLE
        row["box"] = (5, 6, 300, 410)
        row["head_box"] = (50, 60, 20, 30) if person == 1 else np.nan
    rows["xy"][rows["visibility"] == Visibility.ABSENT] = 0
    return rows


def written(rows: PoseRows) -> PoseTrackFile:
    file = labels_file(rows, name="clip", frames=5, width=640, height=480)
    region = np.array([[1.0, 2], [30, 2], [30, 44.5]])
    images = (*file.images[:-1], replace(file.images[-1], ignore_regions=(region,)))
    return replace(file, images=images)


@given(labels())
def test_labels_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, rows: PoseRows
) -> None:
    path = tmp_path_factory.mktemp("coco") / "labels.json"
    file = written(rows)
    write_coco(file, path)
    assert detect(path).name == "coco"
    back = read_labels(path)
    assert [image.file_name for image in back.images] == [i.file_name for i in file.images]
    assert frame_numbers(back).tolist() == [0, 1, 2, 3, 4]
    assert back.images[-1].ignore_regions[0].tolist() == [[1, 2], [30, 2], [30, 44.5]]
    assert back.annotations.track_id.tolist() == file.annotations.track_id.tolist()
    before, after = (pose_rows(one.annotations, one.annotations.uses_two) for one in (file, back))
    for name in ("xy", "visibility", "box", "head_box"):
        assert np.array_equal(before[name], after[name], equal_nan=True), name


def test_a_head_box_alone_comes_back(tmp_path: Path) -> None:
    rows = np.zeros(3, POSE_DTYPE)
    rows["frame"], rows["person"] = (0, 1, 1), (0, 0, 1)
    rows["head_box"] = [(50, 60, 20, 30), (52, 60, 20, 30), (np.nan,) * 4]
    rows["box"] = (5, 6, 300, 410)
    rows["xy"][2, 5:] = np.arange(24).reshape(12, 2) * 5
    rows["visibility"][2, 5:] = Visibility.VISIBLE
    path = tmp_path / "labels.json"
    write_coco(written(rows), path)
    back = read_coco(path)
    assert back.annotations.track_id.tolist() == [0, 0, 1]
    assert np.array_equal(back.annotations.bbox_head, rows["head_box"], equal_nan=True)
    assert back.annotations.present.any(axis=1).tolist() == [False, False, True]
    assert [image.is_labeled for image in back.images][:2] == [True, True], "it says so"
    document = json.loads(path.read_text())
    for record in document["images"]:
        record.pop("reviewed")
    for record in document["annotations"]:
        record.pop("track_id", None)
    path.write_text(json.dumps(document))
    back = read_coco(path)
    assert [image.is_labeled for image in back.images][:2] == [False, True], "no joint, no labels"
    first, second, other = back.annotations.track_id.tolist()
    assert first == second != other, "heads are followed by where they are"


def test_pictures_keep_their_numbers_where_the_first_is_not_labelled(tmp_path: Path) -> None:
    rows = np.zeros(1, POSE_DTYPE)
    rows["frame"], rows["xy"], rows["visibility"] = 2, 20.0, Visibility.VISIBLE
    file = written(rows)
    images = [replace(one, is_labeled=at == 2) for at, one in enumerate(file.images)]
    file = replace(file, images=tuple(images))
    write_coco(file, tmp_path / "labels.json")
    back = read_coco(tmp_path / "labels.json")
    assert frame_numbers(back).tolist() == [2, 4]
    assert [image.id for image in back.images] == [file.images[2].id, file.images[4].id]


def test_cocos_own_library_reads_what_is_written(tmp_path: Path) -> None:
    rows = np.zeros(1, POSE_DTYPE)
    rows["xy"], rows["visibility"] = 20.0, 2
    rows["visibility"][0, 9], rows["visibility"][0, 10] = 1, 0
    write_coco(written(rows), tmp_path / "labels.json")
    coco = COCO(str(tmp_path / "labels.json"))
    (category,) = coco.loadCats(coco.getCatIds(catNms=["person"]))
    assert category["keypoints"] == list(POSETRACK17.joints)
    (person,) = coco.loadAnns(coco.getAnnIds(iscrowd=False))
    assert person["num_keypoints"] == 16
    assert person["keypoints"][3 * 9 : 3 * 11] == [20, 20, 1, 0, 0, 0]
    (crowd,) = coco.loadAnns(coco.getAnnIds(iscrowd=True))
    assert coco.annToMask(crowd).sum() > 400
    assert coco.loadImgs(crowd["image_id"])[0]["width"] == 640


def test_frames_that_nobody_labelled_are_left_out(document: dict[str, Any], saved: Saved) -> None:
    file = read_posetrack(saved(document))
    path = saved("").with_name("coco.json")
    write_coco(file, path)
    back = read_coco(path)
    # The second is marked as labelled: nobody is there, and somebody has looked. The fourth is not.
    assert [image.file_name[-10:-4] for image in back.images] == ["000000", "000001", "000002"]
    assert [image.is_labeled for image in back.images] == [True, True, True]
    assert detect(path).name == "coco"
    assert back.annotations.present.tolist() == file.annotations.present.tolist()


def test_real_stills_are_read(data: Path) -> None:
    file = read_labels(data / "stills" / "coco-mini" / "coco_mini_val.json")
    assert (len(file.images), len(file.annotations)) == (31, 56)
    assert sum(len(image.ignore_regions) for image in file.images) == 1
