"""Scores as tables to read: what was measured, joint by joint, video by video, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..formats.posetrack_report import counted
from .bootstrap import DRAWS, Interval
from .checking import CheckReport
from .comparing import Comparison
from .differences import JointError, Missed, missed_people, worst_joints
from .jhmdb import THRESHOLD, JhmdbScore
from .joints import COLUMNS, JOINTS, Floats, columns_of
from .oks import OksScore
from .oks_videos import OksVideos
from .percentage_correct import NORMALISERS, PckScore
from .posetrack import PoseTrackScore
from .preparing import LeftOut

Rows = list[list[str]]
_JOINT_HEADING = (
    *("joint", "labelled", "predicted"),
    *("AP", "AP Prec", "AP Rec", "MOTA", "MOTP", "switches"),
)
_SIZES = {"torso": "torsos", "head": "head sizes", "box": "box sides"}


def posetrack_lines(score: PoseTrackScore, worst: int) -> list[str]:
    """PoseTrack's tables, as published papers print them, then every joint and every video."""
    ap, tracking = score.ap, score.tracking
    heading = ["", *COLUMNS, "Total", "95 %"]
    summary = [
        heading,
        ["AP", *_cells(columns_of(ap.ap).values()), _cell(ap.total), _span(score.ap_interval)],
        [
            "MOTA",
            *_cells(columns_of(tracking.mota).values()),
            _cell(tracking.total),
            _span(score.mota_interval),
        ],
    ]
    for title, values in (
        ("MOTP", tracking.motp),
        ("MOT Prec", tracking.precision),
        ("MOT Rec", tracking.recall),
    ):
        summary.append([title, *_cells(columns_of(values).values()), _cell(_mean(values)), ""])
    return [
        *_rules(score),
        *_what_was_counted(score),
        "",
        *table(summary),
        "",
        *table(_joint_rows(score)),
        *_odd_joints(score),
        *_video_lines(_posetrack_videos(score), len(score.videos)),
        *_places(worst_joints(score, worst), missed_people(score), worst, "head sizes"),
    ]


def _rules(score: PoseTrackScore) -> list[str]:
    lines = [
        "PoseTrack AP and MOTA, counted as the official code (poseval) counts; MOTP over matches alone "
        "(that code adds every near pair)."
    ]
    if score.version == 21:
        apart = int((score.truth.present & ~(score.truth.xy > 0).all(axis=2)).sum())
        lines.append(
            "A PoseTrack21 truth, scored by these rules, PoseTrack17’s and 18’s. PoseTrack21’s own kit "
            f"differs: among others it takes a joint as there only where x > 0 and y > 0 "
            f"({counted(apart, 'labelled joint')} here would not be)."
        )
    return lines


def _what_was_counted(score: PoseTrackScore) -> list[str]:
    frames, tracked = len(score.numbers), int(score.tracking_counts.frames.sum())
    lines = [
        f"Counted: {counted(len(score.videos), 'video')}, {counted(frames, 'labelled frame')}, "
        f"{counted(len(score.truth), 'labelled person', 'labelled people')}, "
        f"{counted(len(score.predictions), 'predicted person', 'predicted people')}; MOTA over "
        f"{counted(tracked, 'frame')} (the last labelled one of each video is dropped, as officially).",
        *left_out_lines(score.left_out),
    ]
    if len(score.videos) > 1:
        lines.append(f"95 %: intervals from {DRAWS} random draws of the videos.")
    if score.without_scores:
        lines.append(
            f"{counted(score.without_scores, 'predicted person', 'predicted people')} without joint "
            "scores: they count as the least sure, −9999."
        )
    if not tracked:
        lines.append("No video has two labelled frames, so there is nothing to track.")
    empty = int((score.size == 0).sum())
    if empty:
        lines.append(
            f"{counted(empty, 'labelled person', 'labelled people')} with an empty head box: no joint "
            "of theirs can be right."
        )
    return lines


def left_out_lines(left: LeftOut) -> list[str]:
    """What was not counted, and why; nothing where nothing was left out."""
    lines = []
    if left.unlabelled:
        lines.append(
            f"Left out: {left.unlabelled} of {counted(left.frames, 'listed frame')} without a labelled "
            f"person, with {counted(left.unlabelled_people, 'prediction')} in them."
        )
    if left.ignored_truth or left.ignored_predictions:
        lines.append(
            f"Left out in ignore regions: {counted(left.ignored_truth, 'labelled joint')} (all of "
            f"{counted(left.ignored_people, 'person', 'people')}), "
            f"{counted(left.ignored_predictions, 'predicted joint')} (all of "
            f"{counted(left.ignored_predicted_people, 'person', 'people')})."
        )
    return lines


def _joint_rows(score: PoseTrackScore) -> Rows:
    labelled = score.detections.labelled.sum(axis=0)
    predicted = np.bincount(score.detections.joint, minlength=len(JOINTS))
    switches = score.tracking_counts.switches.sum(axis=0)
    figures = (
        score.ap.ap,
        score.ap.precision,
        score.ap.recall,
        score.tracking.mota,
        score.tracking.motp,
    )
    rows = [list(_JOINT_HEADING)]
    for at, joint in enumerate(JOINTS):
        counts = [str(labelled[at]), str(predicted[at])]
        rows.append([joint, *counts, *_cells(f[at] for f in figures), str(switches[at])])
    return rows


def _odd_joints(score: PoseTrackScore) -> list[str]:
    """Why a joint has AP 0 or none although nothing was predicted wrongly."""
    labelled = score.detections.labelled.sum(axis=0)
    predicted = np.bincount(score.detections.joint, minlength=len(JOINTS))
    lines = []
    for wrong, sentence in (
        (
            (labelled == 0) & (predicted > 0),
            "left out of the total: predicted, but nowhere labelled",
        ),
        ((labelled == 0) & (predicted == 0), "0, and counted, as officially: nowhere labelled"),
        ((labelled > 0) & (predicted == 0), "0: labelled, but nowhere predicted"),
    ):
        joints = [joint for joint, odd in zip(JOINTS, wrong.tolist(), strict=True) if odd]
        if joints:
            lines.append(f"AP of {', '.join(joints)} is {sentence}.")
    lacking = int((score.detections.labelled == 0).any(axis=1).sum())
    if len(score.videos) > 1 and lacking:
        lines.append(
            f"{counted(lacking, 'video')} below without labels of some joint: where it is not predicted "
            "either, it counts 0 in that video’s AP, as officially."
        )
    return ["", *lines] if lines else []


def _posetrack_videos(score: PoseTrackScore) -> Rows:
    rows = [["video", "frames", "people", "AP", "MOTA", "MOTP", "misses", "switches"]]
    starts = score.starts
    people = np.diff(np.searchsorted(score.truth.frame, starts))
    for at, name in enumerate(score.videos):
        tracking, counts = score.tracking_of(at), score.tracking_counts.one(at)
        figures = score.ap_of(at).total, tracking.total, _mean(tracking.motp)
        rows.append(
            [
                name,
                str(starts[at + 1] - starts[at]),
                str(people[at]),
                *_cells(figures if counts.frames[0] else (figures[0], np.nan, np.nan)),
                str(counts.misses.sum()),
                str(counts.switches.sum()),
            ]
        )
    return rows


def pck_lines(score: PckScore, worst: int) -> list[str]:
    """PCK with the name of what it is measured in, joint by joint and video by video."""
    everyone, found = score.all, score.interval()
    span = "" if found is None else f" [{100 * found.low:.1f}, {100 * found.high:.1f}]"
    without = counted(score.without_size, "labelled person", "labelled people")
    rows = [["joint", "labelled", "right", "PCK"]]
    for at, joint in enumerate(score.joints):
        share = 100 * everyone.per_joint[at]
        rows.append([joint, str(everyone.labelled[at]), str(everyone.right[at]), _cell(share)])
    videos = [["video", "people", "mean", "pooled"]]
    for at, name in enumerate(score.videos):
        one = score.of(at)
        videos.append([name, str(one.people), *_cells((100 * one.mean, 100 * one.pooled))])
    reason = {
        "torso": "without left shoulder or right hip, so without a torso",
        "head": "without a head box",
        "box": "without a person box",
    }[score.normaliser]
    return [
        f"PCK@{score.threshold:g} of {NORMALISERS[score.normaliser]}; people are paired as PoseTrack "
        "pairs them.",
        f"Counted: {counted(everyone.people, 'labelled person', 'labelled people')} with "
        f"{counted(int(everyone.labelled.sum()), 'labelled joint')}. Left out: {without} {reason}.",
        f"{counted(score.unmatched, 'prediction')} of nobody labelled: PCK does not count them.",
        *left_out_lines(score.left_out),
        "",
        f"mean over joints   {_cell(100 * everyone.mean)}{span}",
        f"all joints pooled  {_cell(100 * everyone.pooled)}",
        "",
        *table(rows),
        *_video_lines(videos, len(score.videos)),
        *_places(worst_joints(score, worst), missed_people(score), worst, _SIZES[score.normaliser]),
    ]


def oks_lines(total: OksScore, videos: OksVideos | None) -> list[str]:
    """COCO's ten figures, and two of every video."""
    area = (
        "the area is the person box’s"
        if videos is not None
        else f"{counted(total.ignored, 'person', 'people')} ignored (crowds, nobody’s joints labelled)"
    )
    heading = ["", "all", ".50", ".75", "medium", "large"]
    rows = [
        heading,
        ["AP", *_cells((total.ap, total.ap50, total.ap75, total.ap_medium, total.ap_large))],
        ["AR", *_cells((total.ar, total.ar50, total.ar75, total.ar_medium, total.ar_large))],
    ]
    lines = [
        f"COCO keypoint AP (OKS .50:.05:.95), counted as pycocotools counts; {area}.",
        f"Counted: {counted(total.people, 'labelled person', 'labelled people')}, "
        f"{counted(total.detections, 'prediction')}; left out: "
        f"{counted(total.surplus, 'prediction')} beyond 20 a picture.",
        *(left_out_lines(videos.left_out) if videos is not None else ()),
        "",
        *table(rows),
    ]
    if videos is None:
        return lines
    each = [["video", "people", "AP", "AP50", "AR"]]
    for name, one in zip(videos.videos, videos.each, strict=True):
        each.append([name, str(one.people), *_cells((one.ap, one.ap50, one.ar))])
    return lines + _video_lines(each, len(videos.videos))


def jhmdb_lines(score: JhmdbScore) -> list[str]:
    """The Sub-JHMDB protocol, with both means."""
    rows = [["", *score.columns, "7 columns", "15 joints"]]
    figures = [*score.columns.values(), score.mean_columns, score.mean_joints]
    rows.append(["PCK", *_cells(figures)])
    splits = [["split", "test videos", "frames", "left out", "15 joints"]]
    for one in score.splits:
        counts = [str(one.split), str(one.videos), str(one.frames), str(one.without_box)]
        splits.append([*counts, _cell(100 * one.score.mean)])
    size = "longer side of the tight puppet box" if score.normaliser != "torso" else "torso"
    return [
        f"Sub-JHMDB: PCK@{THRESHOLD} of the {size}, the mean of three splits.",
        "Papers call the mean over all 15 joints (neck and belly too) their average; the mean of the "
        "seven columns is another figure.",
        "",
        *table(rows),
        "",
        *table(splits),
    ]


def comparison_lines(comparison: Comparison, first: str, second: str) -> list[str]:
    """Two sets of predictions: the totals, the videos, and the joints that differ most."""
    rows = [["", "first", "second", "change", "95 %"]]
    for figure in comparison.figures:
        change = f"{figure.change:+.1f}" if figure.change == figure.change else "–"
        values = _cells((figure.first, figure.second))
        rows.append([figure.name, *values, change, _span(figure.interval)])
    joints = comparison.joints
    videos = [["video", "first", "second", "change"]]
    for name, one, two in comparison.videos:
        videos.append([name, *_cells((one, two)), f"{two - one:+.1f}"])
    places = [["video", "frame", "person", "joint", "first px", "second px", "change"]]
    for worst in joints.worst:
        errors = ["missed" if p is None else f"{p:.1f}" for p in (worst.pixels, worst.other_pixels)]
        where = [worst.video, str(worst.frame), str(worst.person), worst.joint]
        places.append([*where, *errors, f"{worst.change:+.2f}"])
    lines = [
        f"First: {first}",
        f"Second: {second}",
        "",
        *table(rows),
        "",
        f"Joint by joint, the second is nearer {joints.nearer} times and further {joints.further} times; "
        f"{joints.only_first} joints are found by the first only, {joints.only_second} by the second "
        "only.",
    ]
    if len(videos) > 2:
        lines += ["", *table(videos)]
    if len(places) > 1:
        lines += ["", "Largest differences (change in sizes of the person; + is worse):", ""]
        lines += table(places)
    return lines


def check_lines(report: CheckReport) -> list[str]:
    """The verdict, then every fault."""
    marks = {"refused": "refused ", "misread": "misread ", "remark": "remark  "}
    faults = [f"  {marks[fault.kind]} {fault}" for fault in report.faults]
    return [f"{report.path}: {report.verdict}", *faults]


def table(rows: Rows) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right; a line under the head."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    texts = [at for at in range(len(rows[0])) if not _numeric(rows, at)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if at in texts else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return [lines[0], "─" * max(len(line) for line in lines), *lines[1:]]


def _numeric(rows: Rows, at: int) -> bool:
    cells = [row[at] for row in rows[1:] if row[at] != "missed"]
    return at > 0 and not any(cell.replace("_", "").isalpha() for cell in cells)


def _video_lines(rows: Rows, videos: int) -> list[str]:
    return ["", *table(rows)] if videos > 1 else []


def _places(
    worst: Sequence[JointError], missed: Sequence[Missed], most: int, sizes: str
) -> list[str]:
    if not most:
        return []
    lines = []
    if worst:
        rows = [["video", "frame", "person", "joint", "pixels", sizes]]
        for one in worst:
            where = [one.video, str(one.frame), str(one.person), one.joint]
            rows.append([*where, f"{one.pixels:.1f}", f"{one.sizes:.2f}"])
        lines += ["", "Furthest from their labels:", "", *table(rows)]
    if missed:
        shown = [f"{one.video} frame {one.frame} person {one.person}" for one in missed[:most]]
        rest = f", and {len(missed) - most} more" if len(missed) > most else ""
        people = counted(len(missed), "labelled person", "labelled people")
        lines += ["", f"No joint right of {people}: {'; '.join(shown)}{rest}."]
    return lines


def _cells(values: Iterable[float]) -> list[str]:
    return [_cell(value) for value in values]


def _cell(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1f}"


def _span(found: Interval | None) -> str:
    return "" if found is None else f"[{found.low:.1f}, {found.high:.1f}]"


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
