"""Which frames to decode before anybody asks for them.

A decoder only runs forwards and only starts at key frames, so one step back costs as much as decoding
from the last key frame. What is fetched ahead follows from how the person moves: while playing or
stepping forwards the next frames; while stepping back the whole group of pictures, once; while scrubbing
nothing, because every frame fetched then is one that delays the frame under the cursor. When the
scrubbing has rested for a moment, the neighbourhood, so that the first step either way costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP = 10
"""Jumps of up to so many frames are steps; longer ones are scrubbing."""
PLAY_AHEAD = 48
STEP_AHEAD = 16
CHUNK = 4
"""So many frames are decoded at once before a new request is looked at: about 20 ms at 1080p."""
REST_SECONDS = 0.2
"""How long the cursor must rest before its neighbourhood is decoded."""


@dataclass(frozen=True)
class Plan:
    """Frames to fetch, in this order, once ``wait`` seconds have passed without a new request."""

    ranges: tuple[range, ...] = ()
    wait: float = 0.0

    def frames(self) -> list[int]:
        """The frames in the order in which to ask for them: of every few the last one first.

        A decoder leaves the frames that it passes in the cache without converting them, so the others
        then cost nothing; a folder of pictures still loads each.
        """
        chunks = (
            part[at : at + CHUNK] for part in self.ranges for at in range(0, len(part), CHUNK)
        )
        return [frame for chunk in chunks for frame in (chunk[-1], *chunk[:-1])]


def plan_ahead(
    previous: int | None,
    frame: int,
    key_of: NDArray[np.int64],
    room: int,
    *,
    playing: bool = False,
) -> Plan:
    """Say what to fetch after ``frame`` was shown.

    Args:
        previous: the frame that was shown before, or ``None``.
        frame: the frame that is shown now.
        key_of: for each frame the one where decoding must start to reach it, ``[frames]``, ascending.
        room: how many frames the cache can hold; at most half of that is fetched.
        playing: whether the video plays.
    """
    frames = len(key_of)
    half = max(room // 2, 1)
    if playing:
        return Plan((_after(frame, min(half, PLAY_AHEAD), frames),))
    move = 0 if previous is None else frame - previous
    if 0 < move <= STEP:
        return Plan((_after(frame, min(half, STEP_AHEAD), frames),))
    if -STEP <= move < 0:
        return Plan(_groups_before(frame, key_of, half))
    quarter = max(room // 4, 1)
    start = max(int(key_of[frame]), frame - quarter)
    near = (range(start, frame), _after(frame, min(quarter, STEP_AHEAD), frames))
    return Plan(near, REST_SECONDS)


def _after(frame: int, count: int, frames: int) -> range:
    return range(frame + 1, min(frame + 1 + count, frames))


def _groups_before(frame: int, key_of: NDArray[np.int64], room: int) -> tuple[range, ...]:
    """The group of ``frame`` up to it, and the one before if its end is near."""
    key = int(key_of[frame])
    own = range(max(key, frame - room), frame)
    left = room - len(own)
    if key == 0 or len(own) > 2 * STEP or left <= 0:
        return (own,)
    return own, range(max(int(key_of[key - 1]), key - left), key)
