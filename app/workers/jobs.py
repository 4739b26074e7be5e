"""The near side of a job: one niced child process, supervised by a thread, heard as Qt signals.

A prediction or a training runs in a process of its own, so that it can take a processor, a gigabyte or
a segmentation fault without the window noticing. This module starts that process, passes on what it says,
makes sure that it ends when it should, and turns every way of dying into one sentence.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import os
import signal
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from glpose_core.errors import Cancelled, GLPoseError

from .child import Broke, Done, Said, Stopped, child_main, out_of_memory

log = logging.getLogger("glpose.jobs")

POLITE_SECONDS = 1.0
"""How long a job may take to stop by itself after it was asked to."""
TERMINATE_SECONDS = 2.0
"""How long it may take to die after being terminated, before it is killed."""
PROGRESS_MS = 100
"""Progress is passed on so often at most: a job may count much faster than anybody reads."""
LOG_TAIL = 64_000
"""How many bytes of the child's output are copied into the log."""


@dataclass
class _Run:
    """One child process and what its supervisor needs."""

    generation: int
    title: str
    process: SpawnProcess
    up: Connection
    down: Connection
    output: Path
    asked_at: float | None = None
    abandoned: bool = False


class JobRunner(QObject):
    """Runs one job at a time in a child process.

    Signals, all delivered on the thread that this object lives on:

    - ``started()``: the child process runs.
    - ``result(object)``: whatever the job emitted that is not progress.
    - ``progress(int done, int total, float seconds_left, str stage)``: NaN where the time left is unknown.
    - ``failed(str)``: the job ended with an error, or its process died; one sentence.
    - ``finished(bool cancelled)``: the job ended by itself or because it was cancelled.

    Each run ends with exactly one of ``failed`` and ``finished``. Starting again while a job runs abandons the
    old one: its process is stopped and nothing more is heard of it.
    """

    started = Signal()
    result = Signal(object)
    progress = Signal(int, int, float, str)
    failed = Signal(str)
    finished = Signal(bool)

    _heard = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._run: _Run | None = None
        self._threads: list[threading.Thread] = []
        self._heard.connect(self._on_heard, Qt.ConnectionType.QueuedConnection)
        self._latest: tuple[int, int, float, str] | None = None
        self._pace = QTimer(self, singleShot=True, interval=PROGRESS_MS)
        self._pace.timeout.connect(self._tell_progress)
        _runners.add(self)

    @property
    def running(self) -> bool:
        """Whether a job is under way (until its end has been signalled)."""
        return self._run is not None

    @property
    def cancelling(self) -> bool:
        """Whether the present job has been asked to stop and has not ended yet."""
        return self._run is not None and self._run.asked_at is not None

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return None if self._run is None else self._run.process.pid

    @property
    def generation(self) -> int:
        """The number of the present or last run, counted from 1."""
        return self._generation

    def start(self, target: str, request: object, title: str = "The job") -> int:
        """Start ``target`` on ``request`` in a new child process; returns at once.

        Args:
            target: ``"package.module:function"``, called there as ``run(request, emit, cancelled)``.
            request: a picklable object.
            title: how sentences name the job ("The prediction").

        Returns:
            The generation number of the run.

        Raises:
            GLPoseError: the system starts no more processes.
        """
        self._abandon()
        self._generation += 1
        try:
            run = _spawn(self._generation, target, request, title)
        except OSError as error:
            raise GLPoseError(
                f"{title} could not be started ({error.strerror})",
                remedy="close other programs and try again",
            ) from error
        self._run = run
        thread = threading.Thread(
            target=self._supervise, args=(run,), daemon=True, name=f"job-{self._generation}"
        )
        self._threads = [old for old in self._threads if old.is_alive()] + [thread]
        thread.start()
        self.started.emit()
        return self._generation

    def cancel(self) -> None:
        """Ask the job to stop; ``finished(True)`` follows, at the latest when the process was killed."""
        if self._run is not None:
            _ask(self._run)

    def close(self) -> None:
        """Kill what still runs and wait for it. Nothing is signalled afterwards."""
        self._abandon()
        for thread in self._threads:
            thread.join(timeout=5.0)
        self._threads.clear()

    def _abandon(self) -> None:
        self._latest = None
        run, self._run = self._run, None
        if run is not None:
            run.abandoned = True
            run.process.kill()

    def _supervise(self, run: _Run) -> None:
        """On its own thread: pass on what the child says, and see to its end."""
        last = _listen(run, self._tell)
        if isinstance(last, Broke) and run.asked_at is not None:
            last = Stopped()
        _end(run)
        if last is None:
            last = Stopped() if run.asked_at is not None else _death(run)
        _copy_output(run)
        self._tell(run, last)

    def _tell(self, run: _Run, message: object) -> None:
        if run.abandoned:
            return
        with contextlib.suppress(RuntimeError):  # the window's side of this object is gone
            self._heard.emit(run.generation, message)

    @Slot(int, object)
    def _on_heard(self, generation: int, message: object) -> None:
        if self._run is None or generation != self._run.generation:
            return
        if isinstance(message, Said):
            self._pass_on(message.event)
            return
        self._tell_progress()
        self._run = None
        if isinstance(message, Broke):
            self.failed.emit(message.sentence)
        else:
            self.finished.emit(isinstance(message, Stopped))

    def _pass_on(self, event: object) -> None:
        """Progress is known by its shape, so that this module needs no job's own classes."""
        if hasattr(event, "seconds_left"):
            left = event.seconds_left
            self._latest = (
                event.done,  # type: ignore[attr-defined]
                event.total,  # type: ignore[attr-defined]
                float("nan") if left is None else float(left),
                event.stage,  # type: ignore[attr-defined]
            )
            if not self._pace.isActive():
                self._tell_progress()
        else:
            self.result.emit(event)

    def _tell_progress(self) -> None:
        """Pass on how far the job is, unless that has been said."""
        latest, self._latest = self._latest, None
        if latest is not None:
            self._pace.start()
            self.progress.emit(*latest)


def run_and_wait(
    target: str,
    request: object,
    hear: Callable[[object], None],
    cancelled: Callable[[], bool],
    title: str,
) -> None:
    """Run a job in a child process and wait for its end. For threads that have nothing else to do.

    Args:
        target, request, title: as :meth:`JobRunner.start` takes them.
        hear: is told what the job emits, on this thread.
        cancelled: asked between messages, twenty times a second.

    Raises:
        Cancelled: because ``cancelled`` said so.
        GLPoseError: the job failed, or its process died; one sentence.
        OSError: the system starts no more processes.
    """
    run = _spawn(0, target, request, title)
    _waited_for.add(run.process)

    def tell(_: _Run, message: object) -> None:
        if isinstance(message, Said):
            hear(message.event)

    def stop_if_asked() -> None:
        if cancelled():
            _ask(run)

    try:
        last = _listen(run, tell, stop_if_asked)
        _end(run)
    finally:
        _waited_for.discard(run.process)
    if last is None and run.asked_at is None:
        last = _death(run)
    _copy_output(run)
    if run.asked_at is not None and not isinstance(last, Done):
        raise Cancelled
    if isinstance(last, Broke):
        raise GLPoseError(last.sentence.removesuffix("."))


_waited_for: weakref.WeakSet[SpawnProcess] = weakref.WeakSet()
_runners: weakref.WeakSet[JobRunner] = weakref.WeakSet()


@atexit.register
def _kill_all() -> None:
    """No child outlives the app, even when no window was closed. Nor does a supervisor: it would speak of its
    child's end while Qt's objects go, and a signal sent by one that is going crashes the process."""
    for runner in list(_runners):
        runner.close()
    for process in list(_waited_for):
        process.kill()


def _spawn(generation: int, target: str, request: object, title: str) -> _Run:
    context = multiprocessing.get_context("spawn")
    up, child_up = context.Pipe(duplex=False)
    child_down, down = context.Pipe(duplex=False)
    with tempfile.NamedTemporaryFile(prefix="glpose-job-", suffix=".log", delete=False) as file:
        output = Path(file.name)
    process = context.Process(
        target=child_main,
        args=(target, request, child_up, child_down, str(output), title),
        daemon=True,
        name=title,
    )
    try:
        with _printing_into(output):
            process.start()
    except OSError:
        output.unlink(missing_ok=True)
        raise
    child_up.close()
    child_down.close()
    return _Run(generation, title, process, up, down, output)


_starting = threading.Lock()


@contextlib.contextmanager
def _printing_into(output: Path) -> Iterator[None]:
    """What a process started meanwhile prints goes into a file from its first breath: one that dies before it comes to
    redirect anything, for want of a module say, has told why there too."""
    with _starting, contextlib.ExitStack() as stack:
        if os.name == "posix":  # elsewhere a child has no error output of ours to inherit
            resource_tracker.ensure_running()  # outlives the job, and is to keep the app's own
            with contextlib.suppress(OSError):  # the app has none
                kept = os.dup(2)
                stack.callback(os.close, kept)
                stack.callback(os.dup2, kept, 2)
                with output.open("ab") as file:
                    os.dup2(file.fileno(), 2)
        yield


def _ask(run: _Run) -> None:
    if run.asked_at is None:
        run.asked_at = time.monotonic()
        with contextlib.suppress(OSError):  # it has just ended by itself
            run.down.send_bytes(b"stop")


def _listen(
    run: _Run, tell: Callable[[_Run, object], None], meanwhile: Callable[[], None] = lambda: None
) -> Done | Stopped | Broke | None:
    """Receive until the last message; ``None`` if the child died without one, or had to be stopped."""
    while True:
        meanwhile()
        if _overdue(run, POLITE_SECONDS) or run.abandoned:
            return None
        try:
            if not run.up.poll(0.05):
                continue
            message = run.up.recv()
        except (EOFError, OSError):
            return None
        except Exception as error:  # what arrived cannot be unpickled: a bug, not to end in silence
            log.exception("%s sent something that cannot be read", run.title)
            run.process.kill()
            return Broke(f"{run.title} said something that cannot be read ({error}).")
        if not isinstance(message, Said):
            assert isinstance(message, (Done, Stopped, Broke))
            return message
        tell(run, message)


def _overdue(run: _Run, seconds: float) -> bool:
    return run.asked_at is not None and time.monotonic() - run.asked_at > seconds


def _end(run: _Run) -> None:
    """See the process out: it ends by itself, or is terminated, or is killed."""
    process = run.process
    process.join(0 if _overdue(run, POLITE_SECONDS) else POLITE_SECONDS)
    if process.is_alive():
        process.terminate()
        process.join(TERMINATE_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    run.up.close()
    run.down.close()


def _death(run: _Run) -> Broke:
    """The sentence for a process that ended without a word."""
    code = run.process.exitcode
    if code is not None and code == -getattr(signal, "SIGKILL", 9):
        return Broke(out_of_memory(run.title))
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return Broke(
            f"{run.title} crashed ({name}): the details are in the log; what had arrived is kept."
        )
    return Broke(f"{run.title} ended unexpectedly (exit code {code}): the details are in the log.")


def _copy_output(run: _Run) -> None:
    with contextlib.suppress(OSError):
        text = run.output.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace").strip()
        if text:
            log.warning("%s (run %d) printed:\n%s", run.title, run.generation, text)
        run.output.unlink()
