"""What is usual in a clip: what single frames are held against, so that they can be looked at alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ..labels import PoseRows, Visibility
from ..labels.poses import is_human
from .body import Body, Floats, make_body
from .bones import usual_lengths
from .unsure import usual_confidence


@dataclass(frozen=True)
class Usual:
    """The measure of a clip.

    Attributes:
        confidence: the median of machine-made joints, NaN where there is none.
        bones: each person's own lengths in body sizes, ``[bones]``.
    """

    confidence: float
    bones: dict[int, Floats] = field(default_factory=dict)


def usual_of(rows: PoseRows, bodies: Iterable[Body] | None = None) -> Usual:
    """Measure a whole clip. ``rows``: POSE_DTYPE, by person and by frame; ``bodies``: them, if they are made."""
    machine = (rows["score"] > 0) & (rows["visibility"] != Visibility.ABSENT)
    machine &= ~is_human(rows["source"]) & ~rows["deleted"][:, None]
    scores = np.where(machine, rows["score"], np.nan).astype(np.float64)
    bodies = map(make_body, people(rows)) if bodies is None else bodies
    return Usual(
        usual_confidence(scores), {body.person: usual_lengths(body.bones) for body in bodies}
    )


def people(rows: PoseRows) -> list[PoseRows]:
    """Rows of each person apart; ``rows`` are by person."""
    cuts = np.flatnonzero(np.diff(rows["person"])) + 1
    return [part for part in np.split(rows, cuts) if len(part)]
