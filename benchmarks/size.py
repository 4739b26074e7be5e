"""Does anything that is done per frame grow with the project? 200 people, 100,000 frames, the real window.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.size [--poses 1000 100000 500000]

Five people are in every measured frame, however many poses there are. Opening, the bulk edit and the review list
may grow with the project; a step and a drag may not. The last column is the largest project against the
smallest, by processor time in all threads: the clock of a busy machine says little.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.application import build
from app.window import MainWindow
from glpose_core.formats.project_video import video_record
from glpose_core.labels import PREDICTION_DTYPE, PoseRows, Project, Run, edits
from glpose_core.review import Queue
from glpose_core.video import open_video, write_video

FRAMES, PEOPLE, TOGETHER = 100_000, 200, 5
SIZE = (176, 144)
STEPS, DRAGS, BULK = 40, 9, 1000
ROWS = (
    "open the project",
    "open it in the window",
    "a step, until it is painted",
    "drag a joint, press to release",
    "accept 1,000 frames",
    "undo that, until it is painted",
    "the review list, made",
    "the review list, sorted",
    "the review list after one edit",
)


def write_clip(path: Path) -> None:
    """A clip of 100,000 small frames that hardly change."""
    picture = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
    with write_video(path, *SIZE, 25) as writer:
        for frame in range(FRAMES):
            picture[:8, :] = frame % 251
            writer.write(picture)


def rows_of(poses: int) -> PoseRows:
    """Predictions: forty groups of five people, each group together in frames of its own, from the start on."""
    rng = np.random.default_rng(0)
    rows = np.zeros(poses, PREDICTION_DTYPE)
    each = poses // PEOPLE
    rows["track"], at = np.divmod(np.arange(poses), each)
    rows["frame"] = rows["track"] // TOGETHER * each + at
    place = rows["track"] % TOGETHER
    left = 6.0 + 32 * place
    y = np.linspace(20, 130, 17)
    rows["xy"][..., 0] = (
        left[:, None] + 12 + 8 * np.sin(np.arange(17)) + rng.normal(0, 0.4, (poses, 17))
    )
    rows["xy"][..., 1] = y + rng.normal(0, 0.4, (poses, 17))
    doubted = rng.random(rows["score"].shape) < 0.005
    rows["score"] = np.where(doubted, 0.2, rng.normal(0.8, 0.03, doubted.shape))
    rows["visibility"] = 2
    rows["box"] = np.stack(
        [left, np.full(poses, 12.0), np.full(poses, 28.0), np.full(poses, 126.0)], 1
    )
    rows["pose_score"] = 0.8
    return rows


def make_project(path: Path, clip: Path, poses: int) -> None:
    with open_video(clip) as reader:
        record = video_record(reader, path)
    with Project.create(path, record) as project:
        tracks = dict.fromkeys(range(PEOPLE))
        project.add_run(Run.new("model", "weights", "cpu"), tracks, rows_of(poses))


@dataclass(frozen=True)
class Cost:
    """Milliseconds by the clock, and of the processor in all threads of the program: medians."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{_figure(self.clock)} ({_figure(self.processor)})"


def _figure(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def ms(action: Callable[[], object], times: int = 1) -> Cost:
    """What an action costs, the median of so many times."""
    taken = []
    for _ in range(times):
        start = time.perf_counter(), time.process_time()
        action()
        taken.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    clock, processor = np.median(taken, axis=0)
    return Cost(1000 * float(clock), 1000 * float(processor))


def measure_core(path: Path) -> dict[str, Cost]:
    """Opening and the review list, without a window."""
    found: dict[str, Cost] = {}
    held: list[Project] = []
    found["open the project"] = ms(lambda: held.append(Project.open(path)))
    with held[0] as project:
        state = project.state
        queues: list[Queue] = []
        found["the review list, made"] = ms(lambda: queues.append(Queue.of(state)))
        found["the review list, sorted"] = ms(queues[0].items, 3)
        found["the review list after one edit"] = ms(lambda: queues[0].update(2, 3), 3)
    return found


def until(condition: Callable[[], object]) -> None:
    while not condition():
        QApplication.processEvents()
        time.sleep(0.0005)


def measure_window(window: MainWindow, project: Path) -> dict[str, Cost]:
    """What a person does, from the input to the window painted because of it."""
    session, canvas = window.session, window.canvas
    found: dict[str, Cost] = {}

    def opened() -> None:
        session.open(project)
        until(lambda: session.opening is None and session.project is not None and canvas.editable)

    def stepped(by: int) -> None:
        session.step(by)
        until(lambda: canvas.editable)
        window.repaint()

    found["open it in the window"] = ms(opened)
    QTest.qWait(1500)
    until(lambda: session.cached()[:5].all())
    state = session.project.state if session.project is not None else None
    assert state is not None
    session.select(state.people()[0].id)
    there_and_back = iter([1, 1, -1, -1] * STEPS)
    stepped(0)
    found["a step, until it is painted"] = ms(lambda: stepped(next(there_and_back)), STEPS)

    def drag() -> None:
        person = session.person
        assert person is not None
        pose = session.pose(person)
        assert pose is not None
        start = QPoint(*(round(v) for v in canvas.mapping.to_view(pose["xy"][9])))
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
        for n in range(1, 6):
            QTest.mouseMove(canvas, start + QPoint(n, n))
            window.repaint()
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(5, 5))
        window.repaint()
        QApplication.processEvents()

    found["drag a joint, press to release"] = ms(drag, DRAGS)

    def accept() -> None:
        session.apply(lambda state: edits.accept_range(state, 0, BULK))
        QApplication.processEvents()

    def undo() -> None:
        session.undo()
        QApplication.processEvents()
        window.repaint()

    found["accept 1,000 frames"] = ms(accept)
    found["undo that, until it is painted"] = ms(undo)
    session.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--poses", type=int, nargs="+", default=[1000, 100_000, 500_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLPOSE_HOME"] = str(Path(folder) / "home")
        clip = Path(folder) / "clip.mp4"
        write_clip(clip)
        _, window = build(["glpose-studio"])
        window.resize(1200, 800)
        window.show()
        columns = []
        for poses in options.poses:
            project = clip.with_name(f"{poses}.glpose")
            make_project(project, clip, poses)
            columns.append(measure_core(project) | measure_window(window, project))
        window.close()
    heads = [f"{poses:,} poses" for poses in options.poses]
    print(f"| milliseconds (processor) | {' | '.join(heads)} | ratio |")
    print("|---" * (len(columns) + 2) + "|")
    for row in ROWS:
        costs = [column[row] for column in columns]
        ratio = costs[-1].processor / max(costs[0].processor, 0.1)
        print(f"| {row} | {' | '.join(map(str, costs))} | {ratio:,.1f} |")


if __name__ == "__main__":
    main()
