from __future__ import annotations

import numpy as np
import pytest
import torch

from glpose_core.errors import Cancelled, DeviceError
from glpose_core.network import GLPose, GLPoseConfig, HRNet
from glpose_core.network.folding import fold_batch_norms
from glpose_core.predict.engine import Engine, crop_size

CPU = torch.device("cpu")


def tiny_glpose() -> GLPose:
    torch.manual_seed(0)
    config = GLPoseConfig(width=4, k=1, n=2, modules=(1, 1, 0), input_size=(32, 48))
    return randomised(GLPose(config).eval())


def randomised(model):
    """Weights as after training: BatchNorms that do something."""
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            with torch.no_grad():
                module.weight.uniform_(0.5, 1.5, generator=generator)
                module.bias.normal_(0, 0.1, generator=generator)
    return model


def crops(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 48, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("batch", [1, 3, 4, 8])
def test_batches_change_nothing(batch):
    model = tiny_glpose()
    whole = Engine(model, CPU, precision="float32", batch=16).heatmaps(crops(7))
    parts = Engine(model, CPU, precision="float32", batch=batch).heatmaps(crops(7))
    assert whole.shape == (7, 15, 12, 8)
    assert np.allclose(whole, parts, atol=1e-5)


def test_folding_changes_nothing():
    for model in (tiny_glpose().backbone, randomised(HRNet(4, 15, (1, 1, 1)).eval())):
        x = torch.randn(2, 3, 64, 32)
        with torch.inference_mode():
            before = model(x)
            norms = sum(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())
            assert fold_batch_norms(model) == norms
            assert torch.allclose(model(x), before, rtol=1e-4, atol=1e-2)
        assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())


def test_the_callers_model_stays_as_it_is():
    model = tiny_glpose()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    Engine(model, CPU).heatmaps(crops(2))
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def starved(engine: Engine, room: int, error: BaseException, sizes: list[int]) -> None:
    """Make the engine's network fail for more than ``room`` crops at once."""
    model = engine._model
    real = model.features

    def features(x):
        sizes.append(len(x))
        if len(x) > room:
            raise error
        return real(x)

    model.features = features


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
        RuntimeError(
            "GET was unable to find an engine to execute this computation after trying 7 plans."
        ),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
    ids=["cuda", "cpu", "python", "cudnn", "cublas"],
)
def test_out_of_memory_halves_the_batch_and_says_so(error):
    notes: list[str] = []
    engine = Engine(tiny_glpose(), CPU, precision="float32", batch=8, note=notes.append)
    wanted = engine.features(crops(9))
    sizes: list[int] = []
    starved(engine, 2, error, sizes)
    got = engine.features(crops(9))
    assert torch.allclose(got, wanted, atol=1e-3)
    assert engine.batch == 2
    assert sizes[:3] == [8, 4, 2]
    assert len(notes) == 2
    assert "Out of memory" in notes[-1]
    assert "2 people at a time" in notes[-1]


def test_one_person_that_does_not_fit_is_an_error_with_a_remedy():
    engine = Engine(tiny_glpose(), CPU, batch=2)
    starved(engine, 0, MemoryError(), [])
    with pytest.raises(DeviceError, match="smaller model"):
        engine.features(crops(1))


def test_other_errors_are_not_swallowed():
    engine = Engine(tiny_glpose(), CPU, batch=2)
    starved(engine, 0, RuntimeError("shape mismatch"), [])
    with pytest.raises(RuntimeError, match="shape mismatch"):
        engine.features(crops(1))


def test_cancelling_stops_between_batches():
    passes: list[int] = []
    engine = Engine(tiny_glpose(), CPU, batch=1, cancelled=lambda: len(passes) >= 3)
    starved(engine, 99, MemoryError(), passes)
    with pytest.raises(Cancelled):
        engine.features(crops(10))
    assert passes == [1, 1, 1]


@pytest.mark.quick
def test_crop_sizes():
    assert crop_size(tiny_glpose()) == (32, 48)
    model = HRNet(18, 15, (1, 1, 0))
    assert crop_size(model) == (144, 192)
    model.record["input_size"] = [96, 128]
    assert crop_size(model) == (96, 128)


def test_decoder_and_flip_test_are_the_weights_own_unless_asked_for():
    config = GLPoseConfig(width=4, k=1, n=1, modules=(1, 1, 0), input_size=(32, 48), flip_test=True)
    own = Engine(GLPose(config), CPU, decoder=None)
    assert (own.decoder, own.flip) == ("quarter", True)
    asked = Engine(GLPose(config), CPU, decoder="dark", flip=False)
    assert (asked.decoder, asked.flip) == ("dark", False)
    single = Engine(HRNet(4, 17, (1, 1, 0)), CPU, decoder=None)
    assert (single.decoder, single.flip) == ("quarter", False)


def scrambled(model):
    torch.manual_seed(3)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.kaiming_normal_(parameter)
    return model.eval()


def unmirrored(heatmaps, joints):
    """As HRNet does it: mirror back, exchange the sides, one cell to the right, the first column kept."""
    back = heatmaps[..., ::-1].copy()
    swapped = back.copy()
    for i, joint in enumerate(joints):
        side, _, part = joint.partition("_")
        if side in ("left", "right"):
            other = ("right_" if side == "left" else "left_") + part
            swapped[:, i] = back[:, joints.index(other)]
    shifted = swapped.copy()
    shifted[..., 1:] = swapped[..., :-1]
    return shifted


def test_the_flip_test_of_hrnet():
    model = scrambled(HRNet(4, 17, (1, 1, 0)))
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 32, 3), dtype=np.uint8)
    plain = Engine(model, CPU, precision="float32")
    mirrored = plain.heatmaps(np.ascontiguousarray(crops[:, :, ::-1]))
    wanted = (plain.heatmaps(crops) + unmirrored(mirrored, model.joint_names)) / 2
    found = Engine(model, CPU, precision="float32", flip=True).heatmaps(crops)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_the_flip_test_of_glpose_mirrors_references_too():
    config = GLPoseConfig(width=4, k=1, n=1, modules=(1, 1, 0), input_size=(32, 48))
    model = scrambled(GLPose(config))
    crops = np.random.default_rng(0).integers(0, 256, (4, 48, 32, 3), dtype=np.uint8)

    def fused(engine, crops):
        v = engine.features(crops)
        return engine.fuse(v[:1], v[None, 1:3], v[None, 3:])

    plain = Engine(model, CPU, precision="float32")
    mirrored = fused(plain, np.ascontiguousarray(crops[:, :, ::-1]))
    wanted = (fused(plain, crops) + unmirrored(mirrored, model.joint_names)) / 2
    flipping = Engine(model, CPU, precision="float32", flip=True)
    assert flipping.features(crops).shape == (4, 8, 12, 8)
    assert flipping.pooled(flipping.features(crops)).shape == (4, 4)
    found = fused(flipping, crops)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())


@pytest.mark.parametrize("flip", [False, True])
def test_a_key_alone_is_a_key_with_itself_in_every_slot(flip):
    torch.manual_seed(3)
    config = GLPoseConfig(width=4, k=1, n=2, modules=(1, 1, 0), input_size=(32, 48))
    engine = Engine(GLPose(config), CPU, precision="float32", flip=flip)
    crops = np.random.default_rng(3).integers(0, 256, (4, 48, 32, 3), dtype=np.uint8)
    values = engine.features(crops)
    slots = values[:, None].expand(-1, 2, -1, -1, -1)
    wanted = engine.fuse(values, slots, slots)
    np.testing.assert_allclose(engine.alone(values), wanted, atol=1e-4 * np.abs(wanted).max())


@pytest.mark.parametrize("flip", [False, True])
def test_half_precision_takes_any_number_of_people(flip):
    model = tiny_glpose()
    exact = Engine(model, CPU, precision="float32", flip=flip)
    half = Engine(model, CPU, precision="bfloat16", flip=flip)
    for count in (1, 2, 3, 5):
        expected = exact.heatmaps(crops(count))
        assert np.abs(half.heatmaps(crops(count)) - expected).max() < 0.1 * np.abs(expected).max()
