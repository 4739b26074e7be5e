"""Render people and keep them as a folder of stills with exact labels, to be learned from.

    python -m benchmarks.rendered_stills --out DIR [--motion motion.npz --photographs FOLDER --scenes 600 --workers 14]

DIR gets ``rendered.json`` (COCO keypoints, PoseTrack's joints) and ``images/``. Hidden joints are labelled, as hidden.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from glpose_core.skeleton import POSETRACK17
from glpose_core.synthetic import SceneOptions, read_recordings
from glpose_core.train.rendered import render_poses

PICTURE = (640, 360)
FIRST_SEED = 900_000
LEAST_HEIGHT = 60
"""People lower than this, in pixels, are left out."""


def scene(seed: int, options: SceneOptions, folder: Path) -> list[dict[str, Any]]:
    """Render one scene into ``folder``, and return what is labelled in it."""
    cv2.setNumThreads(1)
    poses = render_poses(seed, options, PICTURE)
    rows: list[dict[str, Any]] = []
    with poses.pictures() as picture:
        for frame in np.unique(poses.frame):
            name = f"images/{seed}_{frame}.jpg"
            shown = np.ascontiguousarray(picture(int(frame))[..., ::-1])
            cv2.imwrite(str(folder / name), shown, [cv2.IMWRITE_JPEG_QUALITY, 95])
            for row in np.flatnonzero(poses.frame == frame):
                if poses.boxes[row, 3] < LEAST_HEIGHT:
                    continue
                places = np.where(poses.known[row, :, None], poses.xy[row], 0).round(2)
                triples = np.column_stack([places, 2 * poses.known[row]])
                rows.append({"file": name, "keypoints": triples.ravel().tolist()})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--motion", type=Path)
    parser.add_argument("--photographs", type=Path, help="folder of pictures without people")
    parser.add_argument("--scenes", type=int, default=600)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    scenes = SceneOptions(
        people=(1, 4),
        frames=5,
        rate=1.5,
        recordings=None if options.motion is None else read_recordings(options.motion),
        photographs=sorted(options.photographs.glob("*.jpg")) if options.photographs else (),
        moving=0.4,
    )
    draw = partial(scene, options=scenes, folder=options.out)
    seeds = range(FIRST_SEED, FIRST_SEED + options.scenes)
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for number, found in enumerate(pool.map(draw, seeds, chunksize=2)):
            rows += found
            if number % 50 == 0:
                print(f"{number} scenes, {len(rows)} people", flush=True)
    files = sorted({row["file"] for row in rows})
    identity = {name: number for number, name in enumerate(files, 1)}
    document = {
        "categories": [{"id": 1, "name": "person", "keypoints": list(POSETRACK17.joints)}],
        "images": [{"id": identity[name], "file_name": name} for name in files],
        "annotations": [
            {
                "id": number,
                "image_id": identity[row["file"]],
                "category_id": 1,
                "keypoints": row["keypoints"],
            }
            for number, row in enumerate(rows, 1)
        ],
    }
    (options.out / "rendered.json").write_text(json.dumps(document), encoding="utf-8")
    print(f"{len(rows)} people in {len(files)} pictures")


if __name__ == "__main__":
    main()
