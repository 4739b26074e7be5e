"""Train and measure the weights that come with the app.

    python benchmarks/starter_weights.py backbone --data DIR --out runs/starter --minutes 110
    python benchmarks/starter_weights.py modules  --data DIR --out runs/starter --minutes 30
    python benchmarks/starter_weights.py measure  --data DIR --out runs/starter

DIR holds the stills (COCO-keypoints JSON files with their pictures). ``measure`` prints PCK@0.2 of the torso
per joint beside a mean-pose baseline, and writes both weights files and their model card.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from glpose_core.geometry import crop_affine, crop_box
from glpose_core.network import GLPose, GLPoseConfig, HRNet, load_weights, save_weights
from glpose_core.predict.decode import decode_heatmaps
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.augment import Augmentation
from glpose_core.train.clips import ClipBatch
from glpose_core.train.motion import MotionSettings, draw_moving_stills
from glpose_core.train.samples import PoseSamples, concatenate, load_stills
from glpose_core.train.stills import (
    Stage,
    StillsRecipe,
    predict_samples,
    torso_pck,
    train_on_stills,
)
from glpose_core.train.temporal import Optimiser, heatmaps_of, loss_of
from glpose_core.train.warm_start import start_from_single_frame

WIDTH, MODULES = 18, (1, 2, 0)
SIZE = (96, 128)
K, N = 2, 4
CPU = torch.device("cpu")
TRAIN = (
    ("lspet/lspet_train.json", 1.0),
    ("fashion/fashion_train.json", 2.0),
    ("coco-mini/coco_mini_train.json", 4.0),
    ("parse/parse.json", 1.5),
)
"""Training files and how often each of their people is drawn."""
VALIDATE = {
    "lspet val": "lspet/lspet_val.json",
    "fashion val": "fashion/fashion_val.json",
    "coco-mini val": "coco-mini/coco_mini_val.json",
}
USUAL_BOX_SCORE = 0.78
"""Median score of the boxes that people are followed in on a real clip."""
GLPOSE_NAME, HRNET_NAME = "glpose-w18-starter", "hrnet-w18-starter"


def read_training(data: Path) -> PoseSamples:
    """All training people."""
    return concatenate([load_stills(data / f, GLPOSE15.joints, w) for f, w in TRAIN])


def train_backbone(options: argparse.Namespace) -> None:
    """HRNet up to stage 3 with a 1×1 head, from noise or from weights that are already there."""
    recipe = StillsRecipe(
        minutes=options.minutes,
        stages=(Stage(SIZE, 1.0, options.batch or 32, options.compile),),
        learning_rate=options.learning_rate,
        seed=options.seed,
        evaluate_every_minutes=10.0,
    )
    model = HRNet(WIDTH, 15, MODULES)
    if options.start is not None:
        model.load_state_dict(load_weights(options.start).state_dict())

    def save(path: Path, state: dict[str, torch.Tensor], _: object) -> None:
        part = path.with_suffix(".part")
        save_file({name: value.contiguous() for name, value in state.items()}, part)
        part.replace(path)

    train_on_stills(
        model,
        read_training(options.data),
        load_stills(options.data / VALIDATE["lspet val"], GLPOSE15.joints),
        recipe,
        options.out,
        save,
        lambda line: print(line, flush=True),
    )


def read_backbone(out: Path) -> HRNet:
    """The trained backbone with its head, in evaluation mode."""
    model = HRNet(WIDTH, 15, MODULES)
    model.load_state_dict(load_file(out / "backbone.safetensors"))
    return model.eval()


def train_modules(options: argparse.Namespace) -> None:
    """The GLPose modules and head on moving stills, over the frozen backbone."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    config = GLPoseConfig(width=WIDTH, k=K, n=N, modules=MODULES, input_size=SIZE)
    model = GLPose(config)
    samples = read_training(options.data)
    share = samples.weight / samples.weight.sum()
    how = Augmentation(occlusion_chance=0.1, blur_chance=0.05)

    def draw(count: int) -> ClipBatch:
        rows = rng.choice(len(samples), count, p=share)
        return draw_moving_stills(samples, rows, SIZE, K, N, how, MotionSettings(), rng)

    start_from_single_frame(model, read_backbone(options.out), draw(32))
    model.train()
    new = [p for name, p in model.named_parameters() if not name.startswith("backbone")]
    optimiser = Optimiser(model, [(new, 1e-3)], average=0.99)
    began, shown, steps, losses = time.monotonic(), time.monotonic(), 0, []
    while (done := (time.monotonic() - began) / 60 / options.minutes) < 1:
        batch = draw(options.batch or 12)
        loss = loss_of(heatmaps_of(model, batch.crops, CPU), batch, SIZE, location_weight=1.0)
        optimiser.step(loss, done)
        losses.append(float(loss.detach()))
        steps += 1
        if time.monotonic() - shown > 60:
            shown = time.monotonic()
            print(f"step {steps}, {done:.0%}: loss {np.mean(losses):.3f}", flush=True)
            losses.clear()
            _keep_modules(model, optimiser, options.out)
    _keep_modules(model, optimiser, options.out)


def _keep_modules(model: GLPose, optimiser: Optimiser, out: Path) -> None:
    present = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(optimiser.average.state)
    save_weights(model, out / "glpose.safetensors")
    model.load_state_dict(present)


def mean_pose(train: PoseSamples, test: PoseSamples) -> NDArray[np.float64]:
    """Predict every person as the mean training pose in their box: what knowing nothing gives."""

    def unit(samples: PoseSamples) -> NDArray[np.float64]:
        maps = np.stack(
            [crop_affine(crop_box(box, SIZE[0] / SIZE[1]), SIZE) for box in samples.boxes]
        )
        return maps

    maps = unit(train)
    placed = train.xy @ maps[:, :, :2].swapaxes(1, 2) + maps[:, None, :, 2]
    count = train.known.sum(axis=0)[:, None]
    mean = np.where(train.known[..., None], placed, 0).sum(axis=0) / np.maximum(count, 1)
    there = unit(test)
    inverse = np.linalg.inv(there[:, :, :2])
    return (mean - there[:, None, :, 2]) @ inverse.swapaxes(1, 2)


def moving_pck(
    predict: Callable[[NDArray[np.uint8]], torch.Tensor], samples: PoseSamples, degrade: float
) -> float:
    """PCK@0.2 torso on the key frames of moving stills made of the validation pictures."""
    rng = np.random.default_rng(7)
    motion = MotionSettings(degrade_key=degrade)
    right = total = 0
    shoulder, hip = (GLPOSE15.index(joint) for joint in ("left_shoulder", "right_hip"))
    for start in range(0, len(samples), 16):
        rows = np.arange(start, min(start + 16, len(samples)))
        batch = draw_moving_stills(samples, rows, SIZE, K, N, Augmentation.none(), motion, rng)
        with torch.no_grad():
            found, _ = decode_heatmaps(predict(batch.crops).numpy())
        torso = np.linalg.norm(batch.xy[:, shoulder] - batch.xy[:, hip], axis=-1)
        known = (batch.mask > 0) & ((batch.mask[:, shoulder] > 0) & (batch.mask[:, hip] > 0))[
            :, None
        ]
        near = np.linalg.norm(found - batch.xy, axis=-1) <= 0.2 * torso[:, None]
        right, total = right + int((near & known).sum()), total + int(known.sum())
    return right / total


def thresholds(
    predict: Callable[[NDArray[np.uint8]], torch.Tensor], samples: PoseSamples
) -> dict[str, float]:
    """Joint scores from which a joint is proposed as placed, and as visible.

    Stills say nothing of hidden joints, so these only follow from how sure the network is of joints that
    are there: 99 of 100 of them shall be placed, and 19 of 20 visible. A joint's score is its heatmap
    maximum times the score of its box.
    """
    rng = np.random.default_rng(7)
    found = []
    for start in range(0, len(samples), 16):
        rows = np.arange(start, min(start + 16, len(samples)))
        plain = MotionSettings(degrade_key=0.0)
        batch = draw_moving_stills(samples, rows, SIZE, K, N, Augmentation.none(), plain, rng)
        with torch.no_grad():
            maxima = predict(batch.crops).amax(dim=(-2, -1)).numpy()
        found.append(maxima[batch.mask > 0])
    scores = np.concatenate(found) * USUAL_BOX_SCORE
    placed, visible = np.quantile(scores, (0.01, 0.05))
    return {"placed": round(float(placed), 3), "visible": round(float(visible), 3)}


def measure(options: argparse.Namespace) -> None:
    """Print the figures, and write the weights and their card to ``resources/weights``."""
    target = Path(__file__).resolve().parents[1] / "resources" / "weights"
    train = read_training(options.data)
    hrnet = read_backbone(options.out)
    glpose = load_weights(options.out / "glpose.safetensors")
    assert isinstance(glpose, GLPose)
    log = (options.out / "log.csv").read_text().splitlines()[-1].split(",")
    record = {
        "input_size": list(SIZE),
        "data": [name for name, _ in TRAIN],
        "samples": int(log[0]),
        "minutes": float(log[1]),
        "machine": f"{os.cpu_count()} CPU cores",
    }
    lines = []
    figures: dict[str, object] = {}
    for title, file in VALIDATE.items():
        samples = load_stills(options.data / file, GLPOSE15.joints)
        pck, per_joint, people = torso_pck(predict_samples(hrnet, samples, SIZE), samples)
        base, base_joint, _ = torso_pck(mean_pose(train, samples), samples)
        left_out = len(samples) - people
        lines += [
            f"\n### {title}: {people} people ({left_out} without left shoulder or right hip left out)\n",
            "| joint | HRNet-W18 starter | mean pose |",
            "|---|---|---|",
            f"| **all** | **{pck:.3f}** | {base:.3f} |",
        ]
        for joint, value, low in zip(GLPOSE15.joints, per_joint, base_joint, strict=True):
            if not math.isnan(value):
                lines.append(f"| {joint.replace('_', ' ')} | {value:.3f} | {low:.3f} |")
        figures[title] = round(pck, 4)
    samples = load_stills(options.data / VALIDATE["lspet val"], GLPOSE15.joints)
    lines += ["\n### Moving stills of lspet val (limbs swing, references degraded)\n"]
    lines += ["| key frame | single frame | GLPose |", "|---|---|---|"]
    for title, degrade in (("clean", 0.0), ("blurred or hidden", 1.0)):
        single = moving_pck(lambda crops: heatmaps_of(hrnet, crops[:, :1], CPU), samples, degrade)
        both = moving_pck(lambda crops: heatmaps_of(glpose, crops, CPU), samples, degrade)
        lines.append(f"| {title} | {single:.3f} | {both:.3f} |")
        figures[f"moving, {title}"] = [round(single, 4), round(both, 4)]
    print("\n".join(lines))
    record["pck"] = figures
    every = concatenate([load_stills(options.data / f, GLPOSE15.joints) for f in VALIDATE.values()])
    for name, model, slots in ((HRNET_NAME, hrnet, 1), (GLPOSE_NAME, glpose, None)):
        limits = thresholds(
            lambda crops, m=model, n=slots: heatmaps_of(m, crops[:, :n], CPU), every
        )
        print(f"{name}: visibility thresholds {limits}")
        save_weights(
            model, target / f"{name}.safetensors", {**record, "visibility_thresholds": limits}
        )
    (options.out / "figures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (options.out / "figures.json").write_text(json.dumps(record, indent=2), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("backbone", "modules", "measure"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--batch", type=int, help="default: 32 pictures, or 12 clips")
    parser.add_argument("--compile", action="store_true", help="torch.compile: pays on long runs")
    parser.add_argument("--start", type=Path, help="go on from these weights (backbone only)")
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    {"backbone": train_backbone, "modules": train_modules, "measure": measure}[options.task](
        options
    )


if __name__ == "__main__":
    main()
