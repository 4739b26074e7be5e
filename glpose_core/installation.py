"""Says in one sentence what an installation lacks: a Python package, or a library of the system.

Knows nothing of windows: :mod:`app.preflight` asks for what Qt needs.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from .errors import GLPoseError

DISTRIBUTION = "glpose-studio"

PACKAGES: Mapping[str, str] = MappingProxyType(
    {
        "PySide6": "PySide6-Essentials",
        "shiboken6": "shiboken6",
        "av": "av",
        "cv2": "opencv-python-headless",
        "numpy": "numpy",
        "pandas": "pandas",
        "pyqtgraph": "pyqtgraph",
        "safetensors": "safetensors",
        "scipy": "scipy",
        "torch": "torch",
    }
)
"""What is imported, and the name under which pip installs it."""

EXTRAS: Mapping[str, str] = MappingProxyType(
    {"onnxruntime": "onnxruntime", "torchvision": "torchvision"}
)
"""The same of packages that only some detectors need."""

_NOT_OPENED = re.compile(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file")
_WINDOWS_LOADER_ERRORS = (126, 127, 193, 1114)
_NAMED_AT_MOST = 5
"""How many libraries a sentence names; it always names all packages."""
_NONE: Mapping[str, str] = MappingProxyType({})


class InstallationError(GLPoseError):
    """A package or a library that the program needs is missing or broken."""


def missing_packages(names: Iterable[str] = PACKAGES) -> InstallationError | None:
    """The error that names every package of ``names`` that is not installed; ``None`` if all are.

    Only looks for them (a millisecond or two): nothing is imported, so a broken package passes.
    """
    lacking = [name for name in names if not _is_there(name)]
    if not lacking:
        return None
    what = ", ".join(lacking)
    verb = "is" if len(lacking) == 1 else "are"
    return InstallationError(
        f"{what} {verb} not installed in this Python", remedy=f"run '{_pip(lacking)}'"
    )


def explain(error: BaseException, libraries: Mapping[str, str] = _NONE) -> InstallationError | None:
    """What a failed import means for the person who installed the program.

    Args:
        error: what an import raised: an ImportError, or an OSError from a package that loads its own
            libraries (torch).
        libraries: file name → Debian package of the system libraries that may be the reason; the
            answer then names all of these that are missing, not only the first.

    Returns ``None`` where the failure is none of an installation's (a fault of the program itself).
    """
    if not _is_of_loading(error):
        return None
    library = _unopened(error)
    if library in libraries:
        return missing_libraries(libraries)
    package = _package_of(error)
    if package is None:
        return None
    if isinstance(error, ModuleNotFoundError) and error.name == package:
        return missing_packages([package])
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    remedy = f"run '{_pip([package], '--force-reinstall')}'"
    if sys.platform == "win32":
        remedy += " and install Microsoft’s Visual C++ Redistributable if it is not there"
    return InstallationError(
        f"the package {PACKAGES[package]} is incomplete or broken ({reason.rstrip('.')})",
        remedy=remedy,
    )


def missing_libraries(libraries: Mapping[str, str]) -> InstallationError | None:
    """The error that names all of ``libraries`` (file name → Debian package) that cannot be loaded."""
    lacking = {name: package for name, package in libraries.items() if not _loads(name)}
    if not lacking:
        return None
    packages = " ".join(dict.fromkeys(lacking.values()))
    one = len(lacking) == 1
    names = list(lacking)
    if len(names) > _NAMED_AT_MOST:
        names[_NAMED_AT_MOST - 1 :] = [f"{len(names) - _NAMED_AT_MOST + 1} more"]
    return InstallationError(
        f"the system {'library' if one else 'libraries'} {', '.join(names)} "
        f"{'is' if one else 'are'} missing",
        remedy=f"on Debian or Ubuntu run 'sudo apt install {packages}'; docs/install.md names the "
        "packages of other systems",
    )


def _is_of_loading(error: BaseException) -> bool:
    """Whether the error is an import's. The loader's own OSErrors have no number, those of files have."""
    if isinstance(error, OSError):
        return error.errno is None or getattr(error, "winerror", None) in _WINDOWS_LOADER_ERRORS
    return isinstance(error, ImportError)


def _unopened(error: BaseException) -> str | None:
    """The file name of the shared library that could not be opened, read from the loader's words."""
    found = _NOT_OPENED.search(str(error))
    return found[1] if found else None


def _is_there(name: str) -> bool:
    # A folder without __init__ (a half-removed package) has a spec, but no origin.
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _package_of(error: BaseException) -> str | None:
    """Which of PACKAGES failed: the module not found, or the innermost code that was running."""
    if isinstance(error, ImportError) and error.name:
        top = error.name.partition(".")[0]
        if top in PACKAGES:
            return top
    running = None
    trace = error.__traceback__
    while trace is not None:
        top = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        running = top if top in PACKAGES else running
        trace = trace.tb_next
    return running


def _pip(names: Iterable[str], *options: str) -> str:
    """The pip line that installs what is imported as ``names``, in the versions this program wants."""
    words = [sys.executable, "-m", "pip", "install", *options]
    words += [_requirement({**PACKAGES, **EXTRAS}[name]) for name in names]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _requirement(package: str) -> str:
    """``package`` with the versions that this program asks for, if it is installed and says so."""
    try:
        wanted = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return package
    mine = re.compile(rf"{re.escape(package)}(?![\w.-])", re.IGNORECASE)
    found = next((line for line in wanted if mine.match(line)), package)
    return found.partition(";")[0].strip()  # without "extra == …", at which pip would skip it
