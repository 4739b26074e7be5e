"""Explanations of a few lines, without a network: see fake_jobs."""

from __future__ import annotations

import os
import signal

import numpy as np
from fake_jobs import Cancel, Emit

from app.workers.explaining import Answer, Order, Service, newest
from glpose_core.labels import store
from glpose_core.predict.evidence import Explained

LOCAL, OTHERS = 4, 2
SHIFT = 6.0
"""Pixels that the left wrist moves for each crop that is taken away; a shuffle moves the nose by one."""
LEFT_WRIST, NOSE = 9, 0


def serve(service: Service, emit: Emit, cancelled: Cancel) -> None:
    """Answer every order at once."""
    _serve(service, emit, cancelled, answered)


def refuse(service: Service, emit: Emit, cancelled: Cancel) -> None:
    """Answer every order with a sentence."""
    _serve(service, emit, cancelled, lambda order: Answer(order.number, problem="No weights."))


def forget(service: Service, emit: Emit, cancelled: Cancel) -> None:
    """Nothing was recorded."""
    _serve(service, emit, cancelled, lambda order: Answer(order.number))


def die(service: Service, emit: Emit, cancelled: Cancel) -> None:
    """As if the system had run out of memory at the first order."""
    _serve(service, emit, cancelled, lambda order: os.kill(os.getpid(), signal.SIGKILL))


def _serve(service: Service, emit: Emit, cancelled: Cancel, reply: object) -> None:
    while not cancelled():
        try:
            order = newest(service.inbox)
        except (EOFError, OSError):
            return
        if order is not None:
            emit(reply(order))  # type: ignore[operator]


def answered(order: Order) -> Answer:
    """The stored pose, moved by what is changed; crops are grey."""
    connection = store.connect(order.project, read_only=True)
    rows = store.load_predictions(connection, order.run)
    connection.close()
    row = rows[(rows["track"] == order.track) & (rows["frame"] == order.frame)][0]
    xy = row["xy"].astype(np.float64)
    xy[LEFT_WRIST, 0] += SHIFT * len(order.change.removed)
    xy[NOSE, 1] += order.change.shuffle
    slots = LOCAL + OTHERS
    frames = np.array([order.frame + d for d in (-2, -1, 1, 2)] + [0, 30])
    places = np.arange(slots)
    filled = np.where(np.isin(places, list(order.change.removed)), -1, places)
    return Answer(
        order.number,
        Explained(
            frame=order.frame,
            frames=frames,
            boxes=np.tile(np.array(order.box), (slots, 1)),
            order=filled,
            local_weights=np.array([1, 2, 2, 1], np.float32) / 6,
            global_weights=np.array([0.75, 0.25], np.float32),
            xy=xy,
            maxima=np.ones(17),
            crops=np.full((1 + slots, 64, 48, 3), 90, np.uint8),
            matrices=np.tile(np.eye(2, 3), (1 + slots, 1, 1)),
        ),
    )
