"""Tracking counts equal motmetrics', fed as the official code feeds it, on crowded random videos."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glpose_core.evaluate.joints import JOINTS
from glpose_core.evaluate.posetrack import score_files

from . import oracle
from .conftest import crowd, files

mm: Any = pytest.importorskip("motmetrics")


@pytest.mark.parametrize("seed", range(3))
def test_crowds_count_as_in_motmetrics(seed: int):
    videos = [crowd(seed), crowd(seed + 100)]
    score = score_files([files(v, f"{n + 1:06d}_mpii_test") for n, v in enumerate(videos)])
    names = ["num_objects", "num_detections", "num_misses", "num_false_positives", "num_switches"]
    host = mm.metrics.create()
    sums = np.zeros((len(names), len(JOINTS)))
    distance = np.zeros(len(JOINTS))
    for video in videos:
        for slot, joint in enumerate(JOINTS):
            accumulator = mm.MOTAccumulator(auto_id=True)
            for one in oracle.cleaned(video)[:-1]:
                feed(accumulator, one, joint)
            result = host.compute(accumulator, metrics=names, return_dataframe=False)
            sums[:, slot] += [result[name] for name in names]
            events = accumulator.events
            distance[slot] += events[events.Type.isin(["MATCH", "SWITCH"])]["D"].sum()
    counts = score.tracking_counts.summed()
    ours = (
        counts.objects,
        counts.detections,
        counts.misses,
        counts.false_positives,
        counts.switches,
    )
    assert np.concatenate(ours).tolist() == sums.tolist()
    assert counts.switches.sum() > 10
    assert counts.distance[0] == pytest.approx(distance)


def feed(accumulator: Any, one: dict[str, Any], joint: str) -> None:
    """One frame of one joint as the official code hands it on."""
    if not one["truth"] or not one["found"]:
        accumulator.update([0], [0], np.array([[np.nan]]))
        return
    truth = [who for who in one["truth"] if joint in who["joints"]]
    found = [who for who in one["found"] if joint in who["joints"]]
    distance = np.full((len(truth), len(found)), np.nan)
    for t, labelled in enumerate(truth):
        for f, predicted in enumerate(found):
            apart = oracle.apart(labelled, predicted, joint)
            distance[t, f] = apart if apart <= 0.5 else np.nan
    accumulator.update([t["track"] for t in truth], [f["track"] for f in found], distance)
