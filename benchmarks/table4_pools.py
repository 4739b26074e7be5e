"""Moving people whose crops have gone through a frozen backbone, kept on the device: what benchmarks.table4 learns from."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.pool import Pool as Workers
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.moving_draws import EVERY, FRAMES, Draws, Scene, Stills, Task, do
from glpose_core.network import HRNet, half_where_fast
from glpose_core.network.pixels import normalise
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.augment import Augmentation
from glpose_core.train.stills import load_stills
from glpose_core.train.temporal import most_similar_first
from glpose_core.train.views import View

K, N = 4, 6
CROPS = 240
"""Crops that pass through the backbone together."""
CHUNK = 16
"""Draws of stills a task, small enough that many processes finish together."""
DEGRADED = 0.4
TESTS = (0.0, 1.0)
TRAIN_SCENE, TEST_SCENE, SCENES_A_SEED = 700_000, 800_000, 1_000
MOST_PEOPLE = 4
"""People in a rendered scene."""


def slots_for(k: int, n: int) -> list[int]:
    """Slots of a window of k 4 and n 6 that a row sees: key, the k inner neighbours on each side, the first n."""
    return [0, *range(1 + K - k, 1 + K + k), *range(1 + 2 * K, 1 + 2 * K + n)]


@dataclass(frozen=True)
class Pool:
    """Draws whose crops have gone through the backbone.

    ``features`` is ``[M, 1 + 2K + N, C, h, w]`` float16 on the device, the non-local ones by similarity; ``xy [M, J, 2]`` and
    ``known [M, J]`` float32 beside it; ``person [M]`` counts from 0.
    """

    features: Tensor
    xy: Tensor
    known: Tensor
    person: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.person)

    def seen(self, chosen: Tensor, slots: Tensor) -> Tensor:
        """Features of the draws ``chosen``, as far as a row sees them (:func:`slots_for`)."""
        return self.features[chosen[:, None], slots]


def keep(drawn: Iterable[Draws], most: int, single: HRNet, device: torch.device) -> Pool:
    """Pass draws through the backbone as they come, ``most`` of them or fewer."""
    features, filled = torch.empty(0), 0
    kept = []
    for draws in drawn:
        if not len(draws.person):
            continue
        found = features_of(single, draws.crops, device)
        if not kept:
            features = torch.empty((most, *found.shape[1:]), dtype=torch.float16, device=device)
        features[filled : filled + len(found)] = found
        filled += len(found)
        kept.append((draws.xy, draws.known, draws.person))
    xy, known, people = (np.concatenate(column) for column in zip(*kept, strict=True))
    person = np.unique(people, return_inverse=True)[1]
    return Pool(
        features[:filled],
        torch.from_numpy(xy).to(device),
        torch.from_numpy(known).to(device).float(),
        person,
    )


@torch.no_grad()
def features_of(single: HRNet, crops: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Features of crops ``[B, S, h, w, 3]``, ``[B, S, C, h/4, w/4]`` float16, the most similar non-local one first."""
    pieces = np.array_split(
        crops.reshape(-1, *crops.shape[2:]), -(-crops[:, :, 0, 0, 0].size // CROPS)
    )
    with half_where_fast(device):
        flat = torch.cat([single.features(normalise(piece, device)) for piece in pieces]).float()
    v = flat.view(*crops.shape[:2], *flat.shape[1:])
    ranked = most_similar_first(v[:, 0], v[:, 1 + 2 * K :])
    return torch.cat([v[:, : 1 + 2 * K], ranked], dim=1).clamp(max=60000).half()


def train_tasks(options: argparse.Namespace, view: View, seed: int) -> list[Task]:
    """What a seed learns from."""
    path = options.data / "lspet/lspet_train.json"
    people = len(load_stills(path, GLPOSE15.joints))
    stills = options.draws // 2 if options.scenes else options.draws
    rng = np.random.default_rng(seed)
    passes = -(-stills // people)
    rows = np.concatenate([rng.permutation(people) for _ in range(passes)])[:stills]
    first = TRAIN_SCENE + SCENES_A_SEED * seed
    each = (options.draws - stills) // max(options.scenes, 1)
    scenes: list[Task] = [
        Scene(first + scene, options.motion, view, (DEGRADED,), each)
        for scene in range(options.scenes)
    ]
    return scenes + stills_tasks(path, rows, view, (DEGRADED,), seed)


def stills_tasks(
    path: Path, rows: NDArray[np.int64], view: View, chances: tuple[float, ...], seed: int
) -> list[Task]:
    """Stills in chunks."""
    return [
        Stills(path, tuple(rows[at : at + CHUNK].tolist()), view, chances, seed, at)
        for at in range(0, len(rows), CHUNK)
    ]


def pools_to_test(
    options: argparse.Namespace,
    workers: Workers,
    single: HRNet,
    size: tuple[int, int],
    device: torch.device,
) -> dict[str, Pool]:
    """The same for all seeds."""
    view = View(size, K, N, how=Augmentation.none())
    path = options.data / "lspet/lspet_val.json"
    people = len(load_stills(path, GLPOSE15.joints))
    rows = np.linspace(0, people - 1, min(options.test_stills, people)).astype(int)
    scenes: list[Task] = [
        Scene(TEST_SCENE + scene, options.motion, view, TESTS)
        for scene in range(options.test_scenes)
    ]
    coming = {
        "rendered": (workers.imap(do, scenes), len(scenes) * MOST_PEOPLE * FRAMES // EVERY),
        "swung stills": (workers.imap(do, stills_tasks(path, rows, view, TESTS, 0)), len(rows)),
    }
    pools = {}
    for name, (drawn, most) in coming.items():
        if most:
            both = list(drawn)
            for number, title in enumerate(("clean", "degraded")):
                one = (draws[number] for draws in both)
                pools[f"{name}, {title}"] = keep(one, most, single, device)
    return pools


def parser_of_pools(
    description: str | None, *, draws: int, scenes: int, test_stills: int, test_scenes: int
) -> argparse.ArgumentParser:
    """The options that pools are made by, with these defaults; a program adds its own."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the stills")
    parser.add_argument("--motion", type=Path, help="recorded motion of the rendered people")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=draws)
    parser.add_argument(
        "--scenes", type=int, default=scenes, help="rendered scenes that share half the draws"
    )
    parser.add_argument("--test-stills", type=int, default=test_stills)
    parser.add_argument("--test-scenes", type=int, default=test_scenes)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--device", default="auto")
    return parser


def run_with_workers(
    parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace, Workers], None]
) -> None:
    """Read the command line and run with as many processes as it says."""
    options = parser.parse_args()
    cv2.setNumThreads(1)
    # Before the device is touched: a process that shares it could not be forked.
    with get_context("fork").Pool(options.workers) as workers:
        run(options, workers)


def draw(options: argparse.Namespace, workers: Workers, view: View, seed: int) -> Iterator[Draws]:
    """What a seed learns from; the workers begin at once."""
    return (draws for (draws,) in workers.imap(do, train_tasks(options, view, seed)))
