"""``glpose weights list | info | import``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from glpose_core.cli import weights
from glpose_core.errors import GLPoseError, UsageError, WeightsError
from glpose_core.network import load_weights, save_weights
from glpose_core.skeleton import GLPOSE15, POSETRACK17

pytestmark = pytest.mark.quick


def glpose(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    weights.add_parser(parser.add_subparsers())
    return weights.run(parser.parse_args(["weights", *arguments]))


@pytest.fixture
def bundle(tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Two sets of bundled weights."""
    found = {name: tmp_path / f"{name}.safetensors" for name in ("glpose-w4", "hrnet-w4")}
    save_weights(tiny.glpose(k=1, n=2), found["glpose-w4"], {"pck": 0.5, "data": "stills"})
    save_weights(
        tiny.hrnet(modules=(1, 1, 0)), found["hrnet-w4"], {"input_size": [96, 128]}, torch.float32
    )
    monkeypatch.setattr(weights, "bundled_weights", lambda: found)
    monkeypatch.setattr("glpose_core.network.library.bundled_weights", lambda: found)
    return found


def test_list(bundle: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert glpose("list") == 0
    title, first, second = capsys.readouterr().out.splitlines()
    assert title.split() == ["NAME", "NETWORK", "JOINTS", "SIZE"]
    assert first.startswith("glpose-w4  GLPose-W4 k 1 n 2")
    assert "hrnet-w4   HRNet-W4 to stage 3  17 " in second

    assert glpose("list", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found] == ["glpose-w4", "hrnet-w4"]
    assert found[0]["config"]["n"] == 2
    assert found[1]["precision"] == "float32"


def test_list_without_weights(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "bundled_weights", dict)
    assert glpose("list") == 0
    assert "No weights are bundled" in capsys.readouterr().err


def test_info(bundle: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert glpose("info", "glpose-w4") == 0
    shown = capsys.readouterr().out
    assert "GLPose-W4 k 1 n 2" in shown
    assert "at 32×48" in shown
    assert "nose, head_bottom" in shown
    assert "record.data" in shown
    assert glpose("info", str(bundle["hrnet-w4"])) == 0
    assert "at 96×128" in capsys.readouterr().out


def test_info_counts_what_the_network_has(
    tiny, bundle: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    glpose("info", "glpose-w4", "--json")
    found = json.loads(capsys.readouterr().out)
    model = tiny.glpose(k=1, n=2)
    assert found["parameters"] == sum(value.numel() for value in model.parameters())
    assert found["record"] == {"pck": 0.5, "data": "stills"}


def test_import_takes_rows_by_name_and_says_so(
    official: Callable[..., dict[str, torch.Tensor]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, out = tmp_path / "public.pth", tmp_path / "ours.safetensors"
    torch.save(official(), source)
    assert glpose("import", str(source), "--out", str(out), "--joints", "posetrack17") == 0
    shown = capsys.readouterr()
    assert shown.out.strip() == str(out)
    assert "none missing" in shown.err
    model = load_weights(out)
    assert model.joint_names == POSETRACK17.joints
    assert model.record == {"imported_from": "public.pth", "layout": "HRNet"}

    assert glpose("import", str(source), "--out", str(out), "--keep", "glpose15", "--float32") == 0
    assert "start untrained: head_bottom, head_top" in capsys.readouterr().err
    assert load_weights(out).joint_names == GLPOSE15.joints


def test_import_refuses_another_kind_of_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"let the name end in \.safetensors"):
        glpose("import", "in.pth", "--out", str(tmp_path / "out.pth"))


def test_errors_are_left_to_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such weights"):
        glpose("info", str(tmp_path / "none.pth"))
    with pytest.raises(GLPoseError, match="cannot be read"):
        glpose("import", str(tmp_path / "none.pth"), "--out", str(tmp_path / "o.safetensors"))


def test_a_command_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        glpose()
    assert caught.value.code == 2
    assert "COMMAND" in capsys.readouterr().err
