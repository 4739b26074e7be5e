"""How many person-frames a second a model predicts here, and what of that its backbone alone would take.

The clock runs from the opened video to the last pose: decoding, finding or following, cropping, network,
joints. The backbone alone is timed before and after, on crops that are there already: no way of predicting
can be faster, so its rate is what the others are held against.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..formats.posetrack import read_posetrack
from ..formats.posetrack_import import pose_rows
from ..geometry import person_boxes
from ..job import run
from ..network import GLPose, choose_device, describe_device, find_weights, load_weights
from ..predict.crops import crop_matrices, cut_crops
from ..predict.engine import Engine
from ..predict.job import Event, Finished, KnownBoxes, PredictRequest, Rows, Started
from ..synthetic.demo import demo_clip, demo_files
from ..video import open_video
from .clock import seconds

SAMPLE_FRAMES = 10
"""Frames that decoding and cropping are timed on by themselves."""


@dataclass(frozen=True)
class Speed:
    """What one model came to. Rates are per second; ``whole`` and ``backbone`` count person-frames.

    Attributes:
        decoding: frames, one after the other. cropping: crops of one person each.
        backbone: stage-3 passes in batches of ``batch``, nothing else being done.
        whole: from the video file to poses. first: seconds until the first pose was final.
    """

    model: str
    kind: str
    mode: str
    device: str
    precision: str
    batch: int
    people: int
    poses: int
    decoding: float
    cropping: float
    backbone: float
    whole: float
    first: float

    @property
    def share(self) -> float:
        """Of the backbone's rate."""
        return self.whole / self.backbone


def rendered_people() -> tuple[Path, KnownBoxes, int]:
    """The demo clip, exact boxes of its people, and how many frames it has."""
    video = demo_clip()
    file = read_posetrack(demo_files().truth)
    people = file.annotations
    rows = pose_rows(people, people.uses_two)
    boxes = person_boxes(rows["xy"], rows["visibility"] > 0)
    placed = np.isfinite(boxes).all(axis=1)
    known = KnownBoxes.of(
        people.track_id[placed], file.image_index[placed], boxes[placed], human=True
    )
    return video, known, len(file.images)


def measure(request: PredictRequest, cancelled: Callable[[], bool] = lambda: False) -> Speed:
    """Predict what ``request`` says, and time it.

    Raises:
        UsageError: if nobody is found.
        Cancelled, GLPoseError: as :func:`glpose_core.job.run`.
    """
    weights = find_weights(request.weights)
    device = choose_device(request.device)
    model = load_weights(weights)
    engine = Engine(model, device, precision=request.precision, batch=request.batch)
    before = _backbone(engine)
    decoding, cropping = _pictures(request, engine)
    heard = _Heard()
    run(request, heard, cancelled)
    if heard.poses == 0:
        raise UsageError(
            "nobody was found in the frames that were measured",
            file=request.video,
            remedy="give other --frames, or --boxes",
        )
    return Speed(
        model=weights.stem,
        kind="GLPose" if isinstance(model, GLPose) else "HRNet",
        mode=request.mode if isinstance(model, GLPose) else "single frame",
        device=describe_device(device),
        precision=engine.precision,
        batch=engine.batch,
        people=len(heard.tracks),
        poses=heard.poses,
        decoding=decoding,
        cropping=cropping,
        # The machine may have become slower meanwhile.
        backbone=2 / (before + _backbone(engine)),
        whole=heard.poses / (heard.finished - heard.started),
        first=heard.first - heard.started,
    )


class _Heard:
    """Listens to a run, and notes when what came."""

    def __init__(self) -> None:
        self.started = self.first = self.finished = 0.0
        self.poses = 0
        self.tracks: set[int] = set()

    def __call__(self, event: Event) -> None:
        now = time.perf_counter()
        if isinstance(event, Started):
            self.started = now
        elif isinstance(event, Finished):
            self.finished = now
        elif isinstance(event, Rows):
            self.first = self.first or now
            if not event.provisional:
                self.poses += len(event.rows)
                self.tracks.update(event.rows["track"].tolist())


def _backbone(engine: Engine) -> float:
    """Seconds a crop of a stage-3 pass over full batches, the crops being there already."""
    width, height = engine.size
    count = max(engine.batch, 2)
    crops = np.random.default_rng(0).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    return seconds(lambda: engine.features(crops), engine.device) / count


def _pictures(request: PredictRequest, engine: Engine) -> tuple[float, float]:
    """Frames decoded and crops cut per second, each by itself."""
    with open_video(request.video, index=request.index) as reader:
        last = min(request.start + SAMPLE_FRAMES, request.stop or len(reader), len(reader))
        began = time.perf_counter()
        for frame in range(request.start, last):
            picture = reader[frame]
        decoding = (last - request.start) / (time.perf_counter() - began)
    height, width = picture.shape[:2]
    # A person half as high as the picture, as people in videos are.
    matrices = crop_matrices([[width / 3, height / 4, height / 4, height / 2]] * 8, engine.size)
    cut = seconds(lambda: cut_crops(picture, matrices, engine.size), engine.device)
    return decoding, len(matrices) / cut
