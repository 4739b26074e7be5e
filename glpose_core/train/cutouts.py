"""People cut out of labelled stills, to be pasted into other pictures.

Stills have joints and no outlines. GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004) finds the outline,
started from the limbs: what lies on a bone is the person, what lies far from all of them is not. Cut-outs
that contradict the joints are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..skeleton import POSETRACK17
from .samples import PoseSamples

WORK_SIDE = 144
"""Long side of the person in the cut-out: people are pasted no larger than about this in small pictures."""

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

_BONES = (
    ("shoulder", "elbow", 0.21), ("elbow", "wrist", 0.17), ("hip", "knee", 0.30), ("knee", "ankle", 0.22),
)  # fmt: skip
"""The ends of limbs, and how thick a limb is, in torso lengths."""
_CERTAIN = 0.3
"""Share of a limb's thickness, about its bone, that is surely the person."""
_MARGIN = 0.18
"""Room round the joints, in torso lengths, beyond which nothing is the person."""
_JOINTS_INSIDE = 0.85
_LEAST_FILLED, _MOST_FILLED = 0.5, 1.7
"""Bounds on the area of a cut-out, as a multiple of what the limbs alone cover."""


@dataclass(frozen=True, eq=False)
class Cutout:
    """One person.

    Attributes:
        rgba: ``[h, w, 4]`` uint8, the last channel being how much of the pixel is the person.
        origin: x, y of its upper left pixel's centre in the still, and still pixels per pixel.
    """

    rgba: Picture
    origin: tuple[float, float, float]


def cut_out(
    picture: Picture,
    xy: Floats,
    known: NDArray[np.bool_],
    joints: Sequence[str] = POSETRACK17.joints,
    side: int = WORK_SIDE,
) -> Cutout | None:
    """Cut one person out of a picture; ``None`` where no credible outline is found.

    Args:
        picture: RGB ``[h, w, 3]`` uint8.
        xy: joints ``[J, 2]`` in picture pixels; known: which of them are labelled, ``[J]``.
        side: long side of the person in the cut-out, at most.
    """
    torso = torso_length(xy, known, joints)
    if torso is None:
        return None
    low, high = xy[known].min(axis=0), xy[known].max(axis=0)
    room = 0.6 * torso
    size = np.array([picture.shape[1], picture.shape[0]])
    first = np.clip(np.floor(low - room), 0, size - 1).astype(int)
    last = np.clip(np.ceil(high + room), 1, size).astype(int)
    zoom = min(1.0, side / float((high - low + torso * 0.3).max()))
    crop = picture[first[1] : last[1], first[0] : last[0]]
    width, height = (max(round(side * zoom), 16) for side in (crop.shape[1], crop.shape[0]))
    crop = np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    places = (xy - first + 0.5) * zoom - 0.5
    body, certain = body_masks((height, width), places, known, torso * zoom, joints)
    found = _grab(crop, body, certain, torso * zoom)
    if found is None or not _credible(found, body, places, known):
        return None
    alpha = cv2.GaussianBlur(found * np.uint8(255), (0, 0), 0.7)
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    top, left = max(rows[0] - 2, 0), max(columns[0] - 2, 0)
    part = np.s_[top : rows[-1] + 3, left : columns[-1] + 3]
    rgba = np.dstack([crop, alpha])[part]
    x, y = (np.array([left, top]) + 0.5) / zoom - 0.5 + first
    return Cutout(np.ascontiguousarray(rgba, dtype=np.uint8), (float(x), float(y), 1 / zoom))


def torso_length(xy: Floats, known: NDArray[np.bool_], joints: Sequence[str]) -> float | None:
    """The longest distance from a shoulder to a hip in pixels; ``None`` where too little is labelled."""
    where = {joint: slot for slot, joint in enumerate(joints)}
    lengths = [
        float(np.linalg.norm(xy[where[a]] - xy[where[b]]))
        for a in ("left_shoulder", "right_shoulder")
        for b in ("left_hip", "right_hip")
        if known[where[a]] and known[where[b]]
    ]
    extent = float((xy[known].max(axis=0) - xy[known].min(axis=0)).max()) if known.any() else 0.0
    if not lengths or extent < 40:
        return None
    return max(*lengths, 0.2 * extent)


def body_masks(
    shape: tuple[int, int],
    xy: Floats,
    known: NDArray[np.bool_],
    torso: float,
    joints: Sequence[str],
) -> tuple[Picture, Picture]:
    """What the limbs cover, and what of it is surely the person: two masks ``shape`` of 0 and 1."""
    where = {joint: slot for slot, joint in enumerate(joints)}
    body, certain = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)

    def place(name: str) -> tuple[int, int] | None:
        slot = where.get(name)
        if slot is None or not known[slot]:
            return None
        return round(float(xy[slot, 0])), round(float(xy[slot, 1]))

    for side in ("left", "right"):
        for start, end, thickness in _BONES:
            a, b = place(f"{side}_{start}"), place(f"{side}_{end}")
            if a is not None and b is not None:
                cv2.line(body, a, b, 1, max(round(thickness * torso), 2))
                cv2.line(certain, a, b, 1, max(round(_CERTAIN * thickness * torso), 1))
        ankle = place(f"{side}_ankle")
        if ankle is not None:
            cv2.circle(body, ankle, max(round(0.16 * torso), 2), 1, -1)
    corners = [place(name) for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")]
    trunk = np.array([corner for corner in corners if corner is not None], np.int32)
    if len(trunk) > 2:
        cv2.fillConvexPoly(certain, cv2.convexHull(trunk), 1)
    if len(trunk) > 1:
        cv2.fillConvexPoly(body, cv2.convexHull(trunk), 1)
        cv2.polylines(body, [cv2.convexHull(trunk)], True, 1, max(round(0.26 * torso), 2))
    _head(body, certain, xy, known, torso, where)
    return body, certain


def _head(
    body: Picture,
    certain: Picture,
    xy: Floats,
    known: NDArray[np.bool_],
    torso: float,
    where: dict[str, int],
) -> None:
    named = [
        xy[where[name]]
        for name in ("head_top", "head_bottom", "nose", "left_ear", "right_ear")
        if name in where and known[where[name]]
    ]
    if named:
        x, y = np.mean(named, axis=0)
        centre = round(float(x)), round(float(y))
        cv2.circle(body, centre, max(round(0.28 * torso), 2), 1, -1)
        cv2.circle(certain, centre, max(round(0.10 * torso), 1), 1, -1)


def _grab(crop: Picture, body: Picture, certain: Picture, torso: float) -> Picture | None:
    """The outline as a mask of 0 and 1."""
    reach = 2 * round(_MARGIN * torso) + 1
    near = cv2.dilate(body, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    labels = np.full(body.shape, cv2.GC_BGD, np.uint8)
    labels[near > 0] = cv2.GC_PR_BGD
    labels[body > 0] = cv2.GC_PR_FGD
    labels[certain > 0] = cv2.GC_FGD
    if (labels == cv2.GC_BGD).sum() < 50 or certain.sum() < 20:
        return None
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(crop, labels, None, *models, 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    found = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    count, parts = cv2.connectedComponents(found)
    if count < 2:
        return None
    kept = np.unique(parts[(certain > 0) & (found > 0)])
    return np.isin(parts, kept[kept > 0]).astype(np.uint8)


def _credible(found: Picture, body: Picture, xy: Floats, known: NDArray[np.bool_]) -> bool:
    height, width = found.shape
    places = np.clip(np.round(xy[known]), 0, [width - 1, height - 1]).astype(int)
    wide = cv2.dilate(found, np.ones((5, 5), np.uint8))
    inside = wide[places[:, 1], places[:, 0]].mean()
    filled = found.sum() / max(int(body.sum()), 1)
    return bool(inside >= _JOINTS_INSIDE and _LEAST_FILLED <= filled <= _MOST_FILLED)


def keep_cutouts(cutouts: Sequence[Cutout], path: Path) -> None:
    """Write cut-outs to one file (npz without pickle)."""
    shapes = np.array([one.rgba.shape[:2] for one in cutouts], np.int32).reshape(-1, 2)
    flat = np.concatenate([one.rgba.reshape(-1) for one in cutouts] or [np.zeros(0, np.uint8)])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, shapes=shapes, flat=flat)


def read_cutouts(path: Path) -> list[Picture]:
    """Read what :func:`keep_cutouts` wrote: RGBA pictures. Raises FormatError if it is no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            shapes, flat = file["shapes"], file["flat"]
    except (OSError, ValueError, KeyError) as error:
        raise FormatError(
            f"holds no cut-outs ({error})", file=path, remedy="delete it; it is made again"
        ) from error
    ends = np.cumsum(shapes.prod(axis=1) * 4)
    parts = np.split(flat, ends)[:-1]
    return [part.reshape(*shape, 4) for part, shape in zip(parts, shapes.tolist(), strict=True)]


def cut_out_all(samples: PoseSamples) -> list[Cutout]:
    """Cut out every person of ``samples`` that can be."""
    found = (
        cut_out(
            samples.pictures[samples.picture[row]],
            samples.xy[row],
            samples.known[row],
            samples.joints,
        )
        for row in range(len(samples))
    )
    return [one for one in found if one is not None]
