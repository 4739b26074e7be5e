"""What it costs to be able to say why: while predicting, in the project, and when somebody asks.

Predicts the same boxes with a project that keeps what every pose was compared with, and with one that does
not (the named alternative), and then asks for explanations as the panel *Evidence* does.

    python benchmarks/evidence.py VIDEO [--model FILE] [--frames 0:60]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from glpose_core.cli.predict import parse_frames
from glpose_core.formats.project_video import video_record
from glpose_core.job import Prediction, predict_video
from glpose_core.job.explain import Explainer
from glpose_core.labels import Project, origins_of, read_references
from glpose_core.network.library import default_weights
from glpose_core.predict.evidence import Change, ExplainRequest
from glpose_core.predict.job import PredictRequest
from glpose_core.predict.predictor import Predictor
from glpose_core.predict.record import RunRecord, run_of
from glpose_core.video import open_video

ASKED = 12


class _Meter:
    """Counts the seconds that recording takes while poses are predicted."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._real = Predictor._record

    def __enter__(self) -> _Meter:
        real = self._real

        def record(predictor, references, boxes):  # type: ignore[no-untyped-def]
            began = time.perf_counter()
            out = real(predictor, references, boxes)
            self.seconds += time.perf_counter() - began
            return out

        Predictor._record = record  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Predictor._record = self._real  # type: ignore[method-assign]


def project_of(request: PredictRequest, found: Prediction, path: Path, keep: bool) -> float:
    """Lay a prediction into a new project. Returns the seconds until it was on the disk."""
    with open_video(request.video) as reader:
        project = Project.create(path, video_record(reader, path))
    with project:
        began = time.perf_counter()
        run = project.begin_run(run_of(request, found.started))  # type: ignore[arg-type]
        project.add_tracks(run, dict.fromkeys(found.tracks))
        references = found.references if keep else None
        project.add_predictions(run, found.rows, references).result()
        seconds = time.perf_counter() - began
    return seconds


def requests(path: Path) -> list[ExplainRequest]:
    """What the panel asks of poses all over the project."""
    with Project.open(path, read_only=True) as project:
        state = project.state
        rows = state.seen([person.id for person in state.people()])
        made = []
        for row in rows[np.linspace(0, len(rows) - 1, ASKED).astype(int)]:
            frame = int(row["frame"])
            origin = origins_of(state, int(row["person"]), frame)[0]
            record = RunRecord.of(origin.run)
            references = read_references(path, origin.shown, origin.track, frame)
            assert references is not None
            made.append(
                ExplainRequest(
                    record.weights_file, frame, origin.row["box"], references, device=record.device
                )
            )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--model", default=None)
    parser.add_argument("--frames", default="0:60")
    args = parser.parse_args()
    start, stop = parse_frames(args.frames)
    weights = args.model or default_weights()
    request = PredictRequest(args.video, weights, start=start, stop=stop, focus=start)
    began = time.perf_counter()
    with _Meter() as meter:
        found = predict_video(request)
    whole = time.perf_counter() - began
    poses = len(found.rows)
    with tempfile.TemporaryDirectory() as folder:
        kept, bare = Path(folder) / "kept.glpose", Path(folder) / "bare.glpose"
        seconds = {path: project_of(request, found, path, path is kept) for path in (kept, bare)}
        sizes = {path: path.stat().st_size for path in (kept, bare)}
        first, again, off = [], [], []
        with Explainer(args.video) as explainer:
            for one in requests(kept):
                began = time.perf_counter()
                base = explainer.explain(one)
                first.append(time.perf_counter() - began)
                began = time.perf_counter()
                explainer.explain(ExplainRequest(**{**vars(one), "change": Change(frozenset({0}))}))
                again.append(time.perf_counter() - began)
                row = found.rows[
                    (found.rows["frame"] == one.frame)
                    & (found.rows["box"] == np.asarray(one.box, np.float32)).all(axis=1)
                ][0]
                there = row["visibility"] > 0
                if there.any():
                    off.append(float(np.abs(base.xy - row["xy"])[there].max()))
    print(f"{poses} poses, {found.started.model if found.started else ''}\n")
    print("| | keeps why | does not |")
    print("|---|---|---|")
    share = whole - meter.seconds
    print(f"| predicting, ms a pose | {1e3 * whole / poses:.2f} | {1e3 * share / poses:.2f} |")
    print(
        f"| writing, ms a pose | {1e3 * seconds[kept] / poses:.3f} | {1e3 * seconds[bare] / poses:.3f} |"
    )
    print(f"| project, bytes a pose | {sizes[kept] / poses:.0f} | {sizes[bare] / poses:.0f} |")
    print(
        f"| a pose explained, ms (median of {len(first)}) | {1e3 * np.median(first[1:]):.0f} | – |"
    )
    print(f"| a crop taken away, ms | {1e3 * np.median(again):.0f} | – |")
    print(f"| farthest from what was stored, px | {max(off, default=0):.3f} | – |")


if __name__ == "__main__":
    main()
