"""OKS average precision equals pycocotools."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest

from glpose_core.evaluate import oks
from glpose_core.evaluate.oks import OksFound, OksTruth, extent, score_oks
from glpose_core.skeleton import COCO17

pytestmark = pytest.mark.quick
SIGMAS = np.array(COCO17.sigmas)


def random_data(
    seed: int, images: int = 30
) -> tuple[OksTruth, OksFound, dict[str, Any], list[Any]]:
    """Random people and detections, as arrays and in COCO's own form."""
    rng = np.random.default_rng(seed)
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image in range(1, images + 1):
        for _ in range(rng.integers(0, 5)):
            size = float(rng.choice([20, 60, 150, 400]))
            corner = rng.uniform(0, 300, 2)
            xy = corner + rng.uniform(0, size, (17, 2))
            v = rng.choice([0, 1, 2], 17, p=[0.2, 0.2, 0.6])
            if rng.uniform() < 0.1:
                v[:] = 0
            keypoints = np.column_stack([np.where(v[:, None] > 0, xy, 0), v])
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": 1,
                    "keypoints": keypoints.reshape(-1).tolist(),
                    "num_keypoints": int((v > 0).sum()),
                    "area": size * size * float(rng.uniform(0.4, 1)),
                    "bbox": [*corner.tolist(), size, size],
                    "iscrowd": int(rng.uniform() < 0.08),
                }
            )
            for _ in range(rng.integers(0, 8)):
                moved = xy + rng.normal(0, size * float(rng.choice([0.01, 0.05, 0.2])), (17, 2))
                results.append(_result(image, moved, rng))
        for _ in range(rng.integers(0, 2)):
            results.append(_result(image, rng.uniform(0, 500, (17, 2)), rng))
    keypoints = np.array([a["keypoints"] for a in annotations]).reshape(-1, 17, 3)
    crowd = np.array([a["iscrowd"] for a in annotations], bool)
    none = np.array([a["num_keypoints"] == 0 for a in annotations])
    truth = OksTruth(
        image=np.array([a["image_id"] for a in annotations]),
        xy=keypoints[..., :2],
        known=keypoints[..., 2] > 0,
        area=np.array([a["area"] for a in annotations]),
        box=np.array([a["bbox"] for a in annotations]),
        ignored=crowd | none,
        crowd=crowd,
    )
    found = detections(
        [r["image_id"] for r in results],
        np.array([r["keypoints"] for r in results]).reshape(-1, 17, 3)[..., :2],
        [r["score"] for r in results],
    )
    document = {
        "images": [{"id": n} for n in range(1, images + 1)],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person"}],
    }
    return truth, found, document, results


def detections(image: Any, xy: np.ndarray, score: Any) -> OksFound:
    return OksFound(np.asarray(image), xy, np.asarray(score), extent(xy))


def _result(image: int, xy: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "image_id": image,
        "category_id": 1,
        "keypoints": np.column_stack([xy, np.ones(17)]).reshape(-1).tolist(),
        "score": float(rng.choice([0.5, rng.uniform()])),
    }


def pycocotools_stats(document: dict[str, Any], results: list[Any]) -> np.ndarray:
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = document
        truth.createIndex()
        run = evaluation.COCOeval(truth, truth.loadRes(results), "keypoints")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return np.where(run.stats < 0, np.nan, run.stats * 100)


@pytest.mark.parametrize("seed", range(8))
def test_random_people_score_as_in_pycocotools(seed: int, monkeypatch: pytest.MonkeyPatch):
    truth, found, document, results = random_data(seed)
    if seed % 2:
        monkeypatch.setattr(oks, "CELLS_AT_ONCE", 300)
    score = score_oks(truth, found, SIGMAS)
    ours = [
        getattr(score, name + part)
        for name in ("ap", "ar")
        for part in ("", "50", "75", "_medium", "_large")
    ]
    assert ours == pytest.approx(pycocotools_stats(document, results), nan_ok=True, abs=1e-9)


def test_the_same_poses_are_perfect_and_nobody_is_nothing():
    truth, _, _, _ = random_data(3)
    found = detections(truth.image, truth.xy, np.linspace(0.1, 0.9, len(truth.image)))
    assert score_oks(truth, found, SIGMAS).ar50 == pytest.approx(100)
    none = detections(np.zeros(0, int), np.zeros((0, 17, 2)), np.zeros(0))
    assert score_oks(truth, none, SIGMAS).ap == 0


def test_more_than_twenty_a_picture_are_left_out_and_counted():
    truth, _, _, _ = random_data(3)
    one = truth.image[~truth.ignored][0]
    row = np.flatnonzero((truth.image == one) & ~truth.ignored)[0]
    found = detections(
        np.full(25, one), np.repeat(truth.xy[row][None], 25, axis=0), np.linspace(0, 1, 25)
    )
    score = score_oks(truth, found, SIGMAS)
    assert (score.detections, score.surplus) == (20, 5)
