"""``glpose weights list | info | import``; ``pull`` is in test_pull."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from glpose_core.cli import weights
from glpose_core.errors import GLPoseError, UsageError, WeightsError
from glpose_core.home import glpose_home
from glpose_core.network import find_weights, inspect_weights, load_weights, save_weights
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
    monkeypatch.setattr("glpose_core.network.library.bundled_weights", lambda: found)
    return found


def test_list(bundle: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert glpose("list") == 0
    title, first, second = capsys.readouterr().out.splitlines()
    assert title.split() == ["NAME", "NETWORK", "INPUT", "W×H", "JOINTS", "SIZE", "FROM"]
    assert first.startswith("glpose-w4  GLPose-W4 k 1 n 2")
    assert first.endswith("bundled, the default")
    assert "hrnet-w4   HRNet-W4 to stage 3  96×128     17 " in second

    assert glpose("list", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found] == ["glpose-w4", "hrnet-w4"]
    assert found[0]["config"]["n"] == 2
    assert found[1]["precision"] == "float32"


def test_list_without_weights(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glpose_core.network.library.bundled_weights", dict)
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


@pytest.mark.thorough
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
    assert model.record == {
        "imported_from": "public.pth",
        "layout": "HRNet",
        "imported_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
    }

    assert glpose("import", str(source), "--out", str(out), "--keep", "glpose15", "--float32") == 0
    assert "start untrained: head_bottom, head_top" in capsys.readouterr().err
    assert load_weights(out).joint_names == GLPOSE15.joints
    assert inspect_weights(out).untrained_joints == ("head_bottom", "head_top")
    assert glpose("info", str(out)) == 0
    assert re.search(r"^untrained +head_bottom, head_top$", capsys.readouterr().out, re.M)


@pytest.mark.thorough
def test_what_is_imported_is_listed_and_found_by_name(
    official: Callable[..., dict[str, torch.Tensor]],
    bundle: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / "pose hrnet_w4_128x96.pth"
    torch.save(official(), source)
    assert glpose("import", str(source)) == 0
    assert capsys.readouterr().out == "pose-hrnet_w4_128x96\n"
    path = find_weights("pose-hrnet_w4_128x96")
    assert path.parent == glpose_home() / "weights"
    assert load_weights(path).record["input_size"] == [96, 128]

    glpose("list")
    [row] = [line for line in capsys.readouterr().out.splitlines() if "128x96" in line]
    assert row.split()[1:] == ["HRNet-W4", "96×128", "17", row.split()[4], "MB", "imported"]
    with pytest.raises(UsageError, match="already"):
        glpose("import", str(source))
    assert glpose("import", str(source), "--name", "pose-hrnet_w4_128x96") == 0
    with pytest.raises(UsageError, match="come with the app"):
        glpose("import", str(source), "--name", "hrnet-w4")
    with pytest.raises(UsageError, match="choose one"):
        glpose("import", str(source), "--name", "a", "--out", "b.safetensors")


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "CON", "nul.x", "a" * 101, "ä"])
def test_a_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for weights"):
        glpose("import", str(tmp_path / "any.pth"), "--name", name)


def test_unreadable_weights_are_left_out_of_the_list_and_said(
    bundle: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = glpose_home() / "weights"
    folder.mkdir()
    (folder / "broken.safetensors").write_bytes(b"no network")
    assert glpose("list") == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 3
    assert "left out:" in shown.err
    assert "is no checkpoint" in shown.err


@pytest.mark.thorough
def test_info_says_where_each_fact_comes_from(
    official: Callable[..., dict[str, torch.Tensor]],
    bundle: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch.save(official(), tmp_path / "hrnet_coco_64x32.pth")
    glpose("info", str(tmp_path / "hrnet_coco_64x32.pth"))
    shown = capsys.readouterr().out
    assert "32×64 (width × height), as the file’s name says" in shown
    assert "visible from 0.3, placed from 0.12, the app’s own" in shown
    assert re.search(r"^licence +not recorded in the file$", shown, re.M)
    torch.save(official(), tmp_path / "plain.pth")
    glpose("info", str(tmp_path / "plain.pth"))
    assert "288×384 (width × height), usual for this network" in capsys.readouterr().out
    save_weights(
        torch_model := load_weights(bundle["hrnet-w4"]),
        tmp_path / "own.safetensors",
        {
            "input_size": [96, 128],
            "licence": "CC0",
            "visibility_thresholds": {"visible": 0.5, "placed": 0.25},
        },
    )
    glpose("info", str(tmp_path / "own.safetensors"), "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["thresholds"] == {"visible": 0.5, "placed": 0.25}
    assert found["licence"] == "CC0"
    assert found["input_size"] == [96, 128]
    assert found["parameters"] == sum(value.numel() for value in torch_model.parameters())


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
