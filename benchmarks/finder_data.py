"""What the people finder learns from: cut out, rendered and kept in a folder, and read from there.

Run by ``python -m benchmarks.people_finder prepare``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic import SceneOptions, read_recordings
from glpose_core.train.cutouts import WORK_SIDE, Cutout, keep_cutouts, read_cutouts
from glpose_core.train.material import Material, Picture
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
FIRST_SEED = 5000
PIECE = 200
"""People that one task of a process cuts out."""
FRAMES = 5

Cut = tuple[Scene, Cutout | None, bool]


def prepare(
    data: Path,
    cache: Path,
    clips: int,
    cut: int = 2000,
    side: int = WORK_SIDE,
    workers: int = 1,
) -> None:
    """Cut people out of stills (``cut`` of each set, ``side`` pixels long), render ``clips`` scenes of others, and
    keep everything in ``cache``. What is there already is not made again."""
    stills = data / "stills"
    if not (cache / "coco.npz").exists():
        keep_scenes(coco_scenes(stills / f"{COCO}.json"), cache / "coco.npz")
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, context, initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        renders = []
        if not (cache / "rendered.npz").exists():
            seeds = range(FIRST_SEED, FIRST_SEED + clips)
            renders = [pool.submit(_render, data, seed) for seed in seeds]
        for file, everywhere in ((COCO, False), *STILLS):
            if (cache / f"{Path(file).name}-others.npz").exists():
                continue
            began = time.monotonic()
            path = stills / f"{file}.json"
            starts = range(0, len(load_stills(path, POSETRACK17.joints)), PIECE)
            work = partial(_cut_out, path, everywhere, cut, side)
            found = [one for piece in pool.map(work, starts) for one in piece]
            kept = _keep_cut(found, cache, Path(file).name, scenes=file != COCO)
            spent = time.monotonic() - began
            print(f"{path.stem}: {kept} of {len(found)} cut out, {spent:.0f} s", flush=True)
        if renders:
            done = [scene for render in renders for scene in render.result()]
            keep_scenes(done, cache / "rendered.npz")
            print(f"{len(done)} pictures rendered", flush=True)


def _cut_out(path: Path, everywhere: bool, cut: int, side: int, start: int) -> list[Cut]:
    samples = load_stills(path, POSETRACK17.joints)
    rows = range(start, min(start + PIECE, len(samples)))
    return list(still_scenes(samples, everywhere, cut, side, rows))


def _keep_cut(found: Iterable[Cut], cache: Path, name: str, scenes: bool) -> int:
    """Keep the cut-outs of a set, and its pictures unless all their boxes are known. Returns how many were cut out."""
    found = list(found)
    if scenes:
        keep_scenes([scene for scene, _, _ in found], cache / f"{name}.npz")
    for upright, group in ((True, "standing"), (False, "others")):
        mine = [cutout for _, cutout, stands in found if cutout is not None and stands == upright]
        keep_cutouts(mine, cache / f"{name}-{group}.npz")
    return sum(cutout is not None for _, cutout, _ in found)


def _render(data: Path, seed: int) -> list[Scene]:
    """Rendered people before places and photographs, five pictures of one scene."""
    options = SceneOptions(
        people=(1, 5),
        frames=FRAMES,
        rate=1.5,
        recordings=read_recordings(data / "motion/motion.npz"),
        photographs=_backgrounds(data),
        moving=0.4,
    )
    return list(rendered_scenes([seed], options, RENDERED_SIZE))


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
