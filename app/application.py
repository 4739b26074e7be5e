"""Starts the app: display check, logging, crash hook, settings; then the window.

``glpose-studio [VIDEO | FOLDER | PROJECT.glpose | --demo] [--frame N] [--screenshot FILE]``
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import logging
import logging.handlers
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import glpose_core
from glpose_core import installation
from glpose_core.home import VARIABLE, glpose_home
from glpose_core.installation import InstallationError
from glpose_core.waiting import wait_shortly

from .preflight import window_problem

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from .window import MainWindow

log = logging.getLogger("glpose")

CANNOT_START = 3
"""Exit code where the machine lacks what a window needs."""
_ERROR_BOX = 0x10


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ``argv`` is without the program's name."""
    parser = argparse.ArgumentParser(
        prog="glpose-studio", description="Label human poses in video, with GLPose predictions."
    )
    parser.add_argument(
        "path", nargs="?", type=Path, help="a video, a folder of pictures, or a .glpose project"
    )
    parser.add_argument(
        "--demo", action="store_true", help="open the demo clip (rendered once, on the first use)"
    )
    parser.add_argument("--frame", type=int, metavar="N", help="show frame N (counted from 0)")
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="save a picture of the window and exit"
    )
    parser.add_argument(
        "--version", action="version", version=f"GLPose Studio {glpose_core.__version__}"
    )
    return parser.parse_args(list(argv))


def build(argv: Sequence[str]) -> tuple[QApplication, MainWindow]:
    """Make the application and its window, and begin opening what ``argv`` names.

    Args:
        argv: the command line with the program's name first, as ``sys.argv``.

    The window is not shown yet. Call after :func:`app.preflight.window_problem` has found none.
    """
    arguments = parse(argv[1:])
    start_logging()
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtWidgets import QApplication

    from .theme import apply_theme
    from .window import APP_NAME, MainWindow

    app = QApplication.instance() or QApplication(list(argv[:1]))
    assert isinstance(app, QApplication)
    QCoreApplication.setApplicationName(APP_NAME)
    QCoreApplication.setApplicationVersion(glpose_core.__version__)
    apply_theme(app)
    window = MainWindow(remember=arguments.screenshot is None)
    if arguments.frame is not None:
        _go_when_open(window, arguments.frame)
    if arguments.screenshot is not None:
        from .screenshot import Screenshot

        Screenshot(window, arguments.screenshot)
    if arguments.path is not None:
        window.session.open(arguments.path)
    elif arguments.demo:
        window.session.open_demo()
    return app, window


def _go_when_open(window: MainWindow, frame: int) -> None:
    def go() -> None:
        if window.session.project is not None:
            window.session.project_changed.disconnect(go)
            window.session.go_to(frame)
            if window.session.frame != frame:
                last = window.session.frames - 1
                window.session.notice(
                    "warning", f"Frame {frame} is not in this video: it has frames 0 to {last}."
                )

    window.session.project_changed.connect(go)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app until its window is closed. Returns the exit code (DESIGN: 0, 2, 3)."""
    argv = sys.argv if argv is None else argv
    wait_shortly()
    parse(argv[1:])
    problem = window_problem(sys.platform, os.environ)
    if problem is not None:
        return _cannot_start(problem)
    try:
        app, window = build(argv)
    except InstallationError as error:
        return _cannot_start(str(error))
    except (ImportError, OSError) as error:
        lacking = installation.explain(error)
        if lacking is None:
            raise
        return _cannot_start(str(lacking))
    catch_crashes(window)
    # The desktop may end the app and leave its window open: Qt's objects must not go while threads speak to them.
    app.aboutToQuit.connect(window.end_work)
    window.show()
    spare_the_collector()
    code = app.exec()
    log.info("closed")
    return code


def spare_the_collector() -> None:
    """Take what is loaded by now out of the collection of garbage: half a million objects that stay until the end.

    Looking through them takes a tenth of a second, in the middle of whatever the person is doing.
    """
    gc.collect()
    gc.freeze()


def _cannot_start(problem: str) -> int:
    if (
        sys.platform == "win32" and sys.stderr is None
    ):  # started without a console, as the wheel does
        ctypes.windll.user32.MessageBoxW(None, problem, "GLPose Studio", _ERROR_BOX)
    else:
        print(f"glpose-studio: {problem}", file=sys.stderr)
    return CANNOT_START


def start_logging() -> None:
    """Log to GLPOSE_HOME/logs, a few files of limited size. Calling it again moves to the present
    GLPOSE_HOME. Raises InstallationError if that folder cannot be made."""
    try:
        folder = glpose_home() / "logs"
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InstallationError(
            f"the folder of settings and logs cannot be made ({error.strerror})",
            file=error.filename,
            remedy=f"set {VARIABLE} to a folder that you can write to",
        ) from error
    root = logging.getLogger()
    for handler in [one for one in root.handlers if getattr(one, "is_glpose", False)]:
        root.removeHandler(handler)
        handler.close()
    handler = logging.handlers.RotatingFileHandler(
        folder / "studio.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
    )
    handler.is_glpose = True  # type: ignore[attr-defined]
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    logging.getLogger("glpose").setLevel(logging.INFO)


def catch_crashes(window: MainWindow) -> None:
    """What nobody expected goes to the log, and one calm sentence to the window; the work goes on."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("unexpected", exc_info=(kind, error, trace))
        window.session.notice(
            "error",
            f"Something went wrong ({kind.__name__}). Your edits are saved; details are in the log.",
        )

    def tell_of_thread(hook: threading.ExceptHookArgs) -> None:
        if hook.exc_value is not None:
            log.error("unexpected in a thread", exc_info=hook.exc_value)

    sys.excepthook = tell
    threading.excepthook = tell_of_thread
