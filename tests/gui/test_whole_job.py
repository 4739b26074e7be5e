"""The whole loop in the real window: open, predict with a tiny network, correct, undo, close, reopen,
export; and the exported file says what was done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt

from app.choices import PredictChoices
from app.dialogs.exporting import ExportChoices, export
from app.panels.evidence_words import AS_PREDICTED
from glpose_core.labels import Source, Visibility
from glpose_core.network import GLPose, GLPoseConfig, save_weights
from glpose_core.skeleton import POSETRACK17

from .conftest import Build, Studio, wait_for

WRIST = POSETRACK17.index("left_wrist")
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A GLPose network small enough to predict a clip in a second, with untrained weights."""
    torch.manual_seed(0)
    path = tmp_path / "tiny.safetensors"
    config = GLPoseConfig(width=8, k=1, n=2, modules=(1, 1, 0), input_size=(48, 64))
    model = GLPose(config)
    # An untrained head answers next to nothing everywhere, which would read as absent joints.
    torch.nn.init.constant_(model.head.bias, 0.6)
    save_weights(model, path)
    return path


def draw_person(studio: Studio) -> int:
    studio.key(Qt.Key.Key_B)
    studio.drag((50, 20), (120, 130))
    studio.key(Qt.Key.Key_V)
    (person,) = studio.session.people()
    return person.id


def predict(studio: Studio, weights: Path, person: int) -> None:
    choices = PredictChoices(str(weights), 0, 12, person=person, device="cpu")
    assert studio.window.predicting.start(choices)
    wait_for(lambda: not studio.window.predicting.running, "the prediction", seconds=120)
    assert [n for n in studio.notices if n[0] == "error"] == []


def test_open_predict_correct_undo_reopen_export(
    studio: Studio, build_studio: Build, tiny: Path, video: Path, tmp_path: Path
) -> None:
    person = draw_person(studio)
    predict(studio, tiny, person)
    state = studio.session.project.state
    assert state.marks(person).predicted.tolist() == list(range(12))
    assert studio.pose(person, 5)["source"][WRIST] == Source.MODEL

    studio.go_to(5)
    studio.session.select(person)
    other = studio.pose(person)["xy"].copy()
    start = other[WRIST]
    studio.session.select(person, WRIST)
    studio.drag(start, (90, 60))
    moved = studio.pose(person)
    assert np.allclose(moved["xy"][WRIST], (90, 60), atol=1)
    assert moved["source"][WRIST] == Source.PLACED
    studio.session.select(person, WRIST)
    studio.key(Qt.Key.Key_2)
    assert studio.pose(person)["visibility"][WRIST] == Visibility.OCCLUDED
    assert studio.session.joint != WRIST, "the next joint is chosen"

    done = studio.edits
    studio.key(Qt.Key.Key_Z, CTRL)
    studio.key(Qt.Key.Key_Z, CTRL)
    assert studio.pose(person)["xy"][WRIST].tolist() == start.tolist()
    studio.key(Qt.Key.Key_Z, CTRL | SHIFT)
    studio.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert studio.edits == done
    assert studio.pose(person)["visibility"][WRIST] == Visibility.OCCLUDED

    studio.key(Qt.Key.Key_Return)
    wait_for(lambda: studio.session.project.pending == 0, "the commits")
    seen = studio.pose(person)
    studio.close()

    again = build_studio(video)
    wait_for(lambda: again.session.project is not None, "the project")
    again.wait_for_picture()
    assert again.pose(person, 5).tobytes() == seen.tobytes()
    assert again.session.project.undo_title == "Accept frame"
    assert again.session.project.state.reviewed == {5}

    out = tmp_path / "labels.json"
    export(again.session.project, ExportChoices(out, "labels", "walk", 0, 40))
    check_file(json.loads(out.read_text()), seen)

    again.session.undo()
    assert again.session.project.state.reviewed == set()


def check_file(data: dict, seen: np.void) -> None:
    """All frames are listed, one is labelled, and its joints are those on the screen."""
    assert len(data["images"]) == 40
    assert [i["frame_id"] for i in data["images"] if i["is_labeled"]] == [data["images"][5]["id"]]
    (labelled,) = data["annotations"]
    assert labelled["image_id"] == data["images"][5]["id"]
    keypoints = np.array(labelled["keypoints"]).reshape(17, 3)
    placed = seen["visibility"] != Visibility.ABSENT
    assert np.allclose(keypoints[placed, :2], seen["xy"][placed])
    assert keypoints[WRIST].tolist() == [*seen["xy"][WRIST].tolist(), 0], "hidden is v = 0, placed"
    assert (keypoints[~placed] == 0).all()


def test_another_run_leaves_human_joints_alone(studio: Studio, tiny: Path) -> None:
    person = draw_person(studio)
    predict(studio, tiny, person)
    studio.go_to(3)
    start = studio.pose(person)["xy"][WRIST].copy()
    studio.session.select(person, WRIST)
    studio.drag(start, (60, 100))
    placed = studio.pose(person)["xy"][WRIST].copy()
    predict(studio, tiny, person)
    assert studio.pose(person)["xy"][WRIST].tolist() == placed.tolist()
    assert studio.pose(person)["source"][WRIST] == Source.PLACED
    studio.session.undo()
    studio.session.undo()
    assert studio.pose(person, 3)["xy"][WRIST].tolist() == start.tolist()


def test_a_predicted_pose_is_explained_by_the_network_that_predicted_it(
    studio: Studio, tiny: Path
) -> None:
    predict(studio, tiny, draw_person(studio))
    studio.go_to(5)
    studio.window.bound["show_evidence"].trigger()
    panel = studio.window.evidence
    wait_for(lambda: panel.empty_text is None, "the explanation", seconds=120)
    assert [cell.frame for cell in panel.near.strip.cells] == [4, 5, 6]
    assert len(panel.far.strip.cells) == 2
    assert panel.said.text() == AS_PREDICTED
    panel.near.switched.emit(0)
    wait_for(lambda: panel.said.text().startswith("Without −1: "), "the change", seconds=60)
    tiny.write_bytes(tiny.read_bytes()[:-1] + b"!")
    studio.window.explaining.close()
    studio.go_to(6)
    wait_for(lambda: "no longer the file" in (panel.empty_text or ""), "the refusal", seconds=120)
