from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from glpose_core.bench.reading import _go_through, middle_and_worst
from glpose_core.cli import main
from glpose_core.errors import Cancelled
from glpose_core.network import HRNet, save_weights

from .conftest import box_of


def glpose(*words) -> int:
    return main(["bench", *map(str, words)])


@pytest.fixture
def boxes(tmp_path):
    path = tmp_path / "boxes.json"
    entries = [{"frame": 0, "person": p, "bbox": box_of(p, 0).tolist()} for p in (0, 1)]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


@pytest.fixture
def single(tmp_path):
    """A single-frame network with next to no channels."""
    torch.manual_seed(0)
    path = tmp_path / "single.safetensors"
    model = HRNet(4, 17, (1, 1, 0))
    save_weights(model, path, {"input_size": [32, 48]})
    return path


def test_every_model_batch_and_mode_is_measured(clip, placing, single, boxes, tmp_path, capsys):
    out = tmp_path / "speed.json"
    code = glpose(
        "predict", clip, "--boxes", boxes, "--frames", "0:6", "--device", "cpu", "--json", out,
        "--model", placing, "--model", single, "--batch", 2, "--batch", 4,
        "--mode", "cached", "--mode", "paper",
    )  # fmt: skip
    assert code == 0
    speeds = json.loads(out.read_text(encoding="utf-8"))
    # A network that looks at single frames has no modes.
    assert [(s["model"], s["batch"], s["mode"]) for s in speeds] == [
        ("placing", 2, "cached"),
        ("placing", 2, "paper"),
        ("placing", 4, "cached"),
        ("placing", 4, "paper"),
        ("single", 2, "single frame"),
        ("single", 4, "single frame"),
    ]
    for speed in speeds:
        assert (speed["poses"], speed["people"]) == (12, 2)
        assert speed["share"] == pytest.approx(speed["whole"] / speed["backbone"])
        assert speed["first"] > 0
        assert speed["decoding"] > 0
        assert speed["cropping"] > 0
    said = capsys.readouterr().out
    assert sum(line.startswith(("placing,", "single,")) for line in said.splitlines()) == 6
    assert "12 poses of 2 people" in said


def test_a_video_in_which_nobody_is_found_is_named(clip, placing, capsys):
    # The default detector looks for people, not for figures of noise.
    assert glpose("predict", clip, "--model", placing, "--frames", "0:3", "--device", "cpu") == 2
    said = capsys.readouterr().err
    assert "nobody was found" in said
    assert "--boxes" in said


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("predict", "--batch", "0"), "--batch"),
        (("predict", "--threads", "0"), "--threads"),
        (("predict", "--boxes", "b.json"), "--boxes: goes with a video"),
        (("predict", "c.mp4", "--boxes", "b.json"), "c.mp4: does not exist"),
        (("video", "no/such.mp4"), "no/such.mp4: does not exist"),
        (("video", "."), ".: is no video file"),
        (("video", "c.mp4", "--seeks", "0"), "--seeks"),
        (("video", "c.mp4", "--json", "no/folder/f.json"), "its folder does not exist"),
    ],
)
def test_what_cannot_be_measured_is_named(words, problem, capsys):
    assert glpose(*words) in (2, 3)
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("frames", ["500:600", "4:0", "3:3"])
def test_frames_that_are_not_there_are_named_before_anything_is_measured(
    clip, placing, capsys, frames
):
    assert glpose("predict", clip, "--model", placing, "--frames", frames) == 2
    said = capsys.readouterr().err
    assert f"--frames: '{frames}' holds no frame — choose a range within 0:" in said
    assert "measuring" not in said


def test_a_video_is_gone_through_without_a_wrong_frame(clip, tmp_path, capsys):
    out = tmp_path / "reading.json"
    assert glpose("video", clip, "--seeks", 5, "--json", out) == 0
    ours, other = json.loads(out.read_text(encoding="utf-8"))
    assert (ours["name"], other["name"]) == ("GLPose Studio", "OpenCV")
    assert ours["frames"] == other["frames"] == 36
    assert (ours["wrong"], len(ours["seeks"]), len(ours["first"])) == (0, 5, 4)
    # Four places at least twenty frames from the start, each with as many steps back.
    assert ours["asked"] == 5 + 4 * 21
    assert "0 of 89" in capsys.readouterr().out


class Astray:
    """Gives the frame after the one asked for, unless it is asked in order."""

    name = "astray"

    def __init__(self) -> None:
        self.next = 0

    def read(self, frame):
        right = frame == self.next
        self.next = frame + 1
        return np.full((16, 16, 3), frame + (not right), np.uint8)

    def forget(self) -> None:
        self.next = -1


def test_pictures_of_other_frames_are_counted():
    found = _go_through(Astray(), 50, 0.0, 10, lambda: False)
    assert found.asked == 10 + 4 * 21
    assert found.wrong == found.asked


def test_measuring_can_be_cancelled():
    with pytest.raises(Cancelled):
        _go_through(Astray(), 50, 0.0, 10, lambda: True)


def test_the_middle_and_the_worst_of_few_times():
    assert middle_and_worst([3.0]) == (3.0, 3.0)
    assert middle_and_worst(list(range(101))) == (50, 95)
    assert np.isnan(middle_and_worst([])).all()
