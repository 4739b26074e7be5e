"""Clips with exact truth on which ways of predicting are compared: rendered ones, and a labelled real one.

In every clip the boxes are given, frame by frame, so that only the prediction differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glpose_core.formats.posetrack import read_posetrack
from glpose_core.formats.posetrack_import import pose_rows
from glpose_core.geometry import person_boxes
from glpose_core.labels import PoseRows
from glpose_core.predict.job import KnownBoxes
from glpose_core.synthetic import (
    SceneOptions,
    demo_clip,
    demo_files,
    draw_scene,
    truth_rows,
    write_clip,
)

SIZE = (640, 360)
DEMO_FRAMES = 50
_KINDS = {
    "moving camera": ((311, 411, 412, 413), SceneOptions(people=(2, 2), frames=40, moving=1.0)),
    "fast motion": (
        (317, 417, 418, 419),
        SceneOptions(people=(2, 2), frames=40, rate=8.0, moving=1.0),
    ),
}
"""Seeds and options of rendered clips; at 8 pictures a second people move three times as far between two."""
RENDERED = {
    kind if number == 0 else f"{kind} {number + 1}": (seed, options)
    for kind, (seeds, options) in _KINDS.items()
    for number, seed in enumerate(seeds)
}
"""Seed and options of each: "moving camera", "moving camera 2" …"""
NAMES = ("demo", *RENDERED, "trento-out8", "trento-out5")


@dataclass(frozen=True)
class LabelledClip:
    """A clip, its true poses (POSE_DTYPE), and a box for everybody in every frame they are in.

    ``start`` … ``stop`` − 1 are the frames to predict.
    """

    name: str
    video: Path
    truth: PoseRows
    known: KnownBoxes
    start: int
    stop: int

    @property
    def has_heads(self) -> bool:
        """Whether everybody has a head box, which PoseTrack's AP needs."""
        return bool(np.isfinite(self.truth["head_box"]).all())


def labelled_clip(name: str, folder: Path, data: Path | None) -> LabelledClip:
    """A clip of :data:`NAMES`; rendered ones are kept in ``folder``, real ones come from ``data``."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "demo":
        video = demo_clip(folder=folder)
        file = read_posetrack(demo_files(folder).truth)
        truth = pose_rows(file.annotations, file.annotations.uses_two)
        truth["frame"], truth["person"] = file.image_index, file.annotations.track_id
        return _clip(name, video, truth[truth["frame"] < DEMO_FRAMES])
    if name in RENDERED:
        video = folder / f"{name.replace(' ', '-')}.mp4"
        kept = video.with_suffix(".npy")
        if not kept.exists():
            seed, options = RENDERED[name]
            np.save(kept, truth_rows(write_clip(draw_scene(seed, options), SIZE, video)))
        return _clip(name, video, np.load(kept, allow_pickle=False))
    if data is None:
        raise SystemExit(f"{name} is a real clip: give --data")
    file = read_posetrack(data / "clips" / "labels" / f"{name}.json")
    truth = pose_rows(file.annotations, file.annotations.uses_two)
    number = np.array([image.record["frame_index"] for image in file.images])
    truth["frame"], truth["person"] = number[file.image_index], file.annotations.track_id
    return _clip(name, data / "clips" / f"{name}.mp4", truth)


def _clip(name: str, video: Path, truth: PoseRows) -> LabelledClip:
    people, frames, boxes = [], [], []
    for person in np.unique(truth["person"]):
        rows = np.sort(truth[truth["person"] == person], order="frame")
        box = person_boxes(rows["xy"], rows["visibility"] > 0)
        every = np.arange(rows["frame"][0], rows["frame"][-1] + 1)
        # Between labelled frames boxes move in a straight line.
        between = [np.interp(every, rows["frame"], side) for side in np.array(box).T]
        people.append(np.full(len(every), person))
        frames.append(every)
        boxes.append(np.stack(between, axis=1))
    known = KnownBoxes.of(
        np.concatenate(people), np.concatenate(frames), np.concatenate(boxes), human=True
    )
    return LabelledClip(
        name, video, truth, known, int(truth["frame"].min()), int(truth["frame"].max()) + 1
    )
