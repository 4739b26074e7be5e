"""The loop: it learns, resumes to the same bits, and several processes are one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
import torch

from glpose_core.errors import Cancelled, UsageError, WeightsError
from glpose_core.network import GLPose, load_weights
from glpose_core.train.augment import Augmentation
from glpose_core.train.beside import Measure, Save
from glpose_core.train.checkpoint import NAME, load_checkpoint, save_checkpoint
from glpose_core.train.logs import Csv, Log, Say, TensorBoard, read_log
from glpose_core.train.mixture import Part
from glpose_core.train.recipe import Stage
from glpose_core.train.scoring import predict_set
from glpose_core.train.training import Callback, Training

from .conftest import Losses, Spots, tiny_glpose, tiny_hrnet

CPU = torch.device("cpu")


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


def test_a_network_learns_where_the_spots_are(recipe):
    still = replace(
        recipe, steps=25, batch=4, stages=(Stage((32, 32)),), learning_rate=1e-2, ema=0.5,
        augmentation=Augmentation.none(),
    )  # fmt: skip
    poses, losses = Spots(4), Losses()
    training = Training(tiny_hrnet(), [Part(poses)], still)
    before = predict_set(training.average.model, poses, (32, 32), CPU).score()
    training.run([losses])
    after = predict_set(training.average.model, poses, (32, 32), CPU).score()
    assert losses.values[-1] < 0.8 * losses.values[0]
    assert after.error < before.error
    assert training.samples == 100


@pytest.mark.parametrize("kind", ["hrnet", "glpose", "kept features"])
def test_interrupted_and_resumed_is_the_same_to_the_bit(kind, recipe, tmp_path):
    make = tiny_hrnet if kind == "hrnet" else tiny_glpose
    if kind == "kept features":
        recipe = replace(recipe, backbone_rate=0.0, kept_draws=7)
    parts = [Part(Spots(5)), Part(Spots(9, "more"), 2.0)]
    whole = Training(make(), parts, recipe)
    whole.run()
    broken = Training(make(), parts, recipe)
    broken.run(until=2)
    save_checkpoint(broken, tmp_path / NAME)
    resumed = Training(make(), parts, recipe)
    load_checkpoint(resumed, tmp_path / NAME)
    resumed.run()
    assert resumed.step == whole.step == 4
    assert same(resumed.model, whole.model)
    assert same(resumed.average.model, whole.average.model)
    assert not same(resumed.model, broken.model)


def test_threads_that_draw_change_nothing(recipe):
    states = []
    for threads in (1, 3):
        training = Training(tiny_hrnet(), [Part(Spots())], recipe, threads=threads)
        training.run()
        states.append(training.model)
    assert same(*states)


def test_kept_features_train_as_computed_ones(recipe):
    losses = []
    for gigabytes in (1.0, 0.0):
        kept = replace(recipe, backbone_rate=0.0, kept_draws=6, kept_gigabytes=gigabytes)
        heard = Losses()
        training = Training(tiny_glpose(), [Part(Spots(3))], kept)
        training.run([heard])
        losses.append(heard.values)
        assert training._kept is not None
        assert (len(training._kept) > 0) == (gigabytes > 0)
    assert losses[0] == losses[1]


def test_a_frozen_backbone_stays_statistics_and_all(recipe):
    for model in (tiny_hrnet(), tiny_glpose()):
        before = {name: value.clone() for name, value in model.state_dict().items()}
        Training(model, [Part(Spots())], replace(recipe, backbone_rate=0.0)).run(until=2)
        changed = {n for n, v in model.state_dict().items() if not torch.equal(v, before[n])}
        behind = "final_layer" if not isinstance(model, GLPose) else ("proc", "enc", "agg", "head")
        assert changed
        assert all(name.startswith(behind) for name in changed)


def test_unknown_joints_do_not_matter(recipe):
    class Garbage(Spots):
        def draw(self, row, view, rng):
            sample = super().draw(row, view, rng)
            sample.xy[~sample.known] = 1e4
            return sample

    models = []
    for poses in (Spots(), Garbage()):
        training = Training(tiny_hrnet(), [Part(poses)], recipe)
        training.run(until=2)
        models.append(training.model)
    assert same(*models)


def test_measuring_keeps_to_its_share(recipe, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    measured = []

    class Ten(Measure):
        def foretell(self, training: Training) -> float:
            return 5.0

        def measure(self, training: Training) -> None:
            clock[0] += 10.0
            training.measuring_took = 10.0
            training.measuring += 10.0
            training.measured_at, training.scored_at = training.seconds, training.step
            measured.append(training.step)

    class Tick(Callback):
        def after_step(self, training: Training) -> None:
            clock[0] += 1.0

    long = replace(recipe, steps=100, evaluation_share=0.2, stages=(Stage((32, 32)),), batch=1)
    training = Training(tiny_hrnet(), [Part(Spots(2))], long)
    monkeypatch.setattr(
        training, "_take_step", lambda drawn, share: setattr(training, "step", training.step + 1)
    )
    training.run([Tick(), Ten([Spots(2)])])
    assert measured == [20, 60, 100], "40 s of training to 10 s of measuring, 20 to a foretold 5"


def test_the_folder_holds_weights_log_and_picture(recipe, tmp_path, capsys):
    held_out = Spots(4, "held out")
    measured = replace(recipe, evaluation_share=0.9)
    training = Training(tiny_hrnet(), [Part(Spots())], measured)
    sinks = [Say(), Csv(tmp_path, [held_out.name])]
    training.run([Measure([held_out]), Log(sinks), Save(tmp_path, {"hello": 1})])
    model = load_weights(tmp_path / "weights.safetensors")
    assert model.record["hello"] == 1
    assert model.record["input_size"] == [32, 48]
    assert model.record["recipe"]["batch"] == 4
    rows = read_log(tmp_path / "log.csv")
    assert rows[-1]["step"] == "4"
    assert float(rows[-1]["pck held out"]) == pytest.approx(
        model.record["figures"]["held out"]["pck"], abs=1e-4
    )
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")
    said = capsys.readouterr().out
    assert "spots: 12 poses, 100% of what is drawn" in said
    assert "measuring took" in said


def test_the_log_of_a_resumed_training_has_no_row_twice(recipe, tmp_path):
    parts = [Part(Spots())]
    first = Training(tiny_hrnet(), parts, recipe)
    first.run([Log([Csv(tmp_path, [])], seconds=0)], until=2)
    save_checkpoint(first, tmp_path / NAME)
    first.run([Log([Csv(tmp_path, [])], seconds=0)], until=3)
    second = Training(tiny_hrnet(), parts, recipe)
    load_checkpoint(second, tmp_path / NAME)
    second.run([Log([Csv(tmp_path, [])], seconds=0)])
    assert [row["step"] for row in read_log(tmp_path / "log.csv")] == list("1234")


def test_cancelling_saves_before_it_stops(recipe, tmp_path):
    training = Training(tiny_hrnet(), [Part(Spots())], recipe)
    with pytest.raises(Cancelled):
        training.run([Save(tmp_path, {}, cancelled=lambda: training.step == 2)])
    resumed = Training(tiny_hrnet(), [Part(Spots())], recipe)
    load_checkpoint(resumed, tmp_path / NAME)
    assert resumed.step == 2
    assert resumed.seconds > 0


def test_a_checkpoint_of_something_else_is_refused(recipe, tmp_path):
    path = tmp_path / NAME
    save_checkpoint(Training(tiny_hrnet(), [Part(Spots())], recipe), path)
    cases = (
        (Training(tiny_hrnet(), [Part(Spots(13))], recipe), UsageError, "other data"),
        (Training(tiny_hrnet(), [Part(Spots())], replace(recipe, seed=9)), UsageError, "recipe"),
        (Training(tiny_glpose(), [Part(Spots())], recipe), WeightsError, "another network"),
    )
    for training, kind, words in cases:
        with pytest.raises(kind, match=words):
            load_checkpoint(training, path)
    whole = path.read_bytes()
    for content in (b"", b"nonsense", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(WeightsError, match="no checkpoint"):
            load_checkpoint(Training(tiny_hrnet(), [Part(Spots())], recipe), path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_checkpoint_for_which_there_is_no_room_is_one_sentence(recipe, tmp_path):
    """torch speaks of its archive alone; the disk's own reason lies below."""
    path = tmp_path / NAME
    path.write_bytes(b"the last whole one")
    path.with_suffix(".part").symlink_to("/dev/full")
    with pytest.raises(WeightsError, match=r"No space left on device.*make room"):
        save_checkpoint(Training(tiny_hrnet(), [Part(Spots())], recipe), path)
    assert path.read_bytes() == b"the last whole one"


def test_a_checkpoint_executes_nothing(recipe, tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"format": 1, "model": Trap()}, tmp_path / NAME)
    with pytest.raises(WeightsError, match="no checkpoint"):
        load_checkpoint(Training(tiny_hrnet(), [Part(Spots())], recipe), tmp_path / NAME)
    assert not (tmp_path / "sprung").exists()


def test_a_loss_that_is_no_number_stops_the_training(recipe):
    training = Training(tiny_hrnet(), [Part(Spots())], replace(recipe, learning_rate=1e30))
    with pytest.raises(UsageError, match="no longer a number"):
        training.run([Log([Say(lambda line: None)], seconds=0)])


def test_tensorboard_is_optional(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match=r"glpose-studio\[tensorboard\]"):
        TensorBoard(tmp_path)


def test_tensorboard_gets_the_lines(recipe, tmp_path):
    pytest.importorskip("tensorboard")
    training = Training(tiny_hrnet(), [Part(Spots())], recipe)
    training.run([Measure([Spots(2)]), Log([TensorBoard(tmp_path)])])
    assert list(tmp_path.glob("events.out.tfevents.*"))


DISTRIBUTED = """
import sys, torch
torch.set_num_threads(1)
sys.path.insert(0, sys.argv[1])
from tests.core.train.test_training import one_step
from glpose_core.train.processes import join_processes
with join_processes("cpu") as processes:
    loss, state = one_step(processes)
    torch.save({"loss": loss, "state": state, "count": processes.count}, f"{sys.argv[2]}/{processes.rank}.pt")
"""


def one_step(processes=None):
    """The loss of one step of a GLPose whose backbone learns too, and the weights after it; in float32, because
    halves of a batch are rounded otherwise in bfloat16."""
    from glpose_core.train import temporal
    from glpose_core.train.recipe import Recipe

    recipe = Recipe(
        steps=1, batch=4, stages=(Stage((32, 48)),), largest_gradient=5.0, ema=0.5,
        error_weight=200.0, location_weight=1.0,
    )  # fmt: skip
    training = Training(tiny_glpose(), [Part(Spots(7))], recipe, processes)
    # Adam's first step is as long for a gradient of nothing but rounding as for any other.
    training.optimiser = torch.optim.SGD(training.optimiser.param_groups, lr=0.1)
    exact = partial(torch.autocast, "cpu", enabled=False)
    with mock.patch.object(temporal, "half_where_fast", side_effect=lambda _device: exact()):
        training.run()
    return float(training.loss), training.average.model.state_dict()


@pytest.mark.slow
def test_two_processes_are_one_with_the_doubled_batch(tmp_path):
    loss, state = one_step()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(__file__).parents[3]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", DISTRIBUTED, str(root), str(tmp_path)],
            cwd=root,
            env=os.environ
            | {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
            | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"},
        )
        for rank in range(2)
    ]
    assert [child.wait(timeout=200) for child in children] == [0, 0]
    both = [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2)]
    for found in both:
        assert found["count"] == 2
        assert found["loss"] == pytest.approx(loss, rel=1e-5)
        for name, value in state.items():
            assert torch.allclose(found["state"][name], value, atol=2e-5, rtol=1e-4), name
