"""The weights that come with the app, by name, and what files of weights are called. Without torch, which takes seconds to load: a window asks for them at once."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

SUFFIX = ".safetensors"
FINDER_FILE = f"finder-starter{SUFFIX}"
TRAINED = f"weights{SUFFIX}"
"""What a training calls its result; its folder has the name."""

USUAL = "glpose-w32-starter"
"""The bundled network that is right most often: correcting a joint takes a person longer than this one takes a machine."""


def bundled_weights() -> dict[str, Path]:
    """The pose networks in the app's resources, by name (the file name without its suffix): the usual one first, then
    GLPose before single frames."""
    try:
        folder = Path(str(importlib.resources.files("resources").joinpath("weights")))
    except ModuleNotFoundError:
        return {}  # the core used as a library, without the app's resources
    files = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: rank(path.stem))
    return {path.stem: path for path in files if path.name != FINDER_FILE}


def rank(name: str) -> tuple[bool, bool, str]:
    """What bundled weights are sorted by: the usual ones come first."""
    return name != USUAL, not name.startswith("glpose"), name


def name_of(path: Path) -> str:
    """What weights are called where a run of them is shown: the folder of a training, else the file's name without its
    suffix."""
    folder = path.absolute().parent.name
    return folder if path.name == TRAINED and folder else path.stem
