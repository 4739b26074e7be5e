"""Jobs of a few lines, for tests of the process that runs them.

A spawned child imports its job by name, so this file must be importable there: the tests put its folder on
``sys.path``, which `multiprocessing` hands to the child.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from glpose_core.errors import Cancelled, VideoError

Emit = Callable[[object], None]
Cancel = Callable[[], bool]


@dataclass(frozen=True)
class Progress:
    done: int
    total: int
    seconds_left: float | None
    stage: str


def count(request: int, emit: Emit, cancelled: Cancel) -> None:
    """Say 0 … request − 1, with progress."""
    for n in range(request):
        emit(n)
        emit(Progress(n + 1, request, None if n == 0 else float(request - n), "counting"))


def until_cancelled(request: object, emit: Emit, cancelled: Cancel) -> None:
    emit("running")
    while not cancelled():
        time.sleep(0.01)
    raise Cancelled


def deaf(request: object, emit: Emit, cancelled: Cancel) -> None:
    """Never looks at the wish to stop, nor at SIGTERM where there is one."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    emit("running")
    while True:
        time.sleep(0.05)


def chatter(request: str, emit: Emit, cancelled: Cancel) -> None:
    """Say one's name for ever."""
    while not cancelled():
        emit(request)
        time.sleep(0.002)
    raise Cancelled


def bad_file(request: object, emit: Emit, cancelled: Cancel) -> None:
    raise VideoError("is not a video", file="clip.mp4", remedy="choose another")


def half_installed(request: object, emit: Emit, cancelled: Cancel) -> None:
    raise ImportError("libtorch_cpu.so is cut off", name="torch")


def bug(request: object, emit: Emit, cancelled: Cancel) -> None:
    print("about to divide", file=sys.stderr)
    emit(1 // 0)


def hog(request: object, emit: Emit, cancelled: Cancel) -> None:
    raise MemoryError


class Secret:
    """Cannot be read again where it arrives."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("not a number",)


def unreadable(request: object, emit: Emit, cancelled: Cancel) -> None:
    emit(Secret())
    until_cancelled(request, emit, cancelled)


def leave(request: int, emit: Emit, cancelled: Cancel) -> None:
    os._exit(request)


def crash(request: object, emit: Emit, cancelled: Cancel) -> None:
    ctypes.string_at(0)


def surroundings(request: object, emit: Emit, cancelled: Cancel) -> None:
    """What the child carries: its niceness, and whether the window came along."""
    emit({"nice": os.nice(0), "widgets": "PySide6.QtWidgets" in sys.modules})
