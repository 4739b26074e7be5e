"""Asks how to train, and afterwards whether the new weights shall be used."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget

from ..predicting import Predicting
from ..remembering import remembered
from ..session import Session
from ..theme import reading_font
from ..training import (
    FRAMES_FOR_FIGURES,
    Labelled,
    TrainChoices,
    Training,
    compare,
    count_labels,
    improved,
    use,
    verdict,
)
from ..workers.finetune import TrainReport
from ..workers.inventory import Inventory, Weights
from .form import Form, room_for_lines
from .messages import ask
from .model_words import about, listed

LENGTHS: tuple[tuple[str, int | None], ...] = (
    ("Fitted to your labels", None),
    ("A quick try, 20 steps", 20),
    ("Long, 600 steps", 600),
)
FEW_POSES = 6


class TrainDialog(Form):
    """The dialog of Train. :meth:`set_inventory` may be called before or while it is shown."""

    def __init__(
        self,
        labelled: Labelled,
        inventory: Inventory | None = None,
        weights: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Train on your corrections",
            "Teaches a copy of the model what you placed and accepted in this project. The model in use "
            "stays as it is until you say otherwise.",
            "Train",
            parent,
        )
        self._labelled, self._weights = labelled, weights
        self.model, self.length, self.device = QComboBox(), QComboBox(), QComboBox()
        self._model_aside = self.row("&Start from", self.model, aside=" ")
        self._weights_by_name: dict[str, Weights] = {}
        for text, steps in LENGTHS:
            self.length.addItem(text, steps)
        self.row("&Length", self.length)
        self.row("&Device", self.device)
        for field in (self.model, self.length, self.device):
            field.setFont(reading_font())
            field.currentIndexChanged.connect(self._update)
        self.set_inventory(inventory)
        self.model.setFocus()

    def set_inventory(self, inventory: Inventory | None) -> None:
        """Fill in models and devices; ``None`` while they are still being looked for."""
        self.model.clear()
        self.device.clear()
        if inventory is None:
            self.model.addItem("Looking for models…", None)
            self.device.addItem("Automatic", "auto")
        else:
            self._weights_by_name.clear()
            for weights in inventory.weights:
                self._weights_by_name[weights.name] = weights
                self.model.addItem(listed(weights), weights.name)
            room_for_lines(self.model)
            if not inventory.weights:
                self.model.addItem("None yet", None)
            self.device.addItem(f"Automatic: {inventory.devices[0].description}", "auto")
            for one in inventory.devices:
                self.device.addItem(f"{one.description} ({one.id})", one.id)
        self.model.setCurrentIndex(max(self.model.findData(self._weights), 0))
        self._update()

    def choices(self) -> TrainChoices | None:
        """What is chosen now, or ``None`` while nothing can be trained."""
        weights = self.model.currentData()
        if weights is None or self._labelled.poses == 0:
            return None
        return TrainChoices(
            weights=weights,
            steps=self.length.currentData(),
            device=self.device.currentData() or "auto",
        )

    def _update(self) -> None:
        if self._model_aside is not None:
            chosen = self._weights_by_name.get(self.model.currentData())
            self._model_aside.setText(about(chosen, self._weights_by_name.values()))
        self.note(*foretell_training(self._labelled))
        self.allow(self.choices() is not None)


def foretell_training(labelled: Labelled) -> tuple[list[str], list[str]]:
    """What there is to learn from, and what to think of first: sentences and warnings."""
    if labelled.poses == 0:
        return [], ["Nothing is labelled yet: correct or accept some poses first."]
    poses = "1 pose" if labelled.poses == 1 else f"{labelled.poses} poses"
    frames = "1 frame" if labelled.frames == 1 else f"{labelled.frames} frames"
    sentences = [f"{poses} in {frames} to learn from."]
    warnings = []
    if labelled.poses < FEW_POSES:
        warnings.append("That is little to learn from: better label more frames first.")
    if labelled.frames < FRAMES_FOR_FIGURES:
        warnings.append(
            f"With fewer than {FRAMES_FOR_FIGURES} labelled frames it is not measured whether it helped."
        )
    else:
        sentences.append("A fifth of the frames is held out to measure before and after.")
    return sentences, warnings


def ask_train(
    labelled: Labelled, predicting: Predicting, parent: QWidget | None = None
) -> TrainChoices | None:
    """Show the dialog; models and devices are filled in when ``predicting`` has found them."""
    last = remembered(0, 0)
    weights = None if last is None else last.weights
    dialog = TrainDialog(labelled, predicting.inventory, weights, parent)

    def fill() -> None:
        dialog.set_inventory(predicting.inventory)

    predicting.inventory_changed.connect(fill)
    predicting.look_around()
    try:
        return dialog.choices() if dialog.exec() == TrainDialog.DialogCode.Accepted else None
    finally:
        predicting.inventory_changed.disconnect(fill)
        dialog.deleteLater()


def train_with_dialog(
    session: Session, training: Training, predicting: Predicting, parent: QWidget | None = None
) -> bool:
    """The whole command: ask and start. Returns whether a training was started."""
    session.settle()
    if session.project is None:
        return False
    choices = ask_train(count_labels(session.project.state), predicting, parent)
    return choices is not None and training.start(choices)


def offer_weights(
    report: TrainReport, predicting: Predicting, parent: QWidget | None = None
) -> bool:
    """Say what a training brought and ask whether to use it. Returns whether it is used now."""
    better = improved(report)
    used = ask(
        parent,
        "Training finished",
        verdict(report),
        yes="Use the new weights and predict…",
        no="Keep the old ones",
        remarks=compare(report),
        warnings=[]
        if better is not False
        else ["Better keep the old ones, and label more frames."],
        sure=better is not False,
    )
    if used:
        use(report.weights)
    predicting.look_around(again=True)
    return used
