"""The weights there are: those that come with the app, and those of this user; finding them by name or path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..bundled import SUFFIX, TRAINED, bundled_weights, rank
from ..errors import UsageError, WeightsError
from ..home import glpose_home

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEVICES_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Listed:
    """Weights that can be asked for by name.

    Attributes:
        name: what commands and requests call them.
        path: the file.
        origin: "bundled", "imported" (pulled ones too) or "trained".
    """

    name: str
    path: Path
    origin: str


def weights_folder() -> Path:
    """The user's own weights, ``GLPOSE_HOME/weights``; it may not exist yet."""
    return glpose_home() / "weights"


def listed_weights() -> list[Listed]:
    """All weights with a name: bundled, then imported by name, then trained here, the latest first.

    A name counts once: bundled weights hide imported ones, and these hide trained ones.
    """
    folder = weights_folder()
    imported = sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    trained = sorted(folder.glob(f"*/{TRAINED}"), key=_age, reverse=True)
    found = [Listed(name, path, "bundled") for name, path in bundled_weights().items()]
    found += [Listed(path.stem, path, "imported") for path in imported]
    found += [Listed(path.parent.name, path, "trained") for path in trained]
    return list({one.name: one for one in reversed(found)}.values())[::-1]


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # a broken link
        return 0.0


def default_weights() -> str:
    """The name of the bundled weights used where nobody chooses: :data:`~glpose_core.bundled.USUAL`, or else the next.

    Raises:
        WeightsError: if no weights are bundled.
    """
    names = sorted(bundled_weights(), key=rank)
    if not names:
        raise WeightsError("no weights are bundled", remedy="name a weights file")
    return names[0]


def find_weights(name_or_path: str | Path) -> Path:
    """Return the file meant by a name that ``glpose weights list`` shows, or by a path.

    Raises:
        WeightsError: if there are no weights of that name and no file at that path.
    """
    named = {one.name: one.path for one in listed_weights()}
    path = named.get(str(name_or_path)) or Path(name_or_path)
    if path.is_file():
        return path
    remedy = (
        f"choose {', '.join(named)}, or give the path of a file"
        if named
        else "no weights are bundled, so give the path of a file"
    )
    raise WeightsError("there are no such weights", file=path, remedy=remedy)


def place_for(name: str) -> Path:
    """Where weights imported under a name are kept; the folder is made.

    Raises:
        UsageError: if that is no plain name, or the app's own weights have it.
        WeightsError: if the folder cannot be made.
    """
    if not _NAME.fullmatch(name) or _DEVICES_OF_WINDOWS.fullmatch(name):
        raise UsageError(
            f"{name[:120]!r} is no name for weights",
            remedy="take letters, digits, dots, dashes and underscores, a letter or digit first",
        )
    if name in bundled_weights():
        raise UsageError(
            f"{name!r} is the name of weights that come with the app",
            remedy="choose another with --name",
        )
    folder = weights_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            f"cannot be made ({error.strerror})",
            file=folder,
            remedy="set GLPOSE_HOME to a folder you may write to",
        ) from error
    return folder / f"{name}{SUFFIX}"


def plain_name(text: str) -> str:
    """A name made of any text, of a file or an address say: other characters become dashes."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:100]
    return f"weights-{name}" if not name or _DEVICES_OF_WINDOWS.fullmatch(name) else name
