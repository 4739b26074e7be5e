"""Dragging through a video: how soon something new is seen, and how soon the frame itself after letting go.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.scrub [--quick] [--drags N]

A hand drags the playhead: a wish every 16 ms for a second, then it rests. The window's own decoder serves it
(app/workers/decode). Beside it the same decoder without previews, where a wish is decoded to its end before
the next is looked at. Every drag begins with an empty cache.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QElapsedTimer

from app.workers.decode import FrameStore
from benchmarks.seek import clips
from glpose_core.video import FrameIndex, build_index
from tests.clips import encode

WISHES, EVERY_MS, PATIENCE_MS = 60, 16, 10_000


@dataclass
class Seen:
    """Of all drags: pauses in which nothing new was seen, and milliseconds to the last frame itself."""

    blind: list[float] = field(default_factory=list)
    exact: list[float] = field(default_factory=list)
    pictures: int = 0


def walk(frames: int, seed: int) -> NDArray[np.int64]:
    """Where a hand goes that looks for something: ever slower, back and forth over a third of the clip."""
    rng = np.random.default_rng(seed)
    speed = np.cumsum(rng.normal(0, frames / 150, WISHES)) * np.linspace(1, 0.2, WISHES)
    place = np.cumsum(speed) + rng.integers(frames)
    period = 2 * (frames - 1)
    folded = np.abs((place.astype(np.int64) % period + period) % period - (frames - 1))
    return folded.astype(np.int64)


def drag(path: Path, index: FrameIndex, seed: int, previews: bool, seen: Seen) -> None:
    """One drag, and the wait for its last frame."""
    store = FrameStore(path, index, previews=previews)
    clock = QElapsedTimer()
    shown: list[float] = []
    done: list[float] = []
    wishes = walk(len(index), seed)
    store.ready.connect(lambda frame: done.append(clock.elapsed()) if frame == wishes[-1] else None)
    for signal in (store.ready, store.preview):
        signal.connect(lambda _frame: shown.append(clock.elapsed()))
    store.request(0)
    clock.start()
    while not shown and clock.elapsed() < PATIENCE_MS:
        QCoreApplication.processEvents()
    shown.clear()
    done.clear()
    clock.restart()
    for at, frame in enumerate(wishes.tolist()):
        store.request(frame)
        while clock.elapsed() < (at + 1) * EVERY_MS:
            QCoreApplication.processEvents()
            time.sleep(0.0005)
    rest = WISHES * EVERY_MS
    while (not done or done[-1] < rest - EVERY_MS) and clock.elapsed() < PATIENCE_MS:
        QCoreApplication.processEvents()
        time.sleep(0.0005)
    seen.exact.append(max((done[-1] if done else PATIENCE_MS) - rest, 0.0))
    during = [0.0, *(at for at in shown if at <= rest), float(rest)]
    seen.blind.append(float(np.diff(during).max()))
    seen.pictures += sum(at <= rest for at in shown)
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one small clip only")
    parser.add_argument("--drags", type=int, default=12)
    options = parser.parse_args()
    app = QCoreApplication(sys.argv[:1])
    print("| clip | previews | longest without a new picture p50 / p95 | the frame itself p50 / p95"
          " | pictures a second |\n|---|---|---|---|---|")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLPOSE_HOME"] = folder
        for number, (name, (suffix, clip)) in enumerate(clips(options.quick).items()):
            path = encode(Path(folder) / f"{number}{suffix}", clip)
            index = build_index(path)
            for previews in (False, True):
                seen = Seen()
                for seed in range(options.drags):
                    drag(path, index, seed, previews, seen)
                blind, exact = (
                    np.percentile(seen.blind, [50, 95]),
                    np.percentile(seen.exact, [50, 95]),
                )
                rate = seen.pictures / options.drags / (WISHES * EVERY_MS / 1000)
                print(f"| {name} | {'yes' if previews else 'no'} | {blind[0]:.0f} / {blind[1]:.0f}"
                      f" | {exact[0]:.0f} / {exact[1]:.0f} | {rate:.0f} |", flush=True)  # fmt: skip
    del app


if __name__ == "__main__":
    main()
