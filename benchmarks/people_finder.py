"""Train the people finder that comes with the app, and write its weights.

    python -m benchmarks.people_finder prepare --data DIR --cache CACHE [--workers 16 --cut 8000 --cut-side 224]
    python -m benchmarks.people_finder train   --data DIR --cache CACHE --out runs/finder --minutes 60
    python -m benchmarks.people_finder train   … --device cuda --workers 14 --minutes 7 --width 32 \\
                                               --start resources/weights/finder-starter.safetensors
    python -m benchmarks.people_finder ship    --data DIR --out runs/finder

DIR holds stills, backgrounds and recorded motion. ``prepare`` cuts people out of the stills and renders
others, once. ``train --device`` draws pictures in other processes and learns from large batches on a graphics
processor (or, with ``--device cpu`` and small numbers, tries that). It starts from a pose network's trunk, or with ``--start`` goes
on from a finder's weights, widened if ``--width`` asks for it. ``ship`` puts a run's weights into ``resources/weights``.
``benchmarks/finding.py`` measures them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import torch
from torch import Tensor

from benchmarks.finder_data import GROUPS, prepare, read_material
from glpose_core.bundled import FINDER_FILE
from glpose_core.network.device import choose_device, describe_device
from glpose_core.network.finder import PersonFinder, load_finder, save_finder
from glpose_core.network.hrnet import HRNet
from glpose_core.network.weights import load_weights
from glpose_core.train.cutouts import WORK_SIDE
from glpose_core.train.finding import FinderProgress, FinderRecipe, train_finder
from glpose_core.train.finding_on_device import DeviceRecipe, train_on_device
from glpose_core.train.material import CompositeRecipe, Material
from glpose_core.train.widen import widen

ROOT = Path(__file__).resolve().parents[1]
PROGRESS = "progress.json"
CROWDED = CompositeRecipe(crowds=0.2, joined=0.2, quarters=0.08)
"""More people before and behind each other than usual."""
Save = Callable[[dict[str, Tensor], FinderProgress], None]


def train(options: argparse.Namespace) -> None:
    """Train from a pose network's trunk, or go on from weights that are there."""
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)  # what is new in a widened network starts at random
    model = starting_point(options)
    size = sum(value.numel() for value in model.state_dict().values())
    print(f"width {model.width}, {size / 1e6:.1f} million weights", flush=True)
    if options.device is None:
        _train_here(model, options)
    else:
        _train_on_device(model, options)


def _train_here(model: PersonFinder, options: argparse.Namespace) -> None:
    recipe = FinderRecipe(
        options.minutes,
        learning_rate=options.learning_rate,
        still=options.still,
        seed=options.seed,
        composites=CROWDED if options.crowded else CompositeRecipe(),
    )
    if options.sides:
        ends = np.linspace(0, 1, len(options.sides) + 1)[1:].tolist()
        recipe = replace(recipe, stages=tuple(zip(options.sides, ends, strict=True)))

    def material() -> Material:
        there = read_material(options.data, options.cache)
        print(
            f"{sum(map(len, there.cutouts))} cut-outs, {len(there.stills)} stills, "
            f"{len(there.coco)} COCO, {len(there.rendered)} rendered pictures",
            flush=True,
        )
        return there

    said = asdict(recipe.composites) | {"minutes": options.minutes}
    train_finder(model, material, recipe, saver(model, options.out, said))


def _train_on_device(model: PersonFinder, options: argparse.Namespace) -> None:
    device = choose_device(options.device)
    torch.backends.cudnn.benchmark = True  # all batches are alike
    side = options.sides[0] if options.sides else DeviceRecipe.side
    recipe = DeviceRecipe(
        options.minutes,
        side=side,
        drawn=side * DeviceRecipe.drawn // DeviceRecipe.side,
        pool=options.pool,
        first=min(options.pool, DeviceRecipe.first),
        batch=options.batch,
        workers=options.workers,
        learning_rate=options.learning_rate,
        freeze=options.freeze,
        seed=options.seed,
        save_every_minutes=min(1.0, options.minutes / 3),
    )
    said = {name: value for name, value in asdict(recipe).items() if name != "workers"}
    said["device"] = describe_device(device)
    material = partial(read_material, options.data, options.cache)
    save = saver(model, options.out, said)
    train_on_device(model, material, recipe, device, save)


def saver(model: PersonFinder, out: Path, said: dict[str, object]) -> Save:
    """What writes the weights of a run, says where it is, and keeps that as JSON."""
    before = model.record
    shape = model.width, model.modules_per_stage, model.head
    lines: list[dict[str, object]] = []
    began = time.monotonic()

    def save(state: dict[str, Tensor], progress: FinderProgress) -> None:
        kept = PersonFinder(*shape)
        kept.load_state_dict(state)
        record = {
            "pictures": before.get("pictures", 0) + progress.pictures,
            "minutes": round(before.get("minutes", 0) + progress.minutes, 1),
            "data": [name for name, _ in GROUPS] + ["coco-mini", "background", "rendered"],
            "last_run": said | {"pictures": progress.pictures, "drawn": progress.drawn},
        }
        save_finder(kept, out / FINDER_FILE, record)
        lines.append(asdict(progress) | {"seconds": round(time.monotonic() - began, 1)})
        (out / PROGRESS).write_text(json.dumps(lines, indent=1), encoding="utf-8")
        drawn = f" of {progress.drawn} drawn" if progress.drawn else ""
        print(
            f"{progress.pictures} pictures{drawn}, {progress.minutes:.1f} min: centres "
            f"{progress.centre_loss:.3f}, boxes {progress.box_loss:.3f}",
            flush=True,
        )

    return save


def starting_point(options: argparse.Namespace) -> PersonFinder:
    """A finder's weights, or a new finder over the trunk of a pose network (the app's own by default); widened if a
    larger width is asked for."""
    if options.start is not None:
        model = load_finder(options.start)
    else:
        pose = load_weights(
            options.trunk or ROOT / "resources/weights/hrnet-w32-starter.safetensors"
        )
        assert isinstance(pose, HRNet)
        model = PersonFinder(pose.width, pose.modules_per_stage[:2])
        model.start_from(pose)
    if options.width in (None, model.width):
        return model
    wide = PersonFinder(options.width, model.modules_per_stage, model.head)
    widen(model, wide)
    wide.record = model.record
    return wide


def ship(options: argparse.Namespace) -> None:
    """Put the weights of a run into the app's resources, with what they say where half a find a picture is
    false (on the held-back COCO pictures): that is where the app's score is 0.5."""
    from benchmarks.finding import FALSE_A_FRAME, coco_frames, compare, look_at
    from glpose_core.people.find.trained import TrainedDetector

    model = load_finder(options.out / FINDER_FILE)
    plain = {name: value for name, value in model.record.items() if name != "sure"}
    target = ROOT / "resources" / "weights" / FINDER_FILE
    save_finder(model, target, plain, eight_bits=True)
    finds, seen, _ = look_at(TrainedDetector(target), coco_frames(options.data))
    _, sure = compare(finds, seen).recall_at(FALSE_A_FRAME)
    save_finder(model, target, plain | {"sure": round(sure, 3)}, eight_bits=True)
    print(f"a centre of {sure:.3f} scores 0.5")


def _prepare(options: argparse.Namespace) -> None:
    prepare(
        options.data, options.cache, options.clips, options.cut, options.cut_side, options.workers
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=("prepare", "train", "ship"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--clips", type=int, default=60, help="rendered scenes")
    parser.add_argument(
        "--cut", type=int, default=2000, help="people cut out of each set of stills"
    )
    parser.add_argument("--cut-side", type=int, default=WORK_SIDE, help="their long side, pixels")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--start", type=Path, help="go on from these weights of a finder")
    parser.add_argument("--trunk", type=Path, help="weights of a pose network to start from")
    parser.add_argument("--width", type=int, help="of the trunk, to widen what is started from")
    parser.add_argument("--device", help="learn there from large batches: cuda, cpu, …")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw or prepare")
    parser.add_argument("--batch", type=int, default=DeviceRecipe.batch, help="with --device")
    parser.add_argument("--pool", type=int, default=DeviceRecipe.pool, help="with --device")
    parser.add_argument("--freeze", action="store_true", help="the first layers, with --device")
    parser.add_argument("--still", action="store_true", help="stage 2, too, without --device")
    parser.add_argument("--crowded", action="store_true", help="more crowds, without --device")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sides", type=int, nargs="*", help="sides of the pictures, in turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    {"prepare": _prepare, "train": train, "ship": ship}[options.task](options)


if __name__ == "__main__":
    main()
