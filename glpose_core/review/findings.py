"""What a reason has to say: a score and a fact for every joint of every frame, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Reason(IntEnum):
    """Why a pose may be wrong. The numbers are kept in projects: never change one."""

    UNSURE = 0
    JUMPS = 1
    BONES = 2
    SIDES = 3
    TWO_PEOPLE = 4
    OUTSIDE = 5
    MODELS = 6
    REFERENCES = 7
    GAP = 8
    TWINS = 9


TAGS = {
    Reason.UNSURE: "unsure",
    Reason.JUMPS: "jumps",
    Reason.BONES: "bone length",
    Reason.SIDES: "left/right?",
    Reason.TWO_PEOPLE: "two people",
    Reason.OUTSIDE: "outside its box",
    Reason.MODELS: "models differ",
    Reason.REFERENCES: "references differ",
    Reason.GAP: "gap",
    Reason.TWINS: "twins",
}
"""What the list says."""
WORDS = {
    Reason.UNSURE: "unsure",
    Reason.JUMPS: "jumps",
    Reason.BONES: "bones",
    Reason.SIDES: "sides",
    Reason.TWO_PEOPLE: "two-people",
    Reason.OUTSIDE: "outside",
    Reason.MODELS: "models",
    Reason.REFERENCES: "references",
    Reason.GAP: "gap",
    Reason.TWINS: "twins",
}
"""What the command line and files say."""
JOINT_REASONS = tuple(reason for reason in Reason if reason < Reason.GAP)
"""Reasons that speak of joints; the others speak of whole poses."""
NOTICED = 0.5
"""From this score on a reason is worth telling; below, it only counts beside others."""


@dataclass(frozen=True)
class Finding:
    """One reason over one person's frames.

    Attributes:
        score: ``[F, 17]``, 0 (nothing odd) … 1.
        fact: ``[F, 17]``, the number in the sentence; its meaning is the reason's own.
        other: ``[F, 17]`` int32, the other person concerned, or −1 everywhere.
    """

    score: Floats
    fact: Floats
    other: NDArray[np.int32] | None = None
