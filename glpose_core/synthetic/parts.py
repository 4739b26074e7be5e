"""The parts of a clothed body: round shapes at the bones of a rest pose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .outfit import Build, Outfit
from .rig import BONES, B, J, bone_frames
from .shapes import Cone, Egg, Floats, melt

Point = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One shape of a body.

    Attributes:
        shape: where it is in the rest pose.
        bones: which bones carry it, and how much each.
        limb: "torso", "arm", "leg", "head" or "skirt": which rules clothes follow there.
        blend: metres over which it melts into what is there already.
        hair: whether it is hair.
    """

    shape: Cone | Egg
    bones: Mapping[str, float]
    limb: str
    blend: float = 0.03
    hair: bool = False

    @property
    def weights(self) -> Floats:
        """The bones' shares as a row ``[16]``."""
        row = np.zeros(len(BONES), dtype=np.float32)
        for bone, share in self.bones.items():
            row[B[bone]] = share
        return row

    def join(self, total: Floats, points: Floats) -> Floats:
        """Melt this part into the distances ``total`` of ``points``."""
        return melt(total, self.shape.distance(points), self.blend)

    @cached_property
    def box(self) -> tuple[Floats, Floats]:
        """Corners ``[3]`` of a box that the part and its seam lie in."""
        if isinstance(self.shape, Egg):
            ends, radius = np.array([self.shape.centre]), max(self.shape.radii)
        else:
            ends, radius = np.array([self.shape.a, self.shape.b]), max(self.shape.ra, self.shape.rb)
        reach = radius + self.blend
        low, high = ends.min(axis=0) - reach, ends.max(axis=0) + reach
        return low.astype(np.float32), high.astype(np.float32)

    def touches(self, low: Floats, high: Floats) -> bool:
        """Whether the part may lie in a box."""
        return bool((self.box[1] > low).all() and (self.box[0] < high).all())


def body_parts(rest: Point, build: Build, outfit: Outfit) -> list[Part]:
    """All parts of a person whose joints stand at ``rest`` ``[21, 3]``."""
    scale = float(rest[J["head_top"], 1] - rest[J["left_ankle"], 1]) / 1.63
    parts = _torso(rest, build, outfit, scale) + _head(rest, outfit)
    for side in ("left", "right"):
        parts += _arm(rest, side, build, outfit, scale) + _leg(rest, side, build, outfit, scale)
    return parts + (_skirt(rest, build, outfit, scale) if outfit.skirt else [])


def _torso(rest: Point, build: Build, outfit: Outfit, scale: float) -> list[Part]:
    g, loose = build.girth * scale, outfit.loose
    neck, shoulder = rest[J["neck"]], rest[J["left_shoulder"]]
    width, hips = abs(shoulder[0]), abs(rest[J["left_hip"], 0])
    tall = float(neck[1])
    lower, upper = {"pelvis": 1.0}, {"chest": 1.0}
    wide = width * 0.86 * build.shoulders
    parts = [
        Part(Egg((0, 0.02, -0.012), (hips + 0.072 * g * build.hips + loose, 0.125, 0.112 * g + loose)), lower, "torso"),
        Part(
            Egg((0, tall * 0.34, 0.004 + build.belly / 2), (0.135 * g + build.belly + loose, tall * 0.34, 0.098 * g + build.belly + loose)),
            {"pelvis": 0.5, "chest": 0.5}, "torso", 0.06,
        ),
        Part(Egg((0, tall * 0.70, -0.008), (wide + loose, tall * 0.30, 0.112 * g + loose)), upper, "torso", 0.06),
    ]  # fmt: skip
    for side, sign in (("left", 1.0), ("right", -1.0)):
        at = rest[J[f"{side}_shoulder"]]
        slope = neck + [sign * 0.030, 0.038, -0.005]
        parts += [
            Part(Cone(_t(slope), _t(at + [-sign * 0.016, -0.006, 0]), 0.040 * g, 0.049 * g + loose), upper, "torso", 0.05),
            Part(Egg((sign * hips * 0.9, -0.035, -0.055), (0.088 * g + loose, 0.098 * g, 0.085 * g + loose)), lower, "torso", 0.03),
            Part(
                Egg((sign * wide * 0.46, tall * 0.66, 0.055 * g + build.chest), (0.074 * g, 0.064 * g, 0.045 + build.chest + loose)),
                upper, "torso", 0.065,
            ),
        ]  # fmt: skip
    head = bone_frames(rest[None])[0, B["head"], :, 3]
    base = np.array([0.0, rest[J["nose"], 1] - 0.02, head[2] - 0.01])
    parts.append(
        Part(
            Cone(_t(neck + [0, -0.03, 0]), _t(base), 0.057 * g, 0.051 * g),
            {"neck": 1.0},
            "neck",
            0.03,
        )
    )
    return parts


def _head(rest: Point, outfit: Outfit) -> list[Part]:
    nose, top = rest[J["nose"]], rest[J["head_top"]]
    s = float(np.clip((top[1] - nose[1]) / 0.135, 0.8, 1.2))
    skull = np.array([0, top[1] - 0.104 * s, nose[2] - 0.118 * s])
    on = {"head": 1.0}

    def part(shape: Cone | Egg, blend: float = 0.02, hair: bool = False) -> Part:
        return Part(shape, on, "head", blend, hair)

    parts = [
        part(Egg(_t(skull), (0.077 * s, 0.104 * s, 0.096 * s)), 0.03),
        part(Egg(_t(nose + [0, -0.040 * s, -0.074 * s]), (0.053 * s, 0.066 * s, 0.056 * s)), 0.04),
        part(Cone(_t(nose + [0, 0.036 * s, -0.027 * s]), _t(nose + [0, -0.002, -0.010 * s]), 0.009 * s, 0.0135 * s), 0.014),
    ]  # fmt: skip
    for sign in (1.0, -1.0):
        at = np.array([sign * 0.076 * s, nose[1] + 0.008 * s, skull[2] + 0.006])
        parts.append(part(Egg(_t(at), (0.011 * s, 0.031 * s, 0.02 * s)), 0.008))
    return parts + _hair(skull, s, outfit, part)


def _hair(skull: Point, s: float, outfit: Outfit, part: object) -> list[Part]:
    assert callable(part)
    extra = {"crop": 0.004, "short": 0.011, "long": 0.013, "bun": 0.009, "cap": 0.010}.get(
        outfit.hair
    )
    if extra is None:
        return []
    cap = skull + [0, 0.014 * s, -0.012 * s]
    parts = [part(Egg(_t(cap), (0.078 * s + extra, 0.094 * s + extra, 0.092 * s + extra)), 0.012)]
    if outfit.hair == "long":
        nape = skull + [0, -0.05 * s, -0.072 * s]
        for x in (-0.045, 0.0, 0.045):
            start, end = nape + [x * s, 0.06 * s, 0.0], nape + [x * 1.2 * s, -0.13 * s, -0.010]
            fall = Cone(_t(start), _t(end), 0.045 * s, 0.034 * s)
            parts.append(Part(fall, {"head": 0.75, "neck": 0.25}, "head", 0.03, True))
    elif outfit.hair == "bun":
        parts.append(
            part(
                Egg(_t(skull + [0, 0.045 * s, -0.115 * s]), (0.04 * s, 0.04 * s, 0.038 * s)),
                0.015,
                True,
            )
        )
    elif outfit.hair == "cap":
        brim = Egg(_t(skull + [0, 0.050 * s, 0.115 * s]), (0.064 * s, 0.009, 0.062 * s))
        parts.append(part(brim, 0.01, True))
    return parts


def _arm(rest: Point, side: str, build: Build, outfit: Outfit, scale: float) -> list[Part]:
    sign = 1.0 if side == "left" else -1.0
    shoulder, elbow, wrist, hand = (
        rest[J[f"{side}_{n}"]] for n in ("shoulder", "elbow", "wrist", "hand")
    )
    g = build.girth * scale
    thick = {
        "shoulder": 0.050 * g,
        "mid": 0.046 * g,
        "elbow": 0.039 * g,
        "bulk": 0.041 * g,
        "wrist": 0.027 * g,
    }
    upper, fore = {f"{side}_upper_arm": 1.0}, {f"{side}_forearm": 1.0}
    length = float(np.linalg.norm(elbow - shoulder))
    cut = outfit.sleeve / length
    parts = [
        Part(Cone(_t(shoulder), _t((shoulder + elbow) / 2), thick["shoulder"], thick["mid"]), upper, "arm", 0.035),
        Part(Cone(_t((shoulder + elbow) / 2), _t(elbow), thick["mid"], thick["elbow"]), upper, "arm", 0.02),
        Part(Cone(_t(elbow), _t(elbow + 0.3 * (wrist - elbow)), thick["elbow"], thick["bulk"]), fore, "arm", 0.02),
        Part(Cone(_t(elbow + 0.3 * (wrist - elbow)), _t(wrist), thick["bulk"], thick["wrist"]), fore, "arm", 0.02),
    ]  # fmt: skip
    flare = outfit.loose + 0.004
    end = shoulder + min(max(cut - 0.6 * thick["mid"] / length, 0.05), 1.0) * (elbow - shoulder)
    inner = thick["shoulder"] + min(cut, 1.0) * (thick["elbow"] - thick["shoulder"])
    if outfit.sleeve > 0.1:  # shorter ones end on the shoulder
        parts.append(
            Part(
                Cone(_t(shoulder), _t(end), thick["shoulder"] + flare * 0.7, inner + flare),
                upper,
                "arm",
                0.006,
            )
        )
    if cut > 1:
        reach = min((outfit.sleeve - length) / float(np.linalg.norm(wrist - elbow)), 0.93)
        end = elbow + reach * (wrist - elbow)
        cuff = thick["bulk"] + reach * (thick["wrist"] - thick["bulk"]) + flare * 0.8
        parts.append(
            Part(Cone(_t(elbow), _t(end), thick["elbow"] + flare, cuff), fore, "arm", 0.006)
        )
    return parts + _hand(rest, side, sign, wrist, hand, scale)


def _hand(
    rest: Point, side: str, sign: float, wrist: Point, hand: Point, scale: float
) -> list[Part]:
    frame = bone_frames(rest[None])[0, B[f"{side}_hand"], :, :3]
    along, inwards, forwards = frame[:, 1], -sign * frame[:, 0], frame[:, 2]
    on = {f"{side}_hand": 1.0}
    palm = Egg(
        _t(wrist + along * 0.05 * scale), (0.017 * scale, 0.055 * scale, 0.042 * scale), frame
    )
    parts = [Part(palm, on, "arm", 0.02)]
    for spread, reach in ((-0.028, 0.145), (-0.010, 0.165), (0.009, 0.170), (0.027, 0.158)):
        root = wrist + scale * (along * 0.085 + forwards * spread)
        tip = wrist + scale * (along * reach + forwards * spread * 1.15 + inwards * 0.025)
        parts.append(
            Part(Cone(_t(root), _t(tip), 0.0105 * scale, 0.0085 * scale), on, "arm", 0.008)
        )
    root = wrist + scale * (along * 0.03 + forwards * 0.034)
    tip = wrist + scale * (along * 0.085 + forwards * 0.066 + inwards * 0.02)
    parts.append(Part(Cone(_t(root), _t(tip), 0.015 * scale, 0.0105 * scale), on, "arm", 0.012))
    return parts


def _leg(rest: Point, side: str, build: Build, outfit: Outfit, scale: float) -> list[Part]:
    hip, knee, ankle, toe = (rest[J[f"{side}_{n}"]] for n in ("hip", "knee", "ankle", "toe"))
    g = build.girth * scale
    thigh, shin, foot = ({f"{side}_{n}": 1.0} for n in ("thigh", "shin", "foot"))
    calf = knee + 0.32 * (ankle - knee) + [0, 0, -0.012]
    parts = [
        Part(
            Cone(_t(hip + [0, -0.03, 0]), _t(knee), 0.089 * g * build.hips, 0.056 * g),
            thigh,
            "leg",
            0.03,
        ),
        Part(Cone(_t(knee), _t(calf), 0.054 * g, 0.057 * g), shin, "leg", 0.03),
        Part(Cone(_t(calf), _t(ankle), 0.057 * g, 0.038 * g), shin, "leg", 0.02),
    ]
    if not outfit.skirt:
        parts += _trouser_leg(hip, knee, ankle, g, outfit, thigh, shin, build)
    sole = float(ankle[1] - 0.075 * scale)
    heel = np.array([ankle[0], sole + 0.034 * scale, ankle[2] - 0.035 * scale])
    ball = np.array([toe[0], sole + 0.030 * scale, toe[2] - 0.01])
    tip = ball + 0.055 * scale * (ball - heel) / np.linalg.norm(ball - heel)
    parts += [
        Part(Cone(_t(heel), _t(ball), 0.036 * scale, 0.040 * scale), foot, "leg", 0.02),
        Part(
            Cone(_t(ball), _t(tip - [0, 0.006, 0]), 0.040 * scale, 0.029 * scale), foot, "leg", 0.02
        ),
        Part(
            Cone(_t(ankle), _t((heel + ball) / 2), 0.041 * scale, 0.040 * scale), foot, "leg", 0.03
        ),
    ]
    return parts


def _trouser_leg(
    hip: Point, knee: Point, ankle: Point, g: float, outfit: Outfit,
    thigh: Mapping[str, float], shin: Mapping[str, float], build: Build,
) -> list[Part]:  # fmt: skip
    """Cloth round the leg, wide enough to hang, down to where the bottom ends."""
    loose = outfit.loose + 0.005
    upper = float(np.linalg.norm(knee - hip))
    share = min((outfit.leg - 0.05) / upper, 1.0)
    end = hip + share * (knee - hip)
    wide = 0.089 * g * build.hips + share * (0.056 * g - 0.089 * g * build.hips) + loose * 1.2
    parts = [
        Part(
            Cone(_t(hip + [0, -0.03, 0]), _t(end), 0.089 * g * build.hips + loose * 0.6, wide),
            thigh,
            "leg",
            0.008,
        )
    ]
    if outfit.leg > upper:
        lower = float(np.linalg.norm(ankle - knee))
        reach = min((outfit.leg - 0.03 - upper) / lower, 0.95)
        hem = knee + reach * (ankle - knee)
        parts.append(
            Part(
                Cone(_t(knee), _t(hem), 0.060 * g + loose, 0.050 * g + loose * 1.2),
                shin,
                "leg",
                0.008,
            )
        )
    return parts


def _skirt(rest: Point, build: Build, outfit: Outfit, scale: float) -> list[Part]:
    """A skirt that each thigh pulls along on its side."""
    g = build.girth * scale
    parts = [
        Part(Egg((0, -0.05, -0.01), (0.175 * g, 0.15, 0.15 * g)), {"pelvis": 1.0}, "skirt", 0.05)
    ]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hip, knee = rest[J[f"{side}_hip"]], rest[J[f"{side}_knee"]]
        end = hip + (knee - hip) * outfit.leg / float(np.linalg.norm(knee - hip)) * 0.8
        end[0] = sign * 0.07
        cloth = Cone(_t(hip + [0, -0.04, 0]), _t(end), 0.125 * g, 0.150 * g)
        parts.append(Part(cloth, {f"{side}_thigh": 0.75, "pelvis": 0.25}, "skirt", 0.06))
    return parts


def _t(point: Point) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])
