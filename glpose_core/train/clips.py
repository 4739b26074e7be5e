"""Labelled people with the pieces of picture around them in time: what the temporal modules learn from.

A *patch* is a piece of picture somewhat larger than the network's crop, at the crop's resolution, so
that augmentation can turn and shift it without going back to the video.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..geometry import crop_affine, crop_box, scale_box
from ..predict.crops import cut_crops
from .augment import change_look, cut, draw_geometry, place_joints
from .views import Sample, View

PATCH_SCALE = 1.5
"""How much larger than the crop a patch is, along each side."""
ENLARGE = 1.25


class Patches(Protocol):
    """N × S patches, in memory (an array ``[N, S, Hp, Wp, 3]``) or decoded when asked for."""

    def __getitem__(self, at: tuple[int, int], /) -> NDArray[np.uint8]:
        """The patch of row and slot, RGB uint8 ``[Hp, Wp, 3]``."""
        ...


@dataclass(frozen=True)
class ClipSamples:
    """N labelled person-frames with their neighbours in time. Struct of arrays, and a data set.

    Attributes:
        joints: the J joint names of the network.
        size: (width, height) in pixels of the crops that the patches were cut for.
        k: local references on each side.
        patches: ``[N, 1 + 2k]`` patches; slot 0 is the key, then t−k … t−1, t+1 … t+k, all cut with the
            key's box.
        xy: joints in patch pixels, ``[N, J, 2]`` float64.
        known: joints with a position, ``[N, J]`` bool.
        person, frame, clip: whose pose it is, when, and in which video, ``[N]``.
        scale: picture pixels per patch pixel, ``[N]``.
        name: what logs call them.
        pool: where non-local references come from; these samples themselves if None.
    """

    joints: tuple[str, ...]
    size: tuple[int, int]
    k: int
    patches: Patches
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    person: NDArray[np.int64]
    frame: NDArray[np.int64]
    clip: NDArray[np.int64]
    scale: NDArray[np.float64]
    name: str = "clips"
    pool: ClipSamples | None = None

    def __len__(self) -> int:
        return len(self.xy)

    def take(self, rows: NDArray[np.int64], name: str | None = None) -> ClipSamples:
        """The samples at ``rows``; without a ``pool``, their references come from among themselves."""
        return replace(
            self,
            patches=_Rows(self.patches, rows),
            xy=self.xy[rows],
            known=self.known[rows],
            person=self.person[rows],
            frame=self.frame[rows],
            clip=self.clip[rows],
            scale=self.scale[rows],
            name=name or self.name,
        )

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        """See one person-frame: key and local crops share one geometry and one look, others are plain.

        Non-local references are frames outside the key's window (any frame where the clip is too short).

        Raises:
            UsageError: if the patches hold fewer neighbours than ``view.k``.
        """
        geometry = draw_geometry(
            patch_box(self.size),
            self.xy[row],
            self.known[row],
            self.joints,
            view.size,
            view.how,
            rng,
        )
        look = int(rng.integers(2**63))
        crops = [
            # One look for the whole window: neighbours in time share light and colour.
            change_look(
                cut(self.patches[row, slot], geometry.matrix, view.size),
                view.how,
                np.random.default_rng(look),
            )
            for slot in self._window(view.k)
        ]
        pool = self if self.pool is None else self.pool
        for other in self._others(row, view, pool, rng):
            crops.append(plain_crop(pool.patches[int(other), 0], pool.size, view.size))
        placed, seen = place_joints(geometry, self.xy[row], self.known[row], self.joints)
        zoom = self.size[1] / view.size[1]
        return Sample(np.stack(crops), placed, seen, float(self.scale[row] * zoom))

    def _window(self, k: int) -> list[int]:
        """Slots of the key and of the ``k`` frames on each side of it."""
        if k > self.k:
            raise UsageError(
                f"holds {self.k} neighbouring frames on each side, the network needs {k}",
                file=self.name,
                remedy="pack it again with more (--k)",
            )
        first = 1 + self.k - k
        return [0, *range(first, first + 2 * k)]

    def _others(
        self, row: int, view: View, pool: ClipSamples, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Rows of ``pool`` that serve as non-local references: same clip, any person, other frames."""
        if view.n == 0:
            return np.zeros(0, dtype=np.int64)
        same = np.flatnonzero(pool.clip == self.clip[row])
        far = same[np.abs(pool.frame[same] - self.frame[row]) > view.k]
        candidates = far if len(far) else same
        chosen: NDArray[np.int64] = rng.choice(candidates, view.n, len(candidates) < view.n)
        return chosen


class _Rows:
    """Some rows of patches."""

    def __init__(self, patches: Patches, rows: NDArray[np.int64]) -> None:
        self._patches, self._rows = patches, rows

    def __getitem__(self, at: tuple[int, int], /) -> NDArray[np.uint8]:
        return self._patches[int(self._rows[at[0]]), at[1]]


def patch_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the patches for crops of ``size``."""
    return round(size[0] * PATCH_SCALE), round(size[1] * PATCH_SCALE)


def patch_affine(
    box: NDArray[np.float64], size: tuple[int, int], pixel_aspect: float = 1.0
) -> NDArray[np.float64]:
    """The map picture → patch for a person box ``[4]``: the network's crop lies in its middle."""
    region = scale_box(crop_box(box, size[0] / size[1], ENLARGE, pixel_aspect), PATCH_SCALE)
    return crop_affine(region, patch_size(size), pixel_aspect=pixel_aspect)


def cut_patch(
    picture: NDArray[np.uint8],
    box: NDArray[np.float64],
    size: tuple[int, int],
    pixel_aspect: float = 1.0,
) -> NDArray[np.uint8]:
    """Cut one patch ``[Hp, Wp, 3]`` round a person box ``[4]`` of a picture ``[h, w, 3]``."""
    matrix = patch_affine(box, size, pixel_aspect)
    patch: NDArray[np.uint8] = cut_crops(picture, matrix[None], patch_size(size))[0]
    return patch


def patch_box(size: tuple[int, int]) -> NDArray[np.float64]:
    """The person box that every patch of crops of ``size`` was cut for, in patch pixels. ``[4]``."""
    width, height = patch_size(size)
    whole = np.array([-0.5, -0.5, width, height])
    return scale_box(whole, 1 / (PATCH_SCALE * ENLARGE))


def plain_crop(
    patch: NDArray[np.uint8], size: tuple[int, int], wanted: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """The network's crop out of the middle of a patch for crops of ``size``, ``[h, w, 3]``.

    ``wanted`` is the (width, height) of the crop where it is to be another one.
    """
    wanted = size if wanted is None else wanted
    return cut(patch, _plain_affine(size, wanted), wanted)


def _plain_affine(size: tuple[int, int], wanted: tuple[int, int]) -> NDArray[np.float64]:
    return crop_affine(crop_box(patch_box(size), wanted[0] / wanted[1], ENLARGE), wanted)
