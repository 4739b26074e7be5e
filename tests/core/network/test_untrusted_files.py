"""A file of weights never runs code, and a bad one is one sentence."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glpose_core.errors import WeightsError
from glpose_core.network import (
    import_weights,
    inspect_weights,
    load_backbone,
    load_weights,
    save_weights,
)
from glpose_core.network.checkpoint import read_checkpoint

pytestmark = pytest.mark.quick


class Exploit:
    """Unpickling this with plain pickle makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.marker}",)


def assert_one_sentence(error: WeightsError, path: Path) -> None:
    assert error.file == str(path)
    assert error.remedy
    assert "\n" not in str(error)
    assert len(str(error)) < 300 + len(str(path))


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("place", ["beside", "among", "instead"])
def test_pickled_code_is_refused_and_not_run(
    official, tmp_path: Path, legacy: bool, place: str
) -> None:
    marker, path = tmp_path / "ran", tmp_path / "evil.pth"
    content: Any = {
        "beside": {"state_dict": official(), "meta": Exploit(marker)},
        "among": {**official(), "conv1.bias": Exploit(marker)},
        "instead": Exploit(marker),
    }[place]
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    for read in (load_weights, inspect_weights, read_checkpoint):
        with pytest.raises(WeightsError, match=r"pickled code .*system.*never run") as caught:
            read(path)
        assert_one_sentence(caught.value, path)
    assert not marker.exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_plain_pickle_is_refused_and_not_run(tmp_path: Path, protocol: int) -> None:
    marker, path = tmp_path / "ran", tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"state_dict": Exploit(marker)}, protocol))
    with pytest.raises(WeightsError) as caught:
        load_weights(path)
    assert_one_sentence(caught.value, path)
    assert not marker.exists()


def test_a_whole_pickled_network_is_refused(tiny, tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    torch.save(tiny.hrnet(), path)
    with pytest.raises(WeightsError, match="pickled code"):
        load_weights(path)


def test_what_lies_beside_the_weights_is_never_made(official, tmp_path: Path) -> None:
    """Stand-ins swallow arrays of trainers' notes, and are gone again afterwards."""
    import numpy as np

    before = set(torch.serialization.get_safe_globals())
    torch.save({"state_dict": official(), "meta": np.arange(3)}, tmp_path / "notes.pth")
    assert load_weights(tmp_path / "notes.pth").joint_names
    assert set(torch.serialization.get_safe_globals()) == before


CONTENTS: dict[str, bytes] = {
    "empty": b"",
    "text": b"dear reader, this is not a network\n",
    "json": b'{"state_dict": {}}',
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "zip magic alone": b"PK\x03\x04",
    "pickle magic alone": b"\x80\x02",
    "header longer than the file": (2**40).to_bytes(8, "little") + b"{}",
    "header of nothing": (2).to_bytes(8, "little") + b"{}",
    "header no json": (5).to_bytes(8, "little") + b"{oops",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_what_is_no_checkpoint_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        load_weights(path)
    assert_one_sentence(caught.value, path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "say 'git lfs pull'"),
        (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "is no checkpoint"),
        (b"\x08\x07\x12\x07pytorch" + bytes(100), "is no checkpoint"),
    ],
    ids=["empty", "LFS", "web page", "HDF5", "ONNX"],
)
def test_what_people_have_in_place_of_the_file(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "hrnet.pth"
    path.write_bytes(content)
    for read in (load_weights, inspect_weights, import_weights):
        with pytest.raises(WeightsError, match=sentence) as caught:
            read(path)
        assert_one_sentence(caught.value, path)


OTHERS = {
    "ResNet": ("conv1.weight", "layer1.0.conv1.weight", "fc.weight"),
    "ViT": ("backbone.pos_embed", "backbone.blocks.0.attn.qkv.weight", "head.final_layer.weight"),
    "Lite-HRNet": ("backbone.stem.conv1.conv.weight", "backbone.stage0.0.layers.0.weight"),
    "a language model": ("model.embed_tokens.weight", "lm_head.weight"),
}


@pytest.mark.parametrize("names", OTHERS.values(), ids=OTHERS.keys())
@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"kind": "lora", "config": "{}"}])
def test_another_architecture_is_said(
    tmp_path: Path, names: tuple[str, ...], metadata: dict[str, str] | None
) -> None:
    state = {name: torch.ones(64, 3, 3, 3) for name in names}
    safetensors.torch.save_file(state, tmp_path / "other.safetensors", metadata)
    torch.save({"state_dict": state}, tmp_path / "other.pth")
    for path in (tmp_path / "other.safetensors", tmp_path / "other.pth"):
        for read in (load_weights, inspect_weights, import_weights):
            with pytest.raises(WeightsError, match=r"holds no HRNet.*mmpose") as caught:
                read(path)
            assert_one_sentence(caught.value, path)


def test_an_hrnet_with_fewer_blocks_names_what_is_missing(official, tmp_path: Path) -> None:
    state = {name: value for name, value in official().items() if ".branches.0.3." not in name}
    torch.save(state, tmp_path / "small.pth")
    with pytest.raises(WeightsError, match="is missing") as caught:
        load_weights(tmp_path / "small.pth")
    assert caught.value.field == "stage2.0.branches.0.3.conv1.weight"


def test_a_zip_that_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "archive.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(WeightsError, match="truncated or damaged"):
        load_weights(path)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"state_dict": {}},
        {"state_dict": {"a": 1}},
        [1, 2],
        torch.zeros(3),
        {"a": torch.zeros(3)},
    ],
)
def test_a_checkpoint_of_something_else(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "other.pth"
    torch.save(content, path)
    with pytest.raises(WeightsError, match=r"holds no (network weights|HRNet)") as caught:
        load_weights(path)
    assert_one_sentence(caught.value, path)


def test_files_that_are_not_there(tiny, tmp_path: Path) -> None:
    for path in (tmp_path / "absent.pth", tmp_path):
        for read in (load_weights, inspect_weights, lambda p: load_backbone(tiny.glpose(), p)):
            with pytest.raises(WeightsError, match="cannot be read") as caught:
                read(path)
            assert_one_sentence(caught.value, path)


def test_tensors_larger_than_their_file_are_refused(official, tmp_path: Path) -> None:
    path = tmp_path / "stretched.pth"
    state = official()
    state["conv1.weight"] = torch.zeros(1).expand(64, 3, 3, 3)
    torch.save(state, path)
    with pytest.raises(WeightsError, match="no plain tensor") as caught:
        load_weights(path)
    assert caught.value.field == "conv1.weight"


def test_a_file_cannot_claim_a_size_it_does_not_have(official, tmp_path: Path) -> None:
    path = tmp_path / "huge.pth"
    state = official()
    state["transition1.0.0.weight"] = torch.zeros(1).expand(10**9, 256, 3, 3)
    torch.save(state, path)
    with pytest.raises(WeightsError):
        load_weights(path)
    state = official()
    state["stage2.9.branches.0.0.conv1.weight"] = torch.zeros(1)
    torch.save(state, path)
    with pytest.raises(WeightsError):
        load_weights(path)


@pytest.fixture(scope="module")
def samples(tiny, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of one small file of each kind."""
    folder = tmp_path_factory.mktemp("samples")
    model = tiny.hrnet(width=2, modules=(1, 1, 0))
    save_weights(model, folder / "own")
    torch.save(model.state_dict(), folder / "zip")
    torch.save(model.state_dict(), folder / "legacy", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(model.state_dict(), folder / "plain")
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("kind", ["own", "zip", "legacy", "plain"])
@pytest.mark.parametrize("share", [0.0001, 0.01, 0.3, 0.9, 0.9999])
def test_a_truncated_file_is_said(
    samples: dict[str, bytes], tmp_path: Path, kind: str, share: float
) -> None:
    path = tmp_path / "short"
    content = samples[kind]
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(WeightsError) as caught:
        load_weights(path)
    assert_one_sentence(caught.value, path)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["own", "zip", "legacy", "plain"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(data=st.data())
def test_a_damaged_file_loads_or_is_refused_in_one_sentence(
    samples: dict[str, bytes], tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    path = tmp_path / "damaged"
    content = bytearray(samples[kind])
    start = data.draw(st.integers(0, 4000) | st.integers(0, len(content) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=8))
    content[start : start + len(damage)] = damage
    path.write_bytes(content)
    try:
        load_weights(path)
    except WeightsError as error:
        assert_one_sentence(error, path)
