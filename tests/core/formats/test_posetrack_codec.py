"""Reading and writing PoseTrack18 files: nothing is lost, nothing wrong gets in."""

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

from glpose_core.errors import FormatError
from glpose_core.formats.posetrack import (
    from_document,
    read_posetrack,
    to_document,
    write_posetrack,
)

Save = Callable[[Any], Path]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
unknown = st.dictionaries(
    st.text(min_size=1, max_size=8).map(lambda name: f"x_{name}"), values, max_size=3
)
coordinate = st.integers(-50, 4000) | st.floats(-50, 4000)
joint = st.one_of(
    st.just([0, 0, 0]),
    st.just([0.0, 0.0, 0]),
    st.tuples(coordinate, coordinate, st.sampled_from([0, 1, 2, 1.0])).map(list),
)
box = st.lists(coordinate, min_size=4, max_size=4)
scores = st.lists(st.floats(0, 1), min_size=17, max_size=17)


@st.composite
def records(draw: st.DrawFn, fields: dict[str, Any], optional: dict[str, Any]) -> dict[str, Any]:
    """A record with its fields in any order, some left out, unknown ones among them."""
    record = {**fields, **draw(unknown)}
    for name, strategy in optional.items():
        if draw(st.booleans()):
            record[name] = draw(strategy)
    return {name: record[name] for name in draw(st.permutations(list(record)))}


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Any PoseTrack18 file that the reader has to take."""
    regions = draw(st.lists(st.lists(coordinate, max_size=3), max_size=2))
    images = []
    for frame in range(draw(st.integers(0, 4))):
        of_frame = {
            "is_labeled": st.booleans(),
            "width": st.just(640),
            "mask_file": st.text(max_size=4),
            "ignore_regions_x": st.just(regions),
        }
        record = draw(records({"id": 100 + frame, "file_name": f"a/{frame:06d}.jpg"}, of_frame))
        if "ignore_regions_x" in record:
            record["ignore_regions_y"] = [[y + 0.5 for y in part] for part in regions]
        images.append(record)
    pairs = [(i["id"], track) for i in images for track in (0, 7)]
    annotations = []
    for id_, (image, track) in enumerate(
        draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    ):
        of_person = {
            "keypoints": st.lists(joint, min_size=17, max_size=17).map(
                lambda js: [v for j in js for v in j]
            ),
            "bbox": st.none() | st.just([]) | box,
            "bbox_head": st.just([]) | box,
            "scores": st.just([]) | scores,
            "score": st.none() | st.floats(0, 1),
            "iscrowd": st.booleans(),
            "num_keypoints": st.integers(0, 17),
        }
        annotations.append(
            draw(records({"id": id_, "image_id": image, "track_id": track}, of_person))
        )
    document: dict[str, Any] = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "skin": 1.0}],
    }
    document.update(draw(unknown))
    return {name: document[name] for name in draw(st.permutations(list(document)))}


@pytest.mark.quick
@given(files())
def test_reading_and_writing_any_file_gives_it_back(document: dict[str, Any]) -> None:
    # Compared as text: 1 is not 1.0 there, and the order of fields counts.
    assert json.dumps(to_document(from_document(document))) == json.dumps(document)


@given(files())
def test_a_file_written_twice_has_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("files")
    write_posetrack(from_document(document), folder / "one.json")
    write_posetrack(read_posetrack(folder / "one.json"), folder / "two.json")
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()
    assert json.dumps(json.loads((folder / "one.json").read_text())) == json.dumps(document)


def test_real_files_come_back_whole(real_labels: Path, tmp_path: Path) -> None:
    write_posetrack(read_posetrack(real_labels), tmp_path / "out.json")
    before, after = real_labels.read_text(), (tmp_path / "out.json").read_text()
    assert json.dumps(json.loads(after)) == json.dumps(json.loads(before))


@pytest.mark.quick
def test_columns_hold_what_the_file_says(document: dict[str, Any]) -> None:
    document["annotations"][1].pop("bbox")
    document["annotations"][2]["scores"] = [0.5] * 17
    document["images"][1] |= {"ignore_regions_x": [[1, 2, 3]], "ignore_regions_y": [[4, 5, 6.5]]}
    file = from_document(document)
    annotations = file.annotations
    assert annotations.track_id.tolist() == [0, 3, 3]
    assert file.image_index.tolist() == [0, 0, 2]
    assert annotations.keypoints[0, 0].tolist() == [10, 20.5, 1]
    assert annotations.present[0].nonzero()[0].tolist() == [0, 5, 6]
    assert np.isnan(annotations.bbox[1]).all()
    assert annotations.predicted.tolist() == [False, False, True]
    assert file.images[1].ignore_regions[0].tolist() == [[1, 4], [2, 5], [3, 6.5]]
    assert [i.is_labeled for i in file.images] == [True, True, True, False]


@pytest.mark.quick
def test_only_what_changed_is_written_anew(document: dict[str, Any]) -> None:
    document["annotations"][0] |= {"num_keypoints": 3, "bbox": [7, 14.425, 26.0, 52.65]}
    document["annotations"][0]["keypoints"][:3] = [10.0, 20.5, 1]
    file = from_document(document)
    keypoints = file.annotations.keypoints.copy()
    keypoints[0, 5] = 31.5, 60, 0
    changed = replace(file, annotations=replace(file.annotations, keypoints=keypoints))
    record = to_document(changed)["annotations"][0]
    assert json.dumps(record["keypoints"][:3]) == "[10.0, 20.5, 1]"
    assert json.dumps(record["keypoints"][15:18]) == "[31.5, 60, 0]"
    assert json.dumps(record["bbox"]) == "[7, 14.425, 26.0, 52.65]"
    assert record["num_keypoints"] == 1
    assert to_document(changed)["annotations"][1:] == document["annotations"][1:]


def _without(field: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["annotations"][1].pop(field)

    return change


def _with(section: str, at: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document[section][at].update(fields)

    return change


WRONG: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_with("annotations", 1, keypoints=[0] * 50), "annotations[1].keypoints: has 50 numbers"),
    (_with("annotations", 1, keypoints=[]), "annotations[1].keypoints: has 0 numbers"),
    (
        _with("annotations", 1, keypoints=[0] * 50 + ["1"]),
        'annotations[1].keypoints[50]: is the text "1"',
    ),
    (_with("annotations", 1, keypoints=[0] * 50 + [None]), "annotations[1].keypoints[50]: is null"),
    (_with("annotations", 1, keypoints=[0] * 50 + [True]), "annotations[1].keypoints[50]: is true"),
    (_with("annotations", 1, keypoints=[1, 1, 3] * 17), "annotations[1].keypoints[2]: is 3"),
    (_with("annotations", 1, keypoints="none"), "annotations[1].keypoints: is the text"),
    (_with("annotations", 1, keypoints=[10**400] * 51), "too large"),
    (_with("annotations", 2, bbox=[1, 2, 3]), "annotations[2].bbox: has 3 numbers instead of 4"),
    (_with("annotations", 2, bbox_head={}), "annotations[2].bbox_head: is an object"),
    (_with("annotations", 2, scores=[1.0]), "annotations[2].scores: has 1 numbers"),
    (_with("annotations", 2, score="high"), "annotations[2].score: is the text"),
    (
        _with("annotations", 2, image_id=5),
        "annotations[2].image_id: is 5, and no image has that id",
    ),
    (_with("annotations", 2, image_id=10**30), "annotations[2].image_id: is 1000"),
    (
        _with("annotations", 2, id=1000007000003),
        "annotations[2].id: is 1000007000003, as in annotations[1]",
    ),
    (_with("annotations", 1, track_id=0), "annotations[1].track_id: is 0, as in annotations[0]"),
    (_with("annotations", 1, track_id=1.5), "annotations[1].track_id: is 1.5"),
    (_without("track_id"), "annotations[1].track_id: is missing"),
    (_without("image_id"), "annotations[1].image_id: is missing"),
    (_with("images", 1, id=10000070000), "images[1].id: is 10000070000, as in images[0]"),
    (_with("images", 1, file_name="/etc/passwd"), "images[1].file_name"),
    (_with("images", 1, file_name="../../x.jpg"), "leaves the folder"),
    (_with("images", 1, file_name="a\\..\\..\\x.jpg"), "leaves the folder"),
    (_with("images", 1, file_name="C:\\x.jpg"), "absolute path"),
    (_with("images", 1, file_name=""), "images[1].file_name: names no file"),
    (_with("images", 1, file_name=None), "images[1].file_name: is missing"),
    (_with("images", 1, file_name=7), "images[1].file_name: is 7 where text belongs"),
    (_with("images", 1, is_labeled="yes"), 'images[1].is_labeled: is the text "yes"'),
    (
        _with("images", 2, ignore_regions_x=[[1]], ignore_regions_y=[]),
        "images[2].ignore_regions_x: does not match",
    ),
    (
        _with("images", 2, ignore_regions_x=[["a"]], ignore_regions_y=[[1]]),
        "images[2].ignore_regions_x: holds",
    ),
    (
        _with("images", 2, ignore_regions_x=7, ignore_regions_y=7),
        "images[2].ignore_regions_x: is not a list",
    ),
    (_with("categories", 0, keypoints=["nose"]), "categories[0].keypoints"),
    (lambda d: d.pop("images"), "images: is missing"),
    (lambda d: d.update(images={}), "images: is an object where a list belongs"),
    (lambda d: d["annotations"].append(4), "annotations[3]: is a number"),
    (lambda d: d.update(annotations=None), "annotations: is null"),
]


@pytest.mark.quick
@pytest.mark.parametrize(("spoil", "complaint"), WRONG, ids=[c for _, c in WRONG])
def test_a_wrong_field_is_named_with_its_place(
    document: dict[str, Any], saved: Save, spoil: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    spoil(document)
    path = saved(document)
    with pytest.raises(FormatError) as caught:
        read_posetrack(path)
    sentence = str(caught.value)
    assert complaint in sentence
    assert str(path) in sentence
    assert caught.value.remedy
    assert "\n" not in sentence


@pytest.mark.quick
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not valid JSON at line 1"),
        ('{"images": [', "not valid JSON"),
        ("[]", "holds a list where an object"),
        ("7", "holds a number"),
        ('{"images": [], "x": NaN}', "x: holds the number NaN"),
        ('{"images": [{"y": [1, -Infinity]}]}', r"images\[0\].y\[1\]: holds the number -Inf"),
        ('{"images": [], "x": {"y": 1e999}}', r"x\.y: holds the number 1e999"),
        ("[" * 100_000, "not JSON text"),
    ],
)
def test_text_that_is_no_label_file_is_refused(saved: Save, text: str, complaint: str) -> None:
    with pytest.raises(FormatError, match=complaint):
        read_posetrack(saved(text))


@pytest.mark.quick
def test_a_truncated_file_is_refused_wherever_it_ends(
    document: dict[str, Any], saved: Save
) -> None:
    text = json.dumps(document)
    for end in range(1, len(text), 97):
        with pytest.raises(FormatError):
            read_posetrack(saved(text[:end]))


@pytest.mark.quick
def test_binary_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(bytes(range(256)))
    for name in ("x.json", "missing.json", "."):
        with pytest.raises(FormatError):
            read_posetrack(tmp_path / name)


@pytest.mark.quick
def test_the_old_file_stays_when_writing_fails(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "labels.json"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("glpose_core.formats.documents.os.fsync", full)
    with pytest.raises(FormatError, match="No space left"):
        write_posetrack(from_document(document), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["labels.json"]


@pytest.mark.quick
def test_predictions_may_carry_confidence_as_visibility(document: dict[str, Any]) -> None:
    document["annotations"][0]["keypoints"][2] = 0.87
    with pytest.raises(FormatError):
        from_document(document)
    document["annotations"][0]["scores"] = [0.5] * 17
    assert from_document(document).annotations.keypoints[0, 0, 2] == 0.87
