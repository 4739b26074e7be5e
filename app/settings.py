"""Settings and what is remembered of each project's view. Never part of the journal.

Everything lies in one ini file under GLPOSE_HOME, so that a test or a portable folder is isolated.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QSettings

from glpose_core.home import glpose_home
from glpose_core.labels.annotators import clean_name

from .aids import NEUTRAL, PLAIN, Aids, Light
from .opening import SUFFIX
from .stops import STOPS, USUAL

RECENT = 8
LONG_STEP = 10


def settings() -> QSettings:
    """The settings file of the present GLPOSE_HOME."""
    return QSettings(str(glpose_home() / "settings.ini"), QSettings.Format.IniFormat)


@dataclass
class ViewState:
    """Where a person was looking.

    Attributes:
        frame: the present frame.
        person: id of the chosen person, or ``None``.
        zoom: screen pixels per picture pixel; 0 is "fit".
        centre: the picture point in the middle of the view, in pixels.
        long_step: frames of a long step, at least 1; those who label every fourth frame make it 4.
        scheduled_only: whether step keys go through the scheduled frames alone, where some are scheduled.
        aids, light: what helps the eye, and how the picture is shown.
        stop: what jumps stop at, one of :data:`app.stops.STOPS`.
        hidden: ids of people who are not drawn.
    """

    frame: int = 0
    person: int | None = None
    zoom: float = 0.0
    centre: tuple[float, float] = (0.0, 0.0)
    long_step: int = LONG_STEP
    scheduled_only: bool = False
    aids: Aids = PLAIN
    light: Light = NEUTRAL
    stop: str = USUAL
    hidden: frozenset[int] = frozenset()


def _group(project: Path) -> str:
    return "views/" + hashlib.sha256(str(project.absolute()).encode()).hexdigest()[:16]


def load_view(project: Path) -> ViewState:
    """What was remembered of a project's view; the default where nothing (or nonsense) was."""
    store = settings()
    store.beginGroup(_group(project))
    try:
        person = int(_number(store, "person", -1))
        return ViewState(
            frame=int(_number(store, "frame", 0)),
            person=person if person >= 0 else None,
            zoom=_number(store, "zoom", 0.0),
            centre=(_number(store, "x", 0.0), _number(store, "y", 0.0)),
            long_step=max(int(_number(store, "long_step", LONG_STEP)), 1),
            scheduled_only=_number(store, "scheduled_only", 0) > 0,
            aids=Aids(**{name: bool(_number(store, name, 0)) for name in asdict(PLAIN)}),
            light=Light(
                int(_number(store, "brightness", 0)),
                int(_number(store, "contrast", 0)),
                min(max(_number(store, "gamma", 1.0), 0.2), 5.0),
            ),
            stop=stop if (stop := str(store.value("stop", USUAL))) in STOPS else USUAL,
            hidden=frozenset(int(one) for one in str(store.value("hidden", "")).split()),
        )
    except ValueError:
        return ViewState()


def _number(store: QSettings, key: str, default: float) -> float:
    return float(str(store.value(key, default)))


def save_view(project: Path, view: ViewState) -> None:
    """Remember a project's view."""
    store = settings()
    store.beginGroup(_group(project))
    store.setValue("frame", view.frame)
    store.setValue("person", -1 if view.person is None else view.person)
    store.setValue("zoom", view.zoom)
    store.setValue("x", view.centre[0])
    store.setValue("y", view.centre[1])
    store.setValue("long_step", view.long_step)
    store.setValue("scheduled_only", int(view.scheduled_only))
    store.setValue("stop", view.stop)
    for name, value in asdict(view.aids).items():
        store.setValue(name, int(value))
    for name, value in asdict(view.light).items():
        store.setValue(name, value)
    store.setValue("hidden", " ".join(map(str, sorted(view.hidden))))


def recent() -> list[Path]:
    """What was opened lately and can still be, latest first: a video that was moved is asked for by its project."""
    value = settings().value("recent", [])
    paths = value if isinstance(value, list) else [value]
    known = [Path(path) for path in paths if isinstance(path, str)]
    return [path for path in known if path.exists() or path.with_suffix(SUFFIX).exists()]


def remember_recent(path: Path, same: Iterable[Path] = ()) -> None:
    """Put ``path`` at the front of the recent list, in place of whatever opens the ``same``."""
    path = _straight(path)
    before = {path, *map(_straight, same)}
    others = [
        one
        for one in recent()
        if _straight(one if one.exists() else one.with_suffix(SUFFIX)) not in before
    ]
    settings().setValue("recent", [str(one) for one in [path, *others][:RECENT]])


def annotator() -> str:
    """The name that is noted with edits; "" where none was given."""
    value = settings().value("annotator", "")
    return clean_name(value) if isinstance(value, str) else ""


def remember_annotator(name: str) -> str:
    """Note ``name`` with edits in every project that is opened from now on. Returns what of it is a name."""
    name = clean_name(name)
    settings().setValue("annotator", name)
    return name


def _straight(path: Path) -> Path:
    """From the root, without detours such as "clips/../other"."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (links stay: they are how one calls it)
