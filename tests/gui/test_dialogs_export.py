"""Exporting: what is foretold is what is written, and labels are never invented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.dialogs.export import ExportDialog
from app.dialogs.exporting import (
    ExportChoices,
    contents,
    export,
    foretell_export,
    may_export,
)
from glpose_core.errors import GLPoseError
from glpose_core.formats.posetrack_names import frame_numbers
from glpose_core.formats.registry import detect, read_labels
from glpose_core.labels import (
    PREDICTION_DTYPE,
    Project,
    Run,
    VideoRecord,
    Visibility,
    edits,
)

FRAMES = 20


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Two predicted people: one in all frames, one in frames 5–9."""
    video = VideoRecord("park.mp4", "ab", FRAMES, 640, 480, np.arange(FRAMES) / 25)
    with Project.create(tmp_path / "park.glpose", video) as project:
        run = project.begin_run(Run(0, "fake", "starter", "CPU", 0.0))
        project.add_tracks(run, {0: None, 1: None})
        rows = np.zeros(FRAMES + 5, PREDICTION_DTYPE)
        rows["track"] = [0] * FRAMES + [1] * 5
        rows["frame"] = [*range(FRAMES), *range(5, 10)]
        rows["xy"] = np.random.default_rng(1).uniform(50, 400, (len(rows), 17, 2))
        rows["visibility"], rows["score"] = Visibility.VISIBLE, 0.75
        rows["box"], rows["pose_score"] = (40, 40, 380, 380), 0.9
        project.add_predictions(run, rows)
        yield project


@pytest.fixture
def choices(tmp_path: Path) -> ExportChoices:
    return ExportChoices(tmp_path / "park.json", "labels", "park", 0, FRAMES)


def written(choices: ExportChoices) -> dict[str, list[dict[str, object]]]:
    document: dict[str, list[dict[str, object]]] = json.loads(choices.path.read_text())
    return document


@pytest.mark.quick
def test_nothing_confirmed_is_said_and_refused(project: Project, choices: ExportChoices) -> None:
    assert contents(project.state, choices).nothing_confirmed
    assert not may_export(project.state, choices)
    _, [warning] = foretell_export(project.state, choices)
    assert warning.startswith("Nothing is confirmed in these frames yet: accept them as shown, or")
    with pytest.raises(GLPoseError):
        export(project, choices)
    assert not choices.path.exists()


@pytest.mark.quick
def test_accepting_first_writes_what_is_shown_and_can_be_undone(
    project: Project, choices: ExportChoices
) -> None:
    choices = replace(choices, start=4, stop=8, accept_first=True)
    assert may_export(project.state, choices)
    sentences, warnings = foretell_export(project.state, choices)
    assert sentences[0].startswith(
        "4 frames (frames 4–7), 4 of them reviewed, with 7 poses that you confirmed"
    )
    assert warnings == []
    report = export(project, choices)
    assert (len(report.frames), report.reviewed, report.poses) == (4, 4, 7)
    file = written(choices)
    assert [image["is_labeled"] for image in file["images"]] == [True] * 4
    assert len(file["annotations"]) == 7
    project.undo()
    assert contents(project.state, choices).nothing_confirmed


@pytest.mark.quick
def test_labels_hold_only_what_was_confirmed(project: Project, choices: ExportChoices) -> None:
    project.apply(edits.accept_range(project.state, 0, 3))
    sentences, warnings = foretell_export(project.state, choices)
    assert sentences[0] == "20 frames, 3 of them reviewed, with 3 poses that you confirmed."
    assert warnings == [
        "22 poses that nobody confirmed stay out.",
        "17 frames are not reviewed and count as unlabelled.",
    ]
    export(project, choices)
    file = written(choices)
    assert len(file["images"]) == FRAMES
    assert len(file["annotations"]) == 3
    assert sum(bool(image["is_labeled"]) for image in file["images"]) == 3


@pytest.mark.quick
def test_predictions_are_written_uncorrected(project: Project, choices: ExportChoices) -> None:
    project.apply(edits.move_joint(project.state, 1, 3, 9, (1.0, 2.0)))
    choices = replace(choices, what="predictions")
    sentences, warnings = foretell_export(project.state, choices)
    assert sentences[0] == "20 frames with 25 poses as the model said them."
    assert warnings == []
    report = export(project, choices)
    assert report.poses == 25
    assert not any(image["is_labeled"] for image in written(choices)["images"])
    project.apply(edits.activate_run(project.state, None))
    assert not may_export(project.state, choices)
    assert "no predictions" in foretell_export(project.state, choices)[1][0]


@pytest.mark.quick
def test_hidden_joints_are_written_as_asked(project: Project, choices: ExportChoices) -> None:
    project.apply(edits.accept_range(project.state, 0, 1))
    project.apply(edits.set_visibility(project.state, 1, 0, 9, Visibility.OCCLUDED))
    seen = []
    for occluded in ("keep", "drop", "visible"):
        export(project, replace(choices, occluded=occluded))
        [pose] = written(choices)["annotations"]
        x, _, v = np.array(pose["keypoints"]).reshape(17, 3)[9]
        seen.append((bool(x), v))
    assert seen == [(True, 0), (False, 0), (True, 1)]


@pytest.mark.quick
def test_a_backwards_range_and_a_nameless_sequence_are_refused(
    project: Project, choices: ExportChoices
) -> None:
    accepting = replace(choices, accept_first=True)
    assert not may_export(project.state, replace(accepting, start=9, stop=3))
    assert not may_export(project.state, replace(accepting, name="  "))
    assert foretell_export(project.state, replace(accepting, start=9, stop=3))[1] == [
        "The last frame lies before the first."
    ]


def test_the_dialog_proposes_predictions_while_nothing_is_confirmed(
    project: Project, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = ExportDialog(project.state, tmp_path)
    qtbot.addWidget(dialog)
    assert dialog.choices() == ExportChoices(
        tmp_path / "park.json", "predictions", "park", 0, FRAMES
    )
    assert dialog.do.isEnabled()
    dialog.labels.setChecked(True)
    dialog.update_now()
    assert not dialog.do.isEnabled()
    dialog.accept_first.setChecked(True)
    dialog.update_now()
    assert dialog.do.isEnabled()
    assert dialog.choices().accept_first


def test_the_dialog_warns_of_files_and_folders(
    project: Project, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = ExportDialog(project.state, tmp_path, marked=(2, 6))
    qtbot.addWidget(dialog)
    assert (dialog.choices().start, dialog.choices().stop) == (2, 6)
    (tmp_path / "park.json").touch()
    dialog.update_now()
    assert "park.json is there already and will be replaced." in dialog.said
    assert dialog.do.isEnabled()
    for path in (tmp_path / "missing" / "a.json", tmp_path, ""):
        dialog.path.setText(str(path))
        dialog.update_now()
        assert not dialog.do.isEnabled()


def test_accept_does_not_trust_an_old_note(project: Project, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = ExportDialog(project.state, tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.name.setText("")
    dialog.accept()
    assert dialog.isVisible()


@pytest.mark.quick
def test_coco_is_written_where_it_is_chosen(
    project: Project, choices: ExportChoices, qtbot: QtBot
) -> None:
    project.apply(edits.accept_range(project.state, 0, 3))
    dialog = ExportDialog(project.state, choices.path.parent)
    qtbot.addWidget(dialog)
    assert dialog.choices().format == "posetrack18"
    dialog.format.setCurrentIndex(dialog.format.findData("coco"))
    dialog.update_now()
    assert "Frames that nobody labelled are left out" in dialog.said
    assert "scorer" not in dialog.said
    chosen = dialog.choices()
    export(project, chosen)
    file = read_labels(chosen.path)
    assert detect(chosen.path).name == "coco"
    assert frame_numbers(file).tolist() == [0, 1, 2]
    assert (len(file.annotations), file.annotations.track_id.tolist()) == (3, [1, 1, 1])
