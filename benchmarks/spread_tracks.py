"""Tracks with truth for ``spread.py``: real and rendered clips, the same with fewer faults, and Penn Action."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from review_clips import Clip
from scipy.optimize import linear_sum_assignment
from spread_annotator import Floats, Track

from glpose_core.labels import JOINTS, PoseRows
from glpose_core.skeleton import EARS
from glpose_core.spread import Machine
from glpose_core.spread.project import head_size

RIGHT_SCORE, WRONG_SCORE = (0.58, 0.08), (0.38, 0.10)
"""Confidence of right and wrong joints of the starter weights on rendered clips: mean and deviation."""
RIGHT_NOISE = 0.07
"""What a right joint is off, in heads."""
BURST = 4
"""Frames of a wrong burst made for Penn Action, on average."""


def tracks_of(clip: Clip) -> list[Track]:
    """Each labelled person of a clip with the found person who is near them most often."""
    frames = 1 + int(max(clip.truth["frame"].max(), clip.found["frame"].max()))
    truth = [clip.truth[clip.truth["person"] == who] for who in np.unique(clip.truth["person"])]
    found = [clip.found[clip.found["person"] == who] for who in np.unique(clip.found["person"])]
    near = np.array([[_near(a, b) for b in found] for a in truth])
    pairs = zip(*linear_sum_assignment(-near), strict=True)
    return [
        _track(f"{clip.name} person {a}", truth[a], found[b], frames)
        for a, b in pairs
        if near[a, b]
    ]


def _near(truth: PoseRows, found: PoseRows) -> int:
    _, a, b = np.intersect1d(truth["frame"], found["frame"], return_indices=True)
    both = (truth["visibility"][a] > 0) & (found["visibility"][b] > 0)
    far = np.linalg.norm(truth["xy"][a] - found["xy"][b], axis=2)
    return int((both & (far < 0.25 * truth["box"][a, 2:].max(axis=1)[:, None])).sum())


def _track(name: str, truth: PoseRows, found: PoseRows, frames: int) -> Track:
    xy, half_head = np.full((frames, JOINTS, 2), np.nan), np.full(frames, np.nan)
    visible = np.zeros((frames, JOINTS), bool)
    at = truth["frame"]
    xy[at] = np.where((truth["visibility"] > 0)[..., None], truth["xy"], np.nan)
    visible[at] = truth["visibility"] == 2
    visible[:, list(EARS)] = False
    head = 0.6 * np.hypot(truth["head_box"][:, 2], truth["head_box"][:, 3])
    half_head[at] = np.where(np.isfinite(head), head / 2, truth["box"][:, 2:].max(axis=1) / 10)
    return Track(name, xy, visible, _carried(half_head), _machine(found, frames))


def _machine(found: PoseRows, frames: int) -> Machine:
    xy, score = np.full((frames, JOINTS, 2), np.nan), np.zeros((frames, JOINTS))
    visibility, seen = np.zeros((frames, JOINTS), np.uint8), np.zeros(frames, bool)
    at, shown = found["frame"], found["visibility"] > 0
    xy[at] = np.where(shown[..., None], found["xy"], np.nan)
    score[at], visibility[at], seen[at] = np.where(shown, found["score"], 0), found["visibility"], 1
    return Machine(xy, score, visibility, seen, head_size(found))


def _carried(values: Floats) -> Floats:
    known = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), known, values[known])


def with_fewer_faults(track: Track, kept: float, seed: int) -> Track:
    """The model's real faults in some windows of 4 to 10 frames (a share ``kept`` of them); elsewhere what is
    further off than a quarter head is made right, with a right joint's slow noise and confidence."""
    rng = np.random.default_rng(seed)
    frames = len(track.visible)
    stay = np.zeros(frames, bool)
    at = 0
    while at < frames:
        length = int(rng.integers(4, 11))
        stay[at : at + length] = rng.random() < kept
        at += length
    xy, score = track.machine.xy.copy(), track.machine.score.copy()
    for joint in range(JOINTS):
        known = np.flatnonzero(np.isfinite(track.truth[:, joint, 0]))
        if len(known) < 2:
            continue
        true = np.stack(
            [np.interp(np.arange(frames), known, track.truth[known, joint, c]) for c in (0, 1)], 1
        )
        off = np.linalg.norm(xy[:, joint] - true, axis=1) / track.half_head
        mend = ~(off < 0.5) & ~stay
        mend[: known[0]] = mend[known[-1] + 1 :] = False
        noise = 2 * RIGHT_NOISE * track.half_head[:, None] * _slow_noise(rng, frames)
        xy[mend, joint] = (true + noise)[mend]
        score[mend, joint] = np.clip(rng.normal(*RIGHT_SCORE, frames), 0.05, 0.95)[mend]
    seen = np.isfinite(xy[..., 0]).any(axis=1)
    visibility = np.where(np.isfinite(xy[..., 0]), 2, 0).astype(np.uint8)
    return replace(
        track, machine=Machine(xy, score, visibility, seen, track.machine.head)
    )  # fmt: skip


def penn_tracks(data: Path, right: float, count: int) -> list[Track]:
    """Tracks of Penn Action as a model would see them that has a share ``right`` of joints right: wrong in
    bursts of :data:`BURST` frames on average, each off by up to half a box. ``data``: the .npz file."""
    with np.load(data, allow_pickle=False) as arrays:
        starts, slots = arrays["frame_start"], arrays["posetrack_index"]
        lengths = np.diff([*starts, len(arrays["xy_tenths"])])
        usable = np.flatnonzero((lengths >= 40) & (lengths <= 100))
        rng = np.random.default_rng(1)
        made = []
        for number in rng.choice(usable, count, replace=False).tolist():
            rows = slice(int(starts[number]), int(starts[number] + lengths[number]))
            made.append(
                _penn_track(
                    f"penn {number}",
                    arrays["xy_tenths"][rows] / 10.0,
                    arrays["visible"][rows] > 0,
                    arrays["bbox_xyxy"][rows].astype(float),
                    slots,
                    right,
                    rng,
                )
            )
    return made


def _penn_track(
    name: str,
    xy13: Floats,
    visible13: NDArray[np.bool_],
    corners: Floats,
    slots: NDArray[np.int64],
    right: float,
    rng: np.random.Generator,
) -> Track:
    frames = len(xy13)
    side = (corners[:, 2:] - corners[:, :2]).max(axis=1)
    truth, visible = np.full((frames, JOINTS, 2), np.nan), np.zeros((frames, JOINTS), bool)
    truth[:, slots] = np.where(visible13[..., None], xy13, np.nan)
    visible[:, slots] = visible13
    head = 0.13 * float(np.median(side))
    xy, score = truth.copy(), np.zeros((frames, JOINTS))
    begins = (1 - right) / (BURST * right)
    for joint in slots.tolist():
        wrong = False
        for frame in range(frames):
            if not wrong and rng.random() < begins:
                wrong, off = True, _away(rng) * side[frame]
            elif wrong and rng.random() < 1 / BURST:
                wrong = False
            if wrong:
                xy[frame, joint] += off
            score[frame, joint] = rng.normal(*(WRONG_SCORE if wrong else RIGHT_SCORE))
        xy[:, joint] += RIGHT_NOISE * head * _slow_noise(rng, frames)
    known = np.isfinite(xy[..., 0])
    score = np.where(known, np.clip(score, 0.05, 0.95), 0)
    machine = Machine(xy, score, np.where(known, 2, 0).astype(np.uint8), known.any(axis=1), head)
    return Track(name, truth, visible, side / 10, machine)


def _away(rng: np.random.Generator) -> Floats:
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.12, 0.5)
    return np.array([np.cos(angle), np.sin(angle)]) * far


def _slow_noise(rng: np.random.Generator, frames: int) -> Floats:
    """Noise ``[frames, 2]`` of deviation 1 that changes slowly."""
    noise = rng.normal(size=(frames, 2))
    for frame in range(1, frames):
        noise[frame] = 0.8 * noise[frame - 1] + 0.6 * noise[frame]
    return noise
