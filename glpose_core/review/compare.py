"""Where two models disagree about the same people: items of the review list, for that one reason."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from ..labels import PoseRows
from .examine import Examined, examine
from .findings import Reason
from .items import Item, Wording, doubtful, grouped
from .usual import usual_of


def disagreements(
    first: PoseRows,
    second: PoseRows,
    *,
    models: str,
    name: Callable[[int], str] = lambda person: f"person {person}",
    reviewed: Collection[int] = (),
) -> list[Item]:
    """List where two predictions of the same people lie far apart, the greatest expected gain first.

    How likely a joint is wrong is judged by everything that speaks against it, as in the review list.

    Args:
        first: what is seen, POSE_DTYPE ``[N]`` by person and frame; joints that a person placed or
            accepted are never listed, nor are reviewed frames.
        second: the other model's poses, POSE_DTYPE ``[M]``.
        models: what is compared, as in "against HRNet".
    """
    usual = usual_of(first)
    cells = doubtful(_differing(examine(first, usual, second)))
    if reviewed:
        cells = cells[~np.isin(cells["frame"], np.fromiter(reviewed, np.int64))]
    return sorted(
        grouped(cells, Wording(usual.confidence, name, models)),
        key=lambda item: (-item.gain, item.frame, item.person),
    )


def short_name(model: str) -> str:
    """A run's model without what kind it is: "hrnet-w18-starter (HRNet, …)" → "hrnet-w18-starter"."""
    return model.split(" (")[0]


def _differing(examined: Examined) -> Examined:
    """What was found, as if the only reason were that the models differ."""
    score = np.zeros_like(examined.score)
    score[..., Reason.MODELS] = examined.score[..., Reason.MODELS]
    nobody = replace(examined.neighbours, twin=np.zeros_like(examined.neighbours.twin))
    return replace(examined, score=score, neighbours=nobody, gaps=examined.gaps[:0])
