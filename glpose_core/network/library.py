"""The weights that come with the app, and finding weights by name or path."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from ..errors import WeightsError

SUFFIX = ".safetensors"


def bundled_weights() -> dict[str, Path]:
    """The weights in the app's resources, by name (the file name without its suffix), sorted."""
    try:
        folder = Path(str(importlib.resources.files("resources").joinpath("weights")))
    except ModuleNotFoundError:
        return {}  # the core used as a library, without the app's resources
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def default_weights() -> str:
    """The name of the bundled weights used where nobody chooses: the first GLPose, else the first.

    Raises:
        WeightsError: if no weights are bundled.
    """
    names = sorted(bundled_weights(), key=lambda name: (not name.startswith("glpose"), name))
    if not names:
        raise WeightsError("no weights are bundled", remedy="name a weights file")
    return names[0]


def find_weights(name_or_path: str | Path) -> Path:
    """Return the file meant by the name of bundled weights, or by a path.

    Raises:
        WeightsError: if there are no weights of that name and no file at that path.
    """
    bundled = bundled_weights()
    path = bundled.get(str(name_or_path)) or Path(name_or_path)
    if path.is_file():
        return path
    remedy = (
        f"choose {', '.join(bundled)}, or give the path of a file"
        if bundled
        else "no weights are bundled, so give the path of a file"
    )
    raise WeightsError("there are no such weights", file=path, remedy=remedy)
