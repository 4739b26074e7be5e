"""A whole training from what was asked for to a folder with weights, checkpoint, log and picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import UsageError, WeightsError
from .beside import Measure, Save, make_folder
from .checkpoint import NAME, load_checkpoint
from .logs import Csv, Log, Say, Sink, TensorBoard
from .mixture import Part
from .networks import Wanted, make_network, warm_start
from .processes import Processes
from .recipe import Recipe
from .scoring import Score
from .sources import open_data
from .temporal import references
from .training import Training
from .views import PoseSet, View

STORY = "training.json"


@dataclass(frozen=True)
class Order:
    """What is to be trained.

    Attributes:
        data: where labels are, and how often each of their poses is drawn relative to the others'.
        held_out: labels to measure on.
        out: folder of the result.
        recipe: how. wanted: which network.
        tensorboard: also write TensorBoard events into ``out``.
    """

    data: tuple[tuple[Path, float], ...]
    held_out: tuple[Path, ...]
    out: Path
    recipe: Recipe
    wanted: Wanted
    tensorboard: bool = False

    def write(self) -> None:
        """Leave the order in its folder, where :func:`read_order` finds it."""
        make_folder(self.out)
        values = asdict(self) | {
            "data": [[str(path.absolute()), weight] for path, weight in self.data],
            "held_out": [str(path.absolute()) for path in self.held_out],
            "recipe": self.recipe.to_dict(),
        }
        del values["out"]
        (self.out / STORY).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def read_order(out: Path) -> Order:
    """The order of a training that was interrupted.

    Raises:
        WeightsError: if none was begun in this folder.
    """
    try:
        values: dict[str, Any] = json.loads((out / STORY).read_text(encoding="utf-8"))
        wanted = values["wanted"] | {"modules": tuple(values["wanted"]["modules"])}
        return Order(
            data=tuple((Path(path), float(weight)) for path, weight in values["data"]),
            held_out=tuple(Path(path) for path in values["held_out"]),
            out=out,
            recipe=Recipe.from_dict(values["recipe"]),
            wanted=Wanted(**wanted),
            tensorboard=bool(values["tensorboard"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            "holds no training to resume", file=out, remedy="begin one, without --resume"
        ) from error


def train(
    order: Order,
    processes: Processes,
    *,
    resume: bool = False,
    threads: int = 1,
    tell: Callable[[str], None] = print,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Score]:
    """Train, and return the last figures by held-out set.

    Args:
        processes: from :func:`.processes.join_processes`.
        resume: go on from the folder's checkpoint. threads: that draw crops.
        tell: told lines for people, in the first process.
        cancelled: asked after each step; the state is saved before stopping.

    Raises:
        Cancelled: ``cancelled`` said so.
        GLPoseError: naming what cannot be used.
    """
    recipe = order.recipe
    _check_folder(order.out, resume)
    torch.manual_seed(recipe.seed)
    model = make_network(order.wanted, recipe.size)
    view = View(recipe.size, *references(model))
    parts = [
        Part(poses, weight)
        for path, weight in order.data
        for poses in open_data(path, model.joint_names, view)
    ]
    held_out: list[PoseSet] = [
        poses for path in order.held_out for poses in open_data(path, model.joint_names, view)
    ]
    if not parts:
        raise UsageError("nothing to learn from", field="data", remedy="give --data")
    _check_names(held_out)
    if order.wanted.warm and not resume:
        warm_start(model, order.wanted, parts[0].poses, view)
    training = Training(model, parts, recipe, processes, threads)
    if resume:
        load_checkpoint(training, order.out / NAME)
    elif processes.first:
        order.write()
    sinks: list[Sink] = [Say(tell), Csv(order.out, [poses.name for poses in held_out])]
    if order.tensorboard and processes.first:
        sinks.append(TensorBoard(order.out))
    training.run([Measure(held_out), Log(sinks), Save(order.out, {}, cancelled)])
    return training.scores


def _check_names(held_out: list[PoseSet]) -> None:
    """The log has columns by name."""
    names = [poses.name for poses in held_out]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(
            f"two data sets to measure on are called {twice!r}",
            field="validate",
            remedy="rename one of the files",
        )


def _check_folder(out: Path, resume: bool) -> None:
    there = (out / NAME).is_file()
    if there and not resume:
        raise UsageError(
            "holds a training already", file=out, remedy="add --resume, or choose another folder"
        )
    if resume and not there:
        raise UsageError(
            "holds no checkpoint", file=out, remedy="begin the training, without --resume"
        )
