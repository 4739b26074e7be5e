"""Asks which frames are to be labelled: a preset, or ranges with a stride."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget

from glpose_core.errors import UsageError
from glpose_core.labels.schedule import (
    MIDDLE,
    STRIDE,
    Schedule,
    Stretch,
    frames_of,
    posetrack_training,
    posetrack_validation,
    read_schedule,
    written_schedule,
)

from ..theme import reading_font
from .form import Form
from .ranges import counted

ASIDE = "First and last frame, and a slash before the stride: 0-34/4, 35-64."


@dataclass(frozen=True)
class ScheduleChoices:
    """The schedule, and whether step keys go through its frames only."""

    schedule: Schedule
    only: bool


class ScheduleDialog(Form):
    """The dialog of Scheduled Frames."""

    def __init__(
        self, frames: int, schedule: Schedule, only: bool, parent: QWidget | None = None
    ) -> None:
        """``only``: whether step keys go through scheduled frames alone now."""
        super().__init__(
            "Scheduled frames",
            "Which frames are to be labelled. Progress, the coverage check and Export count these alone.",
            "Set",
            parent,
        )
        self._frames = frames
        self.preset = QComboBox()
        self.preset.setFont(reading_font())
        self.preset.addItem("Every frame of the video", "all")
        self.preset.addItem(f"PoseTrack training: {MIDDLE} in the middle", "training")
        self.preset.addItem(
            f"PoseTrack validation: {MIDDLE} in the middle, every {STRIDE}th besides", "validation"
        )
        self.preset.addItem("Every …th frame", "stride")
        self.preset.addItem("Ranges of your own", "own")
        self.stride = QSpinBox()
        self.stride.setFont(reading_font())
        self.stride.setRange(2, 9999)
        self.stride.setPrefix("every ")
        self.stride.setSuffix(" frames")
        self.stride.setValue(10)
        self.row("&Schedule", self.preset, self.stride)
        self.ranges = QLineEdit(written_schedule(schedule))
        self.ranges.setFont(reading_font())
        self.row("&Frames", self.ranges, aside=ASIDE)
        self.only = QCheckBox("Step keys go through these frames alone")
        self.only.setFont(reading_font())
        self.only.setChecked(only or not schedule)
        self.row("", self.only)
        self.preset.setCurrentIndex(self.preset.findData(self._kind_of(schedule)))
        self.preset.currentIndexChanged.connect(self._fill)
        self.stride.valueChanged.connect(self._fill)
        self.ranges.textEdited.connect(self._typed)
        self._update()
        self.preset.setFocus()

    def choices(self) -> ScheduleChoices:
        """What is chosen now. Raises UsageError while the ranges cannot be read."""
        every = self.preset.currentData() == "all"
        schedule = () if every else read_schedule(self.ranges.text(), self._frames)
        return ScheduleChoices(schedule, bool(schedule) and self.only.isChecked())

    def _fill(self) -> None:
        """Write the ranges of the chosen preset into the line, where they can be changed."""
        kind, made = self.preset.currentData(), self._presets()
        if kind in made:
            self.ranges.setText(written_schedule(made[kind]))
        self._update()

    def _presets(self) -> dict[str, Schedule]:
        return {
            "all": (),
            "training": posetrack_training(self._frames),
            "validation": posetrack_validation(self._frames),
            "stride": (Stretch(0, self._frames, self.stride.value()),),
        }

    def _kind_of(self, schedule: Schedule) -> str:
        """The preset that makes a schedule, or "own"."""
        written = written_schedule(schedule)
        same = [kind for kind, made in self._presets().items() if written_schedule(made) == written]
        return same[0] if same else "own"

    def _typed(self) -> None:
        self.preset.blockSignals(True)
        self.preset.setCurrentIndex(self.preset.findData("own"))
        self.preset.blockSignals(False)
        self._update()

    def _update(self) -> None:
        kind = self.preset.currentData()
        self.stride.setVisible(kind == "stride")
        self.ranges.setEnabled(kind != "all")
        self.only.setEnabled(kind != "all")
        try:
            schedule = self.choices().schedule
        except UsageError as error:
            self.note([], [str(error)])
            self.allow(False)
            return
        count = len(frames_of(schedule, self._frames))
        if kind == "all":
            self.note([f"All {counted(self._frames)} are to be labelled."])
        elif not count:
            self.note([], ["No frame is chosen yet: write a range, or choose a schedule above."])
        else:
            self.note([f"{counted(count)} of {self._frames} are to be labelled."])
        self.allow(kind == "all" or count > 0)


def ask_schedule(
    frames: int, schedule: Schedule, only: bool, parent: QWidget | None = None
) -> ScheduleChoices | None:
    """Ask which of ``frames`` frames are to be labelled; ``None`` leaves it."""
    dialog = ScheduleDialog(frames, schedule, only, parent)
    try:
        return dialog.choices() if dialog.exec() == ScheduleDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()
