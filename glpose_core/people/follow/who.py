"""Who is who: whether a place is somebody's already, and whose track goes on there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...geometry import Floats, box_iou
from .assign import look_likeness, pose_likeness
from .state import Followed
from .tracks import Track


def claimed(state: Followed, frame: int, box: Floats, except_for: Track | None = None) -> bool:
    """Whether a box lies on somebody who is followed, or on a pose that a human deleted."""
    claims = [
        track.boxes[frame]
        for track in state.tracks
        if frame in track.boxes and track is not except_for
    ]
    claims += [known.box for known in state.known.at(frame) if known.deleted]
    if not claims:
        return False
    others = np.stack(claims)
    iou = box_iou(box, others)[0]
    area = np.prod(others[:, 2:], axis=1)
    own = float(np.prod(box[2:]))
    shared = iou / (1 + iou) * (own + area)
    return bool(((iou > 0.4) | (shared / np.minimum(own, area) > 0.7)).any())


def lost_there(
    state: Followed, direction: int, frame: int, box: Floats, now: NDArray[np.float32]
) -> Track | None:
    """The track of somebody lost a while ago, or in doubt, who looks the same as ``now`` and cannot have gone
    further from where they were, or would be had they gone on."""
    tracks, rules = state.tracks, state.rules
    present = {
        track.person
        for track in tracks
        if frame in track.boxes and not track.fronts[direction].doubts
    }
    best, likeliest = 0.75, None
    for track in tracks:
        end = track.believed(direction)
        away = (frame - end) * direction
        if track.look is None or track.person in present or not 0 < away <= rules.gap:
            continue
        if state.shot(end) != state.shot(frame):
            continue
        old = track.boxes[end]
        way = (box[:2] + box[2:] / 2) - (old[:2] + old[2:] / 2)
        onward = track.fronts[direction].steady * min(away, rules.onward)
        apart = min(np.linalg.norm(way), np.linalg.norm(way - onward))
        if apart > box[3] * (0.4 + 0.03 * away) or abs(np.log(old[3] / box[3])) > 0.6:
            continue
        alike = float(look_likeness(track.look[None], now[None])[0, 0])
        if alike > best:
            best, likeliest = alike, track
    return likeliest


def double(track: Track, rival: Track, direction: int, frame: int) -> bool:
    """Whether two tracks lie on the same person in ``frame``."""
    iou = float(box_iou(track.boxes[frame], rival.boxes[frame])[0, 0])
    if iou > 0.75:
        return True
    a, b = track.recall(direction, frame), rival.recall(direction, frame)
    if iou < 0.3 or a is None or b is None:
        return False
    area = np.array([np.prod(track.boxes[frame][2:])])
    return bool(pose_likeness(a, b, area)[0, 0] > 0.8)
