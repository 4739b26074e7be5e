"""The demo clip as the gallery shows it: a copy of the kept one, with made-up predictions and a few corrections.

Nobody real is in it: it is rendered (:mod:`glpose_core.synthetic.demo`), and its labels are known exactly. The
predictions are the labels, disturbed, so that the gallery needs no network and is the same every time.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glpose_core.formats.posetrack import read_posetrack
from glpose_core.labels import PREDICTION_DTYPE, Project, Run, Visibility, edits
from glpose_core.predict.record import RunRecord
from glpose_core.skeleton import EARS, POSETRACK17
from glpose_core.synthetic.clip import truth_of
from glpose_core.synthetic.demo import demo_clip, demo_files
from glpose_core.synthetic.truth import FrameTruth

SHOWN = 52
"""The frame that the pictures show."""
NAMES = ("Jonas", "Mira", "Kim")
"""The man in red, the woman with the cap, and the woman who waves."""
FOLDER = Path(tempfile.gettempdir()) / "glpose-gallery-clip"
"""Where the clip is kept from one run to the next: rendering takes longer than all pictures of a set."""


def copy_clip(path: Path) -> None:
    """Put the clip where a person might have it; it is rendered on the first use."""
    shutil.copyfile(demo_clip(folder=FOLDER), path)


def copy_demo(folder: Path) -> None:
    """Put the clip and its labels where the app keeps them, so that *Open the Demo Clip* finds them."""
    demo_clip(folder=FOLDER)
    shutil.copytree(FOLDER, folder)


@cache
def labels() -> FrameTruth:
    """The exact labels, ``[frames, people, …]``."""
    return truth_of(read_posetrack(demo_files(FOLDER).truth))


def truth(frame: int, person: int) -> NDArray[np.float64]:
    """Joints ``[17, 2]`` of one person; the ears are not labelled."""
    return np.asarray(labels().xy[frame, person], dtype=np.float64)


def predictions() -> NDArray[np.void]:
    """What a model might have said: near the truth, less sure of what is hidden, wrong about one wrist."""
    rng = np.random.default_rng(8)
    exact = labels()
    frames, people = exact.labelled.shape
    drift = rng.normal(0, 0.4, (frames, people, 17, 2)).cumsum(axis=0)
    drift = np.clip(drift - drift.mean(axis=0), -4, 4)
    where, who = np.nonzero(exact.labelled)
    rows = np.zeros(len(where), PREDICTION_DTYPE)
    rows["track"], rows["frame"] = who, where
    rows["xy"] = np.nan_to_num(exact.xy[where, who]) + drift[where, who]
    rows["visibility"] = exact.visibility[where, who]
    hidden = rows["visibility"] != Visibility.VISIBLE
    wave = 0.07 * np.sin(where[:, None] / 9 + np.arange(17))
    rows["score"] = np.clip(0.84 - 0.34 * hidden + wave, 0, 1)
    rows["box"] = exact.box[where, who]
    rows["box_score"] = rows["pose_score"] = 0.9
    rows["visibility"][:, list(EARS)] = Visibility.ABSENT
    rows["score"][rows["visibility"] == Visibility.ABSENT] = 0
    wrist = POSETRACK17.joints.index("left_wrist")
    off = np.exp(-(((where - SHOWN - 8) / 9.0) ** 2)) * (who == 0)
    rows["xy"][:, wrist, 0] += 30 * off
    rows["score"][:, wrist] -= 0.55 * off
    rows["score"] = np.clip(rows["score"], 0, 1)
    return rows


def label(project: Project) -> int:
    """Lay the predictions in, name the people, correct and accept a few frames. Returns who is chosen."""
    record = RunRecord(
        network="GLPose", weights_file="glpose-w48.safetensors", k=4, n=6, precision="float32"
    )
    made = Run(0, "GLPose W48", "glpose-w48", "CPU", time.time(), record.as_settings())
    run = project.begin_run(made)
    people = project.add_tracks(run, dict.fromkeys(range(len(NAMES))))
    project.add_predictions(run, predictions())
    project.finish_run(run, "done")
    for track, name in enumerate(NAMES):
        project.apply(edits.rename_person(project.state, people[track], name))
    joints = POSETRACK17.joints
    for frame in (0, 24, SHOWN):
        for name in ("left_elbow", "left_ankle", "right_wrist"):
            joint = joints.index(name)
            xy = truth(frame, 0)[joint]
            project.apply(edits.move_joint(project.state, people[0], frame, joint, xy))
    hidden = joints.index("right_wrist")
    project.apply(
        edits.set_visibility(project.state, people[0], SHOWN, hidden, Visibility.OCCLUDED)
    )
    for frame in range(0, SHOWN, 8):
        project.apply(edits.accept_frame(project.state, frame))
    return people[0]
