"""Person-frames a second on a graphics processor: network and predictor, in every precision and way of starting kernels.

Untrained weights, random data. *Network*: medians by CUDA events. GLPose *cached* is one backbone pass and the modules on
features that are kept; *literal* 1 + 2k + 20 backbone passes and the modules; *hrnet* the whole single-frame network.
*Predictor*: many people in pictures in memory, from cutting their crops to reading their joints.
Shares are of the rate of a bfloat16 matrix product measured in the same run.

    python -m benchmarks.device_speed --out FOLDER [--seconds 150] [--parts app predictor widths tuned others compile]
    python -m benchmarks.device_speed --out FOLDER --tiny --device cpu                       to try it
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.device_crowd import Crowd, predicted
from benchmarks.device_report import Report, Work, median_seconds
from benchmarks.network_cost import measure as count
from glpose_core.bench.clock import wait_for
from glpose_core.network import GLPose, GLPoseConfig, HRNet, choose_device, describe_device
from glpose_core.network.cost import multiply_adds
from glpose_core.network.folding import fold_batch_norms, lower_precision
from glpose_core.predict.crops import crop_matrices
from glpose_core.predict.engine import Engine
from glpose_core.predict.features import resample
from glpose_core.predict.fusing import Fusion
from glpose_core.predict.job import Mode
from glpose_core.predict.replays import Replays

SIZES = {48: (288, 384), 32: (192, 256), 18: (192, 256), 4: (32, 64)}
BATCHES = (64, 8, 1)
PARTS = ("app", "predictor", "widths", "tuned", "others", "compile")


@dataclass(frozen=True)
class Setting:
    """How a network computes: precision, layout, and how its kernels are started."""

    name: str
    dtype: torch.dtype = torch.bfloat16
    tf32: bool = True
    autocast: bool = False
    folded: bool = True
    channels_last: bool = True
    heads_exact: bool = True
    tuned: bool = False
    graph: bool = False


APP = Setting("bf16 as predicted with, replayed", graph=True)
EAGER = Setting("bf16 as predicted with, kernel by kernel")
TUNED = Setting("the same, cuDNN tuned, replayed", graph=True, tuned=True)
OTHERS = (
    Setting("fp32", torch.float32, tf32=False, folded=False, channels_last=False),
    Setting("fp32, tf32 products", torch.float32, folded=False, channels_last=False),
    Setting("fp32, tf32 products, folded, channels last", torch.float32),
    Setting("bf16 autocast, channels last", torch.float32, autocast=True, folded=False),
    Setting("bf16 everywhere, planes", channels_last=False, heads_exact=False),
    Setting("bf16 everywhere, channels last", heads_exact=False),
)


def tell_card(report: Report, tiny: bool) -> None:
    """What the device can do at most: a matrix product, and a copy."""
    side, device = 256 if tiny else 8192, report.device
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    report.matrix_rate = 2 * side**3 / median_seconds(lambda: a @ b, device)
    source = torch.randn((2**20 if tiny else 2**31) // 4, device=device)
    target = torch.empty_like(source)
    bandwidth = 2 * source.nbytes / median_seconds(lambda: target.copy_(source), device)
    print(f"{describe_device(device)}, PyTorch {torch.__version__}")
    report.title("card", "bf16 product, TFLOP/s", "copy, GB/s read and written")
    report.tell(
        card=describe_device(device), tflops=report.matrix_rate / 1e12, gigabytes=bandwidth / 1e9
    )


class Networks:
    """The two networks of a width, untrained, and what they cost."""

    def __init__(self, width: int) -> None:
        torch.manual_seed(0)
        self.width, self.size = width, SIZES[width]
        whole = width >= 18
        self.glpose = GLPose(
            GLPoseConfig(
                width=width, input_size=self.size, modules=(1, 4, 0) if whole else (1, 1, 0)
            )
        ).eval()
        self.hrnet = HRNet(width, 17, (1, 4, 3) if whole else (1, 1, 1)).eval()
        self.hrnet.record["input_size"] = list(self.size)
        crop = torch.zeros(1, 3, self.size[1], self.size[0])
        backbone = multiply_adds(self.glpose, lambda: self.glpose.features(crop))
        cost = count(width, self.size)
        self.passes = 1 + 2 * self.glpose.config.k + self.glpose.config.pool_sample
        self.work = {
            "backbone": backbone,
            "cached": backbone + cost.modules,
            "literal": self.passes * backbone + cost.modules,
            "hrnet": multiply_adds(self.hrnet, lambda: self.hrnet(crop)),
        }


def ready(model: GLPose | HRNet, setting: Setting, device: torch.device) -> Any:
    """A copy of a network made ready as a setting says."""
    own = copy.deepcopy(model).to(device)
    if setting.folded:
        fold_batch_norms(own)
    if not setting.heads_exact:
        own.to(setting.dtype)
    else:
        lower_precision(own, setting.dtype)
    layout = torch.channels_last if setting.channels_last else torch.contiguous_format
    return own.to(memory_format=layout)  # type: ignore[call-overload]


class Timed:
    """The ways of predicting of one width in one setting."""

    def __init__(self, networks: Networks, setting: Setting, device: torch.device) -> None:
        self.networks, self.setting, self.device = networks, setting, device
        self.glpose = ready(networks.glpose, setting, device)
        self.hrnet = ready(networks.hrnet, setting, device)
        self.features: Callable[[Tensor], Tensor] = self.glpose.features
        # A network of planes keeps its slots in planes.
        planes = not setting.channels_last
        modules = setting.folded and not setting.autocast
        self.fusion = Fusion(self.glpose, setting.dtype, planes) if modules else None
        self.replays = Replays(device, setting.graph, after=1)

    def work(self, way: str, batch: int) -> Work:
        """What is done for ``batch`` person-frames."""
        width, height = self.networks.size
        layout = torch.channels_last if self.setting.channels_last else torch.contiguous_format
        x = torch.randn(batch, 3, height, width, device=self.device).to(
            self.setting.dtype, memory_format=layout
        )
        if way == "backbone":
            return lambda: self._start(self.features, x)
        if way == "hrnet":
            return lambda: self._start(self.hrnet, x)
        behind = self._behind(x)
        passes = 1 if way == "cached" else self.networks.passes

        def run() -> Tensor:
            for _ in range(passes):
                values = self._start(self.features, x)
            return behind(values)

        return run

    def _behind(self, x: Tensor) -> Callable[[Tensor], Tensor]:
        """The modules on features that are kept, the local ones seen in the keys' boxes."""
        config, count, half = self.networks.glpose.config, len(x), torch.bfloat16
        cells = (config.width, x.shape[2] // 4, x.shape[3] // 4)
        near = torch.rand(count * 2 * config.k, *cells, device=self.device).to(half)
        far = torch.rand(count, config.n, *cells, device=self.device).to(half)
        boxes = np.random.default_rng(0).uniform(100, 110, (len(near), 4))
        sources, targets = (crop_matrices(b, self.networks.size) for b in (boxes, boxes + 1.5))

        def run(values: Tensor) -> Tensor:
            key = values.to(half).contiguous()
            with torch.autocast(x.device.type, enabled=False):
                local = resample(near, sources, targets).reshape(count, 2 * config.k, *cells)
            if self.fusion is not None:
                return self._start(self.fusion.heatmaps, key, local, far)[0]
            given = (v.to(x.dtype) for v in (key, local, far))
            return self._start(self.glpose.from_features, *given)

        return run

    def _start(self, run: Callable[..., Any], *inputs: Tensor) -> Any:
        return self.replays(run, *inputs)


def time_ways(
    report: Report, networks: Networks, setting: Setting, batches: tuple[int, ...], *ways: str
) -> None:
    """Rows of a table: a setting at some batches."""
    if report.left < 0:
        return
    device = report.device
    if device.type == "cuda":
        torch.cuda.empty_cache()
    autocast = torch.autocast(device.type, torch.bfloat16) if setting.autocast else nullcontext()
    try:
        with torch.inference_mode(), _convolving(setting), autocast:
            timed = Timed(networks, setting, device)
            for batch in batches:
                for way in ways:
                    if report.left < 0 or (way == "literal" and not setting.folded):
                        continue
                    tell_way(report, timed, way, batch)
    except (RuntimeError, torch.OutOfMemoryError) as error:
        print(f"| {setting.name}: {error!r:.300} |", flush=True)


def tell_recording(report: Report, networks: Networks, batch: int) -> None:
    """What recording costs: the backbone's first pass, the second, in which it is recorded, and the third."""
    if report.left < 0:
        return
    with torch.inference_mode():
        work = Timed(networks, APP, report.device).work("backbone", batch)
        first, second, third = (_waited_for(work, report.device) for _ in range(3))
    report.title("network", "batch", "first pass, ms", "pass that is recorded, ms", "replay, ms")
    report.tell(
        network=f"W{networks.width}", recorded=batch, first=first, second=second, third=third
    )


def _waited_for(work: Work, device: torch.device) -> float:
    """Milliseconds by the clock."""
    wait_for(device)
    began = time.perf_counter()
    work()
    wait_for(device)
    return 1000 * (time.perf_counter() - began)


@contextmanager
def _convolving(setting: Setting) -> Iterator[None]:
    """How cuDNN chooses among its ways of convolving."""
    cudnn = torch.backends.cudnn
    before = cudnn.allow_tf32, cudnn.benchmark
    cudnn.allow_tf32, cudnn.benchmark = setting.tf32, setting.tuned
    try:
        yield
    finally:
        cudnn.allow_tf32, cudnn.benchmark = before


def tell_way(report: Report, timed: Timed, way: str, batch: int) -> None:
    """One row."""
    networks = timed.networks
    each = median_seconds(timed.work(way, batch), report.device) / batch
    flops = 2 * networks.work[way]
    report.tell(
        network=f"W{networks.width}", way=way, setting=timed.setting.name, batch=batch,
        rate=1 / each, tflops=flops / each / 1e12, share=f"{100 * flops / each / report.matrix_rate:.1f} %",
    )  # fmt: skip


def time_predictor(report: Report, networks: Networks, tiny: bool, few: bool = False) -> None:
    """From pictures in memory to joints, against the network alone as the engine runs it."""
    device = report.device
    people, frames = (3, 12) if tiny else (20, 32)
    own = 4 if tiny else None
    ways: tuple[tuple[str, nn.Module, Mode, bool | None, int | None, bool], ...] = (
        ("cached", networks.glpose, "cached", None, own, True),
        ("cached, one after the other", networks.glpose, "cached", None, own, False),
        ("hrnet", networks.hrnet, "cached", None, own, True),
        ("paper", networks.glpose, "paper", None, own, True),
        ("cached", networks.glpose, "cached", None, 64, True),
        ("cached, one after the other", networks.glpose, "cached", None, 64, False),
        ("cached, kernel by kernel", networks.glpose, "cached", False, own, True),
    )
    for name, model, mode, replay, batch, beside in ways[: 4 if few else None]:
        if report.left < 0:
            return
        engine = Engine(model, device, replay=replay, batch=batch)  # type: ignore[arg-type]
        crowd = Crowd(people, frames if mode == "cached" else max(frames // 4, 12))
        first = predicted(engine, crowd, mode, beside=beside)["each"]
        each = predicted(engine, crowd, mode, beside=beside)["each"]
        alone = _alone(engine)
        parts = predicted(engine, crowd, mode, stages=True)
        waited = parts.pop("each")
        told = ", ".join(f"{part.strip('_')} {1000 * s:.2f}" for part, s in parts.items())
        report.tell(
            network=f"W{networks.width}", way=name, batch=engine.batch, alone=1 / alone, rate=1 / each,
            first=1 / first, share=f"{100 * alone / each:.0f} %", waited=1000 * waited, parts=told,
        )  # fmt: skip


def _alone(engine: Engine) -> float:
    """Seconds a crop of the network alone, on full batches of crops that are in memory."""
    width, height = engine.size
    shape = (max(engine.batch, 2), height, width, 3)
    crops = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    run = engine.features if engine.config else engine.heatmaps
    for _ in range(10):  # until it is recorded
        run(crops)
    return median_seconds(lambda: run(crops), engine.device) / len(crops)


def time_compiled(report: Report, networks: Networks, batch: int) -> None:
    """The backbone through PyTorch's compiler, and how long that takes."""
    if report.left < 45:
        print("| no time left to compile |", flush=True)
        return
    setting = Setting("bf16 as predicted with, torch.compile")
    try:
        with torch.inference_mode():
            timed = Timed(networks, setting, report.device)
            timed.features = torch.compile(timed.glpose.backbone, dynamic=False)
            began = time.monotonic()
            work = timed.work("backbone", batch)
            work()
            print(f"compiled within {time.monotonic() - began:.0f} s", flush=True)
            tell_way(report, timed, "backbone", batch)
            timed.replays = Replays(report.device, after=1)
            timed.setting = Setting("the same, replayed")
            tell_way(report, timed, "backbone", batch)
    except Exception as error:  # a compiler that is not there is no reason to lose the rest
        print(f"| torch.compile: {type(error).__name__}: {str(error)[:300]} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quick", action="store_true", help="only as the app predicts")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=150, help="no row is begun later")
    parser.add_argument("--tiny", action="store_true", help="to try the script")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    report = Report(options.out, choose_device(options.device), options.seconds)
    tell_card(report, options.tiny)
    run(report, options.tiny, PARTS[:2] if options.quick else options.parts)
    print(f"\n{time.monotonic() - report.began:.0f} s in all", flush=True)


NETWORK = (
    "network",
    "way",
    "setting",
    "batch",
    "person-frames/s",
    "TFLOP/s",
    "of the product's rate",
)
PREDICTOR = (
    "network", "way", "batch", "network alone, crops/s", "person-frames/s", "the first time", "of its rate",
    "ms a person-frame, every part waited for", "parts, ms",
)  # fmt: skip


def run(report: Report, tiny: bool, parts: Sequence[str]) -> None:
    """Every table asked for, the most important rows first."""
    batches = (4, 1) if tiny else BATCHES
    widths = (4,) if tiny else (48, 32, 18)
    first = Networks(widths[0])
    if "app" in parts:
        report.title(*NETWORK)
        for setting in (APP, EAGER):
            time_ways(report, first, setting, batches, "backbone", "cached", "hrnet", "literal")
        tell_recording(report, first, 16)
    if "predictor" in parts:
        report.title(*PREDICTOR)
        time_predictor(report, first, tiny)
    for width in widths[1:] if "widths" in parts else ():
        networks = Networks(width)
        report.title(*NETWORK)
        for setting in (APP, EAGER):
            time_ways(
                report,
                networks,
                setting,
                (batches[0], batches[-1]),
                "backbone",
                "cached",
                "hrnet",
                "literal",
            )
        report.title(*PREDICTOR)
        time_predictor(report, networks, tiny, few=True)
    for name, settings in (("tuned", (TUNED,)), ("others", OTHERS)):
        if name in parts:
            report.title(*NETWORK)
            for setting in settings:
                time_ways(report, first, setting, batches[:2], "backbone", "cached", "hrnet")
    if "compile" in parts:
        report.title(*NETWORK)
        time_compiled(report, first, batches[0])


if __name__ == "__main__":
    main()
