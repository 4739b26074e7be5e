"""Every choice of GLPose in one frozen record.

The paper leaves some things open; each of them is a field here, its default being the choice of the
project. Every row of the paper's Table 4 is therefore a configuration and never a change of code.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from .hrnet import STAGE3_STRIDE, joint_list

LocalWeight: TypeAlias = Literal["linear", "inverse", "gauss", "uniform"]
GlobalWeight: TypeAlias = Literal["per_frame", "per_channel"]
Mask: TypeAlias = Literal["full", "spatial"]
Head: TypeAlias = Literal["3x3", "5x5", "mlp"]
Edge: TypeAlias = Literal["clamp", "key"]
Decoder: TypeAlias = Literal["quarter", "dark"]

SIGMA_PER_HEIGHT = 1 / 128
"""Target Gaussians: 3 cells at 384 pixels of height, 2 at 256, 1.5 at 192."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "local_weight": get_args(LocalWeight),
    "global_weight": get_args(GlobalWeight),
    "mask": get_args(Mask),
    "head": get_args(Head),
    "edge": get_args(Edge),
    "decoder": get_args(Decoder),
}
_RANGES: dict[str, tuple[int, int]] = {
    "width": (1, 1024),
    "k": (0, 64),
    "n": (0, 64),
    "aggregation_blocks": (1, 3),
    "pool_sample": (1, 10_000),
    "pool_distance": (1, 1_000_000),
}
_SWITCHES = ("enhancement", "freeze_backbone", "flip_test")
_SHARES = ("pool_score", "pool_fallback_score")


@dataclass(frozen=True)
class GLPoseConfig:
    """How a GLPose network is built, fed and read.

    Attributes:
        width: channels of the backbone's branch 0 (48 in the paper; 32 and 18 are smaller).
        k: local reference frames on each side of the key frame (paper: 4, so 8 in all).
        n: non-local reference frames (paper: 6).
        joints: joint names in heatmap order. A number is taken too: 15 means the paper's list, 17 COCO's.
        modules: high-resolution modules of the backbone's stages 2, 3 and 4. Stage 4 is not part of
            Eq. 1, so the last number is 0.
        local_weight: T of Eq. 2: weights falling linearly, as 1/|d|, as a Gaussian of the distance in
            frames, or all equal. They always sum to 1.
        global_weight: Eq. 3 as one weight per reference frame, or as the literal Hadamard product, one
            weight per frame and channel.
        enhancement: whether the feature enhancement module (Eq. 5) is there; without it heatmaps are
            read off S directly.
        mask: the weight matrix of Eq. 5 with a value per cell and channel, or per cell only.
        aggregation_blocks: basic blocks in 𝒜 of Eq. 5 (1 or 3). Eq. 4 always has three.
        head: the detection head: 3×3 or 5×5 convolution, or a channel-wise perceptron.
        edge: what stands in for local frames beyond the clip: the nearest frame, or the key frame.
        input_size: (width, height) of the crops in pixels, multiples of 16.
        sigma: standard deviation of the target Gaussians in heatmap cells; by default height / 128.
        freeze_backbone: whether training leaves the backbone as it is (BatchNorm statistics too).
        pool_sample: how many non-local candidates are ranked per key crop (paper: 20).
        pool_distance: farthest candidate, in frames from the key frame.
        pool_score: detection score that a candidate's box should exceed.
        pool_fallback_score: score accepted where too few candidates exceed ``pool_score``.
        decoder: how joints are read off heatmaps: HRNet's quarter-cell shift, or DARK.
        flip_test: whether heatmaps are averaged with those of the mirrored crops.

    Raises:
        ValueError: if a field has a value outside its range; the message begins with the field's name.
    """

    width: int = 48
    k: int = 4
    n: int = 6
    joints: int | Sequence[str] = 15
    modules: tuple[int, int, int] = (1, 4, 0)
    local_weight: LocalWeight = "linear"
    global_weight: GlobalWeight = "per_frame"
    enhancement: bool = True
    mask: Mask = "full"
    aggregation_blocks: int = 1
    head: Head = "3x3"
    edge: Edge = "clamp"
    input_size: tuple[int, int] = (288, 384)
    sigma: float | None = None
    freeze_backbone: bool = True
    pool_sample: int = 20
    pool_distance: int = 150
    pool_score: float = 0.6
    pool_fallback_score: float = 0.2
    decoder: Decoder = "quarter"
    flip_test: bool = False

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            _check_choice(name, getattr(self, name), choices)
        for name, (low, high) in _RANGES.items():
            _check_whole(name, getattr(self, name), low, high)
        for name in _SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: must be true or false, not {getattr(self, name)!r}")
        for name in _SHARES:
            _check_number(name, getattr(self, name), 0.0, 1.0)
        if self.aggregation_blocks == 2:
            raise ValueError("aggregation_blocks: must be 1 or 3, not 2")
        if self.pool_fallback_score > self.pool_score:
            raise ValueError("pool_fallback_score: must not exceed pool_score")
        if self.pool_sample < self.n:
            raise ValueError(f"pool_sample: must be at least n ({self.n}), not {self.pool_sample}")
        self._settle("joints", _joint_names(self.joints))
        self._settle("modules", _modules(self.modules))
        self._settle("input_size", _input_size(self.input_size))
        if self.sigma is None:
            self._settle("sigma", self.input_size[1] * SIGMA_PER_HEIGHT)
        _check_number("sigma", self.sigma, 0.1, 100.0)

    def _settle(self, name: str, value: object) -> None:
        """Put the canonical form of a field in place, so that equal configurations compare equal."""
        object.__setattr__(self, name, value)

    @property
    def joint_names(self) -> tuple[str, ...]:
        """The joints in heatmap order."""
        assert not isinstance(self.joints, int)
        return tuple(self.joints)

    @property
    def target_sigma(self) -> float:
        """Standard deviation of the target Gaussians in heatmap cells."""
        assert self.sigma is not None
        return self.sigma

    @property
    def references(self) -> int:
        """How many reference crops go with each key crop: 2k local and n non-local ones."""
        return 2 * self.k + self.n

    def offsets(self) -> tuple[int, ...]:
        """Distances in frames of the local slots: −k … −1, 1 … k (the slot order of Eq. 4)."""
        return tuple(d for d in range(-self.k, self.k + 1) if d)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values. :meth:`from_dict` is the inverse."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> GLPoseConfig:
        """Build a configuration from :meth:`to_dict`'s output; absent fields have their defaults.

        Raises:
            ValueError: if a field is unknown or has a value outside its range; the message begins with
                the field's name.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(fields) - known)
        if unknown:
            raise ValueError(f"{unknown[0]}: is no field of this version")
        return cls(**fields)


def _check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ValueError(f"{name}: must be one of {', '.join(choices)}, not {value!r}")


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name}: must be a whole number from {low} to {high}, not {value!r}")


def _check_number(name: str, value: object, low: float, high: float) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:  # type: ignore[operator]
        raise ValueError(f"{name}: must be a number from {low:g} to {high:g}, not {value!r}")


def _joint_names(value: object) -> tuple[str, ...]:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return joint_list(value)
        except ValueError as error:
            raise ValueError(f"joints: {error}") from error
    names = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"joints: must be 15, 17 or a list of joint names, not {value!r}")
    if len(set(names)) < len(names):
        raise ValueError("joints: must not name a joint twice")
    return names


def _modules(value: object) -> tuple[int, int, int]:
    numbers = _whole_numbers("modules", value, 3)
    if min(numbers[:2]) < 1 or max(numbers) > 16:
        raise ValueError(f"modules: stages 2 and 3 need 1 to 16 modules each, not {value!r}")
    if numbers[2]:
        raise ValueError(f"modules: GLPose does not use stage 4, so the last must be 0: {value!r}")
    return numbers[0], numbers[1], numbers[2]


def _input_size(value: object) -> tuple[int, int]:
    width, height = _whole_numbers("input_size", value, 2)
    if min(width, height) < STAGE3_STRIDE or width % STAGE3_STRIDE or height % STAGE3_STRIDE:
        raise ValueError(
            f"input_size: width and height must be multiples of {STAGE3_STRIDE}, not {value!r}"
        )
    return width, height


def _whole_numbers(name: str, value: object, count: int) -> tuple[int, ...]:
    numbers = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    good = all(isinstance(number, int) and not isinstance(number, bool) for number in numbers)
    if len(numbers) != count or not good or min(numbers) < 0:
        raise ValueError(f"{name}: must be {count} whole numbers, not {value!r}")
    return numbers
