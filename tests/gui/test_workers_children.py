"""What the child processes say: devices and weights, and a training in words without torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.workers import finetune as near
from app.workers.finetune import Figures, TrainBegan, TrainOrder, TrainReport, TrainTick
from app.workers.inventory import Inventory, InventoryRequest, take
from glpose_core.network import HRNet, listed_weights, save_weights
from glpose_core.train import finetune as core
from glpose_core.train.scoring import Score


def never() -> bool:
    return False


def test_the_inventory_lists_devices_and_weights(tmp_path: Path) -> None:
    trained = tmp_path / "clip 2026-01-01" / "weights.safetensors"
    trained.parent.mkdir()
    save_weights(HRNet(width=18, joints=17, modules=(1, 1, 1)), trained)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nothing")
    said: list[object] = []
    take(InventoryRequest((trained, broken, tmp_path / "gone.safetensors")), said.append, never)
    [inventory] = said
    assert isinstance(inventory, Inventory)
    assert "cpu" in [device.id for device in inventory.devices]
    assert inventory.devices[-1].description.startswith("CPU, ")
    [mine] = [weights for weights in inventory.weights if weights.name == str(trained)]
    assert (mine.title, mine.description) == ("clip 2026-01-01", "HRNet W18, 17 joints")
    assert not mine.several_frames
    assert not [weights for weights in inventory.weights if weights.name == str(broken)]


def test_the_inventory_has_all_that_the_command_lists(glpose_home: Path) -> None:
    folder = glpose_home / "weights"
    (folder / "clip").mkdir(parents=True)
    pulled, trained = folder / "public.safetensors", folder / "clip" / "weights.safetensors"
    model = HRNet(width=18, joints=("nose", "head_top"), modules=(1, 1, 1))
    record = {"input_size": [96, 128], "untrained_joints": ["head_top"]}
    save_weights(model, pulled, record)
    save_weights(model, trained)
    said: list[object] = []
    take(InventoryRequest((pulled, trained)), said.append, never)
    [inventory] = said
    assert isinstance(inventory, Inventory)
    assert [weights.title for weights in inventory.weights] == [
        one.name for one in listed_weights()
    ]
    *_, public, mine = inventory.weights
    assert (public.name, mine.name) == ("public", str(trained))
    assert (public.network, public.input_size) == ("HRNet-W18", (96, 128))
    assert public.joints == 2
    assert public.untrained == ("head_top",)


@pytest.mark.quick
def test_a_training_is_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[core.TrainRequest] = []

    def run(
        request: core.TrainRequest,
        emit: Callable[[core.TrainEvent], None],
        cancelled: Callable[[], bool],
    ) -> None:
        asked.append(request)
        emit(core.TrainStarted(0, 40, 10, "cpu"))
        emit(core.TrainProgress(0, 1, 2, 3.5, "learning", 0.1))
        score = Score(0.5, 9.0, 4, 60)
        emit(core.TrainFinished(0, tmp_path / "w.safetensors", None, score, 12.0))

    monkeypatch.setattr(core, "run", run)
    said: list[object] = []
    order = TrainOrder(tmp_path / "p.glpose", "starter", tmp_path / "out", 60, 3, "cpu")
    near.run(order, said.append, never)
    assert said == [
        TrainBegan(40, 10, "cpu"),
        TrainTick(1, 2, 3.5, "learning"),
        TrainReport(tmp_path / "w.safetensors", None, Figures(0.5, 9.0, 4, 60), 12.0),
    ]
    [request] = asked
    assert (request.data, request.weights, request.out) == (order.data, "starter", order.out)
    assert (request.steps, request.seed, request.device) == (60, 3, "cpu")


def test_the_window_does_not_load_torch() -> None:
    """It would take a second at the start and hundreds of megabytes for as long as the app runs."""
    code = "import sys, app.window, app.dialogs.predict, app.dialogs.train, app.dialogs.export, "
    code += "app.dialogs.import_labels; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
