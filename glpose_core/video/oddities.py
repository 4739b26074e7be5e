"""What is unusual about a video, in plain sentences for the person who opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glpose_core.video.colour import hdr_transfer, orientation_of

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from glpose_core.video.packets import PacketTable

_LACKING = 0.1
"""This part of the announced length may be without pictures: sound often lasts longer."""
_HOLE = 20
"""So many typical steps without a picture, and a second at least, are a hole."""
_FEW = 3
"""More holes than these are pauses of somebody who records only what changes."""
_STEADY = 0.02
"""Steps between frames may differ by this part of the typical step before the rate is variable."""


def oddities(
    frame: VideoFrame,
    times: NDArray[np.float64],
    table: PacketTable,
    doubts: list[str],
    *,
    patched: int,
    sizes: int,
) -> tuple[str, ...]:
    """Describe a scanned file.

    Args:
        frame: its first picture.
        times: ``[n]`` seconds.
        table: its packets.
        doubts: why the frames were counted by a full decode; empty if they were not.
        patched: in how many pictures the decoder had to make up lost parts.
        sizes: how many different sizes of pictures were seen.
    """
    said = [f"{doubt}: counted by a full decode" for doubt in doubts]
    said += _timing(times)
    end = float(times.max() - min(times[0], 0.0))
    if table.announced - end > max(_LACKING * table.announced, 1.0):
        said.append(
            f"ends at {end:.1f} s of the {table.announced:.1f} s that it announces: it may be cut short"
        )
    trimmed = int(np.count_nonzero(~table.shown))
    if trimmed:
        said.append(_frames(trimmed, "stored frame") + " trimmed away by an edit list")
    rotation, mirrored = orientation_of(frame)
    if rotation:
        said.append(f"stored turned: shown rotated by {rotation}° clockwise")
    if mirrored:
        said.append("stored mirrored: shown flipped left to right, as players do")
    if patched:
        said.append(_frames(patched, "frame") + " damaged: lost parts are made up by the decoder")
    if sizes > 1:
        said.append("the picture changes its size: frames of another size are shown as broken")
    if frame.interlaced_frame:
        said.append("interlaced: moving edges look like combs")
    curve = hdr_transfer(frame)
    if curve:
        said.append(f"high dynamic range ({curve}): colours look pale")
    return tuple(said)


def _frames(count: int, what: str) -> str:
    """So many frames, with their verb."""
    return f"1 {what} is" if count == 1 else f"{count} {what}s are"


def _timing(times: NDArray[np.float64]) -> list[str]:
    said = []
    steps = np.diff(times)
    typical = float(np.median(steps)) if len(steps) else 0.0
    if abs(times[0]) > max(typical / 2, 0.001):
        said.append(f"starts at {times[0]:.3f} s")
    if np.any(steps < 0):
        said.append("timestamps go backwards")
        return said
    holes = np.flatnonzero(steps > max(_HOLE * typical, 1.0))
    if typical > 0 and 0 < len(holes) <= _FEW:
        after = int(holes[0])
        said.append(
            f"shows nothing new for {steps[after]:.1f} s after frame {after}: pictures may be lost there"
        )
        steps = np.delete(steps, holes)
    if typical > 0 and np.mean(np.abs(steps - typical) > _tolerance(steps, typical)) > 0.01:
        low, high = 1000 * steps.min(), 1000 * steps.max()
        said.append(f"variable frame rate ({low:.3g} to {high:.3g} ms a frame)")
    return said


def _tolerance(steps: NDArray[np.float64], typical: float) -> float:
    # Matroska rounds times to whole milliseconds, which is no variable rate.
    return max(_STEADY * typical, 0.0011)
