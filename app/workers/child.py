"""The far side of a job: what runs inside the child process. Imports no Qt.

Two pipes join the child to the app. Up the first it sends :class:`Said` (what the job emitted) and at
last one of :class:`Done`, :class:`Stopped`, :class:`Broke`. Down the second comes at most one message, the
wish to stop; its end of file means that the app itself is gone, and then the child ends at once. There is
no shared lock, because a lock held by a killed child would freeze the window that waits for it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from glpose_core import installation
from glpose_core.errors import Cancelled, GLPoseError

NICENESS = 10
"""The window and the decoder go first; a job takes what is left."""


@dataclass(frozen=True)
class Said:
    """One event of the job."""

    event: object


@dataclass(frozen=True)
class Done:
    """The job returned."""


@dataclass(frozen=True)
class Stopped:
    """The job stopped because it was asked to."""


@dataclass(frozen=True)
class Broke:
    """The job raised an error; ``sentence`` is what a person reads."""

    sentence: str


def child_main(
    target: str, request: object, up: Connection, down: Connection, stderr: str, title: str
) -> None:
    """Run ``module:function`` on ``request`` in this process until it ends.

    Args:
        target: the job, ``"package.module:function"``, called as ``run(request, emit, cancelled)``.
        request: its picklable request.
        up: where results go.
        down: where the wish to stop comes from.
        stderr: the file that takes everything printed here.
        title: the job's name in sentences ("The prediction").
    """
    _redirect(Path(stderr))
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    asked = threading.Event()
    threading.Thread(target=_listen, args=(down, asked), daemon=True, name="listen").start()
    last = _attempt(target, request, up, asked, title)
    with contextlib.suppress(OSError):  # the app is gone: nobody is left to tell
        up.send(last)
        up.close()


def resolve(target: str) -> Callable[..., None]:
    """Import ``"package.module:function"``."""
    module, _, name = target.partition(":")
    found: Callable[..., None] = getattr(importlib.import_module(module), name)
    return found


def _attempt(
    target: str, request: object, up: Connection, asked: threading.Event, title: str
) -> Done | Stopped | Broke:
    def emit(event: Any) -> None:
        up.send(Said(event))

    try:
        resolve(target)(request, emit, asked.is_set)
    except Cancelled:
        return Stopped()
    except GLPoseError as error:
        return Broke(str(error))
    except MemoryError:
        traceback.print_exc()
        return Broke(out_of_memory(title))
    except Exception as error:  # the boundary of the process: everything else is a bug, told as one
        traceback.print_exc()
        problem = installation.explain(error)
        if problem is not None:
            return Broke(f"{title} cannot run: {problem}")
        return Broke(
            f"{title} stopped because of an unexpected error ({type(error).__name__}: {error}); "
            "the details are in the log."
        )
    return Done()


def out_of_memory(title: str) -> str:
    """The sentence for a job that ran out of memory, or was killed for it."""
    return (
        f"{title} was stopped by the system, probably for lack of memory: close other programs, "
        "or choose a smaller model or a shorter range, and start again."
    )


def _listen(down: Connection, asked: threading.Event) -> None:
    try:
        down.recv_bytes()
        asked.set()
        down.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


def _redirect(path: Path) -> None:
    """Send what C libraries and tracebacks print into ``path``."""
    file = path.open("ab", buffering=0)
    os.dup2(file.fileno(), 2)
    os.dup2(file.fileno(), 1)
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr
    faulthandler.enable()
