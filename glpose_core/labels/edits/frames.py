"""Whole frames, and which predictions show: reviewed frames, ignore regions, the active run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..changes import Change, Edit, Polygon, active_run_change, frame_change
from ..state import ProjectState


def set_reviewed(state: ProjectState, frames: Iterable[int], reviewed: bool) -> Edit:
    """Mark frames as reviewed, or as work to do."""
    wanted = sorted(frames)
    changes = tuple(change for frame in wanted for change in review(state, frame, reviewed))
    title = "Mark as reviewed" if reviewed else "Mark as not reviewed"
    return Edit(title, changes, wanted[0] if wanted else None)


def review(state: ProjectState, frame: int, reviewed: bool) -> tuple[Change, ...]:
    """The change that marks one frame, none where it is marked so."""
    old = state.frame_state(frame)
    return (
        () if old.reviewed == reviewed else (frame_change(frame, replace(old, reviewed=reviewed)),)
    )


def set_regions(state: ProjectState, frame: int, regions: Iterable[Polygon]) -> Edit:
    """Set the ignore regions of a frame: polygons of (x, y) picture pixels."""
    new = replace(state.frame_state(frame), regions=tuple(regions))
    return Edit("Set ignore regions", (frame_change(frame, new),), frame)


def activate_run(state: ProjectState, run: int | None) -> Edit:
    """Show the predictions of another run, or of none."""
    title = "Hide predictions" if run is None else f"Show predictions of {state.runs[run].model}"
    return Edit(title, (active_run_change(run),))
