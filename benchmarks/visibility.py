"""Thresholds that propose visible, hidden or absent: chosen on some people, measured on others.

    python -m benchmarks.visibility --data DIR [--weights NAME …] [--clips N] [--write FILE …]

DIR holds the stills; of them ``coco-mini`` has hidden joints (its joints without a label count as absent).
Rendered clips have exact truth. Half of the people of each choose the thresholds, the other half is judged; boxes are the
true ones, jittered as found boxes are. The alternatives are the thresholds that the weights carry and calling every
joint visible. --write stores the thresholds, chosen on all, in those weights files.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from glpose_core.geometry import person_box
from glpose_core.labels import Visibility
from glpose_core.network import load_weights, save_weights
from glpose_core.network.library import find_weights
from glpose_core.predict.crops import crop_matrices, cut_crops
from glpose_core.predict.decode import decode_heatmaps
from glpose_core.predict.engine import Engine
from glpose_core.predict.rows import VisibilityThresholds, in_picture, to_slots
from glpose_core.skeleton import EARS, POSETRACK17
from glpose_core.synthetic import SceneOptions, draw_scene, render, truth_rows
from glpose_core.synthetic.truth import stack
from glpose_core.train.pictures import read_picture
from glpose_core.train.visibility import Judged, choose_thresholds, confusion, costs

BOX_SCORE = 0.78
"""Median score of the boxes that people are followed in on a real clip."""
JITTER = 0.06
"""Deviation of a found box from the true one, in shares of its size."""
NEAR = 0.1
"""A joint is right within this share of its box's longer side (about half a head)."""
CLIP = SceneOptions(people=(2, 5), frames=12, rate=4.0)
SIZE = (640, 360)
NAMES = {0: "absent", 1: "hidden", 2: "visible"}


@dataclass(frozen=True, eq=False)
class Person:
    """One labelled person: their picture, ``box [4]``, ``xy [17, 2]`` and ``visibility [17]``."""

    picture: NDArray[np.uint8]
    box: NDArray[np.float64]
    xy: NDArray[np.float64]
    visibility: NDArray[np.uint8]


def rendered(clips: int) -> Iterator[Person]:
    """People of rendered clips that no training has seen."""
    for seed in range(clips):
        pictures, truths = [], []
        for picture, truth in render(draw_scene(900_000 + seed, CLIP), SIZE, 1):
            pictures.append(picture)
            truths.append(truth)
        for row in truth_rows(stack(truths)):
            yield Person(pictures[row["frame"]], row["box"], row["xy"], row["visibility"])


def coco(data: Path) -> Iterator[Person]:
    """The people of ``coco-mini`` with joints, train and val: these weights have seen the former."""
    for part in ("train", "val"):
        path = data / "coco-mini" / f"coco_mini_{part}.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        files = {one["id"]: path.parent / one["file_name"] for one in content["images"]}
        for one in content["annotations"]:
            points = np.array(one["keypoints"], dtype=np.float64).reshape(17, 3)
            box = person_box(points[:, :2], points[:, 2] > 0)
            if one.get("iscrowd") or (points[:, 2] > 0).sum() < 5 or box is None:
                continue
            state = points[:, 2].astype(np.uint8)
            yield Person(read_picture(files[one["image_id"]]), box, points[:, :2], state)


def judge(engine: Engine, people: list[Person], asked: NDArray[np.bool_]) -> list[Judged]:
    """Predict every person; of the joints those ``asked [17]`` that the network has are judged."""
    taught = np.array([joint in engine.joints for joint in POSETRACK17.joints]) & asked
    rng = np.random.default_rng(0)
    found = []
    for person in people:
        strayed = person.box.copy()
        strayed[:2] += rng.normal(0, JITTER, 2) * person.box[2:]
        strayed[2:] *= np.exp(rng.normal(0, JITTER, 2))
        matrices = crop_matrices(strayed, engine.size)
        heatmaps = engine.heatmaps(cut_crops(person.picture, matrices, engine.size))
        decoded = in_picture(*decode_heatmaps(heatmaps, engine.decoder, engine.sigma), matrices)
        xy, maxima = to_slots(decoded, engine.joints)
        near = np.linalg.norm(xy[0] - person.xy, axis=-1) < NEAR * person.box[2:].max()
        there = person.visibility > 0
        found.append(
            Judged(
                (maxima[0] * BOX_SCORE)[taught], person.visibility[taught], (near & there)[taught]
            )
        )
    return found


def joined(parts: list[Judged]) -> Judged:
    """All joints of many people."""
    return Judged(
        *(np.concatenate([getattr(one, f) for one in parts]) for f in ("scores", "truth", "near"))
    )


def area(found: Judged) -> float:
    """Chance that a visible joint in its place scores more than a hidden one (area under the curve)."""
    high = found.scores[found.near & (found.truth == Visibility.VISIBLE)]
    low = np.sort(found.scores[found.truth == Visibility.OCCLUDED])
    if not len(high) or not len(low):
        return float("nan")
    below = np.searchsorted(low, high) + np.searchsorted(low, high, side="right")
    return float(below.mean() / 2 / len(low))


def report(
    name: str, sets: dict[str, list[Judged]], own: VisibilityThresholds
) -> VisibilityThresholds:
    """Print the tables of one network; returns the thresholds chosen on everybody."""
    halves = {title: (joined(all_[::2]), joined(all_[1::2])) for title, all_ in sets.items()}
    chosen = choose_thresholds([first for first, _ in halves.values()])
    ways = {
        f"chosen ({chosen.visible:.2f}, {chosen.placed:.2f})": chosen,
        f"as in the weights ({own.visible:.2f}, {own.placed:.2f})": own,
        "every joint visible": VisibilityThresholds(0.0, 0.0),
    }
    print(f"\n### {name}\n")
    print("| people | thresholds (visible, placed) | right | seconds a joint |")
    print("|---|---|---|---|")
    for title, (_, held) in halves.items():
        for way, limits in ways.items():
            states = limits.propose(held.scores)
            each = costs(held, states)
            right = (states == held.truth).mean()
            print(f"| {title} | {way} | {right:.3f} | {each.mean():.3f} |")
    for title, (_, held) in halves.items():
        counts = confusion(held, chosen.propose(held.scores))
        print(
            f"\n{title}: {counts.sum()} joints; visible scores more than hidden in {area(held):.2f} of pairs\n"
        )
        print("| truly | n | proposed absent | hidden | visible |")
        print("|---|---|---|---|---|")
        for state in (2, 1, 0):
            row = counts[state]
            shares = " | ".join(f"{share:.2f}" for share in row / max(row.sum(), 1))
            print(f"| {NAMES[state]} | {row.sum()} | {shares} |")
    return choose_thresholds([joined(all_) for all_ in sets.values()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--weights", nargs="*", default=[], help="names or files (default: starter)"
    )
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument(
        "--write", nargs="*", type=Path, default=[], help="weights files to store them in"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    everywhere = np.array([slot not in EARS for slot in range(17)])
    limbs = everywhere.copy()
    limbs[[POSETRACK17.index("head_bottom"), POSETRACK17.index("head_top")]] = False
    shown, photographed = list(rendered(options.clips)), list(coco(options.data))
    names = [*options.weights, *map(str, options.write)]
    for name in names or ["glpose-w18-starter", "hrnet-w18-starter"]:
        model = load_weights(find_weights(name))
        engine = Engine(model, torch.device("cpu"))
        sets = {
            "rendered": judge(engine, shown, everywhere),
            "coco-mini": judge(engine, photographed, limbs),
        }
        chosen = report(Path(name).stem, sets, engine.thresholds)
        if Path(name) in options.write:
            kept = {"visible": chosen.visible, "placed": chosen.placed}
            save_weights(model, Path(name), {**model.record, "visibility_thresholds": kept})
            print(f"\n{name} now holds {kept}")


if __name__ == "__main__":
    main()
