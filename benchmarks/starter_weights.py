"""Train and measure the weights that come with the app.

    python benchmarks/starter_weights.py backbone --data DIR --out runs/starter --minutes 110
    python benchmarks/starter_weights.py modules  --data DIR --out runs/starter --minutes 30
    python benchmarks/starter_weights.py measure  --data DIR --out runs/starter
    python -m benchmarks.visibility --data DIR --write resources/weights/{glpose,hrnet}-w18-starter.safetensors

DIR holds the stills (COCO-keypoints JSON files with their pictures); --more adds packed or labelled clips to them
(``glpose pack``). --resume goes on with an interrupted task. ``measure`` prints PCK@0.2 of the torso per joint beside a
mean-pose baseline and writes both weights files, whose thresholds of visibility the last line adds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from glpose_core.cli.train import split_weight
from glpose_core.evaluate.bootstrap import Interval, draw_videos, interval
from glpose_core.evaluate.percentage_correct import torso_size
from glpose_core.geometry import apply_affine
from glpose_core.network import choose_device, load_weights, save_weights
from glpose_core.predict.crops import crop_matrices
from glpose_core.skeleton import GLPOSE15
from glpose_core.train import recipe
from glpose_core.train.augment import Augmentation
from glpose_core.train.motion import MotionSettings, MovingStills
from glpose_core.train.networks import Wanted
from glpose_core.train.order import Order, read_order, train
from glpose_core.train.processes import alone
from glpose_core.train.recipe import Recipe, Stage
from glpose_core.train.samples import PoseSamples
from glpose_core.train.scoring import THRESHOLD, Found, predict_set
from glpose_core.train.stills import load_stills
from glpose_core.train.temporal import Network

WIDTH, MODULES, SIZE = 18, (1, 2), (128, 176)
"""The small network; --width 32 --modules 1 4 --size 192 256 is the large one, which wants a GPU."""
K, N = 2, 4
CPU = torch.device("cpu")
TRAIN = (
    ("lspet/lspet_train.json", 1.0),
    ("fashion/fashion_train.json", 2.0),
    ("coco-mini/coco_mini_train.json", 4.0),
    ("parse/parse.json", 1.5),
)
"""Training files and how often each of their people is drawn."""
VALIDATE = {
    "lspet val": "lspet/lspet_val.json",
    "fashion val": "fashion/fashion_val.json",
    "coco-mini val": "coco-mini/coco_mini_val.json",
}


def train_backbone(options: argparse.Namespace) -> None:
    """HRNet up to stage 3 with a 1×1 head, from noise or from weights that are already there."""
    start = None if options.start is None else str(options.start)
    wanted = Wanted("hrnet", options.width, tuple(options.modules), weights=start)
    usual = recipe.scratch() if options.width == WIDTH else large()
    _train(options, "backbone", usual, wanted)


def large() -> Recipe:
    """On a GPU, where everybody is seen a few hundred times: stronger changes, more decay, turned all the way round.

    A third of Leeds' people are upside down, and of those the first large network exchanged left and right of every
    fifth joint; turned upright people are as good as more of them.
    """
    return replace(
        recipe.scratch(),
        batch=256,
        learning_rate=2e-3,
        warm_up=0.03,
        weight_decay=0.05,
        ema=0.999,
        augmentation=Augmentation(
            rotation=180.0, rotation_chance=0.6, colour=0.35, blur_chance=0.15, occlusion_chance=0.5
        ),
        evaluation_share=0.03,
        checkpoint_minutes=1.0,
    )


def train_modules(options: argparse.Namespace) -> None:
    """The GLPose modules and head on moving stills, over the frozen backbone."""
    backbone = options.out / "backbone" / "weights.safetensors"
    wanted = Wanted("glpose", k=K, n=N, weights=str(backbone), warm=True)
    _train(options, "modules", recipe.modules(), wanted)


def _train(options: argparse.Namespace, task: str, usual: Recipe, wanted: Wanted) -> None:
    """Train one of the networks into a folder of its own."""
    stills = [(options.data / file, weight) for file, weight in TRAIN]
    order = Order(
        data=(*stills, *(split_weight(text) for text in options.more)),
        held_out=(options.data / VALIDATE["lspet val"],),
        out=options.out / task,
        recipe=replace(
            usual.lasting(minutes=options.minutes),
            stages=_stages(options),
            batch=options.batch or usual.batch,
            learning_rate=options.learning_rate or usual.learning_rate,
            seed=options.seed,
            compile=options.compile,
        ),
        wanted=wanted,
    )
    if options.resume:
        order = read_order(order.out)
    train(
        order,
        alone(choose_device(options.device)),
        resume=options.resume,
        threads=options.drawing,
        tell=lambda line: print(line, flush=True),
    )


def _stages(options: argparse.Namespace) -> tuple[Stage, ...]:
    """One size, or a smaller one first for a share of the time (--small W H SHARE)."""
    whole = Stage(tuple(options.size))
    if options.small is None:
        return (whole,)
    width, height, share = options.small
    return (Stage((int(width), int(height)), share), whole)


def mean_pose(sets: Sequence[PoseSamples], size: tuple[int, int]) -> NDArray[np.float64]:
    """The mean pose of all people in their plain crops ``[J, 2]``: what knowing nothing predicts."""
    known = np.concatenate([samples.known for samples in sets])
    placed = np.concatenate(
        [apply_affine(crop_matrices(samples.boxes, size), samples.xy) for samples in sets]
    )
    mean: NDArray[np.float64] = np.where(known[..., None], placed, 0).sum(axis=0)
    guess: NDArray[np.float64] = mean / np.maximum(known.sum(axis=0)[:, None], 1)
    return guess


def spread_of(found: Found) -> Interval | None:
    """95 % of what PCK@0.2 would be on other people of the same kind: people are drawn again."""
    size = torso_size(found.xy, found.known, found.joints)
    counted = found.known & np.isfinite(size)[:, None]
    away = np.linalg.norm(found.found - found.xy, axis=-1)
    right = (counted & (away <= THRESHOLD * size[:, None])).sum(axis=1)
    drawn = draw_videos(len(size))
    shares = (drawn @ right) / np.maximum(drawn @ counted.sum(axis=1), 1)
    return interval(shares, found.pck().pooled, most=1.0)


def _told(within: Interval | None) -> str:
    return "" if within is None else f"{within.low:.3f}–{within.high:.3f}"


def moving_pck(
    model: Network, samples: PoseSamples, degrade: float, size: tuple[int, int]
) -> float:
    """PCK@0.2 torso on the key frames of moving stills; every network sees the same key frames."""
    moving = MovingStills(samples, MotionSettings(degrade_key=degrade))
    return predict_set(model, moving, size, CPU).pck().pooled


def measure(options: argparse.Namespace) -> None:
    """Print the figures, and write the weights and their card to ``resources/weights``."""
    target = Path(__file__).resolve().parents[1] / "resources" / "weights"
    learned = [load_stills(options.data / file, GLPOSE15.joints) for file, _ in TRAIN]
    held_out = {t: load_stills(options.data / f, GLPOSE15.joints) for t, f in VALIDATE.items()}
    hrnet = load_weights(options.out / "backbone" / "weights.safetensors")
    glpose = load_weights(options.out / "modules" / "weights.safetensors")
    kept = ("input_size", "data", "samples", "minutes")
    size = (int(hrnet.record["input_size"][0]), int(hrnet.record["input_size"][1]))  # type: ignore[index]
    record = {name: hrnet.record[name] for name in kept} | {"machine": options.machine}
    lines = []
    figures: dict[str, object] = {}
    for title, samples in held_out.items():
        result = predict_set(hrnet, samples, size, CPU)
        share, within = result.pck(), spread_of(result)
        guessed = np.broadcast_to(mean_pose(learned, size), result.found.shape)
        base = replace(result, found=guessed).pck()
        lines += [
            f"\n### {title}: {share.people} people ({share.left_out} without left shoulder or right hip "
            "left out)\n",
            f"| joint | HRNet-W{hrnet.width} starter | mean pose |",
            "|---|---|---|",
            f"| **all** | **{share.pooled:.3f}** ({_told(within)}) | {base.pooled:.3f} |",
        ]
        for joint, value, low in zip(GLPOSE15.joints, share.per_joint, base.per_joint, strict=True):
            if not math.isnan(value):
                lines.append(f"| {joint.replace('_', ' ')} | {value:.3f} | {low:.3f} |")
        figures[title] = round(share.pooled, 4)
    moving = held_out["lspet val"]
    if options.moving is not None:
        moving = moving.take(np.linspace(0, len(moving) - 1, options.moving).astype(int))
    lines += [
        f"\n### Moving stills of lspet val, {len(moving)} people (limbs swing, references degraded)\n"
    ]
    lines += ["| key frame | single frame | GLPose |", "|---|---|---|"]
    for title, degrade in (("clean", 0.0), ("blurred or hidden", 1.0)):
        single, both = (moving_pck(m, moving, degrade, size) for m in (hrnet, glpose))
        lines.append(f"| {title} | {single:.3f} | {both:.3f} |")
        figures[f"moving, {title}"] = [round(single, 4), round(both, 4)]
    print("\n".join(lines))
    record["pck"] = figures
    for kind, model in (("hrnet", hrnet), ("glpose", glpose)):
        thresholds = {n: v for n, v in model.record.items() if n == "visibility_thresholds"}
        target_file = target / f"{kind}-w{hrnet.width}-starter.safetensors"
        save_weights(model, target_file, record | thresholds)
    (options.out / "figures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (options.out / "figures.json").write_text(json.dumps(record, indent=2), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("backbone", "modules", "measure"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--batch", type=int, help="default: 32 pictures, or 12 clips")
    parser.add_argument("--compile", action="store_true", help="torch.compile: pays on long runs")
    parser.add_argument(
        "--moving", type=int, help="people of the moving stills that are measured (default: all)"
    )
    parser.add_argument("--start", type=Path, help="go on from these weights (backbone only)")
    parser.add_argument("--learning-rate", type=float, help="default: the recipe's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--modules", type=int, nargs=2, default=MODULES)
    parser.add_argument("--size", type=int, nargs=2, default=SIZE)
    parser.add_argument(
        "--small", type=float, nargs=3, help="width, height and share of smaller crops first"
    )
    parser.add_argument("--drawing", type=int, default=1, help="threads that draw crops")
    parser.add_argument(
        "--machine", default=f"{os.cpu_count()} CPU cores", help="what the weights' record says"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--more", action="append", default=[], metavar="PATH[=WEIGHT]")
    parser.add_argument(
        "--resume", action="store_true", help="go on where the task was interrupted"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark = True  # every step has the same shape
    {"backbone": train_backbone, "modules": train_modules, "measure": measure}[options.task](
        options
    )


if __name__ == "__main__":
    main()
