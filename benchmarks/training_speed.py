"""How fast training is: GLPose's modules with features kept and computed, and what measuring costs.

    python benchmarks/training_speed.py --stills LABELS.json [--weights BACKBONE] [--poses 24] [--passes 4]

The same draws and batches go through the same loop twice: with memory for the features and without. The first
pass fills the memory and is timed apart.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from glpose_core.network import GLPose, default_weights, find_weights, load_weights
from glpose_core.predict.engine import crop_size
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.mixture import Part
from glpose_core.train.motion import MovingStills
from glpose_core.train.recipe import Stage, modules
from glpose_core.train.scoring import predict_set
from glpose_core.train.stills import load_stills
from glpose_core.train.training import Training


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stills", type=Path, required=True)
    parser.add_argument("--weights", default="")
    parser.add_argument("--poses", type=int, default=24)
    parser.add_argument("--passes", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    path = find_weights(options.weights or default_weights())
    model = load_weights(path)
    assert isinstance(model, GLPose)
    size, config = crop_size(model), model.config
    people = load_stills(options.stills, GLPOSE15.joints)
    stills = people.take(np.arange(min(options.poses, len(people))))
    poses = MovingStills(stills)
    batch = min(12, len(poses))
    first, rest = -(-len(poses) // batch), options.passes * -(-len(poses) // batch)
    print(
        f"{path.stem}: k {config.k}, n {config.n}, {size[0]}×{size[1]}, {len(poses)} poses drawn over and over, "
        f"batches of {batch}, {options.threads} thread(s)\n"
    )
    print("| modules over a frozen backbone | first pass, poses/s | later passes, poses/s |")
    print("|---|---|---|")
    for title, gigabytes in (("features computed each time", 0.0), ("features kept", 2.0)):
        recipe = replace(
            modules(),
            steps=first + rest,
            minutes=None,
            batch=batch,
            stages=(Stage(size),),
            kept_draws=len(poses),
            kept_gigabytes=gigabytes,
            evaluation_share=0.0,
        )
        fresh = load_weights(path)
        training = Training(fresh, [Part(poses)], recipe)
        began = time.monotonic()
        training.run(until=first)
        between = time.monotonic()
        training.run()
        ended = time.monotonic()
        print(
            f"| {title} | {first * batch / (between - began):.1f} | {rest * batch / (ended - between):.1f} |"
        )
    began = time.monotonic()
    predict_set(model, stills if config.references == 0 else poses, size, torch.device("cpu"))
    took = time.monotonic() - began
    print(f"\nMeasuring: {len(poses) / took:.1f} poses/s.")


if __name__ == "__main__":
    main()
