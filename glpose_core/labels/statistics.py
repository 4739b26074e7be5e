"""What has been done in a project, in tables: by joint, by person, by part of the video, by day
and who worked on it.

All tables are pandas DataFrames, ready for CSV. Joints are those of PoseTrack17 without the ears. Where frames
are scheduled, only poses in these count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import FormatError
from ..skeleton import POSETRACK17
from .journal import Done
from .origin import rows_by_person
from .poses import PoseRows, Source, Visibility, is_human
from .project import Project
from .schedule import to_label
from .state import ProjectState

PAUSE_SECONDS = 120.0
"""Between two edits so far apart nobody was at work."""
LAST_SECONDS = 10.0
"""What the last edit before a pause is taken to have cost."""
NEAR = 0.1
"""The model was right where it lies within this share of the larger side of the person's box, and says as the person
does whether the joint is seen."""
SOURCES = {
    Source.MODEL: "model",
    Source.INTERPOLATED: "proposed",
    Source.ACCEPTED: "accepted",
    Source.PLACED: "placed",
}
"""Who says where a joint is: the column that counts it."""
PARTS = 40
"""Parts of the video in which the agreement is looked at."""

_JOINTS = np.array([at for at, name in enumerate(POSETRACK17.joints) if not name.endswith("_ear")])
_NAMES = [POSETRACK17.joints[at] for at in _JOINTS]
_DAY_KEYS = ["day", "who"]
Bools = NDArray[np.bool_]


def tables_of(project: Project) -> dict[str, pd.DataFrame]:
    """Every table of a project by its name. Waits until all edits are on the disk.

    Raises:
        ProjectError: the file is damaged.
    """
    state = project.state
    return {
        "joints": joints_table(state),
        "people": people_table(state),
        "parts": parts_table(state),
        "days": days_table(state, project.history()),
    }


def joints_table(state: ProjectState) -> pd.DataFrame:
    """A row a joint. Counts of what is seen: ``model``, ``proposed`` (INTERPOLATED), ``accepted`` and ``placed`` by who
    said so; ``visible``, ``hidden``, ``absent`` of those that a person said. Then, of the joints that a
    person said and the shown run proposed: ``compared``, ``right`` (as :data:`NEAR` says) and ``move``, the median
    distance in pixels, and ``off``, of those that a person moved, the median distance as a share of the larger side
    of the person's box.
    """
    seen, proposed, has = _seen_and_proposed(state)
    source = seen["source"][:, _JOINTS]
    human = is_human(source)
    shown = seen["visibility"][:, _JOINTS]
    table = pd.DataFrame(index=pd.Index(_NAMES, name="joint"))
    for kind, word in SOURCES.items():
        table[word] = (source == kind).sum(axis=0)
    words = {
        Visibility.VISIBLE: "visible",
        Visibility.OCCLUDED: "hidden",
        Visibility.ABSENT: "absent",
    }
    for visibility, word in words.items():
        table[word] = (human & (shown == visibility)).sum(axis=0)
    compared, distance, size = _compared(seen, proposed, has)
    table["compared"] = compared.sum(axis=0)
    table["right"] = _right(compared, distance, size, seen, proposed).sum(axis=0)
    table["move"] = _medians(distance, compared)
    # One that is a person's because the model had called it visible is no move.
    moved = compared & (source == Source.PLACED) & (distance > 0) & (size > 0)[:, None]
    table["off"] = _medians(distance / np.where(size > 0, size, 1.0)[:, None], moved)
    return table


def people_table(state: ProjectState) -> pd.DataFrame:
    """A row a person: ``name``, frames in which they are ``seen``, ``labelled`` by a person at least in part, and
    seen in ``reviewed`` frames."""
    rows = []
    wanted = to_label(state)
    reviewed = np.array(sorted(state.reviewed), dtype=np.int64)
    for person in state.people():
        frames = np.intersect1d(state.frames_of(person.id), wanted)
        labelled = np.intersect1d(state.marks(person.id).labelled, frames)
        done = len(np.intersect1d(frames, reviewed))
        rows.append((person.id, person.name, len(frames), len(labelled), done))
    columns = ["person", "name", "seen", "labelled", "reviewed"]
    return pd.DataFrame(rows, columns=columns).set_index("person")


def parts_table(state: ProjectState, parts: int = PARTS) -> pd.DataFrame:
    """A row for each of ``parts`` equal parts of the video, by its ``first`` frame: joints that a person said and the
    shown run proposed (``compared``), and the share of those in which the model was right (``agreement``, see :data:`NEAR`; NaN if none).
    """
    seen, proposed, has = _seen_and_proposed(state)
    compared, distance, size = _compared(seen, proposed, has)
    frames = max(state.video.frames, 1)
    parts = min(parts, frames)
    of = np.minimum(seen["frame"].astype(np.int64) * parts // frames, parts - 1)
    known = np.bincount(of, compared.sum(axis=1), parts).astype(np.int64)
    right = np.bincount(of, _right(compared, distance, size, seen, proposed).sum(axis=1), parts)
    table = pd.DataFrame(index=pd.Index(-(-np.arange(parts) * frames // parts), name="first"))
    table["compared"] = known
    table["agreement"] = np.where(known > 0, right / np.maximum(known, 1), np.nan)
    return table


def days_table(state: ProjectState, history: Iterable[Done]) -> pd.DataFrame:
    """A row a day of work (local time) and person at work, ``who`` ("": nobody knows): ``edits``, ``minutes`` at work,
    ``frames`` edited, and, of the joints said by a person in frames whose last edit was theirs on that day, how many
    the shown run proposed (``compared``) and how many of those rightly (``agreement``, a share, see :data:`NEAR`; NaN if none).

    Minutes are the time between the edits of one and the same person, pauses over :data:`PAUSE_SECONDS` left out:
    looking without an edit for longer counts as a pause.
    """
    edits = sorted(history, key=lambda done: done.created)
    days = [datetime.fromtimestamp(done.created).date() for done in edits]
    table = pd.DataFrame(
        {
            "day": days,
            "who": [done.who for done in edits],
            "minutes": _minutes(edits),
            "frame": [done.frame for done in edits],
        }
    )
    grouped = table.groupby(_DAY_KEYS)
    result = pd.DataFrame(
        {
            "edits": grouped.size(),
            "minutes": grouped["minutes"].sum().round(1),
            "frames": grouped["frame"].nunique(),
        }
    )
    seen, proposed, has = _seen_and_proposed(state)
    compared, distance, size = _compared(seen, proposed, has)
    last = {d.frame: (day, d.who) for d, day in zip(edits, days, strict=True)}
    said = [last.get(frame, (None, None)) for frame in seen["frame"].tolist()]
    counts = pd.DataFrame(
        {
            "day": [day for day, _ in said],
            "who": [who for _, who in said],
            "compared": compared.sum(axis=1),
            "right": _right(compared, distance, size, seen, proposed).sum(axis=1),
        }
    )
    result = result.join(counts.groupby(_DAY_KEYS)[["compared", "right"]].sum())
    result[["compared", "right"]] = result[["compared", "right"]].fillna(0).astype(int)
    result["agreement"] = result["right"] / result["compared"].where(result["compared"] > 0)
    return result.drop(columns="right").reset_index("who")


def write_csv(tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write each table as ``folder/NAME.csv`` and return the paths.

    Raises:
        FormatError: the folder cannot be made or written.
    """
    written = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            table.to_csv(path)
        except OSError as error:
            raise FormatError(
                f"cannot be written ({error.strerror})", file=path, remedy="choose another folder"
            ) from error
        written.append(path)
    return written


def _minutes(edits: Sequence[Done]) -> NDArray[np.float64]:
    """What each of ``edits [N]``, in the order of time, cost whoever made it: others may work at the same time."""
    times = np.array([done.created for done in edits])
    minutes = np.zeros(len(edits))
    for name in {done.who for done in edits}:
        theirs = np.array([done.who == name for done in edits])
        minutes[theirs] = _costs(times[theirs]) / 60
    return minutes


def _costs(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds that each edit took, at ascending ``times [N]``: up to the next one, or the usual before a pause."""
    if not len(times):
        return np.zeros(0)
    until = np.diff(times, append=np.inf)
    return np.where(until <= PAUSE_SECONDS, until, LAST_SECONDS)


def _seen_and_proposed(state: ProjectState) -> tuple[PoseRows, PoseRows, Bools]:
    """What is seen of everybody, what the shown run says of the same poses, and where it says anything."""
    seen = state.seen([person.id for person in state.people()])
    seen = seen[~seen["deleted"] & np.isin(seen["frame"], to_label(state))]
    proposed = np.zeros(len(seen), seen.dtype)
    has = np.zeros(len(seen), dtype=bool)
    if state.active_run is not None and len(seen):
        tracks = state.tracks_of_run(state.active_run)
        rows = rows_by_person(state.predictions.rows(), tracks)
        mine, theirs = _keys(seen), _keys(rows)
        at = np.searchsorted(theirs, mine)
        has = (
            (at < len(rows)) & (theirs[np.minimum(at, len(rows) - 1)] == mine) if len(rows) else has
        )
        proposed[has] = rows[at[has]]
    return seen, proposed, has


def _keys(rows: PoseRows) -> NDArray[np.int64]:
    """A number for each person and frame, in the order of both."""
    return (rows["person"].astype(np.int64) << 32) | rows["frame"].astype(np.int64)


def _compared(
    seen: PoseRows, proposed: PoseRows, has: Bools
) -> tuple[Bools, NDArray[np.float64], NDArray[np.float64]]:
    """Which joints ``[N, J]`` a person said where the model had proposed one, how far apart the two are in
    pixels ``[N, J]``, and the larger side of the model's box ``[N]``, 0 where it has none."""
    placed = seen["visibility"][:, _JOINTS] != Visibility.ABSENT
    said = is_human(seen["source"][:, _JOINTS]) & placed
    compared = said & has[:, None] & (proposed["source"][:, _JOINTS] != Source.NONE)
    distance = np.linalg.norm(seen["xy"][:, _JOINTS] - proposed["xy"][:, _JOINTS], axis=-1)
    size = np.nanmax(np.nan_to_num(proposed["box"][:, 2:]), axis=1, initial=0.0)
    return compared, distance, size


def _right(
    compared: Bools,
    distance: NDArray[np.float64],
    size: NDArray[np.float64],
    seen: PoseRows,
    proposed: PoseRows,
) -> Bools:
    """Which of the compared joints ``[N, J]`` the model had right."""
    agrees = seen["visibility"][:, _JOINTS] == proposed["visibility"][:, _JOINTS]
    right: Bools = compared & agrees & (distance <= NEAR * size[:, None])
    return right


def _medians(values: NDArray[np.float64], among: Bools) -> list[float]:
    """For each joint the median of ``values [N, J]`` where ``among``, NaN where that is nowhere."""
    columns = [values[among[:, at], at] for at in range(values.shape[1])]
    return [float(np.median(column)) if len(column) else np.nan for column in columns]
