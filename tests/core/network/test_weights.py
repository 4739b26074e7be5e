"""Our own weights files: what is saved comes back, and nothing else gets in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from safetensors import safe_open

from glpose_core.bundled import USUAL
from glpose_core.errors import WeightsError
from glpose_core.network import (
    GLPose,
    HRNet,
    bundled_weights,
    default_weights,
    find_weights,
    inspect_weights,
    load_weights,
    save_weights,
)

pytestmark = pytest.mark.quick

RECORD = {"data": ["lsp", "coco-mini"], "hours": 1.5, "pck": {"nose": 0.5}}


def metadata_of(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return file.metadata()


def test_glpose_comes_back_exactly(tiny, tmp_path: Path) -> None:
    model = tiny.glpose(k=1, n=2, global_weight="per_channel", joints=("a", "b"))
    save_weights(model, tmp_path / "w.safetensors", RECORD, torch.float32)
    again = load_weights(tmp_path / "w.safetensors")
    assert isinstance(again, GLPose)
    assert again.config == model.config
    assert again.joint_names == ("a", "b")
    assert again.record == RECORD
    assert not again.training
    assert not again.backbone.conv1.weight.requires_grad
    assert again.head.weight.requires_grad
    crops = tiny.crops(model.config)
    with torch.no_grad():
        assert torch.equal(again(*crops), model(*crops))


@pytest.mark.parametrize("modules", [(1, 2, 0), (1, 1, 2)])
def test_hrnet_comes_back_exactly(tiny, tmp_path: Path, modules: tuple[int, int, int]) -> None:
    model = tiny.hrnet(modules=modules, joints=("nose", "tail"))
    save_weights(model, tmp_path / "w.safetensors", RECORD, torch.float32)
    again = load_weights(tmp_path / "w.safetensors")
    assert type(again) is HRNet
    assert (again.width, again.modules_per_stage) == (4, modules)
    assert again.joint_names == ("nose", "tail")
    assert again.record == RECORD
    crop = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(again(crop), model(crop))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_halves_the_file_and_keeps_the_statistics(
    tiny, tmp_path: Path, dtype: torch.dtype
) -> None:
    model = tiny.glpose(k=1, n=1)
    model.backbone.bn1.running_var.fill_(1e6)  # beyond float16
    whole, half = tmp_path / "whole.safetensors", tmp_path / "half.safetensors"
    save_weights(model, whole, dtype=torch.float32)
    save_weights(model, half, dtype=dtype)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    again = load_weights(half)
    assert {value.dtype for value in again.parameters()} == {torch.float32}
    assert torch.equal(again.backbone.bn1.running_var, model.backbone.bn1.running_var)
    crops = tiny.crops(model.config)
    with torch.no_grad():
        difference = (again(*crops) - model(*crops)).abs().max() / model(*crops).abs().max()
    assert 0 < difference < (0.005 if dtype == torch.float16 else 0.05)


def test_saving_again_keeps_the_record_unless_there_is_a_new_one(tiny, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(tiny.hrnet(), path, RECORD)
    model = load_weights(path)
    save_weights(model, path)
    assert load_weights(path).record == RECORD
    save_weights(model, path, {})
    assert load_weights(path).record == {}


def test_the_loaded_network_does_not_depend_on_the_file(tiny, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(tiny.hrnet(), path, dtype=torch.float32)
    model = load_weights(path)
    before = model.conv1.weight.clone()
    path.write_bytes(b"\xff" * path.stat().st_size)
    assert torch.equal(model.conv1.weight, before)


def test_a_training_state_can_be_saved(tiny, tmp_path: Path) -> None:
    model = tiny.glpose(k=1, n=1).train().to(memory_format=torch.channels_last)
    model(*tiny.crops(model.config)).square().mean().backward()
    save_weights(model, tmp_path / "w.safetensors", dtype=torch.float32)
    again = load_weights(tmp_path / "w.safetensors")
    assert torch.equal(again.processing[0].conv1.weight, model.processing[0].conv1.weight)
    assert model.training, "saving changes nothing"


def test_the_metadata_can_be_read_by_anyone(tiny, tmp_path: Path) -> None:
    save_weights(tiny.glpose(k=1, n=1), tmp_path / "w.safetensors", RECORD)
    metadata = metadata_of(tmp_path / "w.safetensors")
    assert metadata["kind"] == "glpose"
    assert metadata["format_version"] == "1"
    assert json.loads(metadata["config"])["k"] == 1
    assert json.loads(metadata["joints"])[0] == "nose"
    assert json.loads(metadata["record"]) == RECORD


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tiny, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    model = tiny.hrnet()
    save_weights(model, path)
    old = path.read_bytes()
    with torch.no_grad():
        model.conv1.weight[0, 0, 0, 0] = float("nan")
    with pytest.raises(
        WeightsError, match=r"conv1\.weight: holds a value that is no finite number"
    ):
        save_weights(model, path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_value_beyond_half_precision_is_not_saved_as_infinity(tiny, tmp_path: Path) -> None:
    model = tiny.hrnet()
    with torch.no_grad():
        model.conv1.weight[0, 0, 0, 0] = 1e5
    with pytest.raises(WeightsError, match="float16"):
        save_weights(model, tmp_path / "w.safetensors")
    save_weights(model, tmp_path / "w.safetensors", dtype=torch.bfloat16)


def test_the_file_has_the_rights_of_any_other_new_file(tiny, tmp_path: Path) -> None:
    save_weights(tiny.hrnet(), tmp_path / "w.safetensors")
    (tmp_path / "other").write_bytes(b"")
    assert (tmp_path / "w.safetensors").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_folder_that_is_not_there_is_said(tiny, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be written") as caught:
        save_weights(tiny.hrnet(), tmp_path / "nowhere" / "w.safetensors")
    assert caught.value.remedy


def test_inspection_says_what_a_file_holds(tiny, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    model = tiny.glpose(k=2, n=1)
    save_weights(model, path, RECORD)
    info = inspect_weights(path)
    assert (info.kind, info.width, info.modules, info.layout) == (
        "glpose",
        4,
        (1, 1, 0),
        "GLPose Studio",
    )
    assert info.config == model.config
    assert (info.joint_names, info.record) == (model.joint_names, RECORD)
    assert (info.precision, info.size) == ("float16", path.stat().st_size)
    assert isinstance(info.build(), GLPose)


def rewritten(path: Path, **metadata: str | None) -> Path:
    """A copy of a weights file with other metadata (None removes an entry)."""
    merged = {**metadata_of(path), **metadata}
    kept = {name: value for name, value in merged.items() if value is not None}
    copy = path.with_name("rewritten.safetensors")
    safetensors.torch.save_file(safetensors.torch.load_file(path), copy, kept)
    return copy


class ConfigWith(dict[str, Any]):
    """The saved configuration with other fields. Its name is the same in every run, as test names must be."""

    def __call__(self, config: dict[str, Any]) -> str:
        return json.dumps({**config, **self})


@pytest.fixture(scope="module")
def saved(tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good file of a GLPose: copy it before changing it."""
    path = tmp_path_factory.mktemp("saved") / "w.safetensors"
    save_weights(tiny.glpose(k=1, n=1), path)
    return path


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format_version": "2"}, "format_version"),
        ({"format_version": "new"}, "format_version"),
        ({"format_version": None}, "format_version"),
        ({"kind": "transformer"}, "kind"),
        ({"config": None}, "config"),
        ({"config": "{"}, "config"),
        ({"config": "[" * 100_000}, "config"),
        ({"config": "[1]"}, "config"),
        ({"config": ConfigWith(width="big")}, "config"),
        ({"config": ConfigWith(width=10**12)}, "config"),
        ({"config": ConfigWith(modules=[1, 10**9, 0])}, "config"),
        ({"config": ConfigWith(attention=8)}, "config"),
        ({"config": ConfigWith(k=3)}, "processing.0.conv1.weight"),
        ({"config": ConfigWith(width=1024)}, "backbone.transition1.0.0.weight"),
        ({"config": ConfigWith(modules=[1, 2, 0])}, "backbone.stage3.1."),
        ({"config": ConfigWith(enhancement=False)}, "aggregation.0."),
        ({"joints": "[]"}, "config"),
        ({"joints": '["nose"]'}, "head.weight"),
        ({"joints": '"nose"'}, "joints"),
        ({"record": "[]"}, "record"),
    ],
    ids=str,
)
def test_foreign_metadata_is_refused_by_field(
    saved: Path, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    path = Path(shutil.copy(saved, tmp_path))
    if callable(changes.get("config")):
        changes = {"config": changes["config"](json.loads(metadata_of(path)["config"]))}
    with pytest.raises(WeightsError) as caught:
        load_weights(rewritten(path, **changes))
    assert caught.value.field is not None
    assert caught.value.field.startswith(field)
    assert caught.value.file
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("modules", ["[1]", '"141"', "[1,4,1.5]", "[1,1,99]", "null"])
def test_hrnets_sizes_are_checked_too(tiny, tmp_path: Path, modules: str) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(tiny.hrnet(), path)
    changed = rewritten(path, config=f'{{"width": 4, "modules": {modules}}}')
    with pytest.raises(WeightsError) as caught:
        load_weights(changed)
    assert caught.value.field == "config"


def test_values_that_are_not_finite_are_refused(tiny, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(tiny.hrnet(), path, dtype=torch.float32)
    state = safetensors.torch.load_file(path)
    state["bn2.running_mean"][3] = float("inf")
    safetensors.torch.save_file(state, path, metadata_of(path))
    with pytest.raises(WeightsError, match="no finite numbers") as caught:
        load_weights(path)
    assert caught.value.field == "bn2.running_mean"


def test_bundled_weights_all_load() -> None:
    for name, path in bundled_weights().items():
        assert find_weights(name) == path
        assert load_weights(path).joint_names


def test_weights_are_found_by_name_and_by_path(
    tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "starter.safetensors"
    save_weights(tiny.hrnet(), path)
    monkeypatch.setattr("glpose_core.network.library.bundled_weights", lambda: {"starter": path})
    assert find_weights("starter") == path
    assert find_weights(str(path)) == path
    with pytest.raises(WeightsError, match="choose starter, or give the path"):
        find_weights("stater")
    with pytest.raises(WeightsError):
        find_weights(tmp_path)


def test_the_default_is_a_glpose_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def bundle(*names: str) -> None:
        found = {name: Path(name) for name in names}
        monkeypatch.setattr("glpose_core.network.library.bundled_weights", lambda: found)

    bundle("a-hrnet", "glpose-w18", USUAL, "glpose-w48")
    assert default_weights() == USUAL
    bundle("a-hrnet", "glpose-w48", "glpose-w18")
    assert default_weights() == "glpose-w18"
    bundle("hrnet-b", "hrnet-a")
    assert default_weights() == "hrnet-a"
    bundle()
    with pytest.raises(WeightsError, match="no weights are bundled"):
        default_weights()


def test_what_comes_along_is_listed_the_usual_first() -> None:
    names = list(bundled_weights())
    assert names[0] == default_weights() == USUAL
    kinds = [name.partition("-")[0] for name in names]
    assert kinds == sorted(kinds)


def test_a_file_of_ours_without_tensors_is_refused(tmp_path: Path) -> None:
    safetensors.torch.save_file({}, tmp_path / "empty.safetensors", {"kind": "hrnet"})
    with pytest.raises(WeightsError, match="holds no network weights"):
        load_weights(tmp_path / "empty.safetensors")
