"""Finds out before Qt starts whether it could open a window here: Qt itself would abort the process.

Only Linux is examined: elsewhere Qt has one platform, always there. It costs a few milliseconds, since what
is loaded to try it is what Qt loads next.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from glpose_core import installation
from glpose_core.installation import InstallationError

from .system_libraries import WAYLAND_LIBRARIES, WINDOW_LIBRARIES, X11_LIBRARIES

NO_DISPLAY = (
    "there is no display to open a window on: run it in a desktop session or through 'ssh -X', or try "
    "'glpose demo', which needs no window (QT_QPA_PLATFORM=offscreen serves for screenshots)."
)
_PYSIDE_FOR_OLD_PYTHON = (6, 12)
"""From this version on, PySide6 aborts on Python 3.11 after some thousand calls."""


def display_problem(platform: str, environment: Mapping[str, str]) -> str | None:
    """One sentence if there is no display for Qt to open a window on, else ``None``."""
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return None
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return None
    return NO_DISPLAY


def window_problem(platform: str, environment: Mapping[str, str]) -> str | None:
    """One sentence on why no window can open on this machine, else ``None``.

    Args:
        platform: ``sys.platform``.
        environment: the process's environment; says which of Qt's platforms would be used.

    Imports Qt's modules, and starts nothing.
    """
    problem = display_problem(platform, environment)
    if problem is not None:
        return problem
    lacking = installation.missing_packages() or _qt_problem(_libraries(environment))
    if lacking is not None:
        return str(lacking)
    if not platform.startswith("linux"):
        return None
    return _platform_problem(environment)


def candidates(environment: Mapping[str, str]) -> list[str]:
    """The names of the platforms that Qt would try on Linux, in its order (docs.qt.io: QT_QPA_PLATFORM)."""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen:
        return [name.partition(":")[0] for name in chosen.split(";") if name]
    session = environment.get("XDG_SESSION_TYPE", "")
    order = []
    if environment.get("WAYLAND_DISPLAY") or session == "wayland":
        order.append("wayland")
    if environment.get("DISPLAY") or session == "x11":
        order.append("xcb")
    return order


def _qt_problem(libraries: Mapping[str, str]) -> InstallationError | None:
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets
    except (ImportError, OSError) as error:
        problem = installation.explain(error, libraries)
        if problem is None:
            raise
        return problem
    version = PySide6.__version_info__
    if sys.version_info < (3, 12) and version[:2] >= _PYSIDE_FOR_OLD_PYTHON:
        return InstallationError(
            f"PySide6 {PySide6.__version__} does not work on Python {sys.version_info[0]}."
            f"{sys.version_info[1]}",
            remedy=f"run '{sys.executable} -m pip install \"PySide6-Essentials<6.12\"'",
        )
    return None


def _platform_problem(environment: Mapping[str, str]) -> str | None:
    """Why none of the platforms that Qt would try can open a window: the first one's reason."""
    from PySide6.QtCore import QLibraryInfo

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    problems = []
    for name in candidates(environment):
        problem = _plugin_problem(folder, name) or _answer_problem(name, environment)
        if problem is None:
            return None
        problems.append(problem)
    return problems[0] if problems else None


def _plugin_problem(folder: Path, name: str) -> str | None:
    # "wayland-egl" is another name of the plugin "wayland".
    file = folder / f"libq{name.partition('-')[0]}.so"
    if not file.is_file():
        there = sorted(path.stem.removeprefix("libq") for path in folder.glob("libq*.so"))
        if name in ("xcb", "wayland", "offscreen") or not there:
            return f"the package PySide6-Essentials is incomplete ({file.name} is not there): reinstall it."
        return f"QT_QPA_PLATFORM names '{name}', but Qt has only {', '.join(there)}."
    try:
        ctypes.CDLL(str(file))
    except OSError as error:
        problem = installation.explain(error, _libraries({"QT_QPA_PLATFORM": name}))
        return str(problem) if problem else f"Qt’s platform '{name}' cannot be loaded ({error})."
    return None


def _libraries(environment: Mapping[str, str]) -> dict[str, str]:
    """What Qt links to on Linux with the platform that it would try first."""
    more = {"xcb": X11_LIBRARIES, "wayland": WAYLAND_LIBRARIES}
    first = next(iter(candidates(environment)), "").partition("-")[0]
    return {**WINDOW_LIBRARIES, **more.get(first, {})}


def _answer_problem(name: str, environment: Mapping[str, str]) -> str | None:
    """One sentence if the display server does not let us in: a stale DISPLAY, a lost ``ssh -X``."""
    kind = name.partition("-")[0]
    if kind == "xcb":
        display = environment.get("DISPLAY", "")
        return None if _x11_answers(display) else _silent("DISPLAY", display)
    if kind == "wayland":
        display = environment.get("WAYLAND_DISPLAY", "")
        return None if _wayland_answers(display) else _silent("WAYLAND_DISPLAY", display)
    return None


def _silent(variable: str, value: str) -> str:
    if not value:
        return NO_DISPLAY
    return (
        f"the display {value} (from {variable}) does not answer or refuses this user: run it in your own "
        "desktop session or through 'ssh -X', or try 'glpose demo', which needs no window."
    )


def _x11_answers(display: str) -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def _wayland_answers(display: str) -> bool:
    wayland = ctypes.CDLL("libwayland-client.so.0")
    wayland.wl_display_connect.restype = ctypes.c_void_p
    wayland.wl_display_disconnect.argtypes = [ctypes.c_void_p]
    connection = wayland.wl_display_connect(os.fsencode(display) if display else None)
    if connection is None:
        return False
    wayland.wl_display_disconnect(connection)
    return True
