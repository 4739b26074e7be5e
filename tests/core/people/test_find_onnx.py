"""Detectors that need packages of their own: what is said without them, and that files are read with care."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from glpose_core.errors import WeightsError
from glpose_core.installation import InstallationError
from glpose_core.people.find import make_detector
from glpose_core.people.find.boxes import seen_boxes


def one(name, shape):
    return SimpleNamespace(name=name, shape=shape)


class FakeSession:
    """What onnxruntime makes of an mmdeploy export that sees one person in its left half."""

    def __init__(self, path, providers):
        if b"broken" in open(path, "rb").read():  # noqa: PTH123, SIM115
            raise RuntimeError("INVALID_PROTOBUF")
        self.inputs = [one("input", ["batch", 3, "height", "width"])]
        self.outputs = [one("dets", [1, "n", 5]), one("labels", [1, "n"])]
        if b"other" in open(path, "rb").read():  # noqa: PTH123, SIM115
            self.outputs = [one("heatmaps", [1, 17, 64, 48])]

    def get_inputs(self):
        return self.inputs

    def get_outputs(self):
        return self.outputs

    def run(self, names, feed):
        height, width = feed["input"].shape[2:]
        box = [0.0, 0.0, width / 2, height / 4, 0.9]
        return [np.array([[box, [0, 0, 5, 5, 0.05]]], np.float32), np.array([[0, 0]])]


@pytest.fixture
def runtime(monkeypatch):
    fake = SimpleNamespace(InferenceSession=FakeSession)
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    monkeypatch.setattr("glpose_core.people.find.onnx.missing_packages", lambda names: None)


def file(tmp_path, content: bytes):
    path = tmp_path / "rtmdet.onnx"
    path.write_bytes(content)
    return str(path)


@pytest.mark.quick
def test_boxes_come_back_in_the_picture(runtime, tmp_path):
    detector = make_detector(file(tmp_path, b"fine"))
    assert detector.name == "rtmdet.onnx"
    found = detector.find(np.zeros((400, 800, 3), np.uint8))
    assert found.scores.tolist() == pytest.approx([0.9])
    assert seen_boxes(found.boxes)[0] == pytest.approx([-0.5, -0.5, 400, 200])


@pytest.mark.quick
@pytest.mark.parametrize(
    ("content", "said"), [(b"broken", "no ONNX network"), (b"other", "known layout")]
)
def test_files_that_are_no_detector_are_refused(runtime, tmp_path, content, said):
    with pytest.raises(WeightsError, match=said) as caught:
        make_detector(file(tmp_path, content))
    assert "rtmdet.onnx" in str(caught.value)


@pytest.mark.quick
def test_an_absent_file_is_named(runtime, tmp_path):
    with pytest.raises(WeightsError, match="no such file"):
        make_detector(str(tmp_path / "nothing.onnx"))


@pytest.mark.quick
@pytest.mark.parametrize(
    ("detector", "package"), [("x.onnx", "onnxruntime"), ("torchvision", "torchvision")]
)
def test_a_missing_package_is_one_sentence(monkeypatch, detector, package):
    monkeypatch.setattr("glpose_core.installation._is_there", lambda name: False)
    with pytest.raises(InstallationError) as caught:
        make_detector(detector)
    said = str(caught.value)
    assert said.startswith(f"{package} is not installed")
    assert "pip install" in said
    assert package in said.split("pip install")[1]
    assert "extra" not in said
