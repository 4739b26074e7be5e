"""Checkpoints that the field already has."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from glpose_core.errors import WeightsError
from glpose_core.network import (
    GLPose,
    GLPoseConfig,
    HRNet,
    import_weights,
    inspect_weights,
    load_backbone,
    load_weights,
    save_weights,
)
from glpose_core.network.layouts import hrnet_entries
from glpose_core.skeleton import COCO17, GLPOSE15, POSETRACK17

pytestmark = pytest.mark.quick

State = dict[str, Tensor]


def prefixed(state: State, prefix: str, head: str | None = None) -> State:
    """Rename entries as another code base does."""
    body = {prefix + name: value for name, value in state.items() if "final_layer" not in name}
    return body | {
        (head or prefix) + name: value for name, value in state.items() if "final_layer" in name
    }


def extra(*names: str) -> State:
    return {name: torch.zeros(3, 3) for name in names}


def last_module(state: State) -> str:
    """The one whose other rows the official code leaves out."""
    return max(name[: len("stage4.0")] for name in state if name.startswith("stage4."))


LAYOUTS: dict[str, tuple[Callable[[State], Any], str, str]] = {
    "flat": (lambda s: s, "HRNet", "coco"),
    "container": (lambda s: {"epoch": 210, "perf": 0.7, "state_dict": s}, "HRNet", "coco"),
    "parallel": (lambda s: prefixed(s, "module."), "HRNet", "coco"),
    "PoseWarper": (
        lambda s: s | extra("offset_feats.0.conv1.weight", "deform_conv1.weight"),
        "HRNet",
        "posetrack",
    ),
    "DCPose": (
        lambda s: {
            "begin_epoch": 20,
            "state_dict": prefixed(s, "module.rough_pose_estimation_net.")
            | extra("module.offset_mask_combine_conv.0.weight"),
        },
        "DCPose",
        "posetrack",
    ),
    "FAMI-Pose": (
        lambda s: prefixed(s, "hrnet.") | extra("agg_final_layer.weight", "dcn_1.weight"),
        "FAMI-Pose or JM-Pose",
        "posetrack",
    ),
    "JM-Pose": (
        lambda s: (
            prefixed(s, "hrnet.") | extra(f"hrnet.{last_module(s)}.fuse_layers.1.0.0.0.weight")
        ),
        "FAMI-Pose or JM-Pose",
        "posetrack",
    ),
    "mmpose 0": (
        lambda s: {"meta": {"seed": 0}, "state_dict": prefixed(s, "backbone.", "keypoint_head.")},
        "mmpose",
        "coco",
    ),
    "mmpose 1": (
        lambda s: {
            "meta": {"dataset_meta": {"sigmas": np.ones(17, np.float32), "best": np.float64(0.7)}},
            "state_dict": prefixed(s, "backbone.", "head."),
        },
        "mmpose",
        "coco",
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize(("make", "layout", "joints"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_gives_the_same_network(
    tiny, tmp_path: Path, make: Callable[[State], Any], layout: str, joints: str
) -> None:
    original = tiny.hrnet()
    path = tmp_path / "public.pth"
    torch.save(make(original.state_dict()), path)
    loaded = load_weights(path)
    assert type(loaded) is HRNet
    assert loaded.joint_names == (COCO17 if joints == "coco" else POSETRACK17).joints
    assert not loaded.training
    crop = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(loaded(crop), original(crop))
    assert inspect_weights(path).layout == layout


@pytest.mark.thorough
@pytest.mark.parametrize(("make", "layout", "joints"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_is_reported_in_full(
    tiny, tmp_path: Path, make: Callable[[State], Any], layout: str, joints: str
) -> None:
    original = tiny.hrnet().state_dict()
    content = make(original)
    torch.save(content, tmp_path / "public.pth")
    _, report = import_weights(tmp_path / "public.pth", wanted="posetrack17")
    assert report.layout == layout
    assert set(report.used) == set(original)
    assert report.missing == ()
    assert len(report.unused + report.unexpected) == len(content.get("state_dict", content)) - len(
        original
    )
    assert report.untrained_joints == (() if joints == "posetrack" else ("head_bottom", "head_top"))
    said = str(report).splitlines()
    assert said[0] == (f"public.pth ({layout} layout): {len(original)} entries used, none missing")
    assert any("left aside" in line for line in said) == bool(report.unused + report.unexpected)


@pytest.mark.thorough
@pytest.mark.parametrize("width", [32, 48])
@pytest.mark.parametrize(("make", "layout", "joints"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_at_its_real_size(
    make: Callable[[State], Any], layout: str, joints: str, width: int
) -> None:
    with torch.device("meta"):
        content = make(HRNet(width, 17).state_dict())
    entries = hrnet_entries(content.get("state_dict", content), Path("public.pth"))
    assert (entries.layout, entries.width, entries.modules) == (layout, width, (1, 4, 3))
    assert entries.heatmaps == 17
    assert entries.posetrack == (joints == "posetrack")
    with torch.device("meta"):
        ours = HRNet(width, 17).state_dict()
    assert len(ours) == 1754
    assert all(entries.state[name].shape == value.shape for name, value in ours.items())


def test_mmposes_posewarper_was_trained_on_posetrack(official, tmp_path: Path) -> None:
    state = prefixed(official(), "backbone.", "keypoint_head.")
    state |= extra("neck.offset_feats.0.conv1.weight")
    torch.save({"state_dict": state}, tmp_path / "warper.pth")
    assert load_weights(tmp_path / "warper.pth").joint_names == POSETRACK17.joints


def test_the_files_own_format_does_not_matter(official, tmp_path: Path) -> None:
    state = official()
    torch.save(state, tmp_path / "legacy.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(state, tmp_path / "plain.safetensors")
    for name in ("legacy.pth", "plain.safetensors"):
        loaded = load_weights(tmp_path / name).state_dict()
        assert all(torch.equal(loaded[entry], value) for entry, value in state.items())


@pytest.mark.thorough
def test_joints_by_file_name_by_request_and_by_number(official, tmp_path: Path) -> None:
    path = tmp_path / "hrnet_w48_posetrack18_384x288-5fd6d3ff_20211130.pth"
    torch.save(official(), path)
    assert load_weights(path).joint_names == POSETRACK17.joints
    assert load_weights(path, joints="coco17").joint_names == COCO17.joints
    with pytest.raises(WeightsError, match="17 heatmaps, but 15 joints"):
        load_weights(path, joints="glpose15")
    with pytest.raises(WeightsError, match="is no joint list"):
        load_weights(path, joints="mpii")

    torch.save(official(joints=15), path)
    assert load_weights(path).joint_names == GLPOSE15.joints

    names = tuple(f"joint{n}" for n in range(16))
    torch.save(official(joints=names), path)
    with pytest.raises(WeightsError, match="16 heatmaps of unknown joints"):
        load_weights(path)
    assert load_weights(path, joints=",".join(names)).joint_names == names


@pytest.mark.parametrize("modules", [(1, 1, 0), (1, 3, 0), (2, 2, 2)])
@pytest.mark.parametrize("width", [2, 6])
def test_sizes_are_read_off_the_tensors(
    official, tmp_path: Path, width: int, modules: tuple[int, int, int]
) -> None:
    torch.save(official(width=width, modules=modules), tmp_path / "w48_really.pth")
    info = inspect_weights(tmp_path / "w48_really.pth")
    assert (info.width, info.modules) == (width, modules)


def test_rows_of_the_head_are_taken_by_name(official, tmp_path: Path) -> None:
    state = official()
    torch.save(state, tmp_path / "coco.pth")
    model, report = import_weights(tmp_path / "coco.pth", wanted="glpose15")
    assert model.joint_names == GLPOSE15.joints
    assert report.untrained_joints == ("head_bottom", "head_top")
    assert report.missing == ()
    assert "start untrained: head_bottom, head_top" in str(report)
    for row, joint in enumerate(GLPOSE15.joints):
        weight, bias = model.final_layer.weight[row], model.final_layer.bias[row]
        if joint in report.untrained_joints:
            assert weight.abs().max() < 0.01
            assert bias == 0
        else:
            assert torch.equal(weight, state["final_layer.weight"][COCO17.index(joint)])
            assert torch.equal(bias, state["final_layer.bias"][COCO17.index(joint)])


def test_our_own_hrnet_can_get_another_head(tiny, tmp_path: Path) -> None:
    save_weights(tiny.hrnet(joints=15), tmp_path / "w.safetensors", {"hours": 2}, torch.float32)
    model, report = import_weights(tmp_path / "w.safetensors", wanted="nose,tail")
    assert model.joint_names == ("nose", "tail")
    assert report.untrained_joints == ("tail",)
    assert model.record == {"hours": 2}
    save_weights(tiny.glpose(k=0, n=0), tmp_path / "g.safetensors")
    with pytest.raises(WeightsError, match="GLPose network already"):
        import_weights(tmp_path / "g.safetensors")


def imagenet(state: State) -> State:
    """What ImageNet files have: a classifier's parts, and another final layer."""
    body = {name: value for name, value in state.items() if not name.startswith("final_layer")}
    return body | extra(
        "incre_modules.0.0.conv1.weight",
        "downsamp_modules.0.0.weight",
        "final_layer.0.weight",
        "classifier.weight",
        "stage4.0.fuse_layers.1.0.0.0.weight",
    )


@pytest.mark.thorough
def test_an_imagenet_file_is_a_backbone_and_no_pose_model(tiny, official, tmp_path: Path) -> None:
    state = imagenet(official())
    torch.save(state, tmp_path / "imagenet.pth")
    with pytest.raises(WeightsError, match="has no pose head"):
        load_weights(tmp_path / "imagenet.pth")
    assert inspect_weights(tmp_path / "imagenet.pth").joint_names == ()

    model = tiny.glpose(seed=9)
    report = load_backbone(model, tmp_path / "imagenet.pth")
    assert "classifier.weight" in report.unexpected
    assert "stage4.0.fuse_layers.1.0.0.0.weight" in report.unused
    assert torch.equal(model.backbone.conv1.weight, state["conv1.weight"])

    whole, report = import_weights(tmp_path / "imagenet.pth", wanted="coco17")
    assert report.missing == ("final_layer.weight", "final_layer.bias")
    assert "as they start: final_layer.weight, final_layer.bias\n" in str(report)
    assert report.untrained_joints == COCO17.joints
    assert torch.equal(
        whole.stage4[0].branches[0][0].conv1.weight, state["stage4.0.branches.0.0.conv1.weight"]
    )


@pytest.mark.thorough
def test_an_official_w48_file_fills_the_backbone_with_960_entries() -> None:
    with torch.device("meta"):
        state = HRNet(48, 17).state_dict()
        wanted = GLPose(GLPoseConfig()).backbone.state_dict()
    entries = hrnet_entries(state, Path("pose_hrnet_w48_384x288.pth"))
    assert len(entries.state) == 1754
    assert (entries.width, entries.modules, entries.heatmaps) == (48, (1, 4, 3), 17)
    used = [name for name in wanted if name in entries.state]
    assert len(used) == len(wanted) == 960
    assert all(entries.state[name].shape == wanted[name].shape for name in used)


@pytest.mark.parametrize("source", ["official", "mmpose", "hrnet", "stage 3 alone", "glpose"])
def test_a_backbone_is_filled_from_any_file(tiny, tmp_path: Path, source: str) -> None:
    path = tmp_path / "source.safetensors"
    giver = tiny.glpose(k=2, n=0) if source == "glpose" else tiny.hrnet()
    if source == "official":
        torch.save(giver.state_dict(), path)
    elif source == "mmpose":
        torch.save(prefixed(giver.state_dict(), "backbone.", "head."), path)
    elif source == "stage 3 alone":
        giver = tiny.hrnet(modules=(1, 1, 0))
        save_weights(giver, path, dtype=torch.float32)
    else:
        save_weights(giver, path, dtype=torch.float32)

    model = tiny.glpose(seed=5, k=1, n=1)
    head = model.head.weight.clone()
    report = load_backbone(model, path)
    crop = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(model.features(crop), giver.features(crop))
    assert len(report.used) == len(model.backbone.state_dict())
    assert report.missing == report.unexpected == ()
    assert bool(report.unused) == (source != "glpose")
    assert torch.equal(model.head.weight, head)
    assert f"{len(report.used)} entries used, none missing" in str(report)


def test_a_backbone_of_another_size_is_refused_with_the_size_to_build(
    tiny, official, tmp_path: Path
) -> None:
    path = tmp_path / "other.pth"
    torch.save(official(width=6), path)
    with pytest.raises(WeightsError, match="build the network with width 6") as caught:
        load_backbone(tiny.glpose(), path)
    assert caught.value.field == "width"
    torch.save(official(modules=(1, 2, 1)), path)
    with pytest.raises(WeightsError, match=r"build the network with modules \(1, 2, 0\)"):
        load_backbone(tiny.glpose(), path)


def test_old_files_without_step_counters_load(official, tmp_path: Path) -> None:
    state = {n: v for n, v in official().items() if not n.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "old.pth")
    model, report = import_weights(tmp_path / "old.pth")
    assert len(report.missing) + len(state) == len(model.state_dict())
    assert int(model.bn1.num_batches_tracked) == 0


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("stage3.0.branches.1.2.conv1.weight", lambda v: v[:-1]),
        ("bn1.running_var", lambda v: v.reshape(8, 8)),
        ("final_layer.weight", lambda v: v.repeat(1, 1, 3, 3)),
        ("final_layer.bias", lambda v: v[:-1]),
        ("conv1.weight", lambda v: v.to(torch.int32)),
        ("conv2.weight", lambda v: v * math.nan),
        ("transition1.0.0.weight", lambda v: v[:3]),
        ("transition1.0.0.weight", lambda v: torch.tensor(4.0)),
        ("final_layer.weight", lambda v: torch.tensor(4.0)),
        ("stage4.0.branches.3.3.bn2.bias", None),
        ("final_layer.bias", None),
    ],
)
def test_a_wrong_entry_is_named(
    official, tmp_path: Path, name: str, change: Callable[[Tensor], Tensor] | None
) -> None:
    state = official()
    value = state.pop(name)
    if change is not None:
        state[name] = change(value)
    torch.save(state, tmp_path / "wrong.pth")
    with pytest.raises(WeightsError) as caught:
        load_weights(tmp_path / "wrong.pth")
    assert caught.value.file == str(tmp_path / "wrong.pth")
    assert caught.value.remedy
    if not name.startswith(
        "transition"
    ):  # a width that fits nothing shows up wherever it is used first
        assert caught.value.field == name
