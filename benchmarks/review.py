"""How early does the review list come to the wrong joints? Against confidence alone and chance.

    python benchmarks/review.py --cache FOLDER [--data FOLDER]

Rendered clips with exact truth (other ones than the weights were fitted on), predicted by the bundled
weights, and real labelled clips where ``--data`` names their folder. A joint is wrong if it lies further
than a head from the truth. Two questions, each within one clip, as a person meets them:

- Looking at joints one by one: what share of the wrong ones is among the first 5, 10 and 20 % of all?
- Looking at items of the list (a stretch each): how many wrong joints do the first 5, 10, 20 items hold?
  The same items in other orders, and the items that confidence alone makes, stand beside it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from review_calibrate import looked_at, wrong_joints
from review_clips import LARGE, MEASURE, Clip, clip, labelled_clip

from glpose_core.review import Item, Queue, Reason
from glpose_core.review.examine import examine
from glpose_core.review.items import Wording, doubtful, grouped
from glpose_core.review.usual import usual_of

SHARES = (0.05, 0.10, 0.20)
COUNTS = (5, 10, 20)
SHUFFLES = 50
Floats = NDArray[np.float64]


def early(order: NDArray[np.intp], wrong: NDArray[np.bool_]) -> list[float]:
    """Share of the wrong joints among the first of ``order``."""
    return [float(wrong[order[: round(s * len(order))]].sum() / wrong.sum()) for s in SHARES]


def joints_table(clips: Sequence[Clip]) -> list[list[str]]:
    """One row an order: mean over the clips in which anything is wrong."""
    answers: dict[str, list[list[float]]] = {}
    for one in clips:
        rng = np.random.default_rng(0)
        alone, wrong, known = looked_at(one, second=False)
        if not wrong[known].any():
            continue
        both, _, _ = looked_at(one, second=True)
        bad, score = wrong[known], one.found["score"][known]
        orders = {
            "random": [early(rng.permutation(len(bad)), bad) for _ in range(SHUFFLES)],
            "confidence alone": [early(np.argsort(score, kind="stable"), bad)],
            "review": [early(np.argsort(-alone.probability[known], kind="stable"), bad)],
            "review, two models": [early(np.argsort(-both.probability[known], kind="stable"), bad)],
        }
        for name, found in orders.items():
            answers.setdefault(name, []).append(np.mean(found, axis=0).tolist())
    return [
        [name, *(f"{share:.1%}" for share in np.mean(found, axis=0))]
        for name, found in answers.items()
    ]


def hits_of(items: Sequence[Item], one: Clip) -> Floats:
    """Wrong joints, and joints looked at, in the first items: ``[counts, 2]``."""
    wrong, known = wrong_joints(one.found, one.truth)
    poses = zip(one.found["person"].tolist(), one.found["frame"].tolist(), strict=True)
    at = {pose: row for row, pose in enumerate(poses)}
    rows = []
    for count in COUNTS:
        seen = {
            (at[item.person, frame], joint)
            for item in items[:count]
            for frame in range(item.frame, item.stop)
            for joint in item.joints
            if (item.person, frame) in at
        }
        pick = [place for place in seen if known[place]]
        rows.append([sum(bool(wrong[place]) for place in pick), len(pick)])
    return np.array(rows, dtype=float)


def items_table(clips: Sequence[Clip]) -> list[list[str]]:
    """One row an order: wrong joints in the first items, and how many were looked at; sums over clips."""
    hits: dict[str, list[Floats]] = {}
    for one in clips:

        def counted(items: Sequence[Item], one: Clip = one) -> Floats:
            return hits_of(items, one)

        def seen(start: int, stop: int, one: Clip = one) -> NDArray[np.void]:
            inside = (one.found["frame"] >= start) & (one.found["frame"] < stop)
            return one.found[inside]

        queue = Queue(seen, int(one.found["frame"].max()) + 1)
        items = [item for item in queue.items() if item.joints]
        rng = np.random.default_rng(0)
        shuffled = [
            counted([items[n] for n in rng.permutation(len(items))]) for _ in range(SHUFFLES)
        ]
        unsure = by_confidence(one)
        orders = {
            "the same items at random": np.mean(shuffled, axis=0),
            "items of confidence alone, by gain": counted(unsure),
            "review, by probability": counted(sorted(items, key=lambda item: -item.probability)),
            "review, by gain": counted(items),
        }
        for name, found in orders.items():
            hits.setdefault(name, []).append(found)
    table = []
    for name, found in hits.items():
        total = np.sum(found, axis=0)
        table.append([name, *(f"{bad:.0f} of {looked:.0f}" for bad, looked in total)])
    return table


def by_confidence(one: Clip) -> list[Item]:
    """The list that there would be if confidence were the only reason, least confident first."""
    usual = usual_of(one.found)
    examined = examine(one.found, usual)
    examined.score[..., Reason.UNSURE + 1 :] = 0
    least = np.where(examined.score[..., Reason.UNSURE] > 0, 1 - one.found["score"], 0)
    cells = doubtful(
        replace(examined, probability=least.astype(np.float32), gaps=examined.gaps[:0])
    )
    items = grouped(cells[cells["joint"] >= 0], Wording(usual.confidence, str))
    return sorted(items, key=lambda item: -item.gain)


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def measure(name: str, clips: Sequence[Clip]) -> None:
    wrong = [wrong_joints(one.found, one.truth) for one in clips]
    joints = sum(int(known.sum()) for _, known in wrong)
    share = sum(int(bad.sum()) for bad, _ in wrong) / joints
    print(f"\n{name}: {len(clips)} clips, {joints} joints, {share:.1%} of them wrong")
    head = ["order", *(f"first {share:.0%}" for share in SHARES)]
    show(
        "Share of all wrong joints found, joint by joint (mean of the clips)",
        head,
        joints_table(clips),
    )
    head = ["order", *(f"first {count} items" for count in COUNTS)]
    show(
        "Wrong joints among those looked at, item by item (sum of the clips)",
        head,
        items_table(clips),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--cache", type=Path, required=True, help="where clips and predictions are kept"
    )
    parser.add_argument("--model", default=LARGE, help="whose predictions are looked through")
    parser.add_argument("--data", type=Path, help="folder with trento-*.mp4 and labels/")
    options = parser.parse_args()
    measure("Rendered", [clip(seed, options.cache, model=options.model) for seed in MEASURE])
    if options.data is not None:
        found = sorted(options.data.glob("trento-*.mp4"))
        labels = options.data / "labels"
        measure(
            "Real, one player",
            [
                labelled_clip(v, labels / f"{v.stem}.json", options.cache, options.model)
                for v in found
            ],
        )


if __name__ == "__main__":
    main()
