"""The one loop that everything is trained by: stills, clips, corrections; one process or many.

A :class:`Training` is the whole state of a training. What happens beside it (measuring, logging, saving,
telling a window, stopping) is a :class:`Callback`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ..network import GLPose, HRNet
from .features import KeptFeatures, Seen
from .loader import ahead
from .mixture import Mixture, Part, Pick
from .on_device import DeviceStills
from .optimise import Average, make_optimiser
from .processes import (
    Processes,
    agree,
    alone,
    average_gradients,
    share_norms,
    share_weights,
)
from .recipe import Recipe
from .samples import PoseSamples
from .scoring import Score
from .temporal import Network, heatmaps_from, heatmaps_of, loss_of, references
from .views import Sample, View

DRAWING_DEVICES = ("cuda",)
"""Kinds of devices that draw crops themselves: those that a processor cannot draw fast enough for."""
Drawing: TypeAlias = Sequence[Pick | tuple[Pick, "Sample | Seen"]]
"""The poses of a step: as the network sees them, or only which ones, where the device draws them."""


class Callback:
    """Something that happens beside a training. On several processes, in the first one alone.

    What a method raises ends the training.
    """

    def begin(self, training: Training) -> None:
        """Before the first step, also of a resumed training."""

    def after_step(self, training: Training) -> None:
        """After every step."""

    def end(self, training: Training) -> None:
        """After the last step."""


class Training:
    """A training between two steps.

    Args:
        model: what learns; changed in place, and moved to the device.
        parts: the data sets.
        recipe: how.
        processes: this one among those that take part.
        threads: threads that draw crops.

    Attributes:
        average: the averaged weights; ``average.model`` is the result.
        mixture: the data.
        step: steps taken so far; ``total``: of so many, or None where the budget is a time.
        loss: of the last step, over all processes; a scalar on the device.
        seconds: time spent, measuring included; ``measuring``: spent on measuring alone.
        scores: the last measurement, by data set; ``scored_at``: after which step (−1: never).

    Raises:
        UsageError: if data, recipe and network do not fit together.
    """

    def __init__(
        self,
        model: Network,
        parts: Sequence[Part],
        recipe: Recipe,
        processes: Processes | None = None,
        threads: int = 1,
    ) -> None:
        self.processes = processes or alone(torch.device("cpu"))
        self.device = self.processes.device
        self.recipe, self.model, self._threads = recipe, model, threads
        self.mixture = Mixture(parts, recipe.seed, recipe.kept_draws)
        self.total = recipe.total_steps(len(self.mixture))
        self.processes.piece(0, recipe.batch)
        torch.manual_seed(recipe.seed)
        model.to(self.device)
        share_weights(model)
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = make_optimiser(model, recipe)
        self.average = Average(model, copy.deepcopy(model), recipe.ema)
        share_norms(model, self.device)
        self._kept = (
            KeptFeatures(model, self.device, recipe.kept_gigabytes)
            if recipe.kept_draws and isinstance(model, GLPose)
            else None
        )
        self._eyes = self._make_eyes()
        self._set_mode()
        if recipe.compile:
            _compile(model)
        self.step = 0
        self.loss = torch.zeros((), device=self.device)
        self.scores: dict[str, Score] = {}
        self.scored_at = -1
        self.spent, self.measuring, self.measuring_took, self.measured_at = 0.0, 0.0, 0.0, 0.0
        self._began: float | None = None

    @property
    def seconds(self) -> float:
        """Time spent on this training, before it was resumed too."""
        return self.spent + (0.0 if self._began is None else time.monotonic() - self._began)

    @property
    def samples(self) -> int:
        """Poses learned from so far, with repetition."""
        return self.step * self.recipe.batch

    @property
    def share(self) -> float:
        """How much of the budget is used, 0 … 1."""
        return self._share_at(self.step)

    @property
    def rate(self) -> float:
        """The learning rate in force."""
        return self.recipe.learning_rate * self.recipe.rate_at(self.share)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the crops of the stage in force."""
        return self.recipe.stage_at(self.share).size

    def run(self, callbacks: Sequence[Callback] = (), until: int | None = None) -> None:
        """Train to the end of the budget, or to step ``until`` as if interrupted there."""
        callbacks = callbacks if self.processes.first else ()
        self._began = time.monotonic()
        draw: Callable[[int], Drawing] = self._draw if self._eyes is None else self._pick
        batches = ahead(draw, self.step, self._threads)
        try:
            for callback in callbacks:
                callback.begin(self)
            while (share := self._agreed_share()) < 1:
                if until is not None and self.step >= until:
                    return
                self._take_step(next(batches), share)
                for callback in callbacks:
                    callback.after_step(self)
            for callback in callbacks:
                callback.end(self)
        finally:
            batches.close()  # type: ignore[attr-defined]
            self.spent, self._began = self.seconds, None

    def _share_at(self, step: int) -> float:
        if self.total is not None:
            return step / self.total
        assert self.recipe.minutes is not None
        return self.seconds / 60 / self.recipe.minutes

    def _agreed_share(self) -> float:
        """The share used, the same in all processes: clocks differ, steps do not."""
        return self.share if self.total is not None else agree(self.share, self.device)

    def _make_eyes(self) -> DeviceStills | None:
        """What draws crops on a graphics processor, where single frames of stills are learned from."""
        sets = [part.poses for part in self.mixture.parts]
        stills = [poses for poses in sets if isinstance(poses, PoseSamples)]
        alone = isinstance(self.model, HRNet) and len(stills) == len(sets)
        if self.device.type not in DRAWING_DEVICES or not alone:
            return None
        width, height = self.recipe.size
        return DeviceStills(stills, self.device, width / height)

    def _pick(self, step: int) -> list[Pick]:
        """The poses of a step, to be drawn on the device."""
        batch = self.recipe.batch
        return self.mixture.picks(*self.processes.piece(step * batch, batch))

    def _draw(self, step: int) -> list[tuple[Pick, Sample | Seen]]:
        """The poses of a step. Runs on other threads: what it reads does not change but for the clock."""
        size = self.recipe.stage_at(self._share_at(step)).size
        k, n = references(self.model) if self.recipe.references else (0, 0)
        view = View(size, k, n, how=self.recipe.augmentation)
        batch = self.recipe.batch
        drawn: list[tuple[Pick, Sample | Seen]] = []
        for pick in self.mixture.picks(*self.processes.piece(step * batch, batch)):
            kept = None if self._kept is None else self._kept.find(pick, size)
            drawn.append((pick, kept or self.mixture.see(pick, view)))
        return drawn

    def _take_step(self, drawn: Drawing, share: float) -> None:
        rate = self.recipe.learning_rate * self.recipe.rate_at(share)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        loss = self._loss(drawn, share)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        parameters = [p for group in self.optimiser.param_groups for p in group["params"]]
        self.loss = average_gradients(parameters, loss)
        if self.recipe.largest_gradient:
            nn.utils.clip_grad_norm_(parameters, self.recipe.largest_gradient)
        self.optimiser.step()
        self.average.update()
        self.step += 1

    def _loss(self, drawn: Drawing, share: float) -> Tensor:
        if isinstance(drawn[0], Pick):
            assert self._eyes is not None
            picks = [pick for pick in drawn if isinstance(pick, Pick)]
            view = View(self.recipe.stage_at(share).size, how=self.recipe.augmentation)
            seed = self.recipe.seed * 1_000_003 + self.step * self.processes.count
            seen = self._eyes.draw(self._eyes.rows(picks), view, seed + self.processes.rank)
            return loss_of(
                heatmaps_of(self.model, seen.crops, self.device), seen.xy, seen.known, self.recipe
            )
        pairs = [pair for pair in drawn if not isinstance(pair, Pick)]
        xy = np.stack([seen.xy for _, seen in pairs]).astype(np.float32)
        known = np.stack([seen.known for _, seen in pairs]).astype(np.float32)
        return loss_of(self._heatmaps(pairs), xy, known, self.recipe)

    def _heatmaps(self, drawn: Sequence[tuple[Pick, Sample | Seen]]) -> Tensor:
        if self._kept is None:
            crops = np.stack([seen.crops for _, seen in drawn if isinstance(seen, Sample)])
            return heatmaps_of(self.model, crops, self.device)
        assert isinstance(self.model, GLPose)
        seen = [
            self._kept.compute(pick, one) if isinstance(one, Sample) else one for pick, one in drawn
        ]
        return heatmaps_from(self.model, self._kept.stack(seen))

    def _set_mode(self) -> None:
        """Training mode, but BatchNorm as it is where the recipe or a frozen backbone wants it so."""
        frozen = isinstance(self.model, HRNet) and self.recipe.backbone_rate == 0
        self.model.train(not (self.recipe.keep_norms or frozen))


def _compile(model: Network) -> None:
    """Compile the parts that a step calls, in place; their names stay."""
    if isinstance(model, HRNet):
        model.compile()
        return
    for name, part in model.named_children():
        if name != "head":
            part.compile()
