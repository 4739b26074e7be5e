"""Does a swap through a whole clip hold up the window? Identity edits on many poses, against a loop and pandas.

    python -m benchmarks.bulk_edits [--poses 100000] [--people 5] [--folder FOLDER]

Each edit is made twice: on what a model predicted, where only the spans of tracks change, and on poses that a
person has confirmed, where every label does. *Memory* is how long the window waits; *disk* how long until the
edit and its inverse are committed. The loop does the same to the labels one frame after the other, in memory
alone. The pandas way is one table of all poses, with a copy kept for undo; *disk* there writes the table anew
and syncs it, as there is no journal.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.project_size import rows_of, seconds
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
    run = project.begin_run(Run.new("model", "weights", "cpu"))
    project.add_tracks(run, dict.fromkeys(range(people)))
    project.add_predictions(run, rows_of(poses, people))
    project.finish_run(run, "done")
    return project


def ours(project: Project, make: Make) -> list[float]:
    """Memory, disk, undo in memory: the best of some, each taken back again."""
    found = []
    for _ in range(REPEATS):
        project.flush()
        start = time.perf_counter()
        done = project.submit(make(project.state))
        memory = time.perf_counter() - start
        done.result()
        disk = time.perf_counter() - start
        found.append([memory, disk, seconds(project.undo)])
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
        start = time.perf_counter()
        kept = table.copy()
        changed = change(table)
        memory = time.perf_counter() - start
        with (folder / "table.part").open("wb") as file:
            changed.to_pickle(file)
            file.flush()
            os.fsync(file.fileno())
        found.append([memory, time.perf_counter() - start])
        table = kept
    return [float(best) for best in np.min(found, axis=0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--poses", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to write (the disk that is measured)")
    options = parser.parse_args()
    frames = options.poses // options.people
    half, quarter = frames // 2, frames // 4
    cases: list[tuple[str, Make, int, int, Callable[..., None], Callable[..., pd.DataFrame]]] = [
        ("swap two people through the whole clip", lambda s: edits.swap_people(s, 1, 2, 0),
         0, frames, loop_swap, pandas_swap),
        ("split a person in the middle", lambda s: edits.split_person(s, 1, half)[0],
         half, frames, loop_split, pandas_split),
        ("cut half of a track", lambda s: edits.cut_track(s, 1, quarter, quarter + half),
         quarter, quarter + half, loop_cut, pandas_cut),
        ("fill the gap that was cut", lambda s: edits.carry_track(s, 1, quarter, quarter + half),
         quarter, quarter + half, loop_fill, pandas_fill),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        print(f"{options.poses} poses of {options.people} people, milliseconds")
        print("| edit | poses | predicted: memory | disk | undo | confirmed: memory | disk | undo"
              " | loop: memory | pandas: memory | disk |\n" + "|---" * 11 + "|")  # fmt: skip
        with make_project(folder / "clip.glpose", options.poses, options.people) as project:
            state = project.state
            table = table_of(state.seen([p.id for p in state.people()]))
            predicted = {}
            for title, make, *_ in cases[:3]:
                predicted[title] = ours(project, make)
            project.apply(cases[2][1](state))
            predicted[cases[3][0]] = ours(project, cases[3][1])
            project.undo()
            project.apply(edits.accept_range(state, 0, frames))
            for title, make, first, last, loop, way in cases:
                gap = way is pandas_fill
                if gap:
                    project.apply(edits.cut_track(state, 1, first, last))
                    table = pandas_cut(table, first, last)
                confirmed = ours(project, make)
                pandas = with_pandas(table, partial(way, first=first, last=last), folder)
                changed = sum(c.value is not None for c in make(state).changes)
                looped = _looped(state, loop, first, last)
                figures = [*predicted[title], *confirmed, looped, *pandas]
                print(f"| {title} | {changed} | " + " | ".join(f"{1000 * f:.0f}" for f in figures)
                      + " |", flush=True)  # fmt: skip
            _crossings(state, frames)


def _looped(state: ProjectState, loop: Callable[..., None], first: int, last: int) -> float:
    """The loop in memory; the labels that it changed are put back."""
    before = state.labels.rows()
    took = seconds(lambda: loop(state, first, last))
    for row in state.labels.rows():
        state.labels.remove(int(row["person"]), int(row["frame"]))
    state.put_labels(before)
    return took


def _crossings(state: ProjectState, frames: int) -> None:
    """How long the window and the thread beside it take over crossings, all and after one edit."""
    people, watch = [person.id for person in state.people()], Watch()
    rows = state.seen(people)
    print(
        f"crossings of all, beside the window: {1000 * seconds(lambda: watch.put(0, frames, rows)):.0f} ms"
    )
    copying = seconds(lambda: state.seen(people, 0, BLOCK))
    looking = seconds(lambda: watch.put(0, BLOCK, state.seen(people, 0, BLOCK)))
    print(
        f"after an edit: {1000 * copying:.1f} ms in the window, {1000 * looking:.0f} ms beside it"
    )


if __name__ == "__main__":
    main()
