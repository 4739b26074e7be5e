"""Train GLPose's modules over a frozen backbone on a GPU: features kept there, many more draws than a processor makes.

    python -m benchmarks.starter_modules --data STILLS --motion motion.npz --backbone FILE --out FOLDER
        [--windows 4,6 2,4 --draws 14000 --epochs 8 --workers 14 --wait FILE]

Draws are those of benchmarks.table4: swung stills and rendered people, half and half. They are made while --wait names a file
that is not there yet (the end of the backbone's training). Each window k,n is trained on slices of the same
features and measured on people that nothing was learned from; its weights go to FOLDER/k4n6/weights.safetensors.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from dataclasses import replace
from multiprocessing.pool import Pool as Workers
from pathlib import Path

import torch

from benchmarks.table4 import Row, begin, learn, per_person, right_of, truth_of
from benchmarks.table4_pools import (
    K,
    N,
    Pool,
    draw,
    keep,
    parser_of_pools,
    pools_to_test,
    run_with_workers,
)
from glpose_core.network import GLPose, HRNet, choose_device, load_weights, save_weights
from glpose_core.network.importing import load_backbone
from glpose_core.network.input_size import recorded_size
from glpose_core.train.recipe import Recipe, Stage, modules
from glpose_core.train.views import View

BATCH = 32
RECIPE_SEED = 5
"""Of the pool: table4 uses the first few."""


def recipe_of(options: argparse.Namespace, size: tuple[int, int]) -> Recipe:
    """The preset for modules, in larger batches."""
    usual = modules().lasting(epochs=options.epochs)
    return replace(usual, batch=BATCH, stages=(Stage(size),), seed=RECIPE_SEED, ema=0.998)


def whole(model: GLPose, backbone: Path) -> GLPose:
    """The trained modules and the backbone that they were trained over."""
    full = GLPose(model.config)
    load_backbone(full, backbone)
    full.load_state_dict(model.cpu().state_dict(), strict=False)
    return full


def run(options: argparse.Namespace, workers: Workers) -> None:
    """Draw, wait for the backbone, train, measure and save."""
    size = (options.size[0], options.size[1])
    view = View(size, K, N, how=recipe_of(options, size).augmentation)
    coming = draw(options, workers, view, RECIPE_SEED)
    drawn = deque(coming)
    print(f"{sum(len(one.person) for one in drawn)} draws", flush=True)
    while options.wait is not None and not options.wait.exists():
        time.sleep(1)
    device = choose_device(options.device)
    single = load_weights(options.backbone)
    assert isinstance(single, HRNet)
    if recorded_size(single.record) not in (None, size):
        raise SystemExit("the backbone was trained at another size: give --size")
    single.to(device, memory_format=torch.channels_last)
    pool = keep(iter(drawn), options.draws, single, device)
    tests = pools_to_test(options, workers, single, size, device)
    print(f"{pool.features.nbytes / 1e9:.1f} GB of features", flush=True)
    for window in options.windows:
        k, n = (int(part) for part in window.split(","))
        train_window(options, Row(f"k{k}n{n}", "", k, n), single, pool, tests)


def train_window(
    options: argparse.Namespace, row: Row, single: HRNet, pool: Pool, tests: dict[str, Pool]
) -> None:
    """Train what sees k neighbours on each side and n others, and save it beside its figures."""
    size = (options.size[0], options.size[1])
    recipe = recipe_of(options, size)
    began = time.monotonic()
    torch.manual_seed(RECIPE_SEED)
    model = begin(single, row, pool, True, size)
    begun = measured(model, tests, row)
    print(row.name, "begun", begun, flush=True)
    model = learn(model, pool, row, recipe)
    figures = measured(model, tests, row)
    print(row.name, "trained", figures, f"{time.monotonic() - began:.0f} s", flush=True)
    folder = options.out / row.name
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "input_size": list(size),
        "backbone": options.backbone.name,
        "recipe": recipe.to_dict(),
        "draws": len(pool),
        "figures": {"begun": begun, "trained": figures},
    }
    save_weights(whole(model, options.backbone), folder / "weights.safetensors", record)


def measured(model: GLPose, tests: dict[str, Pool], row: Row) -> dict[str, float]:
    """PCK@0.2 of the torso on each set of people."""
    return {
        name: round(
            float(right_of(model, test, row).sum() / per_person(test, truth_of(test)[1]).sum()),
            4,
        )
        for name, test in tests.items()
    }


def main() -> None:
    parser = parser_of_pools(__doc__, draws=14000, scenes=120, test_stills=978, test_scenes=14)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--size", type=int, nargs=2, default=(192, 256))
    parser.add_argument("--windows", nargs="+", default=["4,6", "2,4"], metavar="K,N")
    parser.add_argument("--epochs", type=float, default=8)
    parser.add_argument("--wait", type=Path, help="begin when this file is there")
    run_with_workers(parser, run)


if __name__ == "__main__":
    main()
