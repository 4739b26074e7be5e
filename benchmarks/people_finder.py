"""Train the people finder that comes with the app, and write its weights.

    python -m benchmarks.people_finder prepare --data DIR --cache CACHE
    python -m benchmarks.people_finder train   --data DIR --cache CACHE --out runs/finder --minutes 60
    python -m benchmarks.people_finder train   --start resources/weights/finder-starter.safetensors …
    python -m benchmarks.people_finder ship    --data DIR --out runs/finder

DIR holds stills, backgrounds and recorded motion. ``prepare`` cuts people out of the stills and renders
others, once. ``train --start`` goes on from weights that are there; ``ship`` puts a run's weights into
``resources/weights``. ``benchmarks/finding.py`` measures them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import torch
from torch import Tensor

from benchmarks.finding import FALSE_A_FRAME, coco_frames, compare, look_at
from glpose_core.network.finder import FINDER_FILE, PersonFinder, load_finder, save_finder
from glpose_core.network.hrnet import Backbone
from glpose_core.network.weights import load_weights
from glpose_core.people.find.trained import TrainedDetector
from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic import SceneOptions, read_recordings
from glpose_core.train.composites import Material, Picture
from glpose_core.train.cutouts import Cutout, keep_cutouts, read_cutouts
from glpose_core.train.finding import FinderProgress, FinderRecipe, train_finder
from glpose_core.train.pictures import read_picture
from glpose_core.train.scenes import (
    Scene,
    coco_scenes,
    keep_scenes,
    read_scenes,
    rendered_scenes,
    still_scenes,
)
from glpose_core.train.stills import load_stills

ROOT = Path(__file__).resolve().parents[1]
COCO = "coco-mini/coco_mini_train"
STILLS = (("fashion/fashion_train", True), ("parse/parse", False), ("lspet/lspet_train", False))
"""Files of stills of one person each, and whether nobody else is ever in the picture."""
GROUPS = (
    ("fashion_train-standing", 0.30),
    ("lspet_train-standing", 0.33),
    ("lspet_train-others", 0.25),
    ("parse-standing", 0.08),
    ("coco_mini_train-standing", 0.04),
)
"""Groups of cut-outs and how often they are drawn."""
HELD_BACK = 30
"""So many of the first backgrounds are never learnt from: tests look at them."""
RENDERED_SIZE = (448, 256)


def prepare(options: argparse.Namespace) -> None:
    """Cut people out, render others, and keep everything in the cache."""
    stills, cache = options.data / "stills", options.cache
    if not (cache / "coco.npz").exists():
        keep_scenes(coco_scenes(stills / f"{COCO}.json"), cache / "coco.npz")
    for file, everywhere in ((COCO, False), *STILLS):
        if (cache / f"{Path(file).name}-others.npz").exists():
            continue
        began = time.monotonic()
        samples = load_stills(stills / f"{file}.json", POSETRACK17.joints)
        scenes: list[Scene] = []
        cutouts: dict[bool, list[Cutout]] = {True: [], False: []}
        for scene, cutout, upright in still_scenes(samples, everywhere, options.cut):
            scenes.append(scene)
            if cutout is not None:
                cutouts[upright].append(cutout)
        name = Path(file).name
        if file != COCO:  # its pictures have boxes for everybody already
            keep_scenes(scenes, cache / f"{name}.npz")
        keep_cutouts(cutouts[True], cache / f"{name}-standing.npz")
        keep_cutouts(cutouts[False], cache / f"{name}-others.npz")
        kept = len(cutouts[True]) + len(cutouts[False])
        print(
            f"{name}: {kept} of {len(scenes)} cut out, {time.monotonic() - began:.0f} s", flush=True
        )
    _render(options)


def _render(options: argparse.Namespace) -> None:
    """Rendered people before places and photographs, five pictures a scene."""
    scenes = SceneOptions(
        people=(1, 5),
        frames=5,
        rate=1.5,
        recordings=read_recordings(options.data / "motion/motion.npz"),
        photographs=_backgrounds(options.data),
        moving=0.4,
    )
    done: list[Scene] = []
    for start in range(5000, 5000 + options.clips, 20):
        done += rendered_scenes(range(start, start + 20), scenes, RENDERED_SIZE)
        print(f"{len(done)} pictures rendered", flush=True)
        keep_scenes(done, options.cache / "rendered.npz")


def _backgrounds(data: Path) -> list[Path]:
    return sorted((data / "background/images").glob("*.jpg"))[HELD_BACK:]


def read_material(data: Path, cache: Path) -> Material:
    """Everything in the cache; what has not been prepared is left out."""

    def scenes(name: str) -> list[Scene]:
        path = cache / f"{name}.npz"
        return read_scenes(path) if path.exists() else []

    groups: list[list[Picture]] = []
    shares: list[float] = []
    for name, share in GROUPS:
        path = cache / f"{name}.npz"
        cutouts = read_cutouts(path) if path.exists() else []
        if cutouts:
            groups.append(cutouts)
            shares.append(share)
    return Material(
        cutouts=groups,
        shares=(np.array(shares) / sum(shares)).tolist(),
        backgrounds=[read_picture(path) for path in _backgrounds(data)],
        stills=[scene for file, _ in STILLS for scene in scenes(Path(file).name)],
        coco=scenes("coco"),
        rendered=scenes("rendered"),
    )


def train(options: argparse.Namespace) -> None:
    """Train from noise, or go on from weights that are there."""
    options.out.mkdir(parents=True, exist_ok=True)
    model = _starting_point(options.start)
    before = model.record
    recipe = FinderRecipe(options.minutes, learning_rate=options.learning_rate, seed=options.seed)
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

    def save(state: dict[str, Tensor], progress: FinderProgress) -> None:
        kept = PersonFinder(model.width, model.modules_per_stage, model.head)
        kept.load_state_dict(state)
        record = {
            "pictures": before.get("pictures", 0) + progress.pictures,
            "minutes": round(before.get("minutes", 0) + progress.minutes, 1),
            "data": [name for name, _ in GROUPS] + ["coco-mini", "background", "rendered"],
            "last_run": asdict(recipe.composites) | {"minutes": options.minutes},
        }
        save_finder(kept, options.out / FINDER_FILE, record)
        print(
            f"{progress.pictures} pictures, {progress.minutes:.1f} min: centres "
            f"{progress.centre_loss:.3f}, boxes {progress.box_loss:.3f}",
            flush=True,
        )

    train_finder(model, material, recipe, save)


def _starting_point(weights: Path | None) -> PersonFinder:
    """A finder's weights, or a new finder over the trunk of a pose network (the app's own by default)."""
    if weights is not None:
        return load_finder(weights)
    model = PersonFinder()
    pose = load_weights(ROOT / "resources/weights/hrnet-w18-starter.safetensors")
    assert isinstance(pose, Backbone)
    model.start_from(pose)
    return model


def ship(options: argparse.Namespace) -> None:
    """Put the weights of a run into the app's resources, with what they say where half a find a picture is
    false (on the held-back COCO pictures): that is where the app's score is 0.5."""
    model = load_finder(options.out / FINDER_FILE)
    plain = {name: value for name, value in model.record.items() if name != "sure"}
    target = ROOT / "resources" / "weights" / FINDER_FILE
    save_finder(model, target, plain)
    finds, seen, _ = look_at(TrainedDetector(target), coco_frames(options.data))
    _, sure = compare(finds, seen).recall_at(FALSE_A_FRAME)
    save_finder(model, target, plain | {"sure": round(sure, 3)})
    print(f"a centre of {sure:.3f} scores 0.5")


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
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--start", type=Path, help="go on from these weights")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sides", type=int, nargs="*", help="sides of the pictures, in turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    {"prepare": prepare, "train": train, "ship": ship}[options.task](options)


if __name__ == "__main__":
    main()
