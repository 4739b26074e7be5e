"""``glpose weights pull``: from an address to weights that predict by name."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from glpose_core.cli import weights
from glpose_core.cli.weights_import import DownloadLine
from glpose_core.errors import UsageError, WeightsError
from glpose_core.home import glpose_home
from glpose_core.network import find_weights, import_weights, listed_weights, load_weights
from glpose_core.network import known as table
from glpose_core.network.keeping import name_in
from glpose_core.network.known import KNOWN, KnownCheckpoint, known_checkpoint
from glpose_core.predict.engine import crop_size
from glpose_core.skeleton import GLPOSE15, POSETRACK17, SKELETONS
from tests.core.network.web import Site, serving

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def glpose(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    weights.add_parser(parser.add_subparsers())
    return weights.run(parser.parse_args(["weights", *arguments]))


def mmpose_file(state: dict[str, torch.Tensor]) -> bytes:
    """A checkpoint as mmpose publishes it."""
    renamed = {
        name if name.startswith("keypoint") else f"backbone.{name}": value
        for name, value in (
            (name.replace("final_layer", "keypoint_head.final_layer"), value)
            for name, value in state.items()
        )
    }
    file = io.BytesIO()
    meta = {"epoch": 20, "sigmas": np.ones(17, np.float32)}
    torch.save({"meta": meta, "state_dict": renamed}, file)
    return file.getvalue()


@pytest.fixture
def site(official: Callable[..., dict[str, torch.Tensor]]) -> Iterator[Site]:
    with serving(Site(mmpose_file(official()))) as one:
        yield one


@pytest.fixture
def known(site: Site, monkeypatch: pytest.MonkeyPatch) -> KnownCheckpoint:
    """A known checkpoint that lies on this computer."""
    one = KnownCheckpoint(
        name="tiny-posetrack18-64x32",
        url=f"{site.url}/hrnet_w4_posetrack18_64x32.pth",
        sha256=hashlib.sha256(site.content).hexdigest()[:8],
        width=4,
        input_size=(32, 64),
        joints="posetrack17",
    )
    monkeypatch.setitem(table.KNOWN, one.name, one)
    return one


def test_a_known_checkpoint_is_fetched_imported_and_listed(
    site: Site, known: KnownCheckpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert glpose("pull", known.name) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{known.name}\n"
    assert "Licence: Apache-2.0" in shown.err
    assert "(100 %)" in shown.err
    assert "mmpose layout" in shown.err
    model = load_weights(find_weights(known.name))
    assert model.joint_names == POSETRACK17.joints
    assert crop_size(model) == (32, 64)
    assert model.record["pulled_from"] == known.url
    assert model.record["imported_sha256"] == hashlib.sha256(site.content).hexdigest()
    assert list((glpose_home() / "downloads").iterdir()) == []

    glpose("list")
    [row] = [line for line in capsys.readouterr().out.splitlines() if known.name in line]
    assert row.endswith("pulled")
    glpose("list", "--known", "--json")
    here = {one["name"]: one["here"] for one in json.loads(capsys.readouterr().out)}
    assert here[known.name]
    assert sum(here.values()) == 1

    assert glpose("pull", known.name) == 0
    assert "is here already" in capsys.readouterr().err
    assert len(site.asked) == 1
    assert glpose("pull", "hrnet_w4_posetrack18_64x32.pth", "--again", "--keep", "glpose15") == 0
    assert len(site.asked) == 2
    assert load_weights(find_weights(known.name)).joint_names == GLPOSE15.joints


def test_a_wrong_file_is_not_imported(site: Site, known: KnownCheckpoint) -> None:
    site.content = site.content[:-1] + b"!"
    with pytest.raises(WeightsError, match="is not the file that was expected"):
        glpose("pull", known.name)
    assert not [one for one in listed_weights() if one.name == known.name]
    assert list((glpose_home() / "downloads").iterdir()) == []


@pytest.mark.thorough
def test_any_address_can_be_pulled(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{site.url}/a/pose%20net_64x32.pth?signature=secret"
    assert glpose("pull", "--url", url) == 0
    assert capsys.readouterr().out == "pose-net_64x32\n"
    record = load_weights(find_weights("pose-net_64x32")).record
    assert record["pulled_from"] == f"{site.url}/a/pose%20net_64x32.pth"
    assert record["input_size"] == [32, 64]
    assert "licence" not in record
    assert glpose("pull", "--url", url, "--name", "mine", "--float32") == 0
    assert find_weights("mine").parent == glpose_home() / "weights"


def test_what_cannot_be_imported_is_kept_for_another_try(
    site: Site, official: Callable[..., dict[str, torch.Tensor]]
) -> None:
    names = tuple(f"joint{n}" for n in range(16))
    site.content = mmpose_file(official(joints=names))
    sha256 = hashlib.sha256(site.content).hexdigest()
    again = ("pull", "--url", f"{site.url}/mpii.pth", "--sha256", sha256[:10].upper())
    with pytest.raises(WeightsError, match="16 heatmaps of unknown joints") as caught:
        glpose(*again)
    assert caught.value.file is not None
    assert Path(caught.value.file).read_bytes() == site.content
    assert glpose(*again, "--joints", ",".join(names)) == 0
    assert len(site.asked) == 1


def test_what_is_no_checkpoint_is_said(site: Site) -> None:
    site.content = b"nothing of the kind"
    with pytest.raises(WeightsError, match="is no checkpoint"):
        glpose("pull", "--url", f"{site.url}/f.pth")
    assert not [one for one in listed_weights() if one.name == "f"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody",), "is no known checkpoint.*hrnet-w48-coco-384x288.*--url"),
        (("hrnet-w48-coco-384x288", "--sha256", "00000000"), "--sha256 goes with --url"),
        (("--url", "https://w.example/f", "--sha256", "xyz"), "is no SHA-256"),
        (("--url", "file:///etc/passwd"), "is no web address"),
        (("--url", "http://w.example/f.pth"), "is not encrypted"),
        (("--url", "https://w.example/f", "--name", "../f"), "is no name for weights"),
        (("--url", "https://w.example/glpose-w18-starter.pth"), "come with the app"),
    ],
)
def test_requests_that_make_no_sense(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        glpose("pull", *arguments)


def test_ctrl_c_says_how_to_go_on(
    known: KnownCheckpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(DownloadLine, "hear", interrupted)
    with pytest.raises(KeyboardInterrupt):
        glpose("pull", known.name)
    assert "the same command goes on from there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/b/c.pth", "c.pth"),
        ("https://a.example/b/../../../etc/passwd", "passwd"),
        ("https://a.example/..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("https://a.example/..%5C..%5Cx.pth", "x.pth"),
        ("https://a.example/", "weights-"),
        ("https://a.example/..", "weights-"),
        ("https://a.example/.bashrc", "bashrc"),
        ("https://a.example/nul", "weights-nul"),
        ("https://a.example/%00x", "x"),
    ],
)
def test_a_files_name_never_leaves_the_folder(url: str, name: str) -> None:
    assert name_in(url) == name


def test_the_table_agrees_with_its_addresses() -> None:
    assert len(KNOWN) == 12
    for one in KNOWN.values():
        assert one.url.startswith("https://download.openmmlab.com/mmpose/")
        assert f"w{one.width}" in one.file
        assert f"{one.input_size[1]}x{one.input_size[0]}" in one.file
        assert re.fullmatch("[0-9a-f]{8}", one.sha256)
        assert f"-{one.sha256}_" in one.file
        assert one.joints == ("posetrack17" if "posetrack18" in one.file else "coco17")
        assert one.joints in SKELETONS
        assert known_checkpoint(one.file) is one
    assert 254e6 < KNOWN["hrnet-w48-coco-384x288"].size < 256e6


def test_progress_is_one_line_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with DownloadLine(terminal := Terminal()) as line:
        line.hear(1_000_000, 4_000_000)
        line.hear(4_000_000, 4_000_000)
    first, *rest = terminal.getvalue().split("\r")
    assert first == "Going on after 1.0 MB\n"
    assert rest[-1].startswith("4.0 of 4.0 MB (100 %)")
    assert rest[-1].endswith("\n")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("file", "size"),
    [
        ("pose_hrnet_w48_384x288.pth", [288, 384]),
        ("pose_hrnet_w32_256x192.pth", [192, 256]),
        ("hrnet_w32_posetrack18_384x288-806f00a3_20211130.pth", [288, 384]),
        ("td-hm_hrnet-w48_8xb32-210e_coco-384x288-c161b7de_20220915.pth", [288, 384]),
        ("hrnet_w48-8ef0771d.pth", None),
        ("net_9999x9999.pth", None),
        ("net_100x100.pth", None),
        ("net_64x48.pth", None),
    ],
)
def test_crops_are_as_large_as_the_files_name_says(
    official: Callable[..., dict[str, torch.Tensor]],
    tmp_path: Path,
    file: str,
    size: list[int] | None,
) -> None:
    torch.save(official(), tmp_path / file)
    assert import_weights(tmp_path / file)[0].record.get("input_size") == size
    loaded = load_weights(tmp_path / file)
    assert crop_size(loaded) == tuple(size or (288, 384))


def test_a_recorded_size_that_the_network_cannot_take_is_not_believed(tiny) -> None:
    for modules, size in (((1, 1, 0), (48, 64)), ((1, 1, 1), (288, 384))):
        model = tiny.hrnet(modules=modules)
        model.record = {"input_size": [48, 64]}
        assert crop_size(model) == size
