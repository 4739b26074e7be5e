"""Is what spreading says of its places true? Told confidence against the share that is right.

    python benchmarks/spread_confidence.py --cache FOLDER

While the scripted annotator of ``spread_annotator.py`` corrects rendered clips that nothing was fitted on (with all of the model's
faults, and with 15 % of them), every place is counted that is proposed away from the machine's own, between a joint's
keys and beyond them. *Before*: what the chain alone makes of it, without forgetting.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from review_clips import CALIBRATE, MEASURE, clip
from spread_annotator import Floats, Hand, Track, label, spreading
from spread_tracks import tracks_of, with_fewer_faults

from glpose_core.spread import Keys, Method, spread
from glpose_core.spread import spreading as maths

STEPS = (0.0, 0.5, 0.8, 0.95, 1.01)
"""Limits of what is told, for the table."""
REACHES = ((0, "between keys"), (1, "1–8 frames beyond"), (9, "9–24 beyond"), (25, "25–48 beyond"))
RIGHT = 0.5
"""Heads within which a place is right."""
DRAWN = 0.25
"""Share of the places that are counted."""

Table = NDArray[np.float64]


def beyond(keyed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many frames each is outside a joint's keys, ``[F]``; 0 between them."""
    at = np.flatnonzero(keyed)
    frames = np.arange(len(keyed))
    return np.maximum(np.maximum(at[0] - frames, frames - at[-1]), 0)


def count(tracks: Sequence[Track]) -> Table:
    """Rows ``[N, 4]``: frames beyond the keys, told, told before, and whether it is right."""
    rng = np.random.default_rng(0)
    rows: list[Table] = []

    def tool(hand: Hand) -> Floats:
        track = hand.track
        keys = Keys(hand.set, hand.xy, np.full(hand.set.shape, 2, np.uint8))
        told = spread(track.machine, keys)
        with patch.object(maths, "FORGOTTEN", np.inf):
            before = spread(track.machine, keys)
        away = np.linalg.norm(told.xy - track.truth, axis=2) / (2 * track.half_head[:, None])
        counted = (told.method == Method.BENT) | (told.method == Method.LINEAR)
        counted &= track.visible & (rng.random(counted.shape) < DRAWN)
        for joint in np.flatnonzero(counted.any(axis=0) & hand.set.any(axis=0)).tolist():
            at = counted[:, joint]
            one = [beyond(hand.set[:, joint]), told.confidence[:, joint]]
            one += [before.confidence[:, joint], away[:, joint] <= RIGHT]
            rows.append(np.stack(one, axis=1)[at])
        return spreading(hand)

    for track in tracks:
        label(track, tool, RIGHT / 2, confirms=True, by="worst")
    return np.concatenate(rows)


def print_table(name: str, rows: Table) -> None:
    """For each distance and step of what is told: how often it is right."""
    limits = [low for low, _ in REACHES] + [10**6]
    for (low, title), high in zip(REACHES, limits[1:], strict=True):
        here = rows[(rows[:, 0] >= low) & (rows[:, 0] < high)]
        for column, what in ((2, "before"), (1, "now")):
            cells = []
            for least, most in pairwise(STEPS):
                some = here[(here[:, column] >= least) & (here[:, column] < most)]
                said = (
                    "—"
                    if len(some) < 30
                    else f"{some[:, column].mean():.2f} → {some[:, 3].mean():.2f}"
                )
                cells.append(f"{said} ({len(some)})")
            off = np.abs(here[:, column].mean() - here[:, 3].mean())
            print(f"| {name} | {title} | {what} | {' | '.join(cells)} | {off:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="predictions are kept here")
    parser.add_argument(
        "--fitting", action="store_true", help="the clips it was fitted on, instead"
    )
    options = parser.parse_args()
    seeds = CALIBRATE if options.fitting else MEASURE
    tracks = [track for seed in seeds for track in tracks_of(clip(seed, options.cache))]
    fewer = [with_fewer_faults(track, 0.15, seed) for seed, track in enumerate(tracks)]
    print("Told → right (places)\n")
    print(
        "| faults | where | | under .5 | .5–.8 | .8–.95 | over .95 | mean off by |\n"
        + "|---" * 8
        + "|"
    )
    for name, some in (("all", tracks), ("15 %", fewer)):
        print_table(name, count(some))


if __name__ == "__main__":
    main()
