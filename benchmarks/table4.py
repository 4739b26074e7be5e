"""The rows of the paper's Table 4 (k and n; without enhancement; other heads), one budget each, on moving crops.

    python -m benchmarks.table4 --data STILLS --motion motion.npz --out FOLDER [--backbone FILE --seeds 3 --workers 14]
        [--minutes 8] [--recipe paper --rows single complete]

Each seed draws one pool of moving people: stills whose limbs swing and rendered people, half and half, key frames and
references degraded now and then. It is drawn with k 4 and n 6; the frozen backbone passes over it once, and its
features stay on the device. Every row then learns on slices of the same features in the same order, begun as good as
the single frame (the ``paper`` recipe begins with noise, as published). A smaller k takes the inner neighbours: the
swing of a limb grows with the offset / k of the widest window, so a slice keeps the time between frames, which is what
the paper's k changes. A smaller n takes the most similar of the six candidates, as prediction takes the most similar
of twenty. Measured by PCK@0.2 of the torso on people and scenes that nothing was learned from.

Results are kept in OUT row by row, seed 0 of all rows first; --minutes stops between rows, a second call goes on.
In the table: the mean over seeds, in brackets its difference from k 0, n 0 with the deviation over seeds, and behind it the
95 % interval of that difference when people are drawn again (bootstrap).
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.pool import Pool as Workers
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.table4_pools import (
    K,
    N,
    Pool,
    draw,
    keep,
    parser_of_pools,
    pools_to_test,
    run_with_workers,
    slots_for,
)
from glpose_core.evaluate.bootstrap import draw_videos, interval
from glpose_core.evaluate.percentage_correct import torso_size
from glpose_core.network import GLPose, HRNet, find_weights, load_weights
from glpose_core.network.device import choose_device, describe_device
from glpose_core.network.input_size import recorded_size, usual_size
from glpose_core.predict.decode import decode_heatmaps
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.networks import glpose_over
from glpose_core.train.optimise import Average, make_optimiser
from glpose_core.train.recipe import Recipe, Stage, modules, paper
from glpose_core.train.scoring import THRESHOLD
from glpose_core.train.temporal import heatmaps_from, loss_of
from glpose_core.train.views import View
from glpose_core.train.warm_start import start_modules

BATCH = 32
STARTING_DRAWS = 256


@dataclass(frozen=True)
class Row:
    """A row of the table. ``map`` is the paper's mAP, where it has the row."""

    name: str
    group: str
    k: int = K
    n: int = N
    enhancement: bool = True
    head: str = "3x3"
    learns: bool = True
    map: float | None = None

    def slots(self, device: torch.device) -> Tensor:
        """What it sees of a window."""
        return torch.tensor(slots_for(self.k, self.n), device=device)


BASE = Row("single frame (k 0, n 0)", "single", 0, 0)
ROWS = (
    BASE,
    Row("complete (k 4, n 6)", "complete", map=83.1),
    *(Row(f"k {k}, n 6", "k", k=k, map=m) for k, m in enumerate((82.2, 82.6, 82.7, 83.0))),
    *(
        Row(f"k 4, n {n}", "n", n=n, map=m)
        for n, m in enumerate((82.5, 82.7, 82.7, 82.8, 83.0, 83.0))
    ),
    Row("no enhancement", "other", enhancement=False, map=82.6),
    Row("head 5×5", "other", head="5x5", map=82.9),
    Row("head MLP", "other", head="mlp", map=82.7),
    Row("backbone, nothing learned", "single", 0, 0, learns=False),
)
GROUPS = tuple(dict.fromkeys(row.group for row in ROWS))


def begin(single: HRNet, row: Row, pool: Pool, warm: bool, size: tuple[int, int]) -> GLPose:
    """The modules of a row. Their backbone is left out: its work is done."""
    model = glpose_over(single, row.k, row.n, size, enhancement=row.enhancement, head=row.head)
    model.backbone = nn.Identity()
    if warm or not row.learns:
        some = torch.linspace(0, len(pool) - 1, STARTING_DRAWS).long().to(pool.features.device)
        start_modules(model, single, pool.features[some, 0].float().cpu())
    return model.to(pool.features.device, memory_format=torch.channels_last)


def learn(model: GLPose, pool: Pool, row: Row, recipe: Recipe) -> GLPose:
    """Train by a recipe; returns the averaged weights."""
    steps = recipe.total_steps(len(pool)) if row.learns else 0
    assert steps is not None
    optimiser = make_optimiser(model, recipe)
    average = Average(model, copy.deepcopy(model), recipe.ema)
    model.train()
    device, slots = pool.xy.device, row.slots(pool.xy.device)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    for step, chosen in enumerate(order_of(len(pool), steps, recipe).to(device)):
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * recipe.rate_at(step / steps) * group["share"]
        heatmaps = heatmaps_from(model, pool.seen(chosen, slots))
        loss = loss_of(heatmaps, pool.xy[chosen], pool.known[chosen], recipe)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if recipe.largest_gradient:
            nn.utils.clip_grad_norm_(parameters, recipe.largest_gradient)
        optimiser.step()
        average.update()
    return average.model


def order_of(count: int, steps: int, recipe: Recipe) -> Tensor:
    """Which draws each step takes, ``[steps, batch]``: the same for all rows of a seed."""
    rng = np.random.default_rng(recipe.seed)
    passes = -(-steps * recipe.batch // count)
    order = np.concatenate([rng.permutation(count) for _ in range(passes)] or [np.zeros(0, int)])
    return torch.from_numpy(order[: steps * recipe.batch]).view(steps, recipe.batch)


@torch.no_grad()
def right_of(model: GLPose, pool: Pool, row: Row) -> NDArray[np.int64]:
    """Joints that are right, for each person."""
    model.eval()
    found, slots = [], row.slots(pool.xy.device)
    for chosen in torch.arange(len(pool), device=pool.xy.device).split(128):
        heatmaps = heatmaps_from(model, pool.seen(chosen, slots)).cpu().numpy()
        found.append(decode_heatmaps(heatmaps)[0])
    xy, counts, size = truth_of(pool)
    away = np.linalg.norm(np.concatenate(found) - xy, axis=-1)
    return per_person(pool, (away <= THRESHOLD * size[:, None]) & counts)


def truth_of(pool: Pool) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Places, which joints count, and the torsos that errors are measured in."""
    xy, known = pool.xy.double().cpu().numpy(), pool.known.cpu().numpy() > 0
    size = torso_size(xy, known, GLPOSE15.joints)
    return xy, known & ~np.isnan(size)[:, None], size


def per_person(pool: Pool, joints: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many joints ``[M, J]`` each person has."""
    return np.bincount(pool.person, joints.sum(axis=1)).astype(np.int64)


def recipe_of(options: argparse.Namespace, size: tuple[int, int], seed: int) -> Recipe:
    """The preset at the backbone's size; both have the same batch."""
    usual = paper() if options.recipe == "paper" else modules().lasting(steps=400)
    usual = usual.lasting(steps=options.steps)
    return replace(usual, batch=BATCH, stages=(Stage(size),), seed=seed)


class Results:
    """What is known so far, in a file."""

    def __init__(self, folder: Path, setting: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "results.json"
        fresh = {"setting": setting, "labelled": {}, "right": {}}
        kept = json.loads(self._file.read_text()) if self._file.exists() else fresh
        if kept["setting"] != setting:
            raise SystemExit(f"{self._file} was made with other settings: choose another --out")
        self.labelled: dict[str, list[int]] = kept["labelled"]
        self.right: dict[str, dict[str, list[int]]] = kept["right"]
        self._kept = kept

    def add(self, row: Row, seed: int, right: dict[str, list[int]]) -> None:
        """Keep a row of a seed."""
        self.right[f"{row.name}/{seed}"] = right
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(self._kept))
        part.replace(self._file)

    def has(self, row: Row, seed: int) -> bool:
        """Whether it is known already."""
        return f"{row.name}/{seed}" in self.right

    def pairs(self, row: Row, test: str) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Right joints by person, of a row and of k 0, n 0, for each seed that has both."""
        seeds = sorted({int(key.rsplit("/", 1)[1]) for key in self.right})
        return [
            (
                np.array(self.right[f"{row.name}/{s}"][test]),
                np.array(self.right[f"{BASE.name}/{s}"][test]),
            )
            for s in seeds
            if self.has(row, s) and self.has(BASE, s)
        ]


def table(results: Results) -> str:
    """Rows against test sets."""
    tests = list(results.labelled)
    lines = ["", f"| | paper, mAP | seeds | {' | '.join(tests)} |", "|---" * (len(tests) + 3) + "|"]
    for row in ROWS:
        cells = [cell(results, row, test) for test in tests]
        if tests and results.pairs(row, tests[0]):
            count = len(results.pairs(row, tests[0]))
            lines.append(f"| {row.name} | {row.map or ''} | {count} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(results: Results, row: Row, test: str) -> str:
    """PCK, and how it differs from k 0, n 0."""
    pairs = results.pairs(row, test)
    if not pairs:
        return ""
    labelled = np.array(results.labelled[test])
    share = 100 / labelled.sum()
    gains = [share * float((a - b).sum()) for a, b in pairs]
    values = [share * float(a.sum()) for a, _ in pairs]
    if row is BASE:
        return f"{mean(values):.1f}" + (f" ± {stdev(values):.1f}" if len(values) > 1 else "")
    weights = draw_videos(len(labelled), 2000)
    gained = np.mean([a - b for a, b in pairs], axis=0)
    within = interval(100 * (weights @ gained) / (weights @ labelled), mean(gains))
    assert within is not None
    spread = f" ± {stdev(gains):.1f}" if len(gains) > 1 else ""
    chance = f"[{within.low:+.1f}, {within.high:+.1f}]"
    return f"{mean(values):.1f} ({mean(gains):+.1f}{spread}) {chance}".replace("-", "−")


def missing(options: argparse.Namespace, results: Results) -> Iterator[tuple[int, list[Row]]]:
    """What is left to do, seed by seed."""
    wanted = [row for row in ROWS if row.group in options.rows or row is BASE]
    for seed in range(options.seeds):
        rows = [row for row in wanted if not results.has(row, seed)]
        if rows:
            yield seed, rows


def run(options: argparse.Namespace, workers: Workers) -> None:
    """Train what is missing, measure it, keep the figures, and print the table."""
    clock, device = Clock(options.minutes), choose_device(options.device)
    single = load_weights(find_weights(options.backbone))
    assert isinstance(single, HRNet)
    size = recorded_size(single.record) or usual_size(single.width)
    clock.tell(f"{options.backbone}, {size[0]}×{size[1]}, {describe_device(device)}")
    single.to(device, memory_format=torch.channels_last)
    results = Results(options.out, setting_of(options, size))
    left = list(missing(options, results))
    tests = pools_to_test(options, workers, single, size, device) if left else {}
    for name, pool in tests.items():
        results.labelled[name] = per_person(pool, truth_of(pool)[1]).tolist()
        clock.tell(f"{name}: {len(pool)} draws, {len(results.labelled[name])} people")
    view = View(size, K, N, how=recipe_of(options, size, 0).augmentation)
    coming = [draw(options, workers, view, left[0][0])] if left else []
    for place, (seed, rows) in enumerate(left):
        if not clock.has_time():
            break
        pool = keep(coming.pop(), options.draws, single, device)
        now = clock.tell(f"seed {seed}: {len(pool)} draws, {pool.features.nbytes / 1e9:.1f} GB")
        # The workers draw the next ones meanwhile.
        coming += [draw(options, workers, view, after) for after, _ in left[place + 1 : place + 2]]
        recipe = recipe_of(options, size, seed)
        for row in rows:
            if clock.has_time():
                right = learned(single, row, pool, recipe, tests, options.recipe != "paper")
                results.add(row, seed, right)
                now = clock.tell(f"{row.name}/{seed}: {in_short(right, results.labelled)}", now)
        del pool  # before the next one takes its place on the device
    print(table(results))


def learned(
    single: HRNet, row: Row, pool: Pool, recipe: Recipe, tests: dict[str, Pool], warm: bool
) -> dict[str, list[int]]:
    """Train a row; joints that are right by test set and person."""
    torch.manual_seed(recipe.seed)
    model = learn(begin(single, row, pool, warm, recipe.size), pool, row, recipe)
    return {name: right_of(model, test, row).tolist() for name, test in tests.items()}


def in_short(right: dict[str, list[int]], labelled: dict[str, list[int]]) -> str:
    """PCK in per cent by test set."""
    shares = (f"{name} {100 * sum(right[name]) / sum(labelled[name]):.2f}" for name in right)
    return "; ".join(shares)


class Clock:
    """Whether there is time for one more row, and how long things took."""

    def __init__(self, minutes: float) -> None:
        self._began, self._limit, self._longest = time.monotonic(), 60 * minutes, 0.0

    def tell(self, text: str, since: float | None = None) -> float:
        """Print with the time since the beginning, and return that time; ``since``: when a row began."""
        now = time.monotonic() - self._began
        self._longest = max(self._longest, 0.0 if since is None else now - since)
        print(f"{now:6.1f} s  {text}", flush=True)
        return now

    def has_time(self) -> bool:
        """Whether another row as long as the longest fits."""
        return time.monotonic() - self._began + self._longest < self._limit


def setting_of(options: argparse.Namespace, size: tuple[int, int]) -> dict[str, Any]:
    """What makes results comparable."""
    names = ("recipe", "steps", "draws", "scenes", "test_stills", "test_scenes")
    return {name: getattr(options, name) for name in names} | {
        "backbone": Path(options.backbone).stem,
        "size": list(size),
        "motion": options.motion is not None,
    }


def main() -> None:
    parser = parser_of_pools(__doc__, draws=6000, scenes=56, test_stills=1000, test_scenes=28)
    parser.add_argument("--backbone", default="hrnet-w18-starter")
    parser.add_argument("--recipe", choices=("modules", "paper"), default="modules")
    parser.add_argument("--rows", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="instead of 400, or of the paper's 20 epochs")
    parser.add_argument("--minutes", type=float, default=math.inf)
    run_with_workers(parser, run)


if __name__ == "__main__":
    main()
