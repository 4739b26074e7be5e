"""What does an annotator have to do until every joint is right? Against linear keyframes, with and without
our predictions.

    python benchmarks/spread.py --cache FOLDER [--clips FOLDER] [--rendered] [--penn FILE.npz] [--count N]
        [--kept SHARE …] [--within HEADS …]

Three ways, one scripted annotator (``spread_annotator.py``): linear keyframes from nothing (as CVAT has them),
linear keyframes from our predictions with every wrong joint fixed (CVAT fed by us), and corrections that spread. Each
takes whichever order of frames suits it better, track by track. *Judged*: the best of three habits, track by track: the
same; the same, but what is proposed is looked at once more in each opened frame, and left where it would break more than
it mends; and, where hardly anything is wrong, placing that and leaving all proposals, which is CVAT fed by us (frames
are then accepted by the dialog of Export, and no way counts its export). *Bound* is what an oracle would need (``spread_bound.py``). Predictions are the bundled weights' (kept in
the folder by ``review_clips.py``); ``--clips`` has the real clips and their labels.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from review_clips import MEASURE, clip, labelled_clip
from spread_annotator import (
    Effort,
    Track,
    label,
    linear,
    linear_from_predictions,
    spreading,
)
from spread_bound import least_seconds
from spread_tracks import penn_tracks, tracks_of, with_fewer_faults

TOLERANCES = (0.5, 0.25)
KEPT = (1.0, 0.4, 0.15, 0.05)
"""Shares of the windows in which the model's faults stay."""
PENN_RIGHT = (0.75, 0.92, 0.97)
ORDERS = ("most", "worst")
"""Which frame is opened next: that with the most wrong joints, or with the worst."""
DRAWS = 3
"""How many times the windows are drawn in which few faults stay: there are few of them in a track."""


def ways(track: Track, tolerance: float) -> list[Effort]:
    """The effort of the three ways, and of the best habit that the third allows."""
    tried = [
        [label(track, tool, tolerance, confirms=confirms, by=by) for by in ORDERS]
        for tool, confirms in (
            (linear, False),
            (linear_from_predictions, False),
            (spreading, True),
        )
    ]
    judged = [
        label(track, spreading, tolerance, confirms=True, by=by, judges=True) for by in ORDERS
    ]
    tried.append([*tried[2], *judged, *tried[1]])
    return [min(efforts, key=lambda effort: effort.seconds) for efforts in tried]


def measure(name: str, tracks: Sequence[Track], tolerance: float) -> None:
    """Print one row: seconds (and actions, joints placed) for 100 visible joints of each way."""
    efforts = [ways(track, tolerance) for track in tracks]
    joints = sum(int(track.visible.sum()) for track in tracks)
    right = sum(track.share_right(tolerance) * track.visible.sum() for track in tracks) / joints
    totals = [
        (
            100 * sum(one[way].seconds for one in efforts) / joints,
            100 * sum(one[way].actions for one in efforts) / joints,
            100 * sum(one[way].points for one in efforts) / joints,
        )
        for way in range(4)
    ]
    bounds = [
        100 * sum(least_seconds(track, tolerance, predictions=given) for track in tracks) / joints
        for given in (False, True)
    ]
    better = min(totals[0][0], totals[1][0])
    faulty = [one for one in efforts if one[1].frames]
    worst = max(
        (one[3].seconds / min(one[0].seconds, one[1].seconds) for one in faulty), default=0.0
    )
    cells = [f"{seconds:.1f} ({actions:.1f}, {points:.1f})" for seconds, actions, points in totals]
    print(
        f"| {name} | {tolerance} | {right:.0%} | {' | '.join(cells)} | "
        f"**{totals[2][0] / better:.2f}** | **{totals[3][0] / better:.2f}** | {worst:.2f} | {bounds[0]:.1f}, {bounds[1]:.1f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="predictions are kept here")
    parser.add_argument("--clips", type=Path, help="folder with trento-*.mp4 and labels/")
    parser.add_argument("--penn", type=Path, help="pennaction_tracks.npz")
    parser.add_argument("--rendered", action="store_true", help="rendered clips, too")
    parser.add_argument("--count", type=int, default=12, help="how many tracks of Penn Action")
    parser.add_argument("--kept", type=float, nargs="+", default=KEPT, help="shares of the faults")
    parser.add_argument("--within", type=float, nargs="+", default=TOLERANCES, help="head sizes")
    options = parser.parse_args()
    sets: dict[str, list[Track]] = {}
    if options.clips is not None:
        videos = sorted(options.clips.glob("trento-*.mp4"))
        sets["real"] = [
            track
            for video in videos
            for track in tracks_of(
                labelled_clip(video, options.clips / "labels" / f"{video.stem}.json", options.cache)
            )
        ]
    if options.rendered:
        sets["rendered"] = [
            track for seed in MEASURE for track in tracks_of(clip(seed, options.cache))
        ]
    print("Modelled seconds (actions, joints placed) for 100 visible joints\n")
    print(
        "| tracks | within, heads | right | linear | linear from ours | spread "
        "| judged | spread ÷ better | judged ÷ better | worst track, judged | bound: from nothing, from ours |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for name, tracks in sets.items():
        for kept in options.kept:
            fewer = [
                track if kept == 1 else with_fewer_faults(track, kept, seed + len(tracks) * draw)
                for draw in range(DRAWS if kept < 0.2 else 1)
                for seed, track in enumerate(tracks)
            ]
            what = name if kept == 1 else f"{name}, {kept:.0%} of the faults".replace("%", " %")
            for tolerance in options.within:
                measure(what, fewer, tolerance)
    for right in PENN_RIGHT if options.penn is not None else ():
        tracks = penn_tracks(options.penn, right, options.count)
        for tolerance in options.within:
            measure("Penn Action, made faults", tracks, tolerance)


if __name__ == "__main__":
    main()
