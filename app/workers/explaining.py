"""Explains poses in a child process that stays while it is asked. Imports no Qt.

The child is one job (see :mod:`app.workers.jobs`) that reads orders from a pipe of its own, so that network,
video and the last features stay in memory from one pose to the next. A newer order ends the work on an
older one; a while without orders ends the child.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glpose_core.errors import Cancelled, GLPoseError
from glpose_core.labels import read_references
from glpose_core.predict.evidence import Change, Explained, ExplainRequest
from glpose_core.predict.record import RunRecord

if TYPE_CHECKING:
    from glpose_core.job.explain import Explainer
    from glpose_core.video import FrameIndex

JOB = "app.workers.explaining:serve"
IDLE_SECONDS = 120.0
"""A child that nobody asks for so long gives its memory back."""
LOOK_SECONDS = 0.1
COMMIT_SECONDS = 2.0
"""How long it may take until rows that have just come are in the file."""


@dataclass(frozen=True)
class Service:
    """What the child is started with. ``inbox`` brings :class:`Order` after :class:`Order`."""

    video: Path
    index: FrameIndex | None
    inbox: Connection


@dataclass(frozen=True)
class Order:
    """One pose to explain.

    Attributes:
        number: told in the answer.
        project: its file. run, track, frame: the row there that is to be explained.
        box: of the key, x, y, w, h. record: how the run was made. change: what to change.
    """

    number: int
    project: Path
    run: int
    track: int
    frame: int
    box: tuple[float, float, float, float]
    record: RunRecord
    change: Change


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of an order: an explanation, or one sentence; neither where nothing was recorded."""

    number: int
    explained: Explained | None = None
    problem: str = ""


def serve(service: Service, emit: Callable[[object], None], cancelled: Callable[[], bool]) -> None:
    """The job: answer orders, the newest first, until nobody asks any more."""
    from glpose_core.job.explain import Explainer

    def superseded() -> bool:
        return cancelled() or service.inbox.poll()

    with Explainer(service.video, service.index) as explainer:
        last = time.monotonic()
        while not cancelled() and time.monotonic() - last < IDLE_SECONDS:
            try:
                order = newest(service.inbox)
            except (EOFError, OSError):
                return  # the window has closed the pipe
            if order is None:
                continue
            try:
                emit(answer(explainer, order, superseded))
            except Cancelled:
                pass
            except GLPoseError as error:
                emit(Answer(order.number, problem=str(error)))
            last = time.monotonic()
    if cancelled():
        raise Cancelled


def newest(inbox: Connection) -> Order | None:
    """The last order that has come, waiting a little for one."""
    order: Order | None = None
    wait = LOOK_SECONDS
    while inbox.poll(wait):
        order, wait = inbox.recv(), 0.0
    return order


def answer(explainer: Explainer, order: Order, superseded: Callable[[], bool]) -> Answer:
    """Work one order out with an ``Explainer``. Raises Cancelled, GLPoseError."""
    end = time.monotonic() + COMMIT_SECONDS
    references = None
    while references is None:
        references = read_references(order.project, order.run, order.track, order.frame)
        if superseded():
            raise Cancelled
        if references is None and time.monotonic() > end:
            return Answer(order.number)
        if references is None:
            time.sleep(LOOK_SECONDS)
    record = order.record
    request = ExplainRequest(
        weights=record.weights_file or record.weights,
        sha256=record.sha256,
        frame=order.frame,
        box=np.array(order.box),
        references=references,
        change=order.change,
        device=record.computed_on or record.device,
        precision="bfloat16" if record.precision == "bfloat16" else "float32",
        mode="paper" if record.mode == "paper" else "cached",
        decoder="quarter" if record.decoder == "quarter" else "dark",
        flip=record.flip,
    )
    return Answer(order.number, explainer.explain(request, superseded))
