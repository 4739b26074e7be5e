"""Explanations as the gallery shows them: real crops of the demo clip, made-up weights and moves.

No network is needed, and they are the same every time.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from demo_people import FOLDER, labels

from app.explaining import Subject
from glpose_core.geometry import crop_affine, crop_box
from glpose_core.predict.evidence import Change, Explained
from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic.demo import demo_files
from glpose_core.video import VideoReader, open_video

SIZE = (144, 192)
NEAR = (0.05, 0.10, 0.15, 0.20, 0.20, 0.15, 0.10, 0.05)
FAR = (0.22, 0.19, 0.18, 0.15, 0.14, 0.12)
STEPS_AWAY = (40, 31, -22, 18, -14, 55)
"""Where the similar crops lie, in frames from the key."""
LEFT_WRIST = POSETRACK17.index("left_wrist")


def explained(subject: Subject, change: Change) -> Explained:
    """What the child process might have answered."""
    frame, who = subject.frame, subject.origin.track
    last = len(labels().labelled) - 1
    frames = [frame + d for d in (-4, -3, -2, -1, 1, 2, 3, 4)]
    frames += [min(max(frame + d, 0), last) for d in STEPS_AWAY]
    boxes = np.stack([labels().box[at, who] for at in (frame, *frames)])
    maps = [crop_affine(crop_box(box, SIZE[0] / SIZE[1]), SIZE) for box in boxes]
    crops = [
        cv2.warpAffine(_reader()[at], matrix, SIZE)
        for at, matrix in zip((frame, *frames), maps, strict=True)
    ]
    xy = subject.origin.row["xy"].astype(np.float64)
    xy[LEFT_WRIST] += np.array([-9.0, 5.0]) * len(change.removed)
    xy[:, 0] += 1.5 * change.shuffle * np.sin(np.arange(17))
    slots = np.arange(len(frames))
    return Explained(
        frame=frame,
        frames=np.array(frames),
        boxes=boxes[1:],
        order=np.where(np.isin(slots, list(change.removed)), -1, slots),
        local_weights=np.array(NEAR, np.float32),
        global_weights=np.array(FAR, np.float32),
        xy=xy,
        maxima=np.ones(17),
        crops=np.stack(crops).astype(np.uint8),
        matrices=np.stack(maps),
    )


@cache
def _reader() -> VideoReader:
    return open_video(demo_files(FOLDER).clip)
