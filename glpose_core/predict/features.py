"""Features of person-frames: a bounded cache, and resampling from one crop into another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..geometry import Floats, invert_affine
from ..network.hrnet import FEATURE_STRIDE
from ..network.pixels import upload
from .overflow import Overflow
from .references import PersonFrame

CACHE_BYTES = 2**30
"""Room for features in memory: 17,000 person-frames of W18 at 144×192, 1,600 of W48 at 288×384. A walk in both
directions needs up to 600 of each person."""


_Rows: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Candidates for non-local references: (track, frame) ``[N, 2]`` and box scores ``[N]``."""


@dataclass(frozen=True, eq=False)
class Feature:
    """What the backbone saw in one person's own crop.

    Attributes:
        values: V of Eq. 1 in half precision, ``[C, h, w]``; ``[2C, h, w]`` with the flip test.
        matrix: picture → crop, ``[2, 3]``.
        pooled: global average of V at unit length, ``[C]``, for ranking.
        score: the box score.
        box: the person box that the crop was cut by, ``[4]``.
        candidate: whether a person was there, so that it may serve as a non-local reference. Frames beyond
            the ends of a track, which only stand in as local references, are not.
    """

    values: Tensor
    matrix: Floats
    pooled: NDArray[np.float32]
    score: float
    box: Floats
    candidate: bool = True


def room_for_features(device: torch.device) -> int:
    """Bytes that features may take: on a CUDA device a quarter of its free memory, if that is more."""
    if device.type != "cuda":
        return CACHE_BYTES
    free, _ = torch.cuda.mem_get_info(device)
    return max(CACHE_BYTES, free // 4)


class FeatureCache:
    """The features that somebody may still need, within a number of bytes.

    :meth:`retain` forgets what is out of every window. Where the rest does not fit, the values of the
    oldest go to a temporary file, which grows no further than the windows do; if that cannot be written
    they are dropped, and made again when they are asked for.

    Attributes:
        budget: most bytes of values in memory.
        used: bytes of values in memory now.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.used = 0
        self._held: dict[PersonFrame, Feature] = {}
        self._put_out: dict[PersonFrame, Feature] = {}
        self._overflow = Overflow()
        self._by_frame: dict[int, set[PersonFrame]] = {}
        self._rows: dict[int, _Rows] = {}
        self._table: _Rows | None = None

    def __len__(self) -> int:
        return len(self._held) + len(self._put_out)

    def __contains__(self, key: PersonFrame) -> bool:
        return key in self._held or key in self._put_out

    @property
    def on_disk(self) -> int:
        """Bytes of the temporary file."""
        return self._overflow.size

    def about(self, key: PersonFrame) -> Feature | None:
        """A feature without its values (they may be empty); None if it is not there. Reads no file."""
        return self._held.get(key) or self._put_out.get(key)

    def get(self, key: PersonFrame) -> Feature | None:
        """The feature of a person-frame, or None if it was never made or has been forgotten."""
        held = self._held.get(key)
        if held is not None or key not in self._put_out:
            return held
        shell = self._put_out[key]
        try:
            return replace(shell, values=self._overflow.read(key).to(shell.values.device))
        except OSError:
            self.drop(key)
            return None

    def put(self, key: PersonFrame, feature: Feature) -> None:
        """Keep a feature, putting out the oldest others where the budget demands it."""
        self.drop(key)
        size = feature.values.nbytes
        while self._held and self.used + size > self.budget:
            self._put_oldest_out()
        self._held[key] = feature
        self._by_frame.setdefault(key[1], set()).add(key)
        self.used += size
        if feature.candidate:
            self._count_anew(key[1])

    def promote(self, key: PersonFrame) -> None:
        """Let the feature of a person-frame, if there is one, serve as a non-local reference."""
        for where in (self._held, self._put_out):
            feature = where.get(key)
            if feature is not None and not feature.candidate:
                where[key] = replace(feature, candidate=True)
                self._count_anew(key[1])

    def _put_oldest_out(self) -> None:
        key = next(iter(self._held))
        old = self._held[key]
        self.drop(key)
        if self._overflow.write(key, old.values):
            self._put_out[key] = replace(old, values=old.values.new_empty(0))
            self._by_frame.setdefault(key[1], set()).add(key)

    def drop(self, key: PersonFrame) -> None:
        """Forget one feature, if it is there."""
        old = self._held.pop(key, None)
        if old is not None:
            self.used -= old.values.nbytes
        elif (old := self._put_out.pop(key, None)) is not None:
            self._overflow.free(key)
        if old is None:
            return
        beside = self._by_frame[key[1]]
        beside.discard(key)
        if not beside:
            del self._by_frame[key[1]]
            self._rows.pop(key[1], None)
        if old.candidate:
            self._count_anew(key[1])

    def retain(self, frames: NDArray[np.int64], reach: int) -> None:
        """Forget every feature that lies farther than ``reach`` frames from all of ``frames`` (sorted)."""
        if not self._by_frame:
            return
        at = np.array(list(self._by_frame))
        fence = np.concatenate([[-(2**62)], frames, [2**62]])
        after = np.searchsorted(fence, at)
        away = np.minimum(fence[after] - at, at - fence[after - 1])
        for frame in at[away > reach].tolist():
            for key in sorted(self._by_frame[frame]):
                self.drop(key)

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The candidates for non-local references, sorted by frame and track: (track, frame) ``[N, 2]`` and box scores
        ``[N]``. The same object as long as they are the same."""
        if self._table is None:
            for frame in self._by_frame.keys() - self._rows.keys():
                self._rows[frame] = self._of_frame(frame)
            rows = [self._rows[frame] for frame in sorted(self._rows)]
            keys, scores = zip(*rows, strict=True) if rows else ((), ())
            none = np.zeros((0, 2), np.int64), np.zeros(0)
            self._table = np.concatenate([none[0], *keys]), np.concatenate([none[1], *scores])
        return self._table

    def _of_frame(self, frame: int) -> _Rows:
        """The rows of :meth:`table` that belong to a frame."""
        features = [(key, self.about(key)) for key in sorted(self._by_frame[frame])]
        there = [(key, one.score) for key, one in features if one is not None and one.candidate]
        keys = np.array([key for key, _ in there], dtype=np.int64).reshape(-1, 2)
        return keys, np.array([score for _, score in there], dtype=np.float64)

    def _count_anew(self, frame: int) -> None:
        """Note that other person-frames of a frame than before are candidates."""
        self._rows.pop(frame, None)
        self._table = None


def cell_maps(source: Floats, target: Floats) -> Floats:
    """The affine maps from cells of the target's feature map to cells of the source's.

    ``source`` and ``target`` map picture → crop pixels, ``[N, 2, 3]`` each; cell i of either map sits at
    crop pixel 4 i. Returns ``[N, 2, 3]``.
    """
    back = invert_affine(target)
    linear = source[..., :2] @ back[..., :2]
    offset = source[..., :2] @ back[..., 2:] + source[..., 2:]
    return np.concatenate([linear, offset / FEATURE_STRIDE], axis=-1)


def resample(values: Sequence[Tensor] | Tensor, source: Floats, target: Floats) -> Tensor:
    """See features of one crop as if they had been made of another crop of the same picture.

    Cells beyond the source's crop repeat its border.

    Args:
        values: ``[N, C, h, w]``, or as many ``[C, h, w]``, at least one.
        source: picture → crop of the crops the features were made of, ``[N, 2, 3]``.
        target: picture → crop wanted, ``[N, 2, 3]``.

    Returns:
        ``[N, C, h, w]`` float32 on the same device.
    """
    height, width = values[0].shape[-2:]
    maps = cell_maps(source, target)
    upright = not (maps[..., 0, 1].any() or maps[..., 1, 0].any())
    if values[0].device.type == "cpu" and upright and min(height, width) > 1:
        return _resample_upright(values, maps)
    values = values if isinstance(values, Tensor) else torch.stack(list(values))
    # grid_sample with align_corners counts cells from −1 at the first centre to +1 at the last.
    span = np.array([max(width - 1, 1), max(height - 1, 1)]) / 2
    theta = np.empty_like(maps)
    theta[..., :2] = maps[..., :2] * span[None, None, :] / span[None, :, None]
    theta[..., 2] = (maps[..., :2] @ span + maps[..., 2]) / span - 1
    grid = functional.affine_grid(
        upload(theta.astype(np.float32), values.device), list(values.shape), align_corners=True
    )
    return functional.grid_sample(
        values.float(), grid, mode="bilinear", padding_mode="border", align_corners=True
    )


def _resample_upright(values: Sequence[Tensor] | Tensor, maps: Floats) -> Tensor:
    """The same on a processor where no crop is turned, in half the time: columns by a product, then rows.

    ``values [N, C, h, w]``, ``maps [N, 2, 3]`` as from :func:`cell_maps`.
    """
    channels, height, width = values[0].shape
    x = (maps[:, 0, :1] * np.arange(width) + maps[:, 0, 2:]).clip(0, width - 1)
    y = (maps[:, 1, 1:2] * np.arange(height) + maps[:, 1, 2:]).clip(0, height - 1)
    # Two weights in each column: [N, w of the source, w of the target].
    across = np.maximum(1 - np.abs(x[:, None] - np.arange(width)[:, None]), 0).astype(np.float32)
    above = np.minimum(y.astype(np.int64), height - 2)
    below = torch.from_numpy((y - above).astype(np.float32))[..., None]
    columns, rows = torch.from_numpy(across), torch.from_numpy(above)
    out = values[0].new_empty((len(values), channels, height, width), dtype=torch.float32)
    # One by one, so that what is made on the way stays in the processor's cache.
    for i, one in enumerate(values):
        wide = (one.float().reshape(-1, width) @ columns[i]).view(channels, height, width)
        upper, lower = wide.index_select(1, rows[i]), wide.index_select(1, rows[i] + 1)
        torch.lerp(upper, lower, below[i], out=out[i])
    return out
