"""Fit the weights of glpose_core.review.weights on rendered clips with exact truth.

    python benchmarks/review_calibrate.py --cache FOLDER

A logistic model of "this joint lies further than a head from the truth" on its kind and the scores of all reasons,
with no negative weights and a little ridge, of what the large and the small GLPose say: the weights serve both. Prints the lines for weights.py and how often each reason was
right. The clips are other ones than those that ``benchmarks/review.py`` measures on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from review_clips import CALIBRATE, LARGE, SMALL, Clip, clip
from scipy.optimize import minimize

from glpose_core.labels import PoseRows, Visibility
from glpose_core.review.body import HEAD_SHARE
from glpose_core.review.examine import Examined, _extent, examine, nearest
from glpose_core.review.findings import JOINT_REASONS, NOTICED, TAGS, Reason
from glpose_core.review.usual import usual_of
from glpose_core.review.weights import KIND_OF, KINDS

WRONG = 1.0
"""Heads from the truth."""
RIDGE = 1.0
ESTIMATED_SIDES = 3.6
"""The clips hold too few exchanged sides to fit a weight."""
SECOND_OPINION = 0.41
"""What it weighs that two models differ, as fitted where both were small. Beside the large one the small one errs where
they differ: a fit would have every second opinion say nothing, a better one's too."""
Bools = NDArray[np.bool_]


def wrong_joints(found: PoseRows, truth: PoseRows) -> tuple[Bools, Bools]:
    """Which joints of ``found`` are wrong, and of which that can be told: ``[N, 17]`` each.

    A pose without a true one near has nothing right about it: it is left out here, as joints of nobody.
    """
    true = nearest(found, truth)
    size = nearest_size(found, truth)
    away = np.hypot(*np.moveaxis(found["xy"] - true, -1, 0))
    known = np.isfinite(away) & (found["visibility"] != Visibility.ABSENT)
    return known & (away > WRONG * HEAD_SHARE * size[:, None]), known


def nearest_size(found: PoseRows, truth: PoseRows) -> NDArray[np.float64]:
    """The larger extent of the true pose, ``[N]``."""
    return _extent(nearest(found, truth))


def fit(
    score: NDArray[np.float32], kind: NDArray[np.intp], wrong: Bools, free: Bools
) -> NDArray[np.float64]:
    """Biases and weights ``[kinds + reasons]``; reasons that are not ``free`` keep 0.

    Kinds of joints of which none is known get the mean of the others.
    """
    count = len(KINDS)
    features = np.concatenate([np.eye(count)[kind], score], axis=1)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = features @ weights
        chance = 1 / (1 + np.exp(-logit))
        ridge = RIDGE * (weights[count:] ** 2).sum()
        value = np.logaddexp(0, logit).sum() - logit[wrong].sum() + ridge
        slope = features.T @ (chance - wrong)
        slope[count:] += 2 * RIDGE * weights[count:]
        return float(value), slope

    bounds = [(None, None)] * count + [(0, None) if open_ else (0, 0) for open_ in free]
    start = np.zeros(features.shape[1])
    weights = np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
    known = np.isin(np.arange(count), kind)
    weights[:count][~known] = weights[:count][known].mean()
    return weights


def looked_at(one: Clip, second: bool) -> tuple[Examined, Bools, Bools]:
    """A clip examined, what is wrong in it, and where that is known."""
    examined = examine(one.found, usual_of(one.found), one.other if second else None)
    return examined, *wrong_joints(one.found, one.truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True)
    cache = parser.parse_args().cache
    clips = [clip(seed, cache, model=model) for model in (LARGE, SMALL) for seed in CALIBRATE]
    parts = [looked_at(one, second=False) for one in clips]
    score = np.concatenate([examined.score[known] for examined, _, known in parts])
    wrong = np.concatenate([bad[known] for _, bad, known in parts])
    kind = np.concatenate([np.broadcast_to(KIND_OF, known.shape)[known] for _, _, known in parts])
    names = list(TAGS.values())[: len(JOINT_REASONS)]
    free = np.array([name not in ("models differ", "references differ") for name in names])
    kinds, weights = np.split(fit(score, kind, wrong, free), [len(KINDS)])
    weights[Reason.SIDES] = ESTIMATED_SIDES
    for title, opinion in (("ALONE", 0.0), ("WITH_SECOND", SECOND_OPINION)):
        weights[[Reason.MODELS, Reason.REFERENCES]] = opinion
        numbers = [", ".join(f"{weight:.2f}" for weight in some) for some in (kinds, weights)]
        print(f"{title} = Weights(({numbers[0]}), ({numbers[1]}))")
    print(f"  {len(wrong)} joints, {wrong.mean():.1%} wrong")
    for at, reason in enumerate(JOINT_REASONS):
        noticed = score[:, at] >= NOTICED
        if noticed.any():
            print(f"  {TAGS[reason]}: {noticed.sum()} joints, {wrong[noticed].mean():.0%} wrong")


if __name__ == "__main__":
    main()
