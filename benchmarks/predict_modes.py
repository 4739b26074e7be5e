"""What one backbone pass per person and frame saves, and what it costs in accuracy.

Predicts the same people in the same boxes, in the same weights and with DARK decoding: as GLPose is written
(*paper*: every local reference cropped in the key's box), in *cached* mode (features of neighbouring frames
resampled into the key's box), with fewer references, and with the references switched off. The paper's
way is what the others are measured against; switching references off says how much they matter at all.

    python -m benchmarks.predict_modes --cache FOLDER [--data FOLDER] [--model FILE] [--clips NAME …] [--curve]
    python -m benchmarks.predict_modes --cache FOLDER --sum        the clips measured so far, together

Where a joint is unsure its heatmap has several maxima, and any rounding may make another one win; so a few clips say
little, and the interval of the difference in PCK is told with it. ``--precision float32`` keeps rounding small.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from benchmarks.mode_clips import NAMES, LabelledClip, labelled_clip
from glpose_core.evaluate import pair_video, score_files, score_pck
from glpose_core.formats.posetrack_export import labels_file, predictions_file
from glpose_core.job import predict_video
from glpose_core.labels.poses import PoseRows
from glpose_core.network import find_weights
from glpose_core.network.library import default_weights
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import Event, Mode, Precision, PredictRequest, Started


@dataclass(frozen=True)
class Way:
    """A way of predicting: ``k`` and ``n`` None keep the weights' own."""

    name: str
    mode: Mode = "cached"
    k: int | None = None
    n: int | None = None
    early: bool = False
    precision: Precision | None = None
    """None: the precision that is asked for on the command line."""


WAYS = (
    Way("paper", "paper"),
    Way("cached"),
    Way("no references", k=0, n=0),
)
CURVE = (
    Way("cached, k 1", k=1),
    Way("cached, no local", k=0),
    Way("cached, no non-local", n=0),
    Way("cached, early results", early=True),
    Way("paper, in bfloat16", "paper", precision="bfloat16"),
)


class Meter:
    """Counts crops and processor seconds that go through the backbone of every engine made meanwhile.

    Processor time of the whole process, because the machine may be busy with other things.
    """

    def __init__(self) -> None:
        self.crops, self.backbone = 0, 0.0
        self._real = Engine.features

    def __enter__(self) -> Meter:
        real = self._real

        def features(engine, crops):  # type: ignore[no-untyped-def]
            began = time.process_time()
            out = real(engine, crops)
            self.backbone += time.process_time() - began
            self.crops += len(crops)
            return out

        Engine.features = features  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Engine.features = self._real  # type: ignore[method-assign]


@dataclass(frozen=True)
class Measured:
    """What one way came to on some clips. ``cost`` [4]: person-frames, crops, seconds of backbone and in all."""

    rows: tuple[PoseRows, ...]
    cost: NDArray[np.float64]


def measure(clip: LabelledClip, way: Way, options: argparse.Namespace) -> Measured:
    """Predict a clip in one way. The clock runs once video and weights are open."""
    request = PredictRequest(
        clip.video, options.model, start=clip.start, stop=clip.stop, known=clip.known, find_people=False,
        device=options.device, mode=way.mode, k=way.k, n=way.n, early=way.early, decoder="dark",
        precision=way.precision or options.precision,
    )  # fmt: skip
    began = 0.0

    def hear(event: Event) -> None:
        nonlocal began
        if isinstance(event, Started):
            began = time.process_time()

    with Meter() as meter:
        result = predict_video(request, hear)
        spent = time.process_time() - began
    rows = result.rows.copy()
    rows["track"] = [result.tracks[track] for track in rows["track"].tolist()]
    rows = np.sort(rows, order=("frame", "track"))
    return Measured((rows,), np.array([len(rows), meter.crops, meter.backbone, spent]))


def kept(clip: LabelledClip, way: Way, options: argparse.Namespace) -> Measured:
    """The same, kept in the folder, so that several short runs make one table."""
    model = Path(find_weights(options.model)).stem
    precision = way.precision or options.precision
    path = options.cache / f"modes-{model}-{precision}-{clip.name}-{way.name}.npz".replace(" ", "-")
    if not path.exists():
        if options.sum:
            raise SystemExit(f"{clip.name}, {way.name} has not been measured yet")
        made = measure(clip, way, options)
        np.savez(path, rows=made.rows[0], cost=made.cost)
    with np.load(path, allow_pickle=False) as arrays:
        return Measured((arrays["rows"],), arrays["cost"])


def together(parts: list[Measured]) -> Measured:
    """Several clips as one."""
    return Measured(
        tuple(row for part in parts for row in part.rows), sum(part.cost for part in parts)
    )


def scores(clips: list[LabelledClip], rows: tuple[PoseRows, ...]) -> tuple[float, float]:
    """PCK@0.2 of the torso, all joints pooled, and PoseTrack's AP (NaN without head boxes), in percent."""
    pairs = []
    for clip, found in zip(clips, rows, strict=True):
        listing = {"name": "000001_mpii_clip", "frames": clip.stop, "width": 1, "height": 1}
        truth = labels_file(clip.truth, **listing)
        pairs.append((truth, predictions_file(found, **listing)))
    pck = score_pck([pair_video(*pair, str(i)) for i, pair in enumerate(pairs)])
    headed = [pair for clip, pair in zip(clips, pairs, strict=True) if clip.has_heads]
    ap = score_files(headed).ap.total if headed else float("nan")
    return 100 * pck.right.sum() / pck.labelled.sum(), ap


def apart(a: tuple[PoseRows, ...], b: tuple[PoseRows, ...]) -> NDArray[np.float64]:
    """Distance of every joint in two predictions of the same boxes, in percent of the box height."""
    shares = []
    for first, second in zip(a, b, strict=True):
        assert np.array_equal(first[["frame", "track"]], second[["frame", "track"]])
        both = (first["score"] > 0) & (second["score"] > 0)
        distance = np.linalg.norm(first["xy"] - second["xy"], axis=-1)
        shares.append(100 * (distance / first["box"][:, 3:])[both])
    return np.concatenate(shares)


def spread(clips: list[LabelledClip], way: Measured, paper: Measured) -> float:
    """How far the difference in PCK may be off, from how it differs between clips: half of its 95 % interval."""
    apart = [
        scores([clip], (own,))[0] - scores([clip], (literal,))[0]
        for clip, own, literal in zip(clips, way.rows, paper.rows, strict=True)
    ]
    return 1.96 * float(np.std(apart, ddof=1)) / len(apart) ** 0.5 if len(apart) > 2 else np.nan


def table(title: str, clips: list[LabelledClip], ways: dict[str, Measured]) -> None:
    """Print one table; the first way is what the others are compared with."""
    paper = next(iter(ways.values()))
    base = scores(clips, paper.rows)
    print(f"\n{title}: {paper.cost[0]:.0f} person-frames\n")
    print(
        "| way | backbone passes | CPU time ÷ backbone of one pass | PCK@0.2 | AP "
        "| joints off from paper: median | 95 % |\n|---|---|---|---|---|---|---|"
    )
    for name, way in ways.items():
        people, crops, backbone, spent = way.cost
        pck, ap = scores(clips, way.rows)
        off = apart(paper.rows, way.rows)
        sure = spread(clips, way, paper)
        within = "" if np.isnan(sure) or way is paper else f" ± {sure:.2f}"
        print(
            f"| {name} | {crops / people:.2f} | {spent / people / (backbone / crops):.2f} "
            f"| {pck:.2f} ({pck - base[0]:+.2f}{within}) | {ap:.2f} ({ap - base[1]:+.2f}) "
            f"| {np.median(off):.2f} % | {np.percentile(off, 95):.2f} % |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--cache", type=Path, required=True, help="where clips and results are kept"
    )
    parser.add_argument("--data", type=Path, help="the folder of real clips")
    parser.add_argument("--model", default=default_weights())
    parser.add_argument("--clips", nargs="+", default=list(NAMES), choices=NAMES)
    parser.add_argument(
        "--curve", action="store_true", help="what fewer references cost and bring, too"
    )
    parser.add_argument(
        "--sum", action="store_true", help="only what is in the cache, all clips together"
    )
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto", choices=get_args(Precision))
    options = parser.parse_args()
    clips = [labelled_clip(name, options.cache, options.data) for name in options.clips]
    every = (*WAYS, *CURVE) if options.curve else WAYS
    parts = [{way.name: kept(clip, way, options) for way in every} for clip in clips]
    for clip, ways in zip(clips, parts, strict=True):
        table(clip.name, [clip], ways)
    if len(clips) > 1:
        table("all", clips, {way.name: together([p[way.name] for p in parts]) for way in every})


if __name__ == "__main__":
    main()
