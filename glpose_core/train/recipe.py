"""A recipe: everything that decides a training but the data and the network. Presets have names.

One record serves the paper's schedule on a rack of GPUs, two hours from noise on a laptop and three
minutes on a person's corrections. It is written into every checkpoint, so a resumed training follows
the recipe that it began with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

from ..errors import UsageError
from .augment import Augmentation

Schedule: TypeAlias = Literal["cosine", "drops"]
Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Stage:
    """A stretch of training at one resolution: crops of (width, height) until ``until`` of the budget."""

    size: Size
    until: float = 1.0


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        steps, epochs, minutes: the budget; exactly one is given. An epoch draws as many poses as there
            are; minutes count evaluation too, and are the one budget that no seed can repeat.
        batch: poses a step, all processes together.
        stages: progressive resolution, in ascending order of ``until``; the last one ends at 1.
        learning_rate: at its highest, of the temporal modules and the head.
        backbone_rate: the backbone's share of it; 0 keeps the backbone frozen, BatchNorm included.
        schedule: "cosine" from ``learning_rate`` to 0, or "drops" to a tenth at each of ``drops``.
        drops: shares of the budget.
        warm_up: share of the budget in which the rate rises from 0.
        weight_decay: on convolutions; with 0 the optimiser is plain Adam.
        betas: Adam's.
        largest_gradient: longer gradients are shortened to this norm; 0 leaves them alone.
        ema: decay of the averaged weights, which are the result; 0 takes the last weights.
        error_weight: of GLPose's squared error (Eq. 6). Adam is blind to it where it stands alone.
        location_weight: of the location loss (docs/decisions/0004); 0 is the paper.
        keep_norms: leave BatchNorm's statistics alone, where the data are no sample of the world.
        references: show GLPose the reference frames. Without, the key stands in for each of them: one backbone
            pass a pose instead of 1 + 2k + n.
        augmentation: how far crops stray.
        kept_draws: with a frozen backbone, repeat the first so many draws over and over, shuffled: their
            features are computed once and kept. 0 draws a new crop every time.
        kept_gigabytes: memory for those features; what does not fit is computed each time.
        evaluation_share: largest share of the time that measuring may take; 0 measures at the end only.
        checkpoint_minutes: how often the state is saved.
        compile: ``torch.compile``; pays on long runs on a GPU.
        seed: decides every random choice.

    Raises:
        UsageError: if the fields contradict one another.
    """

    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None
    batch: int = 32
    stages: tuple[Stage, ...] = (Stage((288, 384)),)
    learning_rate: float = 1e-3
    backbone_rate: float = 1.0
    schedule: Schedule = "cosine"
    drops: tuple[float, ...] = ()
    warm_up: float = 0.0
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    largest_gradient: float = 0.0
    ema: float = 0.0
    error_weight: float = 1.0
    location_weight: float = 0.0
    keep_norms: bool = False
    references: bool = True
    augmentation: Augmentation = field(default_factory=Augmentation)
    kept_draws: int = 0
    kept_gigabytes: float = 2.0
    evaluation_share: float = 0.05
    checkpoint_minutes: float = 5.0
    compile: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        budget = [b for b in (self.steps, self.epochs, self.minutes) if b is not None]
        ends = [stage.until for stage in self.stages]
        _demand(len(budget) == 1, "steps", "give one of steps, epochs and minutes")
        _demand(budget[0] > 0, "steps", "train for more than nothing")
        _demand(self.batch >= 1, "batch", "must be at least 1")
        _demand(
            bool(ends) and ends == sorted(ends) and ends[-1] == 1.0,
            "stages",
            "must ascend and end at 1",
        )
        _demand(
            all(side > 0 and side % 16 == 0 for stage in self.stages for side in stage.size),
            "stages",
            "sides must be multiples of 16",
        )
        _demand(self.learning_rate > 0, "learning_rate", "must be positive")
        _demand(self.schedule in ("cosine", "drops"), "schedule", "must be cosine or drops")
        _demand(0 <= self.ema < 1, "ema", "must be at least 0 and below 1")
        _demand(0 <= self.evaluation_share < 1, "evaluation_share", "must be at least 0, below 1")
        _demand(
            self.kept_draws == 0 or (self.kept_draws > 0 and self.backbone_rate == 0),
            "kept_draws",
            "features can only be kept where the backbone is frozen (backbone_rate 0)",
        )
        _demand(
            self.references or self.kept_draws == 0,
            "references",
            "features are kept with those of the reference frames",
        )

    @property
    def size(self) -> Size:
        """(width, height) of the crops that the result is made for: those of the last stage."""
        return self.stages[-1].size

    def stage_at(self, share: float) -> Stage:
        """The stage in force when ``share`` of the budget is used."""
        return next((s for s in self.stages if share < s.until), self.stages[-1])

    def rate_at(self, share: float) -> float:
        """Factor on the learning rate when ``share`` of the budget is used."""
        if share < self.warm_up:
            return share / self.warm_up
        if self.schedule == "drops":
            return float(0.1 ** sum(share >= drop for drop in self.drops))
        rest = (share - self.warm_up) / (1 - self.warm_up)
        return 0.5 * (1 + math.cos(math.pi * min(rest, 1.0)))

    def total_steps(self, poses: int) -> int | None:
        """How many steps the budget is, with ``poses`` to an epoch; None if it is a time."""
        if self.epochs is not None:
            return max(1, math.ceil(self.epochs * poses / self.batch))
        return self.steps

    def at_size(self, size: Size) -> Recipe:
        """The same recipe with its stages scaled so that the last one has ``size``."""
        old = self.size
        scaled = tuple(
            Stage(
                (_sixteens(s.size[0] * size[0] / old[0]), _sixteens(s.size[1] * size[1] / old[1])),
                s.until,
            )
            for s in self.stages
        )
        return replace(self, stages=(*scaled[:-1], Stage(size)))

    def lasting(
        self,
        steps: int | None = None,
        epochs: float | None = None,
        minutes: float | None = None,
    ) -> Recipe:
        """The same recipe with another budget; without one, it stays as it is."""
        if steps is None and epochs is None and minutes is None:
            return self
        return replace(self, steps=steps, epochs=epochs, minutes=minutes)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """Read :meth:`to_dict` back, from JSON too.

        Raises:
            UsageError: for fields that do not exist or make no sense.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UsageError("is no part of a recipe", field=unknown[0])
        try:
            given = dict(values)
            if "stages" in given:
                given["stages"] = tuple(
                    Stage((int(s["size"][0]), int(s["size"][1])), float(s["until"]))
                    for s in given["stages"]
                )
            if "augmentation" in given:
                given["augmentation"] = Augmentation(**given["augmentation"])
            for name in ("drops", "betas"):
                if name in given:
                    given[name] = tuple(given[name])
            return cls(**given)
        except (TypeError, KeyError, ValueError, IndexError) as error:
            raise UsageError(f"is not understood ({error})", field="recipe") from error


def paper() -> Recipe:
    """GLPose as published (section 4.1; spec section 6): Adam, 20 epochs, the rate falling tenfold at 6,
    12 and 18, squared error alone, over a pretrained backbone.

    The paper states no batch; the backbone is frozen, and its features are computed anew for each crop.
    """
    return Recipe(
        epochs=20,
        batch=16,
        stages=(Stage((288, 384)),),
        learning_rate=1e-3,
        backbone_rate=0.0,
        schedule="drops",
        drops=(6 / 20, 12 / 20, 18 / 20),
        # What the paper names and no more: rotation, scale, truncation, flip.
        augmentation=Augmentation(
            rotation_chance=1.0, shift=0.0, colour=0.0, blur_chance=0.0, occlusion_chance=0.0
        ),
    )


def scratch() -> Recipe:
    """From noise on a few thousand stills (docs/decisions/0004): AdamW, a cosine, the location loss, and
    small crops first, where a step costs a third."""
    return Recipe(
        minutes=120,
        batch=32,
        stages=(Stage((96, 128), 0.7), Stage((144, 192))),
        learning_rate=1.5e-3,
        warm_up=0.01,
        weight_decay=0.02,
        betas=(0.9, 0.99),
        largest_gradient=5.0,
        ema=0.998,
        error_weight=200.0,
        location_weight=1.0,
    )


def modules() -> Recipe:
    """GLPose's modules and head over a frozen backbone, from a warm start, on kept features."""
    return Recipe(
        minutes=30,
        batch=12,
        stages=(Stage((144, 192)),),
        learning_rate=1e-3,
        backbone_rate=0.0,
        warm_up=0.02,
        weight_decay=0.01,
        largest_gradient=5.0,
        ema=0.99,
        error_weight=200.0,
        location_weight=1.0,
        augmentation=Augmentation(occlusion_chance=0.1, blur_chance=0.05),
        kept_draws=3000,
    )


def corrections() -> Recipe:
    """A person's corrections of one clip: some gentle steps from weights that work already.

    GLPose learns them from the key alone: what a clip teaches is how its people look, in any frame, and a
    step costs a seventh (docs/decisions/0057).
    """
    return Recipe(
        steps=60,
        batch=8,
        stages=(Stage((144, 192)),),
        learning_rate=4e-4,
        backbone_rate=0.3,
        warm_up=0.02,
        weight_decay=0.01,
        largest_gradient=5.0,
        ema=0.99,
        error_weight=200.0,
        location_weight=0.5,
        keep_norms=True,
        references=False,
        augmentation=Augmentation(rotation=30, scale=0.25, half_body_chance=0.1),
        evaluation_share=0.0,
    )


PRESETS: dict[str, Callable[[], Recipe]] = {
    "paper": paper,
    "scratch": scratch,
    "modules": modules,
    "corrections": corrections,
}


def preset(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        UsageError: if there is none.
    """
    if name not in PRESETS:
        raise UsageError(
            f"{name!r} is no recipe", field="recipe", remedy=f"choose {', '.join(PRESETS)}"
        )
    return PRESETS[name]()


def _sixteens(side: float) -> int:
    return max(16, round(side / 16) * 16)


def _demand(holds: bool, name: str, sentence: str) -> None:
    if not holds:
        raise UsageError(sentence, field=name)
