"""Layouts of exported detectors, on arrays made by hand: one person, and one thing that is nobody."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.people.find.exports import fit, recognise

pytestmark = pytest.mark.quick
SIZE = (64, 32)
BOX = np.array([8.0, 4.0, 24.0, 28.0])
"""x1 y1 x2 y2 of the person in pixels of the input."""


def yolox() -> dict[str, np.ndarray]:
    """One level at a time: 8×4, 4×2 and 2×1 cells; the person is told by a cell of the second."""
    rows = np.zeros((1, 32 + 8 + 2, 5 + 80))
    centre, size = (BOX[:2] + BOX[2:]) / 2, BOX[2:] - BOX[:2]
    cell = np.array([1, 1])
    rows[0, 32 + 4 * cell[1] + cell[0], :6] = [*(centre / 16 - cell), *np.log(size / 16), 0.9, 0.8]
    rows[0, 3, :5] = [0, 0, 0, 0, 0.9]
    rows[0, 3, 5 + 16] = 0.9  # a dog
    return {"output": rows}


def dets() -> dict[str, np.ndarray]:
    return {
        "dets": np.array([[[*BOX, 0.72], [0, 0, 9, 9, 0.9]]]),
        "labels": np.array([[0, 16]]),
    }


def rtdetr() -> dict[str, np.ndarray]:
    return {
        "labels": np.array([[0, 16]]),
        "boxes": np.array([[BOX, [0, 0, 9, 9]]]),
        "scores": np.array([[0.72, 0.9]]),
    }


def transformers() -> dict[str, np.ndarray]:
    logits = np.full((1, 2, 80), -6.0)
    logits[0, 0, 0], logits[0, 1, 16] = np.log(0.72 / 0.28), 2.0
    centre, size = (BOX[:2] + BOX[2:]) / 2 / SIZE, (BOX[2:] - BOX[:2]) / SIZE
    boxes = np.array([[[*centre, *size], [0.5, 0.5, 0.1, 0.1]]])
    return {"logits": logits, "pred_boxes": boxes}


PICTURE = {"images": [1, 3, 32, 64]}
CASES = {
    "YOLOX": (PICTURE, yolox(), "yolox_s.onnx"),
    "RTMDet": (PICTURE, dets(), "end2end.onnx"),
    "YOLOX by mmdeploy": (PICTURE, dets(), "yolox_m_8xb8.onnx"),
    "RT-DETR": ({**PICTURE, "orig_target_sizes": [1, 2]}, rtdetr(), "model.onnx"),
    "RT-DETR by transformers": ({"pixel_values": [1, 3, 32, 64]}, transformers(), "model.onnx"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_person_is_read_and_nobody_else(case):
    inputs, outputs, name = CASES[case]
    layout = recognise(inputs, {key: value.shape for key, value in outputs.items()}, name)
    assert layout is not None
    assert layout.name == case.split(" ")[0]
    boxes, scores = layout.read(outputs, SIZE)
    assert boxes[scores > 0.1] == pytest.approx(BOX[None])
    assert scores.max() == pytest.approx(0.72)


def test_pictures_are_fed_as_each_was_trained():
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[..., 0] = 255  # red
    for case, red in (
        ("YOLOX", (2, 255.0)),
        ("RTMDet", (2, (255 - 123.675) / 58.395)),
        ("RT-DETR", (0, 1.0)),
    ):
        inputs, outputs, name = CASES[case]
        layout = recognise(inputs, {key: value.shape for key, value in outputs.items()}, name)
        fed = layout.feed(picture)
        assert fed.shape == (1, 3, 32, 64)
        assert fed.dtype == np.float32
        assert fed[0, red[0], 5, 5] == pytest.approx(red[1])


@pytest.mark.parametrize(
    "outputs", [{}, {"heatmap": [1, 17, 64, 48]}, {"a": [1, 10, 4], "b": [1, 10, 80]}]
)
def test_other_networks_are_not_recognised(outputs):
    assert recognise(PICTURE, outputs, "pose.onnx") is None


def test_a_yolox_of_another_size_is_told_from_its_cells():
    layout = recognise(PICTURE, {"output": [1, 42, 85]}, "yolox.onnx")
    with pytest.raises(ValueError, match="42 cells instead of"):
        layout.read(yolox(), (128, 128))


@pytest.mark.parametrize("keeps_shape", [True, False])
def test_fitting_is_undone_by_its_scale(keeps_shape):
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[60:, 240:] = 200
    small, scale = fit(picture, SIZE, keeps_shape)
    assert small.shape == (32, 64, 3)
    rows, columns = np.nonzero(small[..., 0] > 150)
    assert [columns.min() * scale[0], rows.min() * scale[1]] == pytest.approx([240, 60], abs=5)
