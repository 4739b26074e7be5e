"""From the hand to the eye: time from one input event to the picture that is painted because of it.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.feel [--people 1 5 20] [--times N]

The real window with a 1080p clip and predicted people. Each row is one kind of input, sent as Qt gets it
from the system; the time ends when the whole window has been painted and nothing is left to do. The ratio
is of this thread's processor time to that of painting the same window again without any change (all of
it, not the canvas alone), because the clock of a busy machine says little. The alternative,
in the same run, is how such tools are usually built: a ``QGraphicsView`` with an item for the picture and
for every joint and limb.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsEllipseItem,
    QGraphicsItem,
    QGraphicsLineItem,
    QGraphicsScene,
    QGraphicsSceneMouseEvent,
    QGraphicsView,
    QWidget,
)

from app.application import build
from app.canvas.stance import standing
from app.window import MainWindow
from glpose_core.labels import PREDICTION_DTYPE, Run
from glpose_core.skeleton import EARS, POSETRACK17
from glpose_core.video import write_video

WIDTH, HEIGHT, FRAMES = 1920, 1080, 160
WINDOW = (1560, 940)
JOINT = POSETRACK17.index("left_wrist")
Act = Callable[[int], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one kind of input, ``[N]``: by the clock, and of this thread's processor time."""

    name: str
    taken: Floats
    worked: Floats


class Painted(QObject):
    """Counts the paint events of a widget."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def measure(name: str, act: Act, painted: Painted, times: int, *, warm: int = 5) -> Timing:
    """Do something ``times`` times; each ends with its paint event handled and the queue empty."""
    taken, worked = [], []
    for n in range(times + warm):
        settle()
        before, began, work = painted.count, time.perf_counter(), time.thread_time()
        act(n)
        while painted.count == before:
            QApplication.processEvents()
            if time.perf_counter() - began > 10:
                raise SystemExit(f"{name}: nothing was painted")
        QApplication.processEvents()
        if n >= warm:
            taken.append(1000 * (time.perf_counter() - began))
            worked.append(1000 * (time.thread_time() - work))
    return Timing(name, np.array(taken), np.array(worked))


def settle(seconds: float = 0.0) -> None:
    """Let everything that waits happen."""
    end = time.monotonic() + seconds
    QApplication.processEvents()
    while time.monotonic() < end:
        QTest.qWait(5)


def wait_for(condition: Callable[[], bool]) -> None:
    """Let events run until ``condition`` is true."""
    end = time.monotonic() + 60
    while not condition():
        QTest.qWait(5)
        if time.monotonic() > end:
            raise SystemExit("waited in vain")


def make_clip(path: Path) -> Path:
    """A 1080p clip in which a noisy picture moves, as a camera's would."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    picture = np.kron(coarse, np.ones((8, 8, 1), np.uint8))
    with write_video(path, WIDTH, HEIGHT, 25) as writer:
        for frame in range(FRAMES):
            writer.write(np.roll(picture, 3 * frame, axis=1))
    return path


def poses(people: int) -> np.ndarray:
    """Predictions of ``people`` standing side by side in every frame, swaying a little."""
    rows = np.zeros(FRAMES * people, PREDICTION_DTYPE)
    for at, row in enumerate(rows):
        frame, track = divmod(at, people)
        wide = 1800 / people
        box = np.array([60 + wide * track, 200.0, wide * 0.8, min(700.0, 4 * wide)])
        xy, visibility = standing(np.add(box, (3 * np.sin(frame / 5), 0, 0, 0)))
        row["track"], row["frame"], row["xy"], row["visibility"] = track, frame, xy, visibility
        row["score"] = np.where(np.isin(np.arange(17), EARS), 0.0, 0.8)
        row["box"], row["box_score"], row["pose_score"] = box, 0.9, 0.9
    return rows


class Hand:
    """Sends input to the window as the system does."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.session, self.canvas = window, window.session, window.canvas

    def mouse(self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: bool) -> None:
        glob = QPointF(self.canvas.mapToGlobal(at.toPoint()))
        down = button if held else Qt.MouseButton.NoButton
        pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        keys = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, glob, pressed, down, keys))

    def wheel(self, at: QPointF, up: bool) -> None:
        event = QWheelEvent(
            at,
            QPointF(self.canvas.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, 120 if up else -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)

    def joint(self, person: int) -> QPointF:
        """Where a person's wrist lies on the canvas."""
        pose = self.session.pose(person)
        assert pose is not None
        return QPointF(*self.canvas.mapping.to_view(pose["xy"][JOINT]))

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.canvas, key)

    def press(self, at: QPointF, button: Qt.MouseButton) -> None:
        self.mouse(QEvent.Type.MouseButtonPress, at, button, True)

    def release(self, at: QPointF, button: Qt.MouseButton) -> None:
        self.mouse(QEvent.Type.MouseButtonRelease, at, button, False)


def around(centre: QPointF, n: int, radius: float = 60.0) -> QPointF:
    return centre + QPointF(radius * np.cos(n / 6), radius * np.sin(n / 6))


def measure_window(window: MainWindow, times: int) -> list[Timing]:
    """Every kind of input on the window as it is."""
    hand, session, canvas = Hand(window), window.session, window.canvas
    painted = Painted(canvas)
    canvas.fit()
    canvas.setFocus()
    session.go_to(10)
    settle(0.5)
    wait_for(lambda: canvas.editable)
    found = [measure("painting it again", lambda _: update_all(window), painted, times)]

    person = session.people()[0].id
    joint = hand.joint(person)
    left, middle = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
    hand.press(joint, left)
    settle()

    def drag(n: int) -> None:
        hand.mouse(QEvent.Type.MouseMove, around(joint, n), left, True)

    found.append(measure("drag a joint", drag, painted, times))
    hand.release(joint, left)
    settle(0.3)

    def grab(n: int) -> None:
        at = around(joint, n, 20)
        hand.mouse(QEvent.Type.MouseMove, at, left, False)
        at = hand.joint(person)
        hand.press(at, left)
        hand.mouse(QEvent.Type.MouseMove, at + QPointF(6, 4 * (-1) ** n), left, True)
        hand.release(at + QPointF(6 * (-1) ** n, 4 * (-1) ** n), left)

    found.append(measure("press, move, let go (one edit)", grab, painted, times))
    settle(0.3)
    found.append(measure("nudge a joint", lambda _: hand.key(Qt.Key.Key_Up), painted, times))
    settle(0.8)
    found.append(
        measure("choose the next joint", lambda _: hand.key(Qt.Key.Key_Tab), painted, times)
    )
    canvas.escape()

    for frame in range(10, 10 + 16):  # decoded and drawn before
        session.go_to(frame)
        wait_for(lambda: canvas.editable)
    steps = [Qt.Key.Key_A, Qt.Key.Key_D]
    found.append(measure("step, cached", lambda n: hand.key(steps[n % 2]), painted, times))
    settle(0.3)
    places = np.random.default_rng(0).permutation(np.arange(30, FRAMES - 30))

    def jump(n: int) -> None:
        session.go_to(int(places[n % len(places)]))
        while not canvas.editable:
            QApplication.processEvents()

    found.append(measure("jump, any frame", jump, painted, min(times, 60)))
    settle(0.5)
    centre = QPointF(canvas.rect().center())
    found.append(
        measure("zoom by the wheel", lambda n: hand.wheel(centre, n % 8 < 4), painted, times)
    )
    canvas.zoom_by(2.0)
    settle()
    hand.press(centre, middle)

    def pan(n: int) -> None:
        hand.mouse(QEvent.Type.MouseMove, around(centre, n), middle, True)

    found.append(measure("pan", pan, painted, times))
    hand.release(centre, middle)
    canvas.fit()
    return found


def update_all(window: QWidget) -> None:
    """Have every widget of a window painted."""
    window.update()
    for child in window.findChildren(QWidget):
        child.update()


# -- the alternative -------------------------------------------------------------------------------


class Dot(QGraphicsEllipseItem):
    """A joint as an item, with the limbs that hang on it."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__(-4, -4, 8, 8)
        self.limbs: list[tuple[QGraphicsLineItem, bool]] = []
        self.setPos(x, y)
        self.setBrush(QColor("#5EC8FF"))
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsMovable)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        if change == QGraphicsItem.GraphicsItemChange.ItemPositionHasChanged:
            for line, first in self.limbs:
                ends = (line.line().p1(), line.line().p2())
                line.setLine(QLineF(self.pos(), ends[1]) if first else QLineF(ends[0], self.pos()))
        return super().itemChange(change, value)

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        super().mouseMoveEvent(event)


def measure_items(image: QImage, rows: np.ndarray, times: int) -> list[Timing]:
    """Drag, zoom and pan in a view of items, the same size and picture."""
    scene = QGraphicsScene()
    scene.addPixmap(QPixmap.fromImage(image))
    dots: list[Dot] = []
    for row in rows:
        own = [
            Dot(*xy) if shown else None
            for xy, shown in zip(row["xy"].tolist(), row["visibility"], strict=True)
        ]
        for a, b in POSETRACK17.limbs:
            first, second = own[a], own[b]
            if first is not None and second is not None:
                pen = QPen(QColor("#2F7DD1"), 2.6)
                pen.setCosmetic(True)
                line = scene.addLine(QLineF(first.pos(), second.pos()), pen)
                first.limbs.append((line, True))
                second.limbs.append((line, False))
        for dot in own:
            if dot is not None:
                scene.addItem(dot)
                dots.append(dot)
    view = QGraphicsView(scene)
    view.setRenderHints(
        view.renderHints()
        | view.renderHints().Antialiasing
        | view.renderHints().SmoothPixmapTransform
    )
    view.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
    view.resize(1040, 640)
    view.show()
    view.fitInView(scene.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)
    settle(0.3)
    port = view.viewport()
    painted = Painted(port)
    at = view.mapFromScene(dots[JOINT].pos())
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=at)

    def send(n: int) -> None:
        point = around(QPointF(at), n)
        keys, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        glob = QPointF(port.mapToGlobal(point.toPoint()))
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, point, glob, none, left, keys)
        QApplication.sendEvent(port, event)

    found = [measure("drag a joint", send, painted, times)]
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=at)

    def zoom(n: int) -> None:
        factor = 1.2 if n % 8 < 4 else 1 / 1.2
        view.scale(factor, factor)

    found.append(measure("zoom by the wheel", zoom, painted, times))
    view.scale(2, 2)
    settle()
    bar = view.horizontalScrollBar()

    def pan(n: int) -> None:
        bar.setValue(bar.value() + (20 if n % 8 < 4 else -20))

    found.append(measure("pan", pan, painted, times))
    view.close()
    view.deleteLater()
    return found


# -- the table -------------------------------------------------------------------------------------


def run(folder: Path, made: Path, people: int, times: int) -> None:
    clip = folder / f"people{people}.mp4"
    shutil.copy(made, clip)
    app, window = build(["feel", str(clip)])
    window.resize(*WINDOW)
    window.show()
    wait_for(lambda: window.session.project is not None)
    project = window.session.project
    assert project is not None
    rows = poses(people)
    project.add_run(Run.new("made up", "none", "CPU", {}), dict.fromkeys(range(people)), rows)
    wait_for(lambda: window.canvas.editable)
    settle(1.0)
    ours = measure_window(window, times)
    image = window.session.picture()
    assert image is not None
    others = {one.name: one for one in measure_items(image, rows[:people], times)}
    nothing = float(np.median(ours[0].worked))
    for one in ours:
        other = others.get(one.name)
        shown = "" if other is None else figures(other)
        ratio = float(np.median(one.worked)) / nothing
        print(f"| {people} | {one.name} | {figures(one)} | {ratio:.2f} | {shown} |", flush=True)
    window.close()
    window.deleteLater()
    app.processEvents()


def figures(timing: Timing) -> str:
    """Clock time p50 / p95, and the median of processor time."""
    median, p95 = np.percentile(timing.taken, (50, 95))
    return f"{median:.1f} / {p95:.1f} ({np.median(timing.worked):.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--times", type=int, default=120)
    options = parser.parse_args()
    print(
        "| people | input | ms p50 / p95 (processor p50) | ÷ painting it again | QGraphicsView |\n"
        "|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLPOSE_HOME"] = str(Path(folder) / "home")
        made = make_clip(Path(folder) / "made.mp4")
        for people in options.people:
            run(Path(folder), made, people, options.times)


if __name__ == "__main__":
    main()
