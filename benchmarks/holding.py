"""How long does accepting a whole clip keep the window from answering? In short turns, against all at once.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.holding [--poses 100000] [--repeats 3]

Five people in a real window. While everybody is accepted (or that is undone) a timer of the window ticks as fast
as it may; the most that its thread works between two ticks is how long nothing is answered. That is time of this
thread alone: the clock of a busy machine says little. *All at once* is one edit of the same changes, as it was made
before there were turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.application import build, spare_the_collector
from app.session import Session
from benchmarks.project_size import rows_of
from benchmarks.size import SIZE, until
from glpose_core.formats.project_video import video_record
from glpose_core.labels import Project, Run, edits
from glpose_core.video import open_video, write_video

PEOPLE = 5
CHANGE = "accept everybody"


class Ticks:
    """The most that this thread works between two turns of the event loop, in seconds."""

    def __init__(self) -> None:
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._tick)
        self.longest = 0.0

    def of(self, action: Callable[[], object], done: Callable[[], bool]) -> tuple[float, float]:
        """Do something; the longest work without an answer until it is ``done``, and all of it."""
        self.longest, begun = 0.0, time.thread_time()
        self._last = begun
        self._timer.start()
        QTimer.singleShot(0, action)
        until(done)
        # What is painted because of it counts, too.
        for _ in range(20):
            QApplication.processEvents()
        self._tick()
        self._timer.stop()
        return self.longest, time.thread_time() - begun

    def _tick(self) -> None:
        now = time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now


def make_project(folder: Path, poses: int) -> Path:
    """A small clip and the predictions of five people in all of its frames."""
    clip, path = folder / "clip.mp4", folder / "clip.glpose"
    picture = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
    with write_video(clip, *SIZE, 25) as writer:
        for _ in range(poses // PEOPLE):
            writer.write(picture)
    with open_video(clip) as reader:
        record = video_record(reader, path)
    with Project.create(path, record) as project:
        tracks = dict.fromkeys(range(PEOPLE))
        project.add_run(Run.new("model", "weights", "cpu"), tracks, rows_of(poses, PEOPLE))
    return path


def measure(session: Session, repeats: int) -> dict[tuple[str, str], tuple[float, float]]:
    """The medians of each way to accept and to undo."""
    project, frames, ticks = session.project, session.frames, Ticks()
    assert project is not None

    def in_turns() -> None:
        title, parts = edits.accept_range_in_parts(project.state, 0, frames)
        session.apply_in_turns(title, 0, parts, lambda _: None)

    def at_once() -> None:
        session.apply(lambda state: edits.accept_range(state, 0, frames))

    start = project.undo_number
    ways: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(repeats):
        for name, accept, undo in (
            ("all at once", at_once, project.undo),
            ("in turns", in_turns, session.undo),
        ):
            made = ticks.of(accept, lambda: project.undo_number != start)
            ways.setdefault((name, CHANGE), []).append(made)
            until(lambda: not project.pending)
            back = ticks.of(undo, lambda: project.undo_number == start)
            ways.setdefault((name, "undo that"), []).append(back)
            until(lambda: not project.pending)
    found = {way: np.median(taken, axis=0) for way, taken in ways.items()}
    return {way: (float(longest), float(all_)) for way, (longest, all_) in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--poses", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLPOSE_HOME"] = str(Path(folder) / "home")
        path = make_project(Path(folder), options.poses)
        _, window = build(["glpose-studio", str(path)])
        window.resize(1200, 800)
        window.show()
        until(lambda: window.session.project is not None and window.canvas.editable)
        spare_the_collector()
        found = measure(window.session, options.repeats)
        window.close()
    print(f"{options.poses:,} poses of {PEOPLE} people, milliseconds of the window's own thread")
    print("| edit | all at once: longest without an answer | in all | in turns: longest | in all |")
    print("|---|---|---|---|---|")
    for what in (CHANGE, "undo that"):
        figures = [*found["all at once", what], *found["in turns", what]]
        print(f"| {what} | {' | '.join(f'{1000 * figure:,.0f}' for figure in figures)} |")


if __name__ == "__main__":
    main()
