"""What colour a point of a clothed body has: cloth and skin first, then light.

Everything is a function of where a point lies in the rest pose, so that patterns, folds and faces stick
to the body however it moves.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from .body import Body
from .outfit import Tone
from .place import Light
from .rig import J

Floats = NDArray[np.float32]

_GAMMA = 2.2
_HEM = 0.011
_FOLDS = 0.30


def shade(body: Body, at: Floats, normals: Floats, fields: Floats, light: Light) -> Floats:
    """sRGB colours ``[N, 3]``, float32 0 … 255, of points of one body.

    Args:
        at: where they lie in the rest pose, ``[N, 3]`` metres.
        normals: in the world, ``[N, 3]``, any length.
        fields: ``[N, 6]`` as :attr:`.body.Body.fields`.
    """
    albedo, cloth = _albedo(body, at, fields)
    length = np.sqrt((normals * normals).sum(axis=1, keepdims=True))
    normal = normals / np.maximum(length, 1e-6)
    folds = _noise(at * _f32(13, 7, 13)) * cloth * _FOLDS
    facing = normal @ light.sun.astype(np.float32) + folds
    lit = np.clip(facing * 0.92 + 0.08, 0, 1)[:, None]  # light creeps a little round the edge
    up = (0.5 + 0.5 * normal[:, 1:2]) + 0.35 * folds[:, None]
    open_ = (0.35 + 0.65 * fields[:, 4:5]).astype(np.float32)
    ambient = _f32(*light.above) * up + _f32(*light.below) * (1 - up)
    linear = albedo * (ambient * open_ + _f32(*light.bright) * 0.72 * lit * np.sqrt(open_))
    linear = linear * 1.1 / (1 + 0.35 * linear)  # film: the brightest tones keep their colour
    return np.asarray(np.clip(linear, 0, 1) ** np.float32(1 / _GAMMA) * 255, dtype=np.float32)


def _albedo(body: Body, at: Floats, fields: Floats) -> tuple[Floats, Floats]:
    """Linear colour ``[N, 3]`` and how much of it is cloth that folds ``[N]``."""
    top, bottom, shoe, hair, _, head = fields.T
    colour = np.broadcast_to(_linear(body.outfit.skin), at.shape).copy()
    cloth = np.zeros(len(at), np.float32)
    _face(body, at, head, colour)
    covered = np.zeros(len(at), np.bool_)
    for field, surface, folds in (
        (hair, _hair, 0.25), (top, _top, 1.0), (bottom, _bottom, 1.0), (shoe, _shoes, 0.25),
    ):  # fmt: skip
        chosen = np.flatnonzero((field > 0) & ~covered)
        hem = 1 - 0.35 * np.clip(1 - field[chosen] / _HEM, 0, 1)
        colour[chosen] = surface(body, at[chosen]) * hem[:, None]
        cloth[chosen] = folds
        covered[chosen] = True
    return colour, cloth


def _top(body: Body, at: Floats) -> Floats:
    outfit = body.outfit
    first, second = _linear(outfit.top), _linear(outfit.second)
    x, y, z = at.T
    if outfit.pattern == "stripes":
        share = (np.mod(y, 0.075) < 0.028).astype(np.float32)
    elif outfit.pattern == "checks":
        share = 0.5 * (np.mod(y, 0.09) < 0.045) + 0.5 * (np.mod(x + 0.6 * z, 0.09) < 0.045)
    elif outfit.pattern == "print":
        reach = np.hypot(x / 0.085, (y - 0.34) / 0.075)
        share = ((z > 0.02) & (reach < 1) & ((reach > 0.72) | (np.abs(x) < 0.03))).astype(
            np.float32
        )
    elif outfit.pattern == "heather":
        share = np.clip(0.16 + 0.16 * _noise(at * 90), 0, 1)
    elif outfit.pattern == "blocks":
        share = (y > 0.36).astype(np.float32)
    else:
        share = np.zeros(len(at), np.float32)
    return first + (second - first) * np.asarray(share, np.float32)[:, None]


def _bottom(body: Body, at: Floats) -> Floats:
    weave = 1 + 0.09 * _noise(at * _f32(60, 20, 60))
    colour = _linear(body.outfit.bottom) * weave[:, None]
    belt = np.abs(at[:, 1] - 0.105) < 0.016
    colour[belt] = _linear((58, 44, 36))
    return np.asarray(colour, dtype=np.float32)


def _shoes(body: Body, at: Floats) -> Floats:
    colour = np.broadcast_to(_linear(body.outfit.shoe), at.shape).copy()
    floor = float(body.vertices[:, 1].min())
    sole = at[:, 1] < floor + 0.022
    colour[sole] = _linear((214, 212, 206) if sum(body.outfit.shoe) < 480 else (92, 92, 94))
    return colour


def _hair(body: Body, at: Floats) -> Floats:
    outfit = body.outfit
    tone = outfit.second if outfit.hair == "cap" else outfit.hair_tone
    strands = 1.0 if outfit.hair == "cap" else 1 + 0.30 * _noise(at * _f32(120, 22, 70))
    return np.asarray(_linear(tone) * np.reshape(strands, (-1, 1)), dtype=np.float32)


def _face(body: Body, at: Floats, head: Floats, colour: Floats) -> None:
    """Paint eyes, brows and a mouth onto the front of the head, in place."""
    nose = body.rest[J["nose"]].astype(np.float32)
    scale = float(body.rest[J["head_top"], 1] - nose[1]) / 0.135
    local = (at - nose) / np.float32(scale)
    front = np.flatnonzero((head > 0.5) & (local[:, 2] > -0.075))
    if not len(front):
        return
    x, y, _ = local[front].T
    side = np.abs(x)
    skin = _linear(body.outfit.skin)

    def oval(cx: float, cy: float, rx: float, ry: float) -> NDArray[np.bool_]:
        return np.asarray(((side - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1)

    painted = colour[front] * np.float32(1)
    painted[oval(0.042, -0.008, 0.024, 0.020)] *= _f32(1.04, 0.90, 0.90)  # cheeks
    painted[oval(0.0, -0.040, 0.024, 0.0065)] = skin * _f32(0.78, 0.42, 0.42)
    painted[oval(0.031, 0.034, 0.019, 0.011)] *= np.float32(0.72)  # the hollow of the eye
    painted[oval(0.031, 0.034, 0.0135, 0.0065)] = _f32(0.82, 0.82, 0.82)
    painted[oval(0.031, 0.034, 0.0058, 0.0062)] = _f32(0.03, 0.025, 0.02)
    brow = _linear(body.outfit.hair_tone) * np.float32(0.7)
    painted[oval(0.032, 0.056, 0.019, 0.0042)] = brow
    colour[front] = painted


def _f32(*values: float) -> Floats:
    return np.array(values, dtype=np.float32)


@cache
def _linear(tone: Tone) -> Floats:
    return np.asarray((np.asarray(tone, np.float32) / 255) ** _GAMMA, dtype=np.float32)


_CELLS = 32


@cache
def _lattice() -> Floats:
    return np.random.default_rng(11).normal(0, 0.6, (_CELLS, _CELLS, _CELLS)).astype(np.float32)


def _noise(points: Floats) -> Floats:
    """Smooth noise of about −1 … 1 at ``points`` ``[N, 3]``, one lump a unit; repeats after 32."""
    lattice = _lattice().ravel()
    low = np.floor(points).astype(np.int32)
    part = points - low
    part = part * part * (3 - 2 * part)
    fx, fy, fz = part.T
    near, far = low % _CELLS, (low + 1) % _CELLS
    x = near[:, 0] * (_CELLS * _CELLS), far[:, 0] * (_CELLS * _CELLS)
    y = near[:, 1] * _CELLS, far[:, 1] * _CELLS
    total = np.zeros(len(points), np.float32)
    for i, wx in ((0, 1 - fx), (1, fx)):
        for j, wy in ((0, 1 - fy), (1, fy)):
            at = x[i] + y[j]
            here = lattice[at + near[:, 2]]
            total += wx * wy * (here + fz * (lattice[at + far[:, 2]] - here))
    return total
