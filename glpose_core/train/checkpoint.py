"""The state of a training on the disk: one file, from which it goes on as if nothing had happened.

Weights, their average, the optimiser, the place in the schedule, the clocks and the random state. The
draws need none: they are numbered (:mod:`.mixture`). Read with ``weights_only=True``: nothing in it is
ever executed.
"""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import torch

from ..errors import UsageError, WeightsError
from .recipe import Recipe
from .training import Training

FORMAT = 1
NAME = "checkpoint.pt"


def save_checkpoint(training: Training, path: Path) -> None:
    """Write the state of a training; the file appears whole or not at all.

    Raises:
        WeightsError: if it cannot be written.
    """
    state = {
        "format": FORMAT,
        "recipe": json.dumps(training.recipe.to_dict()),
        "data": _data(training),
        "step": training.step,
        "clocks": [
            training.seconds,
            training.measuring,
            training.measuring_took,
            training.measured_at,
        ],
        "model": training.model.state_dict(),
        "average": training.average.model.state_dict(),
        "average_steps": training.average.steps,
        "optimiser": training.optimiser.state_dict(),
        "random": torch.get_rng_state(),
    }
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, RuntimeError) as error:
        # What the disk said lies below what torch says of the end of its archive, which it cannot write either.
        told = error if isinstance(error, OSError) else error.__context__
        if not isinstance(told, OSError):
            raise
        raise WeightsError(
            f"cannot be written ({told.strerror})",
            file=path,
            remedy="make room, or choose another --out",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(training: Training, path: Path) -> None:
    """Put a training that has just been made, of the same network, data and recipe, where it was.

    Raises:
        WeightsError: if the file is no checkpoint, or of another network.
        UsageError: if the data or the recipe are not the same.
    """
    state = _read(path)
    if [list(entry) for entry in state["data"]] != _data(training):
        raise UsageError(
            "the training was interrupted on other data",
            field="data",
            remedy="give the same --data in the same order, or train into another folder",
        )
    if Recipe.from_dict(json.loads(state["recipe"])) != training.recipe:
        raise UsageError("the training was interrupted on another recipe", field="recipe")
    try:
        training.model.load_state_dict(state["model"])
        training.average.model.load_state_dict(state["average"])
        training.optimiser.load_state_dict(state["optimiser"])
    except (RuntimeError, ValueError) as error:
        raise WeightsError(
            "holds another network",
            file=path,
            remedy="give the options that the training began with",
        ) from error
    training.average.steps = int(state["average_steps"])
    training.step = int(state["step"])
    (training.spent, training.measuring, training.measuring_took, training.measured_at) = (
        float(value) for value in state["clocks"]
    )
    torch.set_rng_state(state["random"].cpu())


def _data(training: Training) -> list[list[Any]]:
    return [[part.poses.name, len(part.poses), part.weight] for part in training.mixture.parts]


def _read(path: Path) -> dict[str, Any]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise WeightsError(
            "is no checkpoint of a training", file=path, remedy="train anew, without --resume"
        ) from error
    wanted = {"recipe", "data", "step", "clocks", "model", "average", "optimiser", "random"}
    if not isinstance(state, dict) or state.get("format") != FORMAT or not wanted <= set(state):
        raise WeightsError(
            "is a checkpoint of another version", file=path, remedy="train anew, without --resume"
        )
    return state
