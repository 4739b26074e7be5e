"""Does a swap through a whole clip hold up the window? Identity edits on many poses, against a loop and pandas.

    python -m benchmarks.bulk_edits [--poses 100000] [--people 5] [--folder FOLDER]

Each edit is made twice: on what a model predicted, where only the spans of tracks change, and on poses that a
person has confirmed, where every label does. *Memory* is how long the window's own thread is busy, *undo* likewise; *disk*
how long by the clock until the edit and its inverse are committed. The loop does the same to the labels one frame after the other, in memory
alone. The pandas way is one table of all poses, with a copy kept for undo; *disk* there writes the table anew
and syncs it, as there is no journal.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.project_size import rows_of
from glpose_core.labels import (
    Edit,
    PoseRows,
    Project,
    ProjectState,
    Run,
    Source,
    VideoRecord,
    edits,
)
from glpose_core.labels.changes import label_change, no_label
from glpose_core.review.crossings import BLOCK, Watch

Make = Callable[[ProjectState], Edit]
REPEATS = 7


def make_project(path: Path, poses: int, people: int) -> Project:
    frames = poses // people
    video = VideoRecord("clip.mp4", "f", frames, 1000, 1000, np.arange(frames) / 25)
    project = Project.create(path, video)
    tracks = dict.fromkeys(range(people))
    project.add_run(Run.new("model", "weights", "cpu"), tracks, rows_of(poses, people))
    return project


def own_seconds(action: Callable[[], object]) -> float:
    """Seconds of this thread alone, whatever else the machine does meanwhile."""
    began = time.thread_time()
    action()
    return time.thread_time() - began


def ours(project: Project, make: Make) -> list[float]:
    """Memory, disk, undo in memory: the best of some, each taken back again."""
    found = []
    for _ in range(REPEATS):
        project.flush()
        began, start = time.thread_time(), time.perf_counter()
        done = project.submit(make(project.state))
        memory = time.thread_time() - began
        done.result()
        disk = time.perf_counter() - start
        found.append([memory, disk, own_seconds(project.undo)])
    return [float(best) for best in np.min(found, axis=0)]


# The same to labels, a frame at a time


def loop_swap(state: ProjectState, first: int, last: int) -> None:
    for frame in range(first, last):
        rows = [state.label(person, frame) for person in (1, 2)]
        for row, person in zip(rows, (2, 1), strict=True):
            if row is not None:
                row["person"] = person
                state.write(label_change(row))


def loop_split(state: ProjectState, first: int, last: int) -> None:
    for frame in range(first, last):
        row = state.label(1, frame)
        if row is not None:
            state.write(no_label(1, frame))
            row["person"] = 99
            state.write(label_change(row))


def loop_cut(state: ProjectState, first: int, last: int) -> None:
    for frame in range(first, last):
        row = state.pose(1, frame)
        if row is not None:
            row["deleted"] = True
            state.write(label_change(row))


def loop_fill(state: ProjectState, first: int, last: int) -> None:
    left, right = state.pose(1, first - 1), state.pose(1, last)
    assert left is not None
    assert right is not None
    for frame in range(first, last):
        share = (frame - first + 1) / (last - first + 1)
        row = (left if share < 0.5 else right).copy()
        row["frame"], row["source"] = frame, Source.INTERPOLATED
        row["xy"] = left["xy"] + share * (right["xy"] - left["xy"])
        row["box"] = left["box"] + share * (right["box"] - left["box"])
        state.write(label_change(row))


# The same to one table


def table_of(rows: PoseRows) -> pd.DataFrame:
    parts = {"person": rows["person"], "frame": rows["frame"]}
    for joint in range(rows["xy"].shape[1]):
        parts |= {f"x{joint}": rows["xy"][:, joint, 0], f"y{joint}": rows["xy"][:, joint, 1]}
        parts |= {f"v{joint}": rows["visibility"][:, joint], f"s{joint}": rows["score"][:, joint]}
    return pd.DataFrame(parts)


def pandas_swap(table: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    inside = table["frame"].between(first, last - 1)
    table.loc[inside, "person"] = table.loc[inside, "person"].replace({1: 2, 2: 1})
    return table


def pandas_split(table: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    inside = table["frame"].between(first, last - 1) & (table["person"] == 1)
    table.loc[inside, "person"] = 99
    return table


def pandas_cut(table: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return table[~(table["frame"].between(first, last - 1) & (table["person"] == 1))]


def pandas_fill(table: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    own = table[table["person"] == 1].set_index("frame")
    full = own.reindex(range(int(own.index.min()), int(own.index.max()) + 1)).interpolate()
    return pd.concat([table, full.loc[first : last - 1].reset_index()], ignore_index=True)


def with_pandas(
    table: pd.DataFrame, change: Callable[[pd.DataFrame], pd.DataFrame], folder: Path
) -> list[float]:
    """Memory with a copy for undo, and writing the table anew: the best of some."""
    found = []
    for _ in range(REPEATS):
        began, start = time.thread_time(), time.perf_counter()
        kept = table.copy()
        changed = change(table)
        memory = time.thread_time() - began
        with (folder / "table.part").open("wb") as file:
            changed.to_pickle(file)
            file.flush()
            os.fsync(file.fileno())
        found.append([memory, time.perf_counter() - start])
        table = kept
    return [float(best) for best in np.min(found, axis=0)]


@dataclass(frozen=True)
class Case:
    """One edit of the frames ``first`` … ``last`` − 1, and the two other ways to do it."""

    title: str
    make: Make
    first: int
    last: int
    loop: Callable[[ProjectState, int, int], None]
    way: Callable[..., pd.DataFrame]


def cases_of(frames: int) -> list[Case]:
    half, quarter = frames // 2, frames // 4
    low, high = quarter, quarter + half
    return [
        Case("swap two people through the whole clip", lambda s: edits.swap_people(s, 1, 2, 0),
             0, frames, loop_swap, pandas_swap),
        Case("split a person in the middle", lambda s: edits.split_person(s, 1, half)[0],
             half, frames, loop_split, pandas_split),
        Case("cut half of a track", lambda s: edits.cut_track(s, 1, low, high),
             low, high, loop_cut, pandas_cut),
        Case("fill the gap that was cut", lambda s: edits.carry_track(s, 1, low, high),
             low, high, loop_fill, pandas_fill),
    ]  # fmt: skip


def measure(project: Project, folder: Path, cases: list[Case]) -> None:
    """Print a line a case: on predictions first, then on confirmed poses."""
    state, frames = project.state, project.state.video.frames
    table = table_of(state.seen([p.id for p in state.people()]))
    *others, cut, fill = cases
    predicted = {case.title: ours(project, case.make) for case in (*others, cut)}
    project.apply(cut.make(state))
    predicted[fill.title] = ours(project, fill.make)
    project.undo()
    project.apply(edits.accept_range(state, 0, frames))
    for case in cases:
        if case is fill:
            project.apply(cut.make(state))
            table = pandas_cut(table, cut.first, cut.last)
        confirmed = ours(project, case.make)
        change = partial(case.way, first=case.first, last=case.last)
        pandas = with_pandas(table, change, folder)
        poses = sum(
            one.kind == "label" and one.value is not None for one in case.make(state).changes
        )
        figures = [*predicted[case.title], *confirmed, _looped(state, case), *pandas]
        shown = " | ".join(f"{1000 * figure:.0f}" for figure in figures)
        print(f"| {case.title} | {poses} | {shown} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--poses", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to write (the disk that is measured)")
    options = parser.parse_args()
    print(f"{options.poses} poses of {options.people} people, milliseconds")
    print("| edit | poses | predicted: memory | disk | undo | confirmed: memory | disk | undo"
          " | loop: memory | pandas: memory | disk |\n" + "|---" * 11 + "|")  # fmt: skip
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        path = Path(name) / "clip.glpose"
        with make_project(path, options.poses, options.people) as project:
            measure(project, Path(name), cases_of(project.state.video.frames))
            _crossings(project.state)


def _looped(state: ProjectState, case: Case) -> float:
    """The loop in memory; the labels that it changed are put back."""
    before = state.labels.rows()
    took = own_seconds(lambda: case.loop(state, case.first, case.last))
    for row in state.labels.rows():
        state.labels.remove(int(row["person"]), int(row["frame"]))
    state.put_labels(before)
    return took


def _crossings(state: ProjectState) -> None:
    """How long the window and the thread beside it take over crossings, all and after one edit."""
    people, watch = [person.id for person in state.people()], Watch()
    rows, frames = state.seen(people), state.video.frames
    whole = 1000 * own_seconds(lambda: watch.put(0, frames, rows))
    near = state.seen(people, 0, BLOCK)
    copying = 1000 * own_seconds(lambda: state.seen(people, 0, BLOCK))
    looking = 1000 * own_seconds(lambda: watch.put(0, BLOCK, near))
    print(f"crossings: {whole:.0f} ms for all, beside the window;", end=" ")
    print(f"after an edit {copying:.1f} ms in the window and {looking:.0f} ms beside it")


if __name__ == "__main__":
    main()
