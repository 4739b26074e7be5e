"""The numbers of spreading, set by hand and by a short search on rendered clips 101 to 106 (the calibration
clips of ``benchmarks/review_clips.py``); what they are worth is measured on others by ``benchmarks/spread.py``.

Lengths are head sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

REACH = 48
"""Frames from a key beyond which the machine's track stays as it is."""


@dataclass(frozen=True)
class Tuning:
    """What decides how far the machine is believed.

    Attributes:
        steady: standard deviation of what a smooth step of the machine's track gets wrong.
        rough: the same for a rough step, as a multiple of its roughness.
        doubt: how much faster errors grow where the confidence is 0 instead of 1 (a power of e).
        motion: a body's pace (see :mod:`.together`) as a multiple of its usual speed, where nothing but keys is
            known; between slowest and fastest.
        trust: standard deviation of the machine's position where it is as likely right as wrong.
        surest: odds of being right beyond which the machine is believed no more.
        mends: how likely a wrong track turns right from one frame to the next.
        smooth, wrong, turn: middle and deviation of the logarithm of a step's roughness (plus ``trembling``)
            within right stretches, within wrong ones, and where one turns into the other. Within right ones the
            share ``oddly`` of the steps is as ``odd`` says; within wrong ones the share ``from_wrong_to_wrong`` is turns.
        fits: a key this near says that the machine was right.
        score_slope, score_middle: odds of being right from one frame's confidence: slope × (score − middle); the
            slope is half of what it is for a frame alone, since neighbours say the same again.
        usual_slope, usual_bias: the same before any key is there, for a whole person.
        usual_weight: so many keys outweigh that.
        even: share right from which on the machine's track is rather believed than a straight line.
        prefer: how much that share counts beside the errors of keys left out.
        pooled: so many keys of its own outweigh what a person's other joints say.
        kept: differences up to this are not worth proposing.
        stay: a place must be more likely right than the machine's own times this to be proposed.
        exchanged: cost of a frame with exchanged sides. exchange: cost of exchanging. stride: a step
            between frames that costs 1. key: cost of a key one head away. limb: weight of a limb's other keys.
    """

    steady: float = 0.03
    rough: float = 1.0
    doubt: float = 2.0
    motion: float = 1.0
    slowest: float = 0.02
    fastest: float = 0.25
    trust: float = 0.3
    surest: float = 10.0
    mends: float = 0.12
    smooth: tuple[float, float] = (-2.5, 0.8)
    wrong: tuple[float, float] = (-1.9, 1.2)
    turn: tuple[float, float] = (-0.5, 1.35)
    odd: tuple[float, float] = (0.0, 1.5)
    oddly: float = 0.02
    from_wrong_to_wrong: float = 0.2
    trembling: float = 0.01
    fits: float = 0.5
    score_slope: float = 3.0
    score_middle: float = 0.47
    usual_slope: float = 6.0
    usual_bias: float = -2.6
    usual_weight: float = 4.0
    even: float = 0.5
    prefer: float = 3.0
    pooled: float = 1.0
    kept: float = 0.1
    stay: float = 0.8
    exchanged: float = 0.2
    exchange: float = 1.0
    stride: float = 0.3
    key: float = 3.0
    limb: float = 0.5


FITTED = Tuning()
