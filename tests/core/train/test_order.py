"""``glpose train`` from a command line to a folder, interrupted and resumed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from glpose_core import cli
from glpose_core.cli.train import split_weight
from glpose_core.errors import UsageError, WeightsError
from glpose_core.network import GLPose, HRNet, load_weights, save_weights
from glpose_core.skeleton import GLPOSE15
from glpose_core.train.networks import Wanted, make_network
from glpose_core.train.order import read_order

from .test_shards import write_stills

OPTIONS = ["--size", "32x48", "--batch", "2", "--device", "cpu", "--measure-share", "0"]


def test_the_command_trains_from_noise_and_resumes(tmp_path, capsys):
    labels, out = str(write_stills(tmp_path)), tmp_path / "run"
    arguments = ["train", "--recipe", "scratch", "--width", "4", "--out", str(out), *OPTIONS]
    data = ["--data", f"{labels}=2", "--validate", labels, "--steps", "2"]
    assert cli.main([*arguments, *data]) == 0
    said, err = capsys.readouterr()
    assert "PCK@0.2 torso" in said
    assert "stills: 2 poses" in err
    model = load_weights(out / "weights.safetensors")
    assert isinstance(model, HRNet)
    assert model.record["recipe"]["steps"] == 2
    names = {path.name for path in out.iterdir()}
    assert {"checkpoint.pt", "log.csv", "plot.svg", "training.json"} <= names
    order = read_order(out)
    assert order.data == ((Path(labels), 2.0),)
    assert order.recipe.size == (32, 48)
    assert cli.main([*arguments, *data]) == 2, "a training is there already"
    assert cli.main(["train", "--out", str(out), "--resume", "--device", "cpu"]) == 0
    assert "resumed at step 2" in capsys.readouterr().err


def test_modules_train_over_a_backbone(tmp_path):
    torch.manual_seed(0)
    backbone = tmp_path / "backbone.safetensors"
    save_weights(HRNet(4, GLPOSE15.joints, (1, 1, 0)), backbone, {"input_size": [32, 48]})
    out = tmp_path / "run"
    arguments = ["train", "--recipe", "modules", "--weights", str(backbone), "--out", str(out)]
    labels = str(write_stills(tmp_path))
    more = ["--data", labels, "--steps", "2", "--references", "1,2"]
    assert cli.main([*arguments, *more, *OPTIONS]) == 0
    model = load_weights(out / "weights.safetensors")
    assert isinstance(model, GLPose)
    assert (model.config.k, model.config.n, model.config.input_size) == (1, 2, (32, 48))
    before = load_weights(backbone).state_dict()
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.quick
def test_requests_that_make_no_sense_are_refused(tmp_path, capsys):
    out = ["--out", str(tmp_path / "run")]
    for arguments, words in (
        (["train", *out], "nothing to learn from"),
        (["train", *out, "--resume"], "holds no training to resume"),
        (["train", *out, "--data", "a", "--data", "b"], "one project or file"),
        (["train", *out, "--data", "a", "--recipe", "paper"], "over a backbone"),
        (["pack", *out], "nothing to pack"),
    ):
        assert cli.main(arguments) in (2, 3)
        assert words in capsys.readouterr().err
    with pytest.raises(UsageError, match="give --weights"):
        make_network(Wanted("glpose"), (32, 48))
    with pytest.raises(WeightsError):
        read_order(tmp_path)


@pytest.mark.quick
def test_weights_follow_the_path():
    assert split_weight("a/b.json") == (Path("a/b.json"), 1.0)
    assert split_weight("a=b.json=0.5") == (Path("a=b.json"), 0.5)
    assert split_weight("a=b.json") == (Path("a=b.json"), 1.0)
    with pytest.raises(UsageError, match="negative"):
        split_weight("a=-1")


def test_training_needs_neither_a_window_nor_a_video_library():
    code = (
        "import sys\n"
        "for name in ('av', 'PySide6', 'tensorboard'): sys.modules[name] = None\n"
        "import glpose_core.cli.train, glpose_core.train.order, glpose_core.train.rendered\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
