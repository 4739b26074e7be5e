"""How fast people are rendered, on one core.

    python -m benchmarks.render [--frames 6]

The alternative, in the same run, draws the same bodies with OpenCV as most synthetic sets of 2-D labels do:
triangles from far to near, one flat colour each, without a depth buffer. It knows nothing of what hides a
joint, and has no light, cloth, shadow or motion blur.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from glpose_core.synthetic.backdrop import see_place
from glpose_core.synthetic.render import pose_everybody, render
from glpose_core.synthetic.scene import Scene, SceneOptions, draw_scene

SIZES = ((480, 270), (960, 540), (1280, 720))


def milliseconds(scene: Scene, size: tuple[int, int]) -> float:
    """Median processor time of a picture with its labels."""
    pictures = render(scene, size)
    next(pictures)  # places and noise are made ready
    spent = []
    began = time.process_time()
    for _ in pictures:
        spent.append(time.process_time() - began)
        began = time.process_time()
    return 1000 * statistics.median(spent)


def flat_milliseconds(scene: Scene, size: tuple[int, int]) -> float:
    """The same of the alternative: the backdrop, then flat triangles from far to near."""
    spent = []
    kept = see_place(scene.place, scene.camera.view(0.0, size)) if scene.camera.still else None
    for frame in range(1, scene.frames):
        seconds = frame / scene.rate
        began = time.process_time()
        view = scene.camera.view(seconds, size)
        picture = np.clip((kept or see_place(scene.place, view)).picture, 0, 255).astype(np.uint8)
        bones = [actor.frames(np.array([seconds]))[0] for actor in scene.actors]
        posed = pose_everybody(scene, bones)
        xy, depth = view.project(posed.points)
        corners = (xy[posed.triangles] * 16).astype(np.int32)
        order = np.argsort(-depth[posed.triangles].mean(axis=1))
        tones = [actor.body.outfit.top for actor in scene.actors]
        whose = posed.person[posed.triangles[:, 0]]
        for triangle in order.tolist():
            cv2.fillConvexPoly(picture, corners[triangle], tones[whose[triangle]], cv2.LINE_8, 4)
        spent.append(time.process_time() - began)
    return 1000 * statistics.median(spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=6)
    frames = parser.parse_args().frames + 1
    cv2.setNumThreads(1)
    print(
        "| people | camera | size | ms a picture | pictures a minute | OpenCV, flat triangles, ms |"
    )
    print("|---|---|---|---|---|---|")
    for people in (1, 3, 5):
        drawn = draw_scene(7, SceneOptions(people=(people, people), frames=frames, place="street"))
        for moving in (0.0, 1.0):
            options = SceneOptions(
                people=(people, people), frames=frames, place="street", moving=moving
            )
            camera = draw_scene(7, replace(options, people=(0, 0))).camera
            scene = replace(drawn, camera=camera)
            for size in SIZES:
                ours, flat = milliseconds(scene, size), flat_milliseconds(scene, size)
                print(
                    f"| {people} | {'held in a hand' if moving else 'on a tripod'} | {size[0]}×{size[1]} "
                    f"| {ours:.0f} | {60_000 / ours:.0f} | {flat:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
