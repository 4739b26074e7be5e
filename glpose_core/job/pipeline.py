"""Detect → follow → predict, outwards from the focus, telling results as they come."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..bundled import name_of
from ..errors import Cancelled, UsageError
from ..geometry import Floats
from ..network import GLPose, choose_device, describe_device, find_weights, load_weights
from ..people.find import PROPOSES, make_detector
from ..people.follow import Follower, FollowRules, Judging, KnownPeople, Poses, Track
from ..predict.engine import Engine
from ..predict.job import (
    Event,
    Finished,
    Note,
    PredictRequest,
    Progress,
    Rows,
    Started,
    TracksFound,
)
from ..predict.lane import Lane
from ..predict.predictor import GLIMPSES, Begun, Predictor
from ..predict.record import RunRecord, file_digest
from ..predict.references import PersonFrame, ReferenceRules
from ..video import VideoReader, open_video
from .pictures import AHEAD, Pictures

Emit = Callable[[Event], None]

STRIDES = 2
"""Anchors passed in one direction before turning to the other."""

FULL_BATCHES = 2
"""Batches of the network that the frames passed in one direction should fill where nobody waits for early results."""
MOST_STRIDES = GLIMPSES - 2
"""Anchors passed at most: what was made of them is remembered, and of a look or two between them."""

ROWS_AT_ONCE = 16
"""Poses predicted at a time, unless the network's batches are larger."""
UNDER_WAY = 4
"""Parts that the network may be at while the caller goes on, to the next frames, too. The first part is waited for, the
second with one more under way, and so on, so that nothing is told later for it at the beginning."""

SPEED_KNOWN_AFTER = 1.5
"""Seconds of work before a remaining time is named."""


def run(
    request: PredictRequest,
    emit: Emit,
    cancelled: Callable[[], bool],
    *,
    beside: bool | None = None,
) -> None:
    """Execute a prediction.

    Emits ``Started``, then ``TracksFound``, ``Rows``, ``Progress`` and ``Note`` as they come (the frames
    round the focus first), and ``Finished``. Given the same boxes, the final rows do not
    depend on the focus, but for rounding.

    Args:
        request: what to do.
        emit: called with every event, on this thread.
        cancelled: asked several times a second, on this thread and on the network's.
        beside: whether the network works on a thread of its own, where results are the same; None: unless it is
            the processor that computes (docs/decisions/0055).

    Raises:
        Cancelled: soon after ``cancelled`` says so; what has been emitted stands.
        UsageError: if the request makes no sense.
        VideoError, WeightsError, DeviceError: if something cannot be opened or does not fit.
    """

    said: SimpleQueue[str] = SimpleQueue()  # by the engine, perhaps on another thread
    weights = find_weights(request.weights)
    device = choose_device(request.device)
    model = load_weights(weights)
    if cancelled():
        raise Cancelled
    engine = Engine(
        model,
        device,
        precision=request.precision,
        batch=request.batch,
        decoder=request.decoder,
        flip=request.flip_test,
        cancelled=cancelled,
        note=said.put,
    )
    with open_video(request.video, index=request.index) as reader:
        span = _span(request, len(reader))
        kind = "GLPose" if isinstance(model, GLPose) else "HRNet, single frame"
        emit(
            Started(
                request.generation,
                describe_device(device),
                f"{name_of(weights)} ({kind})",
                span[0],
                span[1],
                _record(request, engine, weights).as_settings(),
            )
        )
        lane = Lane(device.type != "cpu" if beside is None else beside)
        pipeline = _Pipeline(request, reader, engine, span, emit, cancelled, said, lane)
        with closing(pipeline.pictures), closing(lane):
            try:
                pipeline.run()
            finally:
                pipeline.pass_on()


def _record(request: PredictRequest, engine: Engine, weights: Path) -> RunRecord:
    rules = ReferenceRules.of(engine.config, request.k, request.n)
    return RunRecord(
        network="HRNet" if engine.config is None else "GLPose",
        weights=request.weights,
        weights_file=str(weights),
        sha256=file_digest(weights),
        device=request.device,
        computed_on=str(engine.device),
        mode=request.mode,
        k=rules.k,
        n=rules.n,
        precision=engine.precision,
        decoder=engine.decoder,
        flip=engine.flip,
        find_people=request.find_people,
        detector=request.detector,
        asked_k=request.k,
        asked_n=request.n,
        asked_precision=request.precision,
        version=__version__,
    )


def _span(request: PredictRequest, frames: int) -> tuple[int, int]:
    stop = frames if request.stop is None else min(request.stop, frames)
    if not 0 <= request.start < stop:
        raise UsageError(
            f"the frames {request.start}:{'' if request.stop is None else request.stop} hold nothing",
            file=request.video,
            field="frames",
            remedy=f"choose a range within 0:{frames}",
        )
    return request.start, stop


class _Pipeline:
    """One run. It is also the ``Scene`` that the predictor looks at."""

    def __init__(
        self,
        request: PredictRequest,
        reader: VideoReader,
        engine: Engine,
        span: tuple[int, int],
        emit: Emit,
        cancelled: Callable[[], bool],
        said: SimpleQueue[str],
        lane: Lane,
    ) -> None:
        self.request = request
        self.span = span
        self.emit = emit
        self.note = said.put
        self.said = said
        self.pictures = Pictures(reader, self.note, ahead=AHEAD)
        self.predictor = Predictor(
            engine,
            self,
            mode=request.mode,
            k=request.k,
            n=request.n,
            pixel_aspect=reader.info.pixel_aspect,
            lane=lane,
        )
        self.rows_at_once = max(ROWS_AT_ONCE, engine.batch)
        self.under_way = UNDER_WAY if lane.beside else 0
        self.coming: deque[tuple[Begun, list[int], bool]] = deque()
        """Poses under way, the numbers that the caller knows their tracks by, and whether they are provisional."""
        self.known = KnownPeople(request.known, request.seeds, refind=request.find_people)
        self.follower = Follower(
            self.pictures,
            span,
            self.known,
            detector=make_detector(request.detector) if request.find_people else None,
            poses=self._poses,
            rules=FollowRules(),
            judging=Judging() if request.detector in PROPOSES else None,
            cancelled=cancelled,
            glance_at=self.pictures.glance,
        )
        self.focus = self._focus()
        self.numbers: dict[int, int] = {}
        self.people: dict[int, int] = {}
        self.growing: list[Track] = []
        """Tracks that still grow or have frames to be taken in, as of those looked at, the first ``self.met``."""
        self.met = 0
        self.waiting: dict[int, list[PersonFrame]] = {}
        """What has been taken in and is not predicted for good, by frame; and of that, what nobody has seen yet."""
        self.unseen: dict[int, list[PersonFrame]] = {}
        self.early = request.early and self.predictor.mode == "cached"
        self.poses_said = self.parts_told = 0
        self.began = time.monotonic()

    # --- the scene

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """See ``Scene``."""
        return self.pictures(frame)

    def box(self, track: int, frame: int) -> Floats:
        """See ``Scene``."""
        return self.follower.tracks[track].box(frame)

    def score(self, track: int, frame: int) -> float:
        """See ``Scene``."""
        return self.follower.tracks[track].score

    def shot(self, frame: int) -> tuple[int, int]:
        """See ``Scene``."""
        return self.follower.shot(frame)

    def _poses(self, frame: int, boxes: Floats) -> Poses:
        return Poses(*self.predictor.single(frame, boxes))

    # --- the run

    def _focus(self) -> int:
        wanted = self.request.focus
        if wanted is None:
            wanted = self.request.seeds[0].frame if self.request.seeds else self.span[0]
        return min(max(wanted, self.span[0]), self.span[1] - 1)

    def run(self) -> None:
        """Walk outwards until every frame has been passed."""
        self._tell_progress()
        self.follower.begin(self.focus)
        self.follower.extend(1, self.follower.rules.every)
        direction = -1
        while self.follower.passed != self.span:
            before = self.follower.passed
            self.follower.extend(direction, self._stride(direction))
            if self.follower.passed != before or not self.numbers:
                self._predict_what_can_be()
            direction = -direction
        self._predict_what_can_be()
        self._tell_poses(0)
        people = {self.people[self.follower.tracks[t].person] for t in self.numbers}
        if not people and self.request.find_people:
            self.note("Nobody was found: draw a box around a person, who is then followed")
        broken = len(self.pictures.broken)
        self._say(Finished(self.request.generation, self.poses_said, len(people), broken))

    def _stride(self, direction: int) -> int:
        """How many frames are passed in a direction before all that can be is predicted.

        Where nobody waits for what can be seen already, as many as fill the network's batches, as far as their
        pictures are kept until then.
        """
        every = self.follower.rules.every
        if direction < 0 and not self.numbers:
            return every
        if self.request.early:
            return STRIDES * every
        people = max(self.follower.followed(direction), 1)
        wanted = math.ceil(FULL_BATCHES * self.predictor.engine.batch / people / every)
        most = min(MOST_STRIDES, self.pictures.room // 2 // every)
        return every * max(STRIDES, min(wanted, most))

    def _predict_what_can_be(self) -> None:
        """Take in every person-frame whose box is settled, and predict those that can be, nearest to the focus first.

        The work depends on what has been taken in since and on the frames that wait, not on how much there was before.
        """
        settled = self._settled()
        self.predictor.absorb(settled)
        for key in settled:
            self.waiting.setdefault(key[1], []).append(key)
            if self.early:
                self.unseen.setdefault(key[1], []).append(key)
        final = self._ready(self.waiting, self.predictor.settled_after)
        for frame in final:
            self.unseen.pop(frame, None)
        early = self._ready(self.unseen, self.predictor.reach)
        self._tell_rows(_popped(self.unseen, early), provisional=True)
        self._tell_rows(_popped(self.waiting, final), provisional=False)
        self.predictor.release(self._unfinished())
        if self.request.early:  # somebody waits for what can be seen already
            self._tell_poses(0)
        self._tell_progress()

    def _settled(self) -> list[PersonFrame]:
        """The person-frames whose boxes have been settled since the last time."""
        self.growing += [track for track in self.follower.tracks[self.met :] if not track.ghost]
        self.met = len(self.follower.tracks)
        settled = [
            (track.number, frame)
            for track in self.growing
            if track.confirmed
            for frame in track.take_settled()
            if (track.person, frame) not in self.known.hidden and frame not in self.pictures.broken
        ]
        self.growing = [
            track for track in self.growing if track.growing or (track.confirmed and track.fresh)
        ]
        return settled

    def _ready(self, frames: Iterable[int], reach: int) -> list[int]:
        """The frames that are :meth:`_complete`, nearest to the focus first."""
        ready = [frame for frame in frames if self._complete(frame, reach)]
        return sorted(ready, key=lambda frame: (abs(frame - self.focus), frame))

    def _unfinished(self) -> list[int]:
        """The frames that still have poses to come, as far as they touch on what has been passed."""
        low, high = self.follower.passed
        frames = {*self.waiting, *([low - 1] if low > self.span[0] else [])}
        frames.update([high] if high < self.span[1] else [])
        return sorted(frames.union(*(track.fresh for track in self.growing)))

    def _complete(self, frame: int, reach: int) -> bool:
        """Whether everything of the shot within ``reach`` frames of ``frame`` has been passed."""
        start, stop = self.follower.shot(frame)
        first, last = max(frame - reach, start), min(frame + reach, stop - 1)
        low, high = self.follower.passed
        return low <= first and last < high

    def _tell_rows(self, keys: Sequence[PersonFrame], *, provisional: bool) -> None:
        """Predict; what is still under way afterwards is told later, in the same order."""
        for start in range(0, len(keys), self.rows_at_once):
            part = keys[start : start + self.rows_at_once]
            tracks = [self.follower.tracks[number] for number, _ in part]
            self._tell_tracks(tracks)
            begun = self.predictor.begin(part)
            self.coming.append((begun, [self.numbers[number] for number, _ in part], provisional))
            self.poses_said += 0 if provisional else len(part)
            self._tell_poses(min(self.under_way, self.parts_told))

    def _tell_poses(self, most: int) -> None:
        """Tell poses, the oldest first, until at most so many parts are under way."""
        while len(self.coming) > most:
            begun, numbers, provisional = self.coming.popleft()
            rows = begun.end()
            rows["track"] = numbers
            self.parts_told += 1
            self._say(Rows(self.request.generation, rows, provisional, begun.used))

    def _say(self, event: Event) -> None:
        """Emit an event, after what was noted meanwhile."""
        self.pass_on()
        self.emit(event)

    def pass_on(self) -> None:
        """Emit what was noted, on this thread."""
        while not self.said.empty():
            self.emit(Note(self.request.generation, self.said.get()))

    def _tell_tracks(self, tracks: Sequence[Track]) -> None:
        """Give tracks, and new people, the numbers that the caller knows them by."""
        told: dict[int, int] = {}
        for track in tracks:
            if track.number in self.numbers:
                continue
            if track.person not in self.people:
                new = -1 - sum(person < 0 for person in self.people.values())
                self.people[track.person] = track.person if track.person >= 0 else new
            self.numbers[track.number] = len(self.numbers)
            told[self.numbers[track.number]] = self.people[track.person]
        if told:
            self._say(TracksFound(self.request.generation, told))

    def _tell_progress(self) -> None:
        (low, high), reach = self.follower.passed, self.predictor.reach
        first = low if low == self.span[0] else low + reach
        last = high if high == self.span[1] else high - reach
        done, total = max(0, last - first), self.span[1] - self.span[0]
        passed = high - low
        elapsed = time.monotonic() - self.began
        known = elapsed > SPEED_KNOWN_AFTER and passed > 1
        left = elapsed / passed * (total - passed) if known else None
        stage = "Finding and predicting people" if self.request.find_people else "Predicting poses"
        self._say(Progress(self.request.generation, done, total, left, stage))


def _popped(held: dict[int, list[PersonFrame]], frames: Sequence[int]) -> list[PersonFrame]:
    """What is held of some frames, sorted within each; it is held no longer."""
    return [key for frame in frames for key in sorted(held.pop(frame))]
