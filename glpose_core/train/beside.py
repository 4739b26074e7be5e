"""What happens beside a training: measuring it, saving it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import Cancelled, WeightsError
from ..network import GLPose, save_weights
from .checkpoint import NAME, save_checkpoint
from .scoring import predict_set
from .training import Callback, Training
from .views import Over, PoseSet

FEW = 16
"""Poses whose prediction foretells what a measurement costs."""


class Measure(Callback):
    """Measures the averaged weights on held-out poses, within the recipe's share of the time.

    A few poses, predicted before the first step, tell what a measurement will cost; one comes whenever
    training has taken long enough for it. The last one follows the last step whatever it costs.

    Args:
        held_out: data sets that are not learned from.
        tell: told how far a measurement is; may raise to stop.
    """

    def __init__(
        self,
        held_out: Sequence[PoseSet],
        tell: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self._held_out = [poses for poses in held_out if len(poses)]
        self._tell = tell

    def begin(self, training: Training) -> None:
        if training.step == 0 and training.recipe.evaluation_share:
            training.measuring_took = self.foretell(training)

    def after_step(self, training: Training) -> None:
        share = training.recipe.evaluation_share
        since = training.seconds - training.measured_at
        if share and since * share >= training.measuring_took * (1 - share):
            self.measure(training)

    def end(self, training: Training) -> None:
        if training.scored_at != training.step:
            self.measure(training)

    def foretell(self, training: Training) -> float:
        """About how many seconds a measurement takes."""
        seconds = 0.0
        for poses in self._held_out:
            few = _First(poses, min(FEW, len(poses)))
            began = time.monotonic()
            predict_set(training.average.model, few, training.size, training.device)
            seconds += (time.monotonic() - began) / len(few) * len(poses)
        return seconds

    def measure(self, training: Training) -> None:
        """Measure now."""
        if not self._held_out:
            return
        began = time.monotonic()
        for poses in self._held_out:
            found = predict_set(
                training.average.model, poses, training.size, training.device, tell=self._tell
            )
            training.scores[poses.name] = found.score()
        training.measuring_took = time.monotonic() - began
        training.measuring += training.measuring_took
        training.measured_at, training.scored_at = training.seconds, training.step


@dataclass(frozen=True)
class _First(Over):
    """The first ``count`` poses of a set."""

    count: int

    def __len__(self) -> int:
        return self.count


class Save(Callback):
    """Keeps ``checkpoint.pt`` and ``weights.safetensors`` (the averaged weights) in a folder up to date.

    Args:
        folder: made if missing.
        record: what the weights' record says beside how far the training is.
        cancelled: asked after each step; the state is saved before stopping.
    """

    def __init__(
        self,
        folder: Path,
        record: dict[str, Any],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder, self._record, self._cancelled = folder, record, cancelled
        self._saved = time.monotonic()

    def begin(self, training: Training) -> None:
        make_folder(self._folder)
        self._saved = time.monotonic()

    def after_step(self, training: Training) -> None:
        if self._cancelled():
            self.save(training)
            raise Cancelled
        if time.monotonic() - self._saved >= 60 * training.recipe.checkpoint_minutes:
            self.save(training)

    def end(self, training: Training) -> None:
        self.save(training)

    def save(self, training: Training) -> None:
        """Save now."""
        save_checkpoint(training, self._folder / NAME)
        model = training.average.model
        if isinstance(model, GLPose):
            model.freeze_backbone(model.config.freeze_backbone)
        save_weights(model, self._folder / "weights.safetensors", self._story(training))
        self._saved = time.monotonic()

    def _story(self, training: Training) -> dict[str, Any]:
        return {
            **training.average.model.record,
            **self._record,
            "input_size": list(training.recipe.size),
            "recipe": training.recipe.to_dict(),
            "data": [name for name, _, _ in training.mixture.describe()],
            "samples": training.samples,
            "minutes": round(training.seconds / 60, 1),
            "figures": {
                name: {k: (None if v != v else v) for k, v in asdict(score).items()}
                for name, score in training.scores.items()
            },
        }


def make_folder(folder: Path) -> None:
    """Make a folder for results.

    Raises:
        WeightsError: if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            f"cannot be made ({error.strerror})",
            file=folder,
            remedy="choose a folder you may write to",
        ) from error
