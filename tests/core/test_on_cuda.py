"""On an NVIDIA GPU everything comes out as on the processor. Skipped where there is none.

Needs neither PyAV nor PySide6: python -m pytest tests/core/test_on_cuda.py -p no:cacheprovider
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from glpose_core.network import default_weights, find_weights, load_weights
from glpose_core.predict.crops import crop_matrices, cut_crops
from glpose_core.predict.decode import decode_heatmaps
from glpose_core.predict.device_crops import DeviceCropper
from glpose_core.predict.device_decode import find_peaks
from glpose_core.predict.engine import Engine
from glpose_core.predict.lane import Lane
from glpose_core.predict.predictor import Predictor
from glpose_core.predict.replays import Replays
from glpose_core.train.augment import Augmentation
from glpose_core.train.mixture import Part
from glpose_core.train.processes import alone
from glpose_core.train.recipe import Recipe, Stage
from glpose_core.train.training import Training

from .predict.scenes import KEYS, Scene, glpose, hrnet
from .predict.test_device_crops import BOXES, SIZE, picture
from .train.conftest import Losses, Spots, tiny_glpose, tiny_hrnet

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def device() -> torch.device:
    if not torch.cuda.is_available():
        pytest.skip("there is no NVIDIA GPU here")
    return torch.device("cuda", 0)


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products of all 24 bits: convolutions on CUDA otherwise read 11 of them."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def off(found: np.ndarray | Tensor, wanted: np.ndarray | Tensor) -> float:
    """‖found − wanted‖ / ‖wanted‖."""
    a, b = (torch.as_tensor(x).double().cpu() for x in (found, wanted))
    return float((a - b).norm() / b.norm())


def crops_for(model: object, count: int) -> np.ndarray:
    width, height = Engine(model, CPU).size
    return np.random.default_rng(1).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def starter() -> object:
    return load_weights(find_weights(default_weights()))


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("make", [glpose, hrnet, starter])
@pytest.mark.parametrize("flip", [False, True])
def test_float32_is_the_same(device, make, flip):
    model = make()
    crops = crops_for(model, 5)
    here = Engine(model, CPU, precision="float32", flip=flip)
    there = Engine(model, device, precision="float32", flip=flip)
    assert there.precision == "float32"
    assert off(there.heatmaps(crops), here.heatmaps(crops)) < 1e-3
    if here.config is not None:
        assert off(there.features(crops), here.features(crops)) < 2e-3  # kept in float16


@pytest.mark.parametrize(("precision", "most"), [("float32", 4e-3), ("bfloat16", 5e-2)])
def test_fewer_bits_are_nearly_the_same(device, precision, most):
    """As installed: float32 with products of 11 bits, and bfloat16."""
    model = starter()
    crops = crops_for(model, 6)
    here, there = (
        Engine(model, CPU, precision="float32"),
        Engine(model, device, precision=precision),
    )
    assert off(there.features(crops), here.features(crops)) < most
    assert off(there.heatmaps(crops), here.heatmaps(crops)) < 2 * most


@pytest.mark.usefixtures("exact")
def test_references_weigh_the_same(device):
    model = glpose()
    values = Engine(model, CPU, precision="float32").features(crops_for(model, 5))
    found = [
        Engine(model, where, precision="float32").explain(
            *(x.to(where) for x in (values[:1], values[None, 1:5], values[None, 2:4]))
        )
        for where in (device, CPU)
    ]
    for name in ("heatmaps", "local_weights", "global_weights"):
        assert off(*(getattr(each, name) for each in found)) < 1e-4


def test_auto_computes_in_bfloat16_and_cuts_on_the_device(device):
    engine = Engine(glpose(), device)
    assert engine.precision == ("bfloat16" if torch.cuda.is_bf16_supported() else "float32")
    own = Predictor(engine, Scene())
    assert own._cutter.cut([0], crop_matrices(BOXES[:1], engine.size)).is_cuda
    assert own.cache.budget >= 2**30


def test_crops_cut_there_are_those_cut_here(device):
    matrices = crop_matrices(BOXES, SIZE)
    there = DeviceCropper(device).cut(0, picture(), matrices, SIZE).cpu().int()
    same = DeviceCropper(CPU).cut(0, picture(), matrices, SIZE).int()
    assert int((there - same).abs().max()) <= 1
    opencv = cut_crops(picture(), matrices, SIZE).astype(int)
    assert np.percentile(np.abs(there.numpy() - opencv), 99) <= 3


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("mode", ["cached", "paper"])
@pytest.mark.parametrize("make", [glpose, hrnet])
def test_joints_are_the_same(device, mode, make):
    rows = []
    for where in (device, CPU):
        engine = Engine(make(), where, precision="float32", batch=4)
        own = Predictor(engine, Scene(drift=0.4), mode=mode, cut_on_device=True)
        own.absorb(KEYS)
        rows.append(own.predict(KEYS))
    there, here = rows
    far = np.abs(there["xy"] - here["xy"]).max(axis=-1)
    assert np.percentile(far, 98) < 0.05  # in noise, two maxima may be as high as one another
    assert np.allclose(there["score"], here["score"], atol=0.01 * here["score"].max())


def test_when_memory_runs_out_fewer_people_go_in_at_once(device):
    notes: list[str] = []
    model = starter()
    crops = crops_for(model, 512)
    wanted = Engine(model, device, batch=16).features(crops)
    torch.cuda.empty_cache()
    room = torch.cuda.memory_reserved(device) + 400 * 2**20
    torch.cuda.set_per_process_memory_fraction(
        room / torch.cuda.get_device_properties(device).total_memory
    )
    try:
        engine = Engine(model, device, batch=512, note=notes.append)
        found = engine.features(crops)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert engine.batch < 512
    assert "Out of memory" in notes[0]
    assert off(found, wanted) < 2e-2


@pytest.mark.parametrize("make", [tiny_hrnet, tiny_glpose])
def test_training_lowers_the_loss(device, make):
    recipe = Recipe(
        steps=40, batch=4, stages=(Stage((32, 48)),), learning_rate=1e-2, error_weight=200.0,
        location_weight=1.0, augmentation=Augmentation.none(), evaluation_share=0.0,
    )  # fmt: skip
    losses = Losses()
    training = Training(make(), [Part(Spots(4))], recipe, alone(device))
    training.run([losses])
    assert next(training.model.parameters()).is_cuda
    assert np.mean(losses.values[-4:]) < 0.8 * np.mean(losses.values[:4])


def test_kept_features_train_there_too(device):
    recipe = Recipe(
        steps=6, batch=4, stages=(Stage((32, 48)),), backbone_rate=0.0, kept_draws=8,
        location_weight=1.0, evaluation_share=0.0,
    )  # fmt: skip
    losses = Losses()
    for gigabytes in (0.0, 1.0):
        own = replace(recipe, kept_gigabytes=gigabytes)
        Training(tiny_glpose(), [Part(Spots(8))], own, alone(device)).run([losses])
    assert np.allclose(losses.values[:6], losses.values[6:], rtol=0.05)


# --- recorded passes


@pytest.mark.parametrize(("precision", "most"), [("float32", 4e-3), ("bfloat16", 4e-2)])
@pytest.mark.parametrize("flip", [False, True])
def test_recorded_passes_are_the_passes(device, precision, most, flip):
    model = starter()
    plain, recording = (
        Engine(model, device, precision=precision, batch=8, flip=flip, replay=replay)
        for replay in (False, True)
    )
    crops = crops_for(model, 9 * 8)
    for start in range(0, len(crops), 4):  # other values each time
        part = crops[start : start + 3 + start % 2]
        # Recorded with other room to work in, cuDNN may choose another way of convolving.
        assert off(recording.features(part), plain.features(part)) < most
        assert off(recording.heatmaps(part), plain.heatmaps(part)) < most
    assert len(recording._replays) >= 2
    assert len(plain._replays) == 0


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("mode", ["cached", "paper"])
def test_joints_of_recorded_passes(device, mode):
    rows = []
    for replay in (True, False):
        engine = Engine(glpose(), device, precision="float32", batch=4, replay=replay)
        own = Predictor(engine, Scene(drift=0.4), mode=mode)
        for start in range(0, len(KEYS), 2):
            own.absorb(KEYS[start : start + 2])
        for _ in range(2):
            found = np.concatenate([own.predict(KEYS[i : i + 2]) for i in range(0, 24, 2)])
        rows.append(found)
        assert bool(len(engine._replays)) == replay
    assert np.percentile(np.abs(rows[0]["xy"] - rows[1]["xy"]), 98) < 0.05


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("make", [glpose, hrnet])
@pytest.mark.parametrize("mode", ["cached", "paper"])
def test_joints_of_a_network_at_work_beside_its_caller(device, mode, make):
    """Passes are recorded, and joints read, while crops of the next are cut."""
    rows = []
    for beside in (False, True):
        engine = Engine(make(), device, precision="float32", batch=4)
        with closing(Lane(beside)) as lane:
            own = Predictor(engine, Scene(drift=0.4), mode=mode, lane=lane)
            for start in range(0, len(KEYS), 2):
                own.absorb(KEYS[start : start + 2])
            for _ in range(2):
                begun = [own.begin(KEYS[i : i + 2]) for i in range(0, 24, 2)]
                found = np.concatenate([each.end() for each in begun])
        assert len(engine._replays) > 0
        rows.append(found)
    assert np.percentile(np.abs(rows[0]["xy"] - rows[1]["xy"]), 98) < 0.05


def test_joints_are_read_there_as_here(device):
    maps = torch.rand(5, 17, 24, 18) - 0.3
    wanted = decode_heatmaps(maps.numpy())
    for found, each in zip(find_peaks(maps.to(device)), wanted, strict=True):
        np.testing.assert_allclose(found.cpu().numpy(), each, rtol=0, atol=1e-8)


def test_what_was_returned_stays(device):
    replays = Replays(device, after=1)
    inputs = [torch.full((4,), float(i), device=device) for i in range(5)]
    outcomes = [replays(_twice, x) for x in inputs]
    assert len(replays) == 1
    assert [float(x[0]) for x in outcomes] == [0.0, 2.0, 4.0, 6.0, 8.0]
    replays(_twice, torch.ones(3, device=device))
    assert len(replays) == 1


def test_memory_that_runs_out_gives_recordings_up_first(device):
    engine = Engine(glpose(), device, batch=4)
    crops = crops_for(glpose(), 4)
    for _ in range(10):
        wanted = engine.features(crops)
    assert len(engine._replays) == 1
    engine._make_room()
    assert len(engine._replays) == 0
    assert engine.batch == 4
    assert off(engine.features(crops), wanted) < 1e-2


def test_what_cannot_be_recorded_goes_on_as_before(device):
    replays = Replays(device, after=1)
    stream = torch.cuda.current_stream(device)
    found = [float(replays(_refusing, torch.ones(2, device=device))[0]) for _ in range(4)]
    assert found == [2.0] * 4
    assert len(replays) == 0
    assert torch.cuda.current_stream(device) == stream


def test_waiting_for_the_device_cannot_be_recorded(device):
    """In a process of its own: who knows what CUDA thinks of it afterwards."""
    told = """
import torch
from glpose_core.predict.replays import Replays
def waiting(x):
    return x * float(x.sum())
replays = Replays(torch.device("cuda", 0), after=1)
print([float(replays(waiting, torch.ones(2, device="cuda"))[0]) for _ in range(4)], len(replays))
"""
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[2.0, 2.0, 2.0, 2.0] 0", done.stderr[-2000:]


def _twice(x: Tensor) -> Tensor:
    return x + x


def _refusing(x: Tensor) -> Tensor:
    if torch.cuda.is_current_stream_capturing():
        raise RuntimeError("not here")
    return x + x
