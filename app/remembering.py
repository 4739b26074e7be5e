"""Which model is offered first: weights just taken into use, what this project was predicted with, else what was used last in any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from glpose_core.bundled import SUFFIX, TRAINED, bundled_weights
from glpose_core.home import glpose_home
from glpose_core.labels import ProjectState
from glpose_core.people.find import DEFAULT_DETECTOR
from glpose_core.predict.record import last_record

from .choices import PredictChoices
from .settings import settings


def weights_of_ones_own() -> list[Path]:
    """Weights that were imported or trained here, the latest training first, and the file used last."""
    folder = glpose_home() / "weights"
    found = sorted(folder.glob(f"*{SUFFIX}"))
    found += sorted(
        folder.glob(f"*/{TRAINED}"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    last = remembered(0, 0)
    if last is not None and Path(last.weights).is_file() and Path(last.weights) not in found:
        found.append(Path(last.weights))
    return found


def models_at_hand(last: str | None) -> tuple[str, ...]:
    """Models that are there for certain, by the names of their files: the one used last, then the app's own.

    What they are can only be said by torch, which takes seconds; that they can be used need not wait for it.
    """
    own = tuple(bundled_weights())
    kept = glpose_home() / "weights" / f"{last}{SUFFIX}"
    there = last is not None and (last in own or kept.is_file() or Path(last).is_file())
    return tuple(dict.fromkeys([last, *own])) if there and last else own


def remember(choices: PredictChoices) -> None:
    """Keep model, device and the like for the next time."""
    store = settings()
    store.beginGroup("predict")
    for name, key in REMEMBERED.items():
        store.setValue(key, getattr(choices, name))
    store.remove(ADOPTED)


def adopt(weights: Path) -> None:
    """Propose these weights for the next prediction, also of a project that was predicted with others."""
    settings().setValue(f"predict/{ADOPTED}", str(weights))


def proposed(state: ProjectState) -> PredictChoices | None:
    """The choices that the next prediction of a project begins with."""
    last = remembered_of(state) or remembered(0, state.video.frames)
    adopted = str(settings().value(f"predict/{ADOPTED}", ""))
    if last is None or not adopted or not Path(adopted).is_file():
        return last
    return replace(last, weights=adopted, k=None, n=None)


def remembered_of(state: ProjectState) -> PredictChoices | None:
    """The choices with which this project was predicted last, for all its frames; ``None`` if it never
    was. They are those that its latest run recorded, so they travel with the project."""
    record = last_record(state.runs.values())
    if not record.weights:
        return None
    return PredictChoices(
        weights=record.weights,
        start=0,
        stop=state.video.frames,
        find_people=record.find_people,
        device=record.device,
        mode="paper" if record.mode == "paper" else "cached",
        detector=record.detector,
        k=record.asked_k,
        n=record.asked_n,
        precision=record.asked_precision,
    )


def remembered(start: int, stop: int) -> PredictChoices | None:
    """The choices of last time for other frames, or ``None`` if there was none."""
    store = settings()
    store.beginGroup("predict")
    weights = str(store.value("weights", ""))
    if not weights:
        return None
    return PredictChoices(
        weights=weights,
        start=start,
        stop=stop,
        find_people=str(store.value("find_people", "true")).lower() == "true",
        device=str(store.value("device", "auto")),
        mode="paper" if store.value("mode") == "paper" else "cached",
        detector=str(store.value(REMEMBERED["detector"], DEFAULT_DETECTOR)),
    )


ADOPTED = "adopted"
"""The key of weights that a person took into use and has not predicted with yet."""

REMEMBERED = {
    "weights": "weights",
    "device": "device",
    "mode": "mode",
    "find_people": "find_people",
    "detector": "people_finder",
}
"""What a new project begins with, and under which key: the choices of the last prediction of any project.

Under the key ``detector`` lies HOG, which nobody chose: it was the default before the finder.
"""
