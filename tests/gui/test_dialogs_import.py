"""Importing: whose the poses become, and what a person labelled stays theirs unless they say otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QRadioButton
from pytestqt.qtbot import QtBot

from app.dialogs import importing
from app.dialogs.exporting import ExportChoices, export
from app.dialogs.import_labels import ImportDialog
from app.dialogs.importing import ImportChoices, foretell_import, import_file, read
from app.label_file import LabelFile
from glpose_core.errors import FormatError
from glpose_core.formats.posetrack_import import import_labels
from glpose_core.labels import Project, Source, VideoRecord, edits
from glpose_core.skeleton import COCO17, POSETRACK17

FRAMES = 12


def empty(folder: Path, name: str) -> Project:
    video = VideoRecord("park.mp4", "ab", FRAMES, 640, 480, np.arange(FRAMES) / 25)
    return Project.create(folder / f"{name}.glpose", video)


def stand(project: Project, frames: range, x: float, person: int | None = None) -> int:
    """Place a whole skeleton round ``x`` in each frame."""
    rng = np.random.default_rng(int(x))
    shape = np.column_stack([rng.uniform(-30, 30, 17), np.linspace(100, 300, 17)])
    for frame in frames:
        if person is None:
            edit, person = edits.add_person(project.state, frame, xy=shape + np.array([x, 0]))
        else:
            visible = np.full(17, 2)
            edit = edits.add_pose(project.state, person, frame, shape + np.array([x, 0]), visible)
        project.apply(edit)
    assert person is not None
    return person


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Labels of two people, at 100 and at 400, in frames 0–5."""
    path = tmp_path / "park.json"
    with empty(tmp_path, "source") as source:
        stand(source, range(6), 100)
        stand(source, range(6), 400)
        source.apply(edits.accept_range(source.state, 0, 6))
        export(source, ExportChoices(path, "labels", "park", 0, FRAMES))
    return path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with empty(tmp_path, "target") as project:
        yield project


def ask(qtbot: QtBot, project: Project, path: Path) -> ImportDialog:
    """The dialog for a file, once it is read and compared."""
    file = LabelFile(project, path)
    file.start()
    dialog = ImportDialog(file)
    qtbot.addWidget(dialog)
    wait(qtbot, dialog)
    return dialog


def wait(qtbot: QtBot, dialog: ImportDialog) -> None:
    """Until what the present choices bring in is worked out."""
    file = dialog._file
    qtbot.waitUntil(
        lambda: file.prepared is not None and file.prepared.choices == dialog.choices(),
        timeout=30_000,
    )


def choose(qtbot: QtBot, dialog: ImportDialog, button: QRadioButton) -> None:
    """Choose something, and wait for what it would change."""
    button.setChecked(True)
    wait(qtbot, dialog)


def names(project: Project) -> list[tuple[int, int]]:
    """People and in how many frames each is."""
    state = project.state
    return [(person.id, len(state.frames_of(person.id))) for person in state.people()]


@pytest.mark.quick
def test_into_an_empty_project(project: Project, file: Path) -> None:
    reading = read(project.state, file)
    choices = ImportChoices(file)
    sentences, warnings, _ = foretell_import(project.state, reading, choices)
    assert sentences == ["12 poses of 2 people in 12 frames.", "2 new people."]
    assert warnings == []
    assert import_file(project, reading, choices) == "Imported 12 poses from park.json."
    assert names(project) == [(1, 6), (2, 6)]
    assert project.state.reviewed == set(range(6))
    pose = project.state.pose(1, 0)
    assert pose is not None
    assert pose["source"][0] == Source.PLACED
    project.undo()
    assert names(project) == []


@pytest.mark.parametrize("what", ["labels", "predictions"])
def test_labels_of_another_video_are_warned_of_and_come_in_all_the_same(
    qtbot: QtBot, project: Project, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "other.json"
    with empty(tmp_path, "source") as source:
        stand(source, range(6), 100)
        export(source, ExportChoices(path, "labels", "two-people-cam01", 0, FRAMES))
    dialog = ask(qtbot, project, path)
    choose(qtbot, dialog, getattr(dialog, what))
    assert "video 000001_mpii_two-people-cam01, but park.mp4 is open" in dialog.said
    assert dialog.do.isEnabled()
    import_file(project, read(project.state, path), dialog.choices())
    assert names(project) == [(1, 6)]
    if what == "labels":  # the sequence bears that name now
        assert importing.other_video(project.state, read(project.state, path).file) == []


@pytest.mark.quick
def test_files_of_2017_come_in_too(project: Project, tmp_path: Path) -> None:
    points = [
        {"id": [joint], "x": [200 + joint], "y": [100 + 9 * joint], "is_visible": [joint % 2]}
        for joint in range(15)
    ]
    person = {"x1": [210], "y1": [60], "x2": [240], "y2": [95], "track_id": [7]}
    images = [
        {
            "image": [{"name": f"images/test/01234_mpii/{number + 1:08d}.jpg"}],
            "is_labeled": [int(number == 2)],
            "annorect": [person | {"annopoints": [{"point": points}]}] if number == 2 else [],
        }
        for number in range(FRAMES)
    ]
    path = tmp_path / "01234_mpii.json"
    path.write_text(json.dumps({"annolist": images}), "utf-8")
    import_file(project, read(project.state, path), ImportChoices(path))
    assert names(project) == [(1, 1)]
    assert project.state.reviewed == {2}
    pose = project.state.pose(1, 2)
    assert pose is not None
    joint = POSETRACK17.index("right_knee")  # number 1 there
    assert pose["xy"][joint].tolist() == [201, 109]
    out = tmp_path / "out.json"
    export(project, ExportChoices(out, "labels", "x", 0, FRAMES, sequence=1))
    again = read(project.state, out)
    assert again.file.annotations.bbox_head.tolist() == [[210, 60, 30, 35]]


@pytest.mark.quick
def test_people_are_recognised_by_where_they_are(project: Project, file: Path) -> None:
    mine = stand(project, range(3, 9), 402)
    project.apply(edits.rename_person(project.state, mine, "Anna"))
    reading = read(project.state, file)
    choices = ImportChoices(file)
    sentences, warnings, _ = foretell_import(project.state, reading, choices)
    assert sentences[1] == "Recognised: Anna; 1 new person."
    assert warnings == ["You have labelled 3 poses of these already: yours stay."]
    before = project.state.pose(mine, 4)
    import_file(project, reading, choices)
    assert sorted(names(project)) == [(mine, 9), (mine + 1, 6)]
    after = project.state.pose(mine, 4)
    assert before is not None
    assert after is not None
    assert before.tobytes() == after.tobytes()


@pytest.mark.quick
def test_mine_can_be_replaced(project: Project, file: Path) -> None:
    mine = stand(project, range(3, 9), 402)
    reading = read(project.state, file)
    choices = ImportChoices(file, existing="replace")
    assert foretell_import(project.state, reading, choices)[1] == [
        "You have labelled 3 poses of these already: yours are replaced."
    ]
    before = project.state.pose(mine, 4)
    import_file(project, reading, choices)
    after = project.state.pose(mine, 4)
    assert before is not None
    assert after is not None
    assert not np.array_equal(before["xy"], after["xy"])
    assert len(project.state.frames_of(mine)) == 9


@pytest.mark.quick
def test_everybody_can_be_somebody_new(project: Project, file: Path) -> None:
    first = ImportChoices(file)
    import_file(project, read(project.state, file), first)
    again = replace(first, people="add")
    reading = read(project.state, file)
    sentences, warnings, _ = foretell_import(project.state, reading, again)
    assert sentences[1] == "2 new people."
    assert warnings == []
    import_file(project, reading, again)
    assert names(project) == [(1, 6), (2, 6), (3, 6), (4, 6)]


@pytest.mark.quick
def test_importing_twice_changes_nothing(project: Project, file: Path) -> None:
    choices = ImportChoices(file)
    import_file(project, read(project.state, file), choices)
    before = project.state.poses(3).tobytes()
    reading = read(project.state, file)
    assert (
        "person 1, person 2; nobody new" in foretell_import(project.state, reading, choices)[0][1]
    )
    import_file(project, reading, choices)
    assert names(project) == [(1, 6), (2, 6)]
    assert project.state.poses(3).tobytes() == before


@pytest.mark.quick
def test_deleted_poses_stay_deleted(project: Project, file: Path) -> None:
    mine = stand(project, range(0, 6), 402)
    project.apply(edits.delete_pose(project.state, mine, 2))
    import_file(project, read(project.state, file), ImportChoices(file))
    assert project.state.pose(mine, 2) is None


@pytest.mark.quick
def test_predictions_become_a_run(project: Project, file: Path) -> None:
    mine = stand(project, range(3, 5), 402)
    reading = read(project.state, file)
    done = import_file(project, reading, ImportChoices(file, what="predictions"))
    assert done == "Imported 12 poses as predictions from park.json."
    [run] = project.state.runs.values()
    assert (run.model, run.device, run.status) == ("park", "imported", "done")
    assert project.state.active_run == run.id
    assert names(project) == [(mine, 6), (2, 6)], "who stands there already is recognised"
    project.undo()
    assert names(project) == [(mine, 2)]


@pytest.mark.quick
def test_labels_of_another_video_are_refused_with_the_files_name(
    tmp_path: Path, file: Path
) -> None:
    video = VideoRecord("other.mp4", "cd", 3, 640, 480, np.arange(3) / 25)
    with (
        Project.create(tmp_path / "other.glpose", video) as other,
        pytest.raises(FormatError, match=r"park\.json.*the video has frames 0 to 2"),
    ):
        read(other.state, file)


def test_the_dialog(project: Project, file: Path, qtbot: QtBot) -> None:
    stand(project, range(3, 9), 402)
    dialog = ask(qtbot, project, file)
    assert dialog.choices() == ImportChoices(file, "labels", "match", "keep")
    assert "yours stay" in dialog.said
    choose(qtbot, dialog, dialog.replace)
    assert dialog.choices().existing == "replace"
    assert "yours are replaced" in dialog.said
    choose(qtbot, dialog, dialog.add_people)
    assert dialog.choices().people == "add"
    assert not dialog.keep.isEnabled()
    choose(qtbot, dialog, dialog.predictions)
    assert dialog.choices().what == "predictions"


def test_an_empty_file_cannot_be_imported(project: Project, file: Path, qtbot: QtBot) -> None:
    text = file.read_text()
    start = text.index('"annotations"')
    stop = text.index('"categories"')
    file.write_text(text[:start] + '"annotations": [], ' + text[stop:])
    dialog = ask(qtbot, project, file)
    assert not dialog.do.isEnabled()
    assert dialog.said == "park.json lists 12 frames but no poses."


@pytest.mark.quick
def test_labels_of_a_folder_go_by_the_names_of_its_pictures(tmp_path: Path) -> None:
    """Pictures of one shot, counted from 7 with a gap: numbers in names are no frames."""
    folder = tmp_path / "park"
    folder.mkdir()
    names = ["img_0007.png", "img_0008.png", "img_0010.png"]
    for name in names:
        cv2.imwrite(str(folder / name), np.zeros((48, 64, 3), np.uint8))
    images = [
        {"id": at + 1, "file_name": name, "width": 64, "height": 48}
        for at, name in enumerate(names)
    ]
    person = {"id": 1, "image_id": 3, "category_id": 1, "iscrowd": 0, "num_keypoints": 17}
    person |= {"keypoints": [20, 30, 2] * 17, "bbox": [5, 5, 40, 40]}
    category = {"id": 1, "name": "person", "keypoints": list(COCO17.joints)}
    path = tmp_path / "coco.json"
    path.write_text(
        json.dumps({"images": images, "annotations": [person], "categories": [category]})
    )
    video = VideoRecord(str(folder), "ab", 3, 64, 48, np.arange(3) / 25)
    out = tmp_path / "again.json"
    with Project.create(tmp_path / "park.glpose", video) as project:
        import_file(project, read(project.state, path, folder), ImportChoices(path))
        assert project.state.frames_of(1).tolist() == [2]
        export(project, ExportChoices(out, "labels", "park", 0, 3, sequence=1))
    with Project.create(tmp_path / "other.glpose", video) as other:
        import_file(other, read(other.state, out, folder), ImportChoices(out))
        assert other.state.frames_of(1).tolist() == [2], "and so does what is exported again"


@pytest.mark.quick
def test_reviewed_frames_without_anybody_come_back_from_coco(
    project: Project, tmp_path: Path
) -> None:
    stand(project, range(2), 100)
    project.apply(edits.set_reviewed(project.state, [0, 5], True))
    path = tmp_path / "coco.json"
    export(project, ExportChoices(path, "labels", "park", 0, FRAMES, format="coco"))
    with empty(tmp_path, "other") as other:
        import_file(other, read(other.state, path), ImportChoices(path))
        assert other.state.reviewed == {0, 5}


def test_a_file_that_is_in_already_is_nothing_new(project: Project, file: Path) -> None:
    reading, choices = read(project.state, file), ImportChoices(file)
    import_file(project, reading, choices)
    made = project.undo_number
    for again in (choices, replace(choices, existing="replace")):
        sentences, _, _ = foretell_import(project.state, reading, again)
        assert sentences[-1] == "Nothing in it is new: all that it says is here already."
        assert import_file(project, reading, again) == (
            "park.json says nothing new: the project is as it was."
        )
    assert project.undo_number == made


def test_nothing_can_be_imported_of_a_file_that_is_in_already(
    qtbot: QtBot, project: Project, file: Path
) -> None:
    reading = read(project.state, file)
    import_file(project, reading, ImportChoices(file))
    dialog = ask(qtbot, project, file)
    assert not dialog.do.isEnabled()
    choose(qtbot, dialog, dialog.predictions)
    assert dialog.do.isEnabled()


def test_what_is_new_in_a_file_comes_in_alone(project: Project, file: Path) -> None:
    """A field that nobody here knows is kept, and one moved joint is one pose."""
    import_file(project, read(project.state, file), ImportChoices(file))
    labels = json.loads(file.read_text())
    labels["annotations"][3]["keypoints"][0] += 5
    file.write_text(json.dumps(labels))
    reading = read(project.state, file)
    done = import_file(project, reading, ImportChoices(file, existing="replace"))
    assert done == "Imported 1 pose from park.json."
    labels["images"][0]["weather"] = "rain"
    file.write_text(json.dumps(labels))
    made = project.undo_number
    import_file(project, read(project.state, file), ImportChoices(file))
    assert project.undo_number > made
    assert "rain" in str(project.state.frame_state(0).extra)


def regions_too(file: Path) -> Path:
    """The same file with an ignore region in its first frame."""
    labels = json.loads(file.read_text())
    labels["images"][0] |= {
        "ignore_regions_x": [[10, 50, 50, 10]],
        "ignore_regions_y": [[10, 10, 50, 50]],
    }
    file.write_text(json.dumps(labels))
    return file


def test_a_region_alone_is_called_one(project: Project, file: Path) -> None:
    import_file(project, read(project.state, file), ImportChoices(file))
    reading, choices = read(project.state, regions_too(file)), ImportChoices(file)
    foretold = foretell_import(project.state, reading, choices)
    assert foretold.possible
    assert foretold.sentences[-1] == "New is: ignore regions in 1 frame."
    assert import_file(project, reading, choices) == (
        "Imported ignore regions in 1 frame from park.json."
    )


def test_reviewed_frames_alone_are_called_so(project: Project, file: Path) -> None:
    import_file(project, read(project.state, file), ImportChoices(file))
    project.apply(edits.set_reviewed(project.state, [2, 3], False))
    reading, choices = read(project.state, file), ImportChoices(file)
    assert import_file(project, reading, choices) == (
        "Imported the review of 2 frames from park.json."
    )


def test_where_everybody_is_locked_nothing_is_promised(
    qtbot: QtBot, project: Project, file: Path
) -> None:
    import_file(project, read(project.state, file), ImportChoices(file))
    labels = json.loads(file.read_text())
    for record in labels["annotations"]:
        record["keypoints"][0] += 5
    file.write_text(json.dumps(labels))
    for person in (1, 2):
        project.apply(edits.lock_person(project.state, person, True))
    reading, made = read(project.state, file), project.undo_number
    dialog = ask(qtbot, project, file)
    choose(qtbot, dialog, dialog.replace)
    assert "yours are replaced" not in dialog.said
    assert "person 1, person 2 are locked and left out." in dialog.said
    assert not dialog.do.isEnabled()
    assert import_file(project, reading, dialog.choices()) == (
        "person 1, person 2 are locked and left out."
    )
    assert project.undo_number == made


def test_what_the_file_says_is_worked_out_once(
    qtbot: QtBot, project: Project, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    def counting(*values, **more):
        counts.append(1)
        return import_labels(*values, **more)

    monkeypatch.setattr(importing, "import_labels", counting)
    dialog = ask(qtbot, project, file)
    choose(qtbot, dialog, dialog.replace)
    choose(qtbot, dialog, dialog.add_people)
    assert len(counts) == 1, "whatever is chosen"
