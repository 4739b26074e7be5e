"""Does looking at other frames help? One backbone, one recipe, the same crops: only the references differ.

    python -m benchmarks.ablation --data STILLS --motion motion.npz --out runs/ablation [--steps 300 --seeds 3]
        [--clips FOLDER]

Everybody moves: rendered people (recorded motion where --motion names it) and stills whose limbs are swung, both with
blurred and covered frames. The backbone stays as it is; the modules begin as good as the single frame and learn on the
same draws, three seeds each. Measured on people and scenes that no training has seen, by PCK@0.2 of the torso on key
frames that are clean or degraded; with --clips on the labelled real clips of a folder (trento-*.mp4), too. What is
fixed here (variants, recipe, seeds, test sets) was fixed before any result.
Results are kept in OUT as they come; a second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.moving_draws import Degraded
from glpose_core.geometry import person_box
from glpose_core.network import GLPose, HRNet, find_weights, load_weights
from glpose_core.network.importing import load_backbone
from glpose_core.skeleton import GLPOSE15
from glpose_core.synthetic import SceneOptions
from glpose_core.synthetic.motion import read_recordings
from glpose_core.train.clips import ClipSamples
from glpose_core.train.labelled import LabelledPoses, cut_clips
from glpose_core.train.mixture import Part
from glpose_core.train.motion import MotionSettings, MovingStills
from glpose_core.train.networks import glpose_over, starting_crops
from glpose_core.train.recipe import Recipe, Stage, modules
from glpose_core.train.rendered import render_poses
from glpose_core.train.samples import PoseSamples
from glpose_core.train.scoring import predict_set
from glpose_core.train.stills import load_stills
from glpose_core.train.training import Training
from glpose_core.train.views import Over, PoseSet, Sample, View
from glpose_core.train.warm_start import start_from_single_frame

SIZE = (128, 176)
K, N = 2, 4
CPU = torch.device("cpu")
TRAIN_SCENES, TEST_SCENES, FRAMES, EVERY = 24, 10, 24, 3
TEST_STILLS = 300
PICTURE = (640, 360)


@dataclass(frozen=True)
class Variant:
    """What a network sees of other frames."""

    name: str
    k: int
    n: int
    enhancement: bool = True
    shuffled: bool = False


VARIANTS = (
    Variant("single frame", 0, 0),
    Variant("local only", K, 0),
    Variant("global only", 0, N),
    Variant("both", K, N),
    Variant("both, no enhancement", K, N, enhancement=False),
    Variant("both, references of somebody else", K, N, shuffled=True),
)


@dataclass(frozen=True)
class Shuffled(Over):
    """The same key frames with the references of another person."""

    def draw(self, row: int, view: View, rng: np.random.Generator) -> Sample:
        """The key of ``row``, the references of any row."""
        sample = self.poses.draw(row, view, rng)  # first, so that all variants see the same key
        own = np.random.default_rng(rng.integers(2**63))
        other = self.poses.draw(int(own.integers(len(self))), view, own)
        crops: NDArray[np.uint8] = np.concatenate([sample.crops[:1], other.crops[1:]])
        return replace(sample, crops=crops)


def seen_by(poses: PoseSet, variant: Variant) -> PoseSet:
    """The data set as a variant sees it."""
    return Shuffled(poses) if variant.shuffled else poses


def rendered(first: int, count: int, motion: Path | None) -> list[ClipSamples]:
    """Rendered clips, a set each."""
    options = SceneOptions(
        frames=FRAMES, recordings=None if motion is None else read_recordings(motion)
    )
    clips = []
    for seed in range(first, first + count):
        labels = render_poses(seed, options, PICTURE)
        labels = labels.take(np.flatnonzero(labels.frame % EVERY == 0))
        if len(labels):
            clips.append(cut_clips(labels, GLPOSE15.joints, SIZE, K))
        print(f"scene {seed}: {len(labels)} poses", flush=True)
    return clips


def real(folder: Path) -> list[ClipSamples]:
    """The labelled real clips of a folder, a set each; joints are known where they were labelled."""
    # They load PyAV, which the rest does without.
    from benchmarks.close_loop import read_truth
    from glpose_core.video import open_video

    clips = []
    for video in sorted(folder.glob("trento-*.mp4")):
        frames, keypoints = read_truth(folder / "labels" / f"{video.stem}.json")
        xy, known = keypoints[..., :2], keypoints[..., 2] > 0
        boxes = [person_box(*pose) for pose in zip(xy, known, strict=True)]

        @contextmanager
        def pictures(video: Path = video) -> Iterator[Callable[[int], NDArray[np.uint8]]]:
            with open_video(video) as reader:
                yield reader.__getitem__

        with open_video(video) as reader:
            count = len(reader)
        labels = LabelledPoses(
            name=video.stem,
            person=np.zeros(len(frames), np.int64),
            frame=frames,
            xy=xy,
            known=known,
            boxes=np.array(boxes),
            frames=count,
            pixel_aspect=1.0,
            pictures=pictures,
        )
        clips.append(cut_clips(labels, GLPOSE15.joints, SIZE, K))
        print(f"{video.stem}: {len(labels)} poses", flush=True)
    return clips


def some(samples: PoseSamples, count: int) -> PoseSamples:
    """``count`` people, evenly spaced."""
    rows = np.linspace(0, len(samples) - 1, min(count, len(samples))).astype(int)
    return samples.take(rows)


def over(backbone: Path, variant: Variant, poses: PoseSet) -> GLPose:
    """GLPose over the backbone, as good as the single frame."""
    single = load_weights(backbone)
    assert isinstance(single, HRNet)
    model = glpose_over(single, variant.k, variant.n, SIZE, enhancement=variant.enhancement)
    load_backbone(model, backbone)
    crops = starting_crops(poses, View(SIZE, variant.k, variant.n))
    start_from_single_frame(model, single, crops)
    return model


def recipe_of(steps: int, seed: int) -> Recipe:
    """The preset for modules, shortened."""
    usual = modules().lasting(steps=steps)
    return replace(usual, stages=(Stage(SIZE),), seed=seed, kept_draws=2 * steps)


def run(options: argparse.Namespace) -> None:
    """Train what is missing, measure it, and keep the figures."""
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "results.json"
    results: dict[str, dict[str, float]] = json.loads(kept.read_text()) if kept.exists() else {}
    backbone = find_weights(options.backbone)
    clips = rendered(700_000, TRAIN_SCENES, options.motion)
    trained = load_stills(options.data / "lspet/lspet_train.json", GLPOSE15.joints)
    parts: list[PoseSet] = [*(Degraded(clip, 0.4) for clip in clips), MovingStills(trained)]
    weights = [0.5 / len(clips) * len(trained) / max(len(c), 1) for c in clips] + [0.5]
    held = load_stills(options.data / "lspet/lspet_val.json", GLPOSE15.joints)
    unseen = rendered(800_000, TEST_SCENES, options.motion)
    filmed = [] if options.clips is None else real(options.clips)
    tests: dict[str, list[PoseSet]] = {}
    for title, chance in (("clean", 0.0), ("degraded", 1.0)):
        tests[f"rendered, {title}"] = [Degraded(clip, chance) for clip in unseen]
        tests[f"swung stills, {title}"] = [
            MovingStills(some(held, TEST_STILLS), MotionSettings(degrade_key=chance))
        ]
        if filmed:
            tests[f"real, {title}"] = [Degraded(clip, chance) for clip in filmed]
    for seed in range(options.seeds):
        for variant in VARIANTS:
            key = f"{variant.name}/{seed}"
            if key in results:
                continue
            torch.manual_seed(seed)
            model = over(backbone, variant, seen_by(parts[-1], variant))
            sets = [
                Part(seen_by(poses, variant), weight)
                for poses, weight in zip(parts, weights, strict=True)
            ]
            training = Training(model, sets, recipe_of(options.steps, seed))
            training.run()
            results[key] = measured(training.average.model, tests, variant)
            kept.write_text(json.dumps(results, indent=1))
            print(key, {name: round(value, 4) for name, value in results[key].items()}, flush=True)
    print(table(results, list(tests), options.seeds))


def measured(
    model: torch.nn.Module, tests: dict[str, list[PoseSet]], variant: Variant
) -> dict[str, float]:
    """PCK by test set; the joints of a set's clips count the same."""
    assert isinstance(model, GLPose)
    found = {}
    for title, sets in tests.items():
        right = total = 0.0
        for poses in sets:
            one = predict_set(model, seen_by(poses, variant), SIZE, CPU)
            joints = float(one.known.sum())
            share = one.pck().pooled
            if np.isfinite(share):
                right, total = right + share * joints, total + joints
        found[title] = right / max(total, 1)
    return found


def table(results: dict[str, dict[str, float]], titles: list[str], seeds: int) -> str:
    """Mean ± deviation over seeds, and the difference from the single frame seed by seed."""
    lines = ["", f"| | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for variant in VARIANTS:
        cells = []
        for title in titles:
            pairs = [
                (results[f"{variant.name}/{s}"][title], results[f"single frame/{s}"][title])
                for s in range(seeds)
                if f"{variant.name}/{s}" in results and f"single frame/{s}" in results
            ]
            values = [100 * a for a, _ in pairs]
            gains = [100 * (a - b) for a, b in pairs]
            spread = stdev(values) if len(values) > 1 else 0.0
            more = stdev(gains) if len(gains) > 1 else 0.0
            cell = f"{mean(values):.1f} ± {spread:.1f}"
            cells.append(
                cell if variant is VARIANTS[0] else f"{cell} ({mean(gains):+.1f} ± {more:.1f})"
            )
        lines.append(f"| {variant.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--motion", type=Path)
    parser.add_argument("--clips", type=Path, help="folder with trento-*.mp4 and labels/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--backbone", default="hrnet-w18-starter")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    run(options)


if __name__ == "__main__":
    main()
