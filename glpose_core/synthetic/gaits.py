"""Movement made from joint angles: walking, jogging, and what people do when they stand about.

Gait angles follow the normative curves of clinical gait analysis (Winter 1991): hip, knee and ankle over
one stride. Feet decide where the body is: the lower one stands on the floor and does not slide.
Gestures are key poses with minimum-jerk passages between them. Angles are degrees; flexion is positive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .motion import Motion
from .rig import JOINTS, J

Floats = NDArray[np.float64]
Angles = Mapping[str, Floats]
"""Angles over time by name (``left_knee``), each ``[T]`` degrees; what is missing is 0."""

RATE = 30.0

_WALK = {
    "hip": [27, 22, 14, 4, -6, -11, -5, 12, 25, 29, 27],
    "knee": [5, 17, 16, 9, 5, 12, 36, 60, 48, 16, 5],
    "ankle": [0, -4, 4, 8, 9, 3, -16, -6, 1, 1, 0],
}
_RUN = {
    "hip": [34, 26, 12, -4, -14, -8, 12, 32, 44, 42, 34],
    "knee": [16, 38, 34, 20, 22, 52, 88, 100, 72, 30, 16],
    "ankle": [4, 18, 20, 2, -22, -14, -4, 2, 4, 4, 4],
}


def proportions(height: float) -> dict[str, float]:
    """Segment lengths in metres of a person ``height`` metres tall (Drillis and Contini 1966, rounded)."""
    share = {
        "thigh": 0.243, "shin": 0.242, "ankle": 0.042, "foot": 0.105, "hip": 0.051, "spine": 0.135,
        "chest": 0.165, "shoulder": 0.106, "upper": 0.170, "fore": 0.148, "hand": 0.052,
        "neck_top": 0.170, "nose_up": 0.093, "nose_out": 0.062,
    }  # fmt: skip
    return {name: value * height for name, value in share.items()}


def walk(
    seconds: float, height: float = 1.72, pace: float = 1.0, rng: np.random.Generator | None = None
) -> Motion:
    """Walking straight on; ``pace`` 1 is some 1.3 m/s."""
    return _gait("walk", _WALK, seconds, height, pace, rng or np.random.default_rng(0))


def jog(
    seconds: float, height: float = 1.72, pace: float = 1.0, rng: np.random.Generator | None = None
) -> Motion:
    """Jogging straight on."""
    return _gait("run", _RUN, seconds, height, pace, rng or np.random.default_rng(0))


def _gait(
    name: str, curves: Mapping[str, Sequence[float]], seconds: float, height: float, pace: float,
    rng: np.random.Generator,
) -> Motion:  # fmt: skip
    running = name == "run"
    time = np.arange(round(seconds * RATE) + 1) / RATE
    stride = (0.72 if running else 1.08) / pace**0.5 * (height / 1.72) ** 0.5
    phase = time / stride + rng.random()
    size = pace**0.5
    angles: dict[str, Floats] = {}
    for side, offset in (("left", 0.0), ("right", 0.5)):
        for joint, values in curves.items():
            angles[f"{side}_{joint}"] = _cycle(values, phase + offset) * (
                size if joint == "hip" else 1
            )
        swing = np.cos(2 * np.pi * (phase + offset))
        reach = (34 if running else 21) * size * rng.uniform(0.8, 1.2)
        angles[f"{side}_shoulder"] = -reach * swing + (0 if running else 3)
        bent = 82 if running else 18
        angles[f"{side}_elbow"] = bent + (14 if running else 12) * -swing
        angles[f"{side}_abduct"] = np.full(len(time), 12.0 if running else 7.0)
    twist = np.cos(2 * np.pi * phase)
    angles["pelvis_turn"] = 5 * size * twist
    angles["pelvis_list"] = 3.5 * np.sin(2 * np.pi * phase)
    angles["chest_turn"] = -7 * size * twist
    angles["lean"] = np.full(len(time), 9.0 if running else 2.5)
    angles["head_turn"] = _drift(time, rng, 7)
    angles["head_nod"] = _drift(time, rng, 3) + (4 if running else 2)
    bounce = 0.028 * np.abs(np.sin(2 * np.pi * phase + 0.6)) if running else np.zeros(len(time))
    stance = 0.36 if running else 0.60
    load = np.stack([_load(phase + offset, stance) for offset in (0.0, 0.5)], axis=1)
    return _grounded(name, angles, len(time), height, bounce, load)


def _load(phase: Floats, stance: float) -> Floats:
    """How much a foot carries: it is set down at phase 0 and lifted at ``stance``, ``[T]``."""
    place = phase % 1
    return np.clip(np.minimum(place / 0.1, (stance - place) / 0.1), 0, 1)


GESTURES: Mapping[str, Sequence[tuple[float, Mapping[str, float]]]] = {
    "wave": (
        (0.0, {}),
        (0.7, {"right_shoulder": 45, "right_abduct": 95, "right_elbow": 95, "right_twist": -80}),
        (1.0, {"right_shoulder": 45, "right_abduct": 110, "right_elbow": 60, "right_twist": -80}),
        (1.3, {"right_shoulder": 45, "right_abduct": 95, "right_elbow": 100, "right_twist": -80}),
        (1.6, {"right_shoulder": 45, "right_abduct": 110, "right_elbow": 60, "right_twist": -80}),
        (1.9, {"right_shoulder": 45, "right_abduct": 95, "right_elbow": 100, "right_twist": -80}),
        (2.7, {}),
    ),
    "stretch": (
        (0.0, {}),
        (1.0, {"left_shoulder": 165, "right_shoulder": 165, "left_elbow": 12, "right_elbow": 12, "lean": -6, "head_nod": -12}),
        (1.9, {"left_shoulder": 168, "right_shoulder": 168, "left_elbow": 5, "right_elbow": 5, "side": 14, "lean": -4}),
        (2.7, {"left_shoulder": 168, "right_shoulder": 168, "left_elbow": 5, "right_elbow": 5, "side": -14, "lean": -4}),
        (3.7, {}),
    ),
    "squat": (
        (0.0, {}),
        (0.9, {"left_hip": 95, "right_hip": 95, "left_knee": 112, "right_knee": 112, "left_ankle": 27, "right_ankle": 27,
               "lean": 34, "left_shoulder": 88, "right_shoulder": 88, "left_splay": 12, "right_splay": 12, "head_nod": -18}),
        (1.8, {}),
    ),
    "point": (
        (0.0, {}),
        (0.6, {"left_shoulder": 78, "left_abduct": 32, "left_elbow": 6, "head_turn": 28, "chest_turn": 12}),
        (1.8, {"left_shoulder": 82, "left_abduct": 28, "left_elbow": 4, "head_turn": 30, "chest_turn": 12}),
        (2.5, {"head_turn": 8}),
        (2.8, {}),
    ),
    "talk": (
        (0.0, {"left_elbow": 70, "right_elbow": 62, "left_shoulder": 18, "right_shoulder": 15}),
        (0.6, {"left_elbow": 82, "right_elbow": 78, "left_shoulder": 34, "right_shoulder": 22, "right_twist": -25, "head_turn": -12}),
        (1.2, {"left_elbow": 60, "right_elbow": 92, "left_shoulder": 14, "right_shoulder": 40, "left_twist": -30, "head_nod": 7}),
        (1.9, {"left_elbow": 88, "right_elbow": 66, "left_shoulder": 38, "right_shoulder": 14, "left_abduct": 22, "head_turn": 10}),
        (2.6, {"left_elbow": 70, "right_elbow": 62, "left_shoulder": 18, "right_shoulder": 15}),
    ),
    "kick": (
        (0.0, {}),
        (0.5, {"right_hip": -24, "right_knee": 72, "left_knee": 16, "left_hip": 12, "left_ankle": 6, "left_shoulder": 34, "right_shoulder": -26, "lean": 8}),
        (0.78, {"right_hip": 62, "right_knee": 14, "left_knee": 14, "left_hip": 6, "left_ankle": 8, "left_shoulder": -24, "right_shoulder": 38, "lean": -10}),
        (1.5, {}),
    ),
    "hop": (
        (0.0, {}),
        (0.45, {"left_hip": 62, "right_hip": 62, "left_knee": 78, "right_knee": 78, "left_ankle": 24, "right_ankle": 24,
                "lean": 30, "left_shoulder": -42, "right_shoulder": -42}),
        (0.70, {"left_ankle": -28, "right_ankle": -28, "left_shoulder": 140, "right_shoulder": 140, "lean": 2}),
        (1.05, {"left_hip": 34, "right_hip": 34, "left_knee": 44, "right_knee": 44, "left_ankle": -8, "right_ankle": -8,
                "left_shoulder": 70, "right_shoulder": 70, "lean": 14}),
        (1.30, {"left_hip": 55, "right_hip": 55, "left_knee": 68, "right_knee": 68, "left_ankle": 20, "right_ankle": 20,
                "lean": 26, "left_shoulder": 22, "right_shoulder": 22}),
        (1.9, {}),
    ),
}  # fmt: skip
"""Key poses (seconds, angles) of what people do on the spot. They begin and end at ease."""

_FLIGHT = {"hop": (0.70, 1.05, 0.0)}
"""Seconds of take-off and landing of gestures that leave the floor."""
_GRAVITY = 9.81


def gestures(
    names: Sequence[str],
    seconds: float,
    height: float = 1.72,
    rng: np.random.Generator | None = None,
) -> Motion:
    """Standing, and doing ``names`` one after the other, over and over, with rests between.

    Raises:
        KeyError: there is no such gesture in :data:`GESTURES`.
    """
    rng = rng or np.random.default_rng(0)
    time = np.arange(round(seconds * RATE) + 1) / RATE
    keys: list[tuple[float, Mapping[str, float]]] = []
    rise = np.zeros(len(time))
    clock, turn = float(rng.uniform(0.2, 0.9)), 0
    while clock < seconds:
        name = names[turn % len(names)]
        slow = float(rng.uniform(0.95, 1.2)) if name not in _FLIGHT else 1.0
        keys += [(clock + at * slow, pose) for at, pose in GESTURES[name]]
        if name in _FLIGHT:
            up, down, _ = _FLIGHT[name]
            air = np.clip(time - clock - up, 0, down - up)
            rise += 0.5 * _GRAVITY * air * (down - up - air)
        clock = keys[-1][0] + float(rng.uniform(0.4, 1.2))
        turn += 1
    joints = sorted({joint for _, pose in keys for joint in pose})
    stamps = np.array([at for at, _ in keys])
    angles = {
        joint: _min_jerk(time, stamps, np.array([pose.get(joint, 0.0) for _, pose in keys]))
        for joint in joints
    }
    return _grounded("+".join(names), _at_ease(time, angles, rng), len(time), height, rise)


def _at_ease(
    time: Floats, angles: dict[str, Floats], rng: np.random.Generator
) -> dict[str, Floats]:
    """Nobody stands still: weight shifts, arms hang a little bent, the head looks about."""
    eased = dict(angles)

    def add(joint: str, more: Floats | float) -> None:
        eased[joint] = eased.get(joint, np.zeros(len(time))) + more

    for side in ("left", "right"):
        add(f"{side}_elbow", 14 + _drift(time, rng, 3))
        add(f"{side}_shoulder", 2 + _drift(time, rng, 2))
        add(f"{side}_abduct", 9 + _drift(time, rng, 1.5))
        add(f"{side}_knee", 4.0)
        add(f"{side}_hip", 3.0)
        add(f"{side}_ankle", 1.5)
        add(f"{side}_splay", 5.0)
    add("pelvis_list", _drift(time, rng, 2))
    add("chest_turn", _drift(time, rng, 4))
    add("head_turn", _drift(time, rng, 14))
    add("head_nod", _drift(time, rng, 4))
    add("lean", 1 + _drift(time, rng, 1))
    return eased


def _grounded(
    name: str, angles: Angles, count: int, height: float, rise: Floats, load: Floats | None = None
) -> Motion:
    """Let the feet carry the body: the lower one stands on the floor, and what carries does not slide.

    ``rise`` lifts the body off the floor, ``[T]`` metres. ``load`` is how much left and right foot
    carry, ``[T, 2]``; by default the lower one does.
    """
    size = proportions(height)
    joints = _joints(angles, count, size)
    ankles, toes = (joints[:, [J[f"left_{n}"], J[f"right_{n}"]]] for n in ("ankle", "toe"))
    heel_up, ball_up = ankles[:, :, 1] - size["ankle"], toes[:, :, 1] - 0.020
    soles = np.minimum(heel_up, ball_up)
    down = soles.min(axis=1)
    if load is None:
        load = np.exp(-(soles - down[:, None]) / 0.02)
    # Heel or ball: whichever is lower stays where it is.
    heel = 1 / (1 + np.exp(np.clip((heel_up - ball_up) / 0.006, -30, 30)))[:, :, None]
    slip = np.gradient(ankles, axis=0) * heel + np.gradient(toes, axis=0) * (1 - heel)
    total = load.sum(axis=1)
    carried = np.flatnonzero(total > 0.05)  # in flight the body goes on as it was
    share = load[carried] / total[carried, None]
    step = -(slip[carried] * share[:, :, None]).sum(axis=1)
    place = np.zeros((count, 3))
    place[:, 1] = _smooth(-down, 2) + rise
    for axis in (0, 2):
        whole = np.interp(np.arange(count), carried, step[:, axis])
        place[:, axis] = np.cumsum(_smooth(whole, 3))
    return Motion(name, joints + place[:, None], RATE)


def _joints(angles: Angles, count: int, size: Mapping[str, float]) -> Floats:
    """Forward kinematics: joints ``[T, 21, 3]`` round a pelvis at the origin, facing +z."""

    def angle(name: str) -> Floats:
        return np.deg2rad(np.asarray(angles.get(name, np.zeros(count)), dtype=np.float64))

    joints = np.zeros((count, len(JOINTS), 3))
    pelvis = _turn("y", angle("pelvis_turn")) @ _turn("z", angle("pelvis_list"))
    trunk = _turn("x", angle("lean")) @ _turn("z", angle("side"))
    lower = pelvis @ _turn("x", 0.5 * angle("lean")) @ _turn("z", 0.5 * angle("side"))
    chest = trunk @ _turn("y", angle("chest_turn"))
    joints[:, J["spine"]] = lower @ [0, size["spine"], 0]
    joints[:, J["neck"]] = joints[:, J["spine"]] + chest @ [0, size["chest"], -0.01]
    head = (
        chest
        @ _turn("x", -0.6 * angle("lean"))
        @ _turn("y", angle("head_turn"))
        @ _turn("x", angle("head_nod"))
    )
    joints[:, J["head_top"]] = joints[:, J["neck"]] + head @ [0, size["neck_top"], 0.02]
    joints[:, J["nose"]] = joints[:, J["neck"]] + head @ [
        0,
        size["nose_up"],
        0.02 + size["nose_out"],
    ]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        shoulder = joints[:, J["neck"]] + chest @ [sign * size["shoulder"], -0.012, 0.0]
        raised = np.clip(angle(f"{side}_shoulder") / 3 + angle(f"{side}_abduct") / 5, 0, 0.7)
        shoulder = shoulder + chest @ [0, 1, 0] * (0.045 * raised)[:, None]
        arm = (
            chest
            @ _turn("x", -angle(f"{side}_shoulder"))
            @ _turn("z", sign * angle(f"{side}_abduct"))
        )
        arm = arm @ _turn("y", sign * -angle(f"{side}_twist"))
        fore = arm @ _turn("x", -angle(f"{side}_elbow"))
        elbow = shoulder + arm @ [0, -size["upper"], 0]
        wrist = elbow + fore @ [0, -size["fore"], 0]
        hip = pelvis @ [sign * size["hip"], 0, 0]
        thigh = (
            pelvis @ _turn("z", sign * angle(f"{side}_splay")) @ _turn("x", -angle(f"{side}_hip"))
        )
        shin = thigh @ _turn("x", angle(f"{side}_knee"))
        foot = shin @ _turn("x", -angle(f"{side}_ankle")) @ _turn("y", np.full(count, sign * 0.12))
        knee = hip + thigh @ [0, -size["thigh"], 0]
        ankle = knee + shin @ [0, -size["shin"], 0]
        toe = ankle + foot @ [0, -size["ankle"] + 0.02, size["foot"]]
        for joint, place in (
            ("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist), ("hip", hip), ("knee", knee),
            ("ankle", ankle), ("toe", toe), ("hand", wrist + fore @ [0, -size["hand"], 0.01]),
        ):  # fmt: skip
            joints[:, J[f"{side}_{joint}"]] = place
    return joints


def _turn(axis: str, angle: Floats) -> Floats:
    """Rotations ``[T, 3, 3]`` about an axis by radians ``[T]``."""
    cos, sin, one, zero = np.cos(angle), np.sin(angle), np.ones_like(angle), np.zeros_like(angle)
    rows = {
        "x": [one, zero, zero, zero, cos, -sin, zero, sin, cos],
        "y": [cos, zero, sin, zero, one, zero, -sin, zero, cos],
        "z": [cos, -sin, zero, sin, cos, zero, zero, zero, one],
    }[axis]
    return np.stack(rows, axis=-1).reshape(-1, 3, 3)


def _cycle(values: Sequence[float], phase: Floats) -> Floats:
    """A periodic smooth curve through eleven values over one stride."""
    terms = np.fft.rfft(np.asarray(values[:-1], dtype=np.float64)) / (len(values) - 1)
    total = np.full_like(phase, terms[0].real)
    for order, term in enumerate(terms[1:], start=1):
        weight = 1 if 2 * order == len(values) - 1 else 2
        total += weight * (term * np.exp(2j * np.pi * order * phase)).real
    return total


def _min_jerk(time: Floats, stamps: Floats, values: Floats) -> Floats:
    """Through key values with zero speed and acceleration at each (Flash and Hogan 1985)."""
    after = np.clip(np.searchsorted(stamps, time, side="right"), 1, len(stamps) - 1)
    start, end = stamps[after - 1], stamps[after]
    share = np.clip((time - start) / np.maximum(end - start, 1e-6), 0, 1)
    share = share**3 * (10 - 15 * share + 6 * share**2)
    return values[after - 1] + (values[after] - values[after - 1]) * share


def _drift(time: Floats, rng: np.random.Generator, size: float) -> Floats:
    """A slow wandering of about ``size`` degrees that never repeats."""
    rates, phases = rng.uniform(0.05, 0.45, 3), rng.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * rates[:, None] * time + phases[:, None])
    return np.asarray(size * waves.sum(axis=0) / 1.8)


def _smooth(values: Floats, reach: int) -> Floats:
    """A moving average over 2 · ``reach`` + 1 poses along the first axis."""
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    padded = np.concatenate(
        [values[:1].repeat(reach, axis=0), values, values[-1:].repeat(reach, axis=0)]
    )
    return np.apply_along_axis(lambda column: np.convolve(column, kernel, mode="valid"), 0, padded)
