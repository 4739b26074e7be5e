"""The Predict dialog: choices in, one frozen request out; nothing is changed by asking."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from app.choices import PredictChoices
from app.dialogs.model_words import about, listed
from app.dialogs.predict import PredictDialog, ask_predict
from app.dialogs.predict_words import PredictContext, foretell
from app.predicting import Predicting
from app.remembering import models_at_hand, remember, remembered, weights_of_ones_own
from app.session import Session
from app.settings import settings
from app.workers.inventory import Device, Inventory, Weights, _describe
from glpose_core.bundled import USUAL, bundled_weights
from glpose_core.home import glpose_home
from tests.gui.conftest import Dialogs

INVENTORY = Inventory(
    (Device("cuda:0", "NVIDIA H200"), Device("cpu", "CPU, 2 threads")),
    (
        Weights("starter", "starter", "GLPose W18, 15 joints", True),
        Weights("plain", "plain", "HRNet W18, 17 joints", False),
        Weights(
            "hrnet-w48-coco-384x288",
            "hrnet-w48-coco-384x288",
            "HRNet W48, 15 joints",
            False,
            "HRNet-W48",
            (288, 384),
            15,
            ("head_bottom", "head_top"),
            width=48,
        ),
    ),
)
CONTEXT = PredictContext(frames=230, marked=(40, 80), person=(2, "Anna"), boxes=1, people=2)


def make(qtbot: QtBot, context: PredictContext = CONTEXT) -> PredictDialog:
    dialog = PredictDialog(context, INVENTORY)
    qtbot.addWidget(dialog)
    return dialog


def test_the_defaults_predict_everybody_in_the_marked_range(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    assert dialog.choices() == PredictChoices("starter", 40, 80)
    assert dialog.do.text() == "Predict 40 frames"
    assert dialog.do.isEnabled()


def test_without_a_mark_the_whole_clip(qtbot: QtBot) -> None:
    dialog = make(qtbot, replace(CONTEXT, marked=None))
    assert dialog.choices() == PredictChoices("starter", 0, 230)


def test_every_choice_arrives(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.range.choose(10, 21)
    dialog.only.setChecked(True)
    dialog.mode.setCurrentIndex(1)
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    choices = dialog.choices()
    assert choices == PredictChoices("starter", 10, 21, person=2, device="cpu", mode="paper")
    assert "Anna is followed through frames 10–20" in dialog.said


def test_following_needs_a_person_with_a_box(qtbot: QtBot) -> None:
    assert not make(qtbot, replace(CONTEXT, boxes=0)).only.isEnabled()
    assert not make(qtbot, replace(CONTEXT, person=None)).only.isEnabled()
    assert make(qtbot, replace(CONTEXT, follow=True)).only.isChecked()
    assert not make(qtbot, replace(CONTEXT, follow=True, boxes=0)).only.isChecked()


def test_a_backwards_range_cannot_be_predicted(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.range.choose(10, 21)
    dialog.range.last.setValue(5)
    assert dialog.choices() is None
    assert not dialog.do.isEnabled()
    assert dialog.said == "The last frame lies before the first."


def test_a_single_frame_model_has_no_reference_frames_to_sample(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.model.setCurrentIndex(dialog.model.findData("plain"))
    assert not dialog.mode.isEnabled()


def test_what_the_chosen_model_is(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.model.setCurrentIndex(dialog.model.findData("hrnet-w48-coco-384x288"))
    assert dialog._model_aside is not None
    assert dialog._model_aside.text() == (
        "Very large: for computers with a graphics processor. Looks at each frame alone. "
        "Not trained yet: head bottom, head top. (HRNet-W48, 15 joints, crops of 288 × 384)"
    )
    choices = dialog.choices()
    assert choices is not None
    assert choices.weights == "hrnet-w48-coco-384x288"
    assert dialog.model.currentText() == "hrnet-w48-coco-384x288 · very large, slow"
    assert dialog.model.itemText(0) == "starter · GLPose W18, 15 joints"
    many = replace(INVENTORY.weights[2], untrained=tuple("abcdefg"))
    assert "Not trained yet: 7 joints." in about(many)
    assert about(INVENTORY.weights[0]) == about(None)


@pytest.mark.quick
def test_a_list_says_which_model_is_fast_and_which_is_right_more_often() -> None:
    """By channels and crops of the file, not by its name."""
    small = Weights(
        "a", "mine", "GLPose W18, 15 joints", True, "GLPose-W18", (128, 176), 15, width=18
    )
    large = replace(small, name="b", title="glpose-b", input_size=(192, 256), width=32)
    assert listed(small) == "mine · GLPose W18 · small, fast"
    assert listed(large) == "glpose-b · large, more exact"
    assert about(small, (small, large)).startswith("Small and fast. Looks at the frames around")
    assert about(large, (small, large)).startswith(
        "Large: right more often than a small one, and slower (about 7 times the work of the smallest here). "
    )
    assert "times" not in about(large, (large,))


def test_weights_that_come_along_say_how_large_they_are() -> None:
    path = bundled_weights()["glpose-w18-starter"]
    assert listed(_describe("glpose-w18-starter", "glpose-w18-starter", path)).endswith(
        "small, fast"
    )


def test_models_that_come_while_it_is_open_change_no_choice(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    predicting = Predicting(Session())
    predicting.inventory = INVENTORY
    last = PredictChoices("starter", 0, 230)

    def while_open(dialog: PredictDialog) -> int:
        dialog.model.setCurrentIndex(dialog.model.findData("plain"))
        predicting.inventory = replace(INVENTORY, weights=INVENTORY.weights[1:])
        predicting.inventory_changed.emit()
        return PredictDialog.DialogCode.Accepted

    monkeypatch.setattr(PredictDialog, "exec", while_open)
    choices = ask_predict(replace(CONTEXT, last=last), predicting)
    assert choices is not None
    assert choices.weights == "plain"


def test_new_files_of_weights_are_looked_at_again(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    predicting = Predicting(Session())
    asked: list[tuple[Path, ...]] = []
    monkeypatch.setattr(
        predicting._looker, "start", lambda _, request, __: asked.append(request.more)
    )
    predicting.look_around()
    predicting.inventory = INVENTORY
    predicting.look_around()
    assert asked == [()]
    pulled = glpose_home() / "weights" / "pulled.safetensors"
    pulled.parent.mkdir()
    pulled.touch()
    predicting.look_around()
    predicting.look_around()
    assert asked == [(), (pulled,)]


def test_it_waits_for_the_inventory_and_keeps_what_was_chosen(qtbot: QtBot) -> None:
    dialog = PredictDialog(CONTEXT, None)
    qtbot.addWidget(dialog)
    assert dialog.choices() is None
    assert not dialog.do.isEnabled()
    dialog.set_inventory(INVENTORY)
    assert dialog.choices() is not None
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    dialog.model.setCurrentIndex(dialog.model.findData("plain"))
    dialog.set_inventory(INVENTORY)
    assert dialog.choices() == PredictChoices("plain", 40, 80, device="cpu")


def test_what_is_known_to_be_there_can_be_used_before_it_is_looked_into(qtbot: QtBot) -> None:
    last = PredictChoices("starter", 0, 230, device="cpu", k=1, n=0)
    dialog = PredictDialog(replace(CONTEXT, last=last, at_hand=("starter", "plain")), None)
    qtbot.addWidget(dialog)
    assert dialog.do.isEnabled()
    choices = dialog.choices()
    assert choices is not None
    assert (choices.weights, choices.k, choices.n) == ("starter", 1, 0)
    dialog.set_inventory(INVENTORY)
    choices = dialog.choices()
    assert choices is not None
    assert (choices.weights, choices.device) == ("starter", "cpu")
    assert dialog.model.count() == len(INVENTORY.weights)
    dialog.set_inventory(INVENTORY)
    assert dialog.choices() == choices


def test_the_apps_own_models_are_at_hand_and_the_last_one_comes_first() -> None:
    own = models_at_hand(None)
    assert own[0] == USUAL
    assert not any("finder" in name for name in own)
    assert models_at_hand("nowhere") == own
    assert models_at_hand(own[-1])[0] == own[-1]
    assert sorted(models_at_hand(own[-1])) == sorted(own)


def test_without_any_weights_a_file_can_be_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = PredictDialog(CONTEXT, replace(INVENTORY, weights=()))
    qtbot.addWidget(dialog)
    assert dialog.choices() is None
    dialog.add_file(tmp_path / "mine.safetensors")
    choices = dialog.choices()
    assert choices is not None
    assert choices.weights == str(tmp_path / "mine.safetensors")


def test_last_time_is_remembered(qtbot: QtBot) -> None:
    assert remembered(0, 10) is None
    remember(PredictChoices("plain", 3, 9, person=4, find_people=False, device="cpu", mode="paper"))
    last = remembered(0, 230)
    assert last == PredictChoices("plain", 0, 230, find_people=False, device="cpu", mode="paper")
    dialog = make(qtbot, replace(CONTEXT, last=last, marked=None))
    assert dialog.choices() == last


@pytest.mark.quick
def test_trained_weights_are_offered_latest_first() -> None:
    folder = glpose_home() / "weights"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        (folder / name / "weights.safetensors").touch()
    os.utime(folder / "a" / "weights.safetensors", (2e9, 2e9))
    assert [path.parent.name for path in weights_of_ones_own()] == ["a", "b"]


@pytest.mark.quick
def test_what_is_foretold() -> None:
    sentences, warnings = foretell(PredictChoices("starter", 0, 230), CONTEXT)
    assert sentences[0].startswith("Everybody in the whole clip is predicted")
    assert warnings == []
    sentences, _ = foretell(PredictChoices("starter", 0, 230, person=2), CONTEXT)
    assert sentences[0].endswith("what lies beyond stays, and so does everybody else.")
    nobody = replace(CONTEXT, people=0)
    _, [warning] = foretell(PredictChoices("starter", 0, 230, find_people=False), nobody)
    assert warning.startswith("There is nobody yet")


def test_the_keyboard_is_enough(qtbot: QtBot) -> None:
    dialog = make(qtbot)
    dialog.show()
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.model, Qt.Key.Key_Down)
        qtbot.keyClick(dialog.model, Qt.Key.Key_Return)
    choices = dialog.choices()
    assert choices is not None
    assert choices.weights == "plain"


ROOMY = replace(
    INVENTORY,
    weights=(
        Weights("starter", "starter", "GLPose W18", True, "GLPose-W18", (96, 128), 15, (), 4, 6),
        *INVENTORY.weights[1:],
    ),
    detectors=("hog", "yolo"),
)


def roomy(qtbot: QtBot, context: PredictContext = CONTEXT) -> PredictDialog:
    dialog = PredictDialog(context, ROOMY)
    qtbot.addWidget(dialog)
    return dialog


def test_references_precision_and_finder_can_be_chosen(qtbot: QtBot) -> None:
    dialog = roomy(qtbot)
    assert (dialog.k.value(), dialog.n.value()) == (4, 6)
    choices = dialog.choices()
    assert choices is not None
    assert (choices.k, choices.n) == (None, None)
    dialog.k.setValue(1)
    dialog.n.setValue(0)
    dialog._choose(dialog.precision, "float32")
    dialog.detector.choose("yolo")
    choices = dialog.choices()
    assert choices is not None
    assert (choices.k, choices.n, choices.precision, choices.detector) == (1, 0, "float32", "yolo")
    dialog._choose(dialog.model, "plain")
    assert not dialog.k.isEnabled()
    assert not dialog.n.isEnabled()
    dialog.look_for.setChecked(False)
    assert not dialog.detector.isEnabled()


def test_numbers_that_are_not_known_yet_are_not_shown(qtbot: QtBot) -> None:
    """Greyed noughts said "0 frames each way" of models that nobody had looked into."""
    last = PredictChoices("starter", 0, 230, k=1)
    dialog = PredictDialog(replace(CONTEXT, last=last, at_hand=("starter",)), None)
    qtbot.addWidget(dialog)
    dialog.show()
    said = dialog.references.findChild(QLabel, "references")
    assert not dialog.k.isVisible()
    assert said.text() == "As last time: 1 frame each way, all similar crops"
    high = dialog.references.height()
    dialog.set_inventory(ROOMY)
    assert dialog.k.isVisible()
    assert not said.isVisible()
    assert (dialog.k.value(), dialog.n.value()) == (1, 6)
    assert dialog.references.height() == high, "nothing below has moved"
    dialog._choose(dialog.model, "plain")
    assert not dialog.k.isVisible()
    assert said.text() == "None: this model looks at each frame alone"


def test_before_anything_is_known_all_references_are_meant(qtbot: QtBot) -> None:
    dialog = PredictDialog(replace(CONTEXT, at_hand=("starter",)), None)
    qtbot.addWidget(dialog)
    choices = dialog.choices()
    assert choices is not None
    assert (choices.k, choices.n) == (None, None)


def test_the_choices_of_last_time_come_back(qtbot: QtBot) -> None:
    last = PredictChoices("starter", 0, 230, detector="yolo", k=2, precision="bfloat16")
    dialog = roomy(qtbot, replace(CONTEXT, last=last))
    choices = dialog.choices()
    assert choices is not None
    assert (choices.k, choices.n, choices.precision, choices.detector) == (
        2,
        None,
        "bfloat16",
        "yolo",
    )


def test_comparing_proposes_another_model_and_nobody_new(qtbot: QtBot) -> None:
    dialog = roomy(qtbot, replace(CONTEXT, second="starter"))
    choices = dialog.choices()
    assert choices is not None
    assert choices.second
    assert not choices.find_people
    assert choices.weights == "plain"
    assert dialog.do.text() == "Compare 40 frames"
    assert "What you see stays." in dialog.said
    nobody = roomy(qtbot, replace(CONTEXT, second="", people=0, person=None))
    assert not nobody.do.isEnabled()
    assert "predict first" in nobody.said


def test_only_files_that_can_be_detectors_are_offered(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = []

    def ask(_parent: object, _title: str, _folder: str, filters: str) -> tuple[str, str]:
        offered.append(filters)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    dialog = roomy(qtbot)
    dialog.detector.activated.emit(dialog.detector.count() - 1)
    assert re.findall(r"\(([^)]*)\)", offered[0]) == ["*.onnx"]


def test_a_detector_of_ones_own_can_be_chosen_and_comes_back(
    qtbot: QtBot, dialogs: Dialogs, tmp_path: Path
) -> None:
    file = tmp_path / "yolox.onnx"
    file.write_bytes(b"")
    dialog = roomy(qtbot)
    last = dialog.detector.count() - 1
    dialogs.answer("getOpenFileName", ("", ""))
    dialog.detector.activated.emit(last)
    assert dialog.detector.value == "hog"  # left again: nothing changed
    dialogs.answer("getOpenFileName", (str(file), ""))
    dialog.detector.activated.emit(last)
    choices = dialog.choices()
    assert choices is not None
    assert choices.detector == str(file)
    assert dialog.detector.currentText() == "yolox.onnx"
    dialog.set_inventory(ROOMY)
    assert dialog.detector.value == str(file)
    again = roomy(qtbot, replace(CONTEXT, last=choices))
    assert again.detector.value == str(file)
    file.unlink()
    gone = roomy(qtbot, replace(CONTEXT, last=choices))
    assert gone.detector.value == "hog"


def test_a_file_that_is_no_detector_is_refused_with_a_sentence(
    qtbot: QtBot, dialogs: Dialogs, tmp_path: Path
) -> None:
    weights = tmp_path / "yolox.pth"
    weights.write_bytes(b"")
    dialog = roomy(qtbot)
    last = dialog.detector.count() - 1
    dialogs.answer("getOpenFileName", (str(weights), ""))
    dialog.detector.activated.emit(last)
    assert dialog.detector.value == "hog"
    assert "yolox.pth does not end in .onnx" in dialog.said
    dialogs.answer("getOpenFileName", (str(tmp_path / "yolo.onnx"), ""))
    dialog.detector.activated.emit(last)
    assert f"There is no file {tmp_path / 'yolo.onnx'}" in dialog.said
    dialog.detector.activated.emit(0)
    assert "yolo" not in dialog.said, "another choice is no reason to go on about it"


def test_the_default_of_an_earlier_version_is_not_taken_for_a_choice() -> None:
    store = settings()
    store.beginGroup("predict")
    store.setValue("weights", "starter")
    store.setValue("detector", "hog")  # what every prediction left behind
    store.endGroup()
    last = remembered(0, 10)
    assert last is not None
    assert last.detector == "finder"
    remember(replace(last, detector="hog"))
    again = remembered(0, 10)
    assert again is not None
    assert again.detector == "hog"
