"""Scores as JSON objects for programs: plain numbers, ``null`` where there is no figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .bootstrap import Interval
from .checking import CheckReport
from .comparing import Comparison
from .differences import Missed, missed_people, worst_joints
from .jhmdb import JhmdbScore
from .joints import JOINTS, Floats, columns_of
from .oks import OksScore
from .percentage_correct import PckScore
from .posetrack import PoseTrackScore

Json = dict[str, Any]


def posetrack_json(score: PoseTrackScore, worst: int) -> Json:
    """PoseTrack's measures. ``worst`` is how many joints and missed people to list."""
    ap, tracking = score.ap, score.tracking
    return plain(
        {
            "metric": "posetrack",
            "AP": {
                **_joint_figures(ap.ap, ap.total, score.ap_interval),
                "precision": by_joint(ap.precision),
                "recall": by_joint(ap.recall),
            },
            "MOTA": _joint_figures(tracking.mota, tracking.total, score.mota_interval),
            "MOTP": _joint_figures(tracking.motp),
            "Prec": _joint_figures(tracking.precision),
            "Rec": _joint_figures(tracking.recall),
            "videos": [_posetrack_video(score, video) for video in range(len(score.videos))],
            "counted": {
                "videos": len(score.videos),
                "frames": len(score.numbers),
                "tracked_frames": int(score.tracking_counts.frames.sum()),
                "people": len(score.truth),
                "predicted_people": len(score.predictions),
                "joints": by_joint(score.detections.labelled.sum(axis=0)),
                "matched_people": int((score.matches.prediction_of >= 0).sum()),
            },
            "left_out": asdict(score.left_out),
            "tracking_counts": _tracking_counts(score),
            "worst": [asdict(one) for one in worst_joints(score, worst)],
            "missed_people": _missed(missed_people(score), worst),
        }
    )


def _posetrack_video(score: PoseTrackScore, video: int) -> Json:
    ap, tracking = score.ap_of(video), score.tracking_of(video)
    return {
        "name": score.videos[video],
        "frames": int(score.starts[video + 1] - score.starts[video]),
        "AP": _joint_figures(ap.ap),
        "MOTA": _joint_figures(tracking.mota),
        "MOTP": _joint_figures(tracking.motp),
        "Prec": _joint_figures(tracking.precision),
        "Rec": _joint_figures(tracking.recall),
    }


def _tracking_counts(score: PoseTrackScore) -> Json:
    counts = score.tracking_counts.summed()
    names = ("objects", "detections", "misses", "false_positives", "switches")
    return {name: by_joint(getattr(counts, name)[0]) for name in names}


def pck_json(score: PckScore, worst: int) -> Json:
    """PCK in percent."""
    everyone = score.all
    found = score.interval()
    return plain(
        {
            "metric": "pck",
            "normaliser": score.normaliser,
            "threshold": score.threshold,
            "PCK": {
                "mean_of_joints": 100 * everyone.mean,
                "all_joints_pooled": 100 * everyone.pooled,
                "joints": _named(100 * everyone.per_joint, score.joints),
                "interval": None if found is None else [100 * found.low, 100 * found.high],
            },
            "videos": [
                {
                    "name": name,
                    "people": score.of(video).people,
                    "PCK": {
                        "mean_of_joints": 100 * score.of(video).mean,
                        "all_joints_pooled": 100 * score.of(video).pooled,
                        "joints": _named(100 * score.of(video).per_joint, score.joints),
                    },
                }
                for video, name in enumerate(score.videos)
            ],
            "counted": {
                "people": everyone.people,
                "joints": _named(everyone.labelled, score.joints),
            },
            "left_out": {
                **asdict(score.left_out),
                "people_without_size": score.without_size,
                "unmatched_predictions": score.unmatched,
            },
            "worst": [asdict(one) for one in worst_joints(score, worst)],
            "missed_people": _missed(missed_people(score), worst),
        }
    )


def oks_json(total: OksScore, names: Sequence[str] = (), each: Sequence[OksScore] = ()) -> Json:
    """OKS average precision in percent."""
    videos = [{"name": name, **asdict(one)} for name, one in zip(names, each, strict=True)]
    return plain({"metric": "oks", "OKS": asdict(total), "videos": videos})


def jhmdb_json(score: JhmdbScore) -> Json:
    """The Sub-JHMDB protocol in percent."""
    return plain(
        {
            "metric": "sub-jhmdb",
            "normaliser": score.normaliser,
            "threshold": 0.2,
            "PCK": {
                "mean_of_15_joints": score.mean_joints,
                "mean_of_7_columns": score.mean_columns,
                "columns": score.columns,
            },
            "splits": [
                {
                    "split": split.split,
                    "videos": split.videos,
                    "frames": split.frames,
                    "frames_without_size": split.without_box,
                    "mean_of_15_joints": 100 * split.score.mean,
                }
                for split in score.splits
            ],
        }
    )


def comparison_json(comparison: Comparison) -> Json:
    """Two sets of predictions side by side."""
    return plain(asdict(comparison))


def check_json(report: CheckReport) -> Json:
    """What the official scorer would say of a file."""
    return {
        "file": str(report.path),
        "role": report.role,
        "accepted": report.accepted,
        "sound": report.sound,
        "verdict": report.verdict,
        "faults": [asdict(fault) for fault in report.faults],
    }


def plain(document: Json) -> Json:
    """The same with ``None`` for every number that is not finite, and lists for tuples."""
    return {key: _plain(value) for key, value in document.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return plain(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def by_joint(values: Any) -> Json:
    """15 values under their joints' names."""
    return _named(values, JOINTS)


def _named(values: Any, joints: Sequence[str]) -> Json:
    return dict(zip(joints, values.tolist(), strict=True))


def _joint_figures(
    per_joint: Floats, total: float | None = None, found: Interval | None = None
) -> Json:
    known = per_joint[per_joint == per_joint]
    mean = float(known.mean()) if len(known) else math.nan
    figures = {
        "total": mean if total is None else total,
        "columns": columns_of(per_joint),
        "joints": by_joint(per_joint),
    }
    if total is not None:
        figures["interval"] = None if found is None else [found.low, found.high]
    return figures


def _missed(people: Sequence[Missed], most: int) -> Json:
    return {"count": len(people), "first": [asdict(one) for one in people[:most]]}
