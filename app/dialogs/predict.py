"""Asks what to predict: with which model, whom, which frames, on which device."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QPushButton,
    QRadioButton,
    QWidget,
)

from glpose_core.bundled import name_of
from glpose_core.labels import ProjectState

from ..choices import PredictChoices, boxes_to_follow
from ..naming import brief, menu_text
from ..predicting import Predicting
from ..remembering import models_at_hand, proposed
from ..session import Session
from ..theme import reading_font
from ..workers.inventory import Inventory, Weights, title_of
from .detectors import DetectorField
from .form import FIELD_HEIGHT, Form, room_for_lines, side_by_side
from .model_words import about, listed
from .predict_words import PredictContext, foretell
from .ranges import RangeField, counted
from .references import ALL, References

WEIGHTS_FILTER = "Weights (*.safetensors *.pth *.pt);;All files (*)"


class PredictDialog(Form):
    """The dialog of Predict. :meth:`set_inventory` may be called before or while it is shown."""

    def __init__(
        self,
        context: PredictContext,
        inventory: Inventory | None = None,
        parent: QWidget | None = None,
    ) -> None:
        title, intro = SECOND if context.second is not None else FIRST
        self._verb = "Predict" if context.second is None else "Compare"
        super().__init__(title, intro, self._verb, parent)
        self._context = context
        self._files: dict[str, Weights] = {}
        self._looked = False
        self.model = QComboBox()
        self.browse = QPushButton("File…")
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._choose_file)
        line = side_by_side(self.model, self.browse)
        line.setStretch(0, 1)
        line.takeAt(line.count() - 1)
        self._model_aside = self.row("&Model", line, aside=" ")
        self.range = RangeField(context.frames, context.marked)
        self.row("F&rames", self.range)
        self._add_people()
        self._add_references()
        self._add_mode()
        self._add_device()
        for field in (self.model, self.mode, self.device, self.precision, self.detector):
            field.setFont(reading_font())
            field.currentIndexChanged.connect(self._update)
        for button in (self.everybody, self.only, self.look_for):
            button.toggled.connect(self._update)
        self.range.changed.connect(self._update)
        self.detector.refused.connect(self._update)
        self.model.currentIndexChanged.connect(self._fit_references)
        self.set_inventory(inventory)
        self.restore()
        if context.follow and self.only.isEnabled():
            self.only.setChecked(True)
        self._update()
        self.model.setFocus()

    def _add_people(self) -> None:
        context = self._context
        self.everybody = QRadioButton("Everybody")
        self.look_for = QCheckBox("Look for more people with")
        self.look_for.setToolTip("Also predict people that nobody has drawn a box around")
        self.look_for.setChecked(True)
        self.detector = DetectorField()
        self.detector.setMinimumHeight(FIELD_HEIGHT)
        indented = side_by_side(self.look_for, self.detector)
        indented.setContentsMargins(26, 0, 0, 0)
        name = menu_text(brief(context.person[1])) if context.person else "the chosen person"
        self.only = QRadioButton(f"Only {name}, followed both ways from your box")
        self.everybody.setChecked(True)
        for button in (self.everybody, self.look_for, self.only):
            button.setFont(reading_font())
        usable = context.person is not None and context.boxes > 0
        self.only.setEnabled(usable)
        aside = ""
        if context.person is None:
            aside = "Choose a person first to follow only that one."
        elif context.boxes == 0:
            aside = f"Draw a box around {name} first (B) to follow only that one."
        if context.second is None:
            self.row("&People", self.everybody, indented, self.only, aside=aside)
        else:  # the people there are, in the boxes that they have
            self.look_for.setChecked(False)
            for field in (self.everybody, self.look_for, self.detector, self.only):
                field.setParent(self)
                field.hide()

    def _add_references(self) -> None:
        self.references = References()
        self.k, self.n = self.references.k, self.references.n
        self.row("&References", self.references)
        self.references.changed.connect(self._update)

    def _add_device(self) -> None:
        self.device, self.precision = QComboBox(), QComboBox()
        self.precision.setAccessibleName("Precision")
        for title, value in PRECISIONS:
            self.precision.addItem(title, value)
        line = side_by_side(self.device, self.precision)
        line.setStretch(0, 1)
        line.takeAt(line.count() - 1)
        self.row("&Device", line)

    def _add_mode(self) -> None:
        self.mode = QComboBox()
        self.mode.addItem("Fast: each frame passes the network once", "cached")
        self.mode.addItem("As published: every reference frame anew, much slower", "paper")
        self.row("&Speed", self.mode)

    # -- what there is to choose from ----------------------------------------------------------

    def set_inventory(self, inventory: Inventory | None) -> None:
        """Fill in models and devices; ``None`` while they are still being looked for."""
        model, device = self.model.currentData(), self.device.currentData()
        self.model.clear()
        self.device.clear()
        if inventory is None:
            for name in self._context.at_hand:
                self.model.addItem(name_of(Path(name)) if Path(name).suffix else name, name)
            more = "Looking for more models…" if self._context.at_hand else "Looking for models…"
            self.model.addItem(more, None)
            self.device.addItem("Automatic", "auto")
        else:
            known = {weights.name: weights for weights in inventory.weights}
            for weights in (self._files | known).values():
                self._add_model(weights)
            best = inventory.devices[0].description if inventory.devices else ""
            self.device.addItem(f"Automatic: {best}" if best else "Automatic", "auto")
            for one in inventory.devices:
                self.device.addItem(f"{one.description} ({one.id})", one.id)
            if self.model.count() == 0:
                self.model.addItem("None yet: choose a file", None)
        if inventory is not None:
            self.detector.offer(inventory.detectors)
        self._choose(self.device, device)
        self._choose(self.model, model)
        self._fit_references()
        if inventory is not None and not self._looked:
            self._looked = True
            self._restore_found()

    def _restore_found(self) -> None:
        """Choose what was chosen last time of what could not be offered before it was found."""
        last = self._context.last
        if last is None:
            return
        if self.device.currentIndex() == 0:
            self._choose(self.device, last.device)
        if self.detector.currentIndex() == 0:
            self.detector.choose(last.detector)

    def _fit_references(self) -> None:
        """Offer the references that the chosen weights have room for: all of them, or as many as last time."""
        last = self._context.last
        again = last is not None and last.weights == self.model.currentData()
        self.references.fit(
            self.model.currentData(WEIGHTS), (last.k, last.n) if last and again else ALL
        )

    def add_file(self, path: Path) -> None:
        """Offer weights from a file and choose them."""
        weights = Weights(str(path), title_of(path), "from a file", True)
        self._files[weights.name] = weights
        if self.model.count() == 1 and self.model.itemData(0) is None:
            self.model.clear()
        if self.model.findData(weights.name) < 0:
            self._add_model(weights)
        self._choose(self.model, weights.name)

    def _add_model(self, weights: Weights) -> None:
        self.model.addItem(listed(weights), weights.name)
        self.model.setItemData(self.model.count() - 1, weights, WEIGHTS)
        room_for_lines(self.model)

    def _offered(self) -> list[Weights]:
        """The models in the list whose files have been read."""
        found = (self.model.itemData(at, WEIGHTS) for at in range(self.model.count()))
        return [weights for weights in found if weights is not None]

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose weights", "", WEIGHTS_FILTER)
        if name:
            self.add_file(Path(name))

    def restore(self) -> None:
        """Choose what was chosen last time, as far as it is there."""
        last = self._context.last
        if self._context.second is not None:
            self._choose(self.device, None if last is None else last.device)
            self._choose_another()
            return
        if last is None:
            return
        if self.model.findData(last.weights) < 0 and Path(last.weights).is_file():
            self.add_file(Path(last.weights))
        for field, value in ((self.model, last.weights), (self.device, last.device)):
            self._choose(field, value)
        for field, value in (
            (self.mode, last.mode),
            (self.precision, last.precision),
        ):
            self._choose(field, value)
        self.detector.choose(last.detector)
        self.look_for.setChecked(last.find_people)

    def _choose_another(self) -> None:
        """Propose the first model that is not the one whose predictions are seen."""
        for at in range(self.model.count()):
            if self.model.itemData(at) not in (None, self._context.second):
                self.model.setCurrentIndex(at)
                return

    @staticmethod
    def _choose(field: QComboBox, value: object) -> None:
        at = field.findData(value)
        if value is not None and at >= 0:
            field.setCurrentIndex(at)

    # -- what is chosen ------------------------------------------------------------------------

    def choices(self) -> PredictChoices | None:
        """What is chosen now, or ``None`` while that makes no request."""
        weights = self.model.currentData()
        start, stop = self.range.value()
        if weights is None or stop <= start:
            return None
        only = self.only.isChecked() and self._context.person is not None
        k, n = self.references.asked()
        return PredictChoices(
            weights=weights,
            start=start,
            stop=stop,
            person=self._context.person[0] if only and self._context.person else None,
            find_people=self.look_for.isChecked(),
            device=self.device.currentData() or "auto",
            mode="paper" if self.mode.currentData() == "paper" else "cached",
            detector=self.detector.value,
            k=k,
            n=n,
            precision=self.precision.currentData(),
            second=self._context.second is not None,
        )

    def _update(self) -> None:
        if not hasattr(self, "precision"):
            return
        weights = self.model.currentData(WEIGHTS)
        self.mode.setEnabled(weights is None or weights.several_frames)
        self.look_for.setEnabled(self.everybody.isChecked())
        self.detector.setEnabled(self.everybody.isChecked() and self.look_for.isChecked())
        if self._model_aside is not None:
            self._model_aside.setText(about(weights, self._offered()))
        choices = self.choices()
        start, stop = self.range.value()
        sentences, warnings = foretell(choices, self._context)
        if stop <= start:
            warnings.append("The last frame lies before the first.")
        if self.detector.refusal:
            warnings.append(self.detector.refusal)
        self.note(sentences, warnings)
        self.allow(
            choices is not None and (not choices.second or self._context.people > 0),
            f"{self._verb} {counted(stop - start)}" if choices else self._verb,
        )


WEIGHTS = 257
"""The item role that keeps the :class:`Weights` of a model (Qt.UserRole + 1)."""
FIRST = (
    "Predict poses",
    "Finds people, follows them and predicts their joints in the background. "
    "What you placed or accepted never changes.",
)
SECOND = (
    "Compare with another model",
    "A second model predicts the same people. Where the two disagree, at least one is wrong: look there first.",
)
PRECISIONS = (
    ("Precision: automatic", "auto"),
    ("float32", "float32"),
    ("bfloat16", "bfloat16"),
)


def ask_predict(
    context: PredictContext, predicting: Predicting, parent: QWidget | None = None
) -> PredictChoices | None:
    """Show the dialog; models and devices are filled in when ``predicting`` has found them."""
    dialog = PredictDialog(context, predicting.inventory, parent)

    def fill() -> None:
        waiting = dialog.model.currentData() is None
        dialog.set_inventory(predicting.inventory)
        if waiting:  # otherwise something may have been chosen meanwhile, and stays
            dialog.restore()

    predicting.inventory_changed.connect(fill)
    predicting.look_around()
    try:
        return dialog.choices() if dialog.exec() == PredictDialog.DialogCode.Accepted else None
    finally:
        predicting.inventory_changed.disconnect(fill)
        dialog.deleteLater()


def predict_context(session: Session, follow: bool = False, second: bool = False) -> PredictContext:
    """What the dialog must know about what is open.

    ``follow``: propose to follow the chosen person. ``second``: a model is to be compared with what is seen.
    """
    assert session.project is not None
    state = session.project.state
    last = proposed(state)
    person, boxes = None, 0
    if session.person is not None:
        person = (session.person, session.person_name(session.person))
        boxes = len(boxes_to_follow(state, session.person, 0, session.frames))
    return PredictContext(
        frames=session.frames,
        marked=session.marked,
        person=person,
        boxes=boxes,
        people=len(session.people()),
        last=last,
        follow=follow,
        second=_shown_weights(state) if second else None,
        at_hand=models_at_hand(None if last is None else last.weights),
    )


def _shown_weights(state: ProjectState) -> str:
    run = state.runs.get(state.active_run or 0)
    return "" if run is None else run.weights


def predict_with_dialog(
    session: Session,
    predicting: Predicting,
    parent: QWidget | None = None,
    follow: bool = False,
    second: bool = False,
) -> bool:
    """The whole command: ask and start. Returns whether a prediction was started."""
    session.settle()
    if session.project is None:
        return False
    choices = ask_predict(predict_context(session, follow, second), predicting, parent)
    return choices is not None and predicting.start(choices)
