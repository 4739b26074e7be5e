"""What the tests of scoring share: videos as plain dictionaries, and the PoseTrack18 files of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glpose_core.formats.posetrack import from_document
from glpose_core.formats.posetrack_file import CATEGORY, PoseTrackFile
from glpose_core.skeleton import POSETRACK17

from .oracle import JOINTS

Frame = dict[str, Any]
HEAD = 50.0
"""The diagonal of every head box here, 30 × 40: a head size of 30, a threshold of 15 pixels."""


def person(track: int, x: float = 0.0, y: float = 0.0, score: float = 0.9, **less: Any) -> Frame:
    """A standing person whose joints are 40 pixels from one another, moved by (x, y).

    ``joints`` (names) limits which there are; ``moved`` {name: (dx, dy)} moves some.
    """
    names = less.get("joints", JOINTS)
    moved = less.get("moved", {})
    joints = {}
    for slot, name in enumerate(JOINTS):
        if name in names:
            dx, dy = moved.get(name, (0.0, 0.0))
            joints[name] = (100.0 + 40 * (slot % 3) + x + dx, 100.0 + 40 * (slot // 3) + y + dy)
    return {
        "track": track,
        "head": 0.6 * HEAD,
        "joints": joints,
        "scores": dict.fromkeys(JOINTS, score),
    }


def frame(truth: list[Frame], found: list[Frame], regions: list[Any] | None = None) -> Frame:
    return {"truth": truth, "found": found, "regions": regions or []}


def document(video: list[Frame], side: str, name: str = "000007_mpii_test") -> dict[str, Any]:
    """One side of a video as the JSON object of a PoseTrack18 file."""
    digits = int(name.split("_")[0])
    images, annotations = [], []
    for number, one in enumerate(video):
        image_id = 10**10 + digits * 10**4 + number
        image = {
            "has_no_densepose": True,
            "is_labeled": bool(one["truth"]),
            "file_name": f"images/val/{name}/{number:06d}.jpg",
            "nframes": len(video),
            "frame_id": image_id,
            "vid_id": f"{digits:06d}",
            "id": image_id,
        }
        if one["regions"] and side == "truth":
            image["ignore_regions_x"] = [[p[0] for p in region] for region in one["regions"]]
            image["ignore_regions_y"] = [[p[1] for p in region] for region in one["regions"]]
        images.append(image)
        for place, who in enumerate(one[side]):
            annotations.append(_annotation(who, image_id, place, side))
    return {
        "images": images,
        "annotations": annotations,
        "categories": [json.loads(json.dumps(CATEGORY))],
    }


def _annotation(who: Frame, image_id: int, place: int, side: str) -> dict[str, Any]:
    keypoints = np.zeros((17, 3))
    for name, (x, y) in who["joints"].items():
        keypoints[POSETRACK17.index(name)] = x, y, 1
    result: dict[str, Any] = {
        "keypoints": keypoints.reshape(-1).tolist(),
        "track_id": who["track"],
        "image_id": image_id,
        "scores": [],
        "category_id": 1,
        "id": image_id * 100 + place,
    }
    if side == "truth":
        size = who["head"] / 0.6 / HEAD
        result["bbox_head"] = [10.0, 10.0, 30.0 * size, 40.0 * size]
    else:
        result["scores"] = [who["scores"].get(joint, 0.0) for joint in POSETRACK17.joints]
    return result


def files(
    video: list[Frame], name: str = "000007_mpii_test"
) -> tuple[PoseTrackFile, PoseTrackFile]:
    """Truth and predictions of a video."""
    truth, found = (
        from_document(document(video, side, name), Path(f"{side}/{name}.json"))
        for side in ("truth", "found")
    )
    return truth, found


def crowd(seed: int, frames: int = 14) -> list[dict[str, Any]]:
    """Five people within one another's reach, predictions with swaps, doubles and gaps."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 40, (5, 2))
    video = []
    for _ in range(frames):
        places = places + rng.normal(0, 4, places.shape)
        truth = [person(t, *place) for t, place in enumerate(places) if rng.uniform() < 0.9]
        found = []
        tracks = rng.permutation(8)
        for number, place in enumerate(places):
            for _ in range(rng.integers(0, 3)):
                free = [t for t in tracks.tolist() if t not in {one["track"] for one in found}]
                if not free:
                    break
                track = number if number in free and rng.uniform() < 0.8 else free[0]
                x, y = place + rng.normal(0, 5, 2)
                some = [j for j in JOINTS if rng.uniform() < 0.9]
                found.append(person(track, x, y, score=float(rng.uniform()), joints=some))
        video.append(frame(truth, found))
    return video


@pytest.fixture
def folders(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Writes videos by name into two folders, and returns them."""

    def write(**videos: list[Frame]) -> tuple[Path, Path]:
        for side in ("truth", "found"):
            (tmp_path / side).mkdir(exist_ok=True)
            for key, video in videos.items():
                name = f"{key.removeprefix('v')}_mpii_test"
                path = tmp_path / side / f"{name}.json"
                path.write_text(json.dumps(document(video, side, name)), "utf-8")
        return tmp_path / "truth", tmp_path / "found"

    return write
