"""A network at work on a device: precision, batch size, and what happens when memory runs out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import Cancelled, DeviceError
from ..network import GLPose, HRNet
from ..network.cost import multiply_adds
from ..network.device import computes_half, describe_device
from ..network.folding import fold_batch_norms, lower_precision
from ..network.input_size import recorded_size, usual_size
from ..network.pixels import Crops, normalise
from ..skeleton import mirrored, slots_of
from .decode import Decoder, decode_heatmaps
from .device_decode import find_peaks
from .fetching import Coming, fetch
from .fusing import Fusion
from .job import Precision
from .replays import Replays
from .rows import VisibilityThresholds

WORK_PER_BATCH = {"cpu": 6e9, "mps": 60e9, "cuda": 600e9}
"""Multiply-adds that take well below 0.3 s on modest devices of each kind, so that cancelling is quick."""

OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "status_alloc_failed",
    "unable to find an engine to execute",
    "unable to find a valid cudnn algorithm",
)
"""What libraries say when memory runs out. cuDNN only says that none of its ways of convolving has worked."""

Result = TypeVar("Result")

Peaks: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Joints in crop pixels ``[N, J, 2]``, and heatmap maxima ``[N, J]``."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """Heatmaps ``[N, J, h, w]`` with W_l of Eq. 2 ``[2k]`` and W_g of Eq. 3 ``[N, n]``, float32."""

    heatmaps: NDArray[np.float32]
    local_weights: NDArray[np.float32]
    global_weights: NDArray[np.float32]


class Engine:
    """A pose network, ready to be run on any number of crops.

    Args:
        model: GLPose or HRNet; it is copied, and stays as it is.
        device: where it runs.
        precision: "auto" is bfloat16 where the device has instructions for it.
        batch: crops per pass at most; None chooses by the cost of the network.
        decoder: how joints are read off heatmaps; None: as the weights' configuration says.
        flip: whether heatmaps are averaged with those of the mirrored crops (twice the cost); None: as the
            weights' configuration says.
        replay: whether passes are recorded and replayed; None: on CUDA devices.
        read_there: whether joints are read off heatmaps on the device; None: on CUDA devices.
        cancelled: asked before every pass.
        note: told, as a sentence, when memory ran out and the batch was halved.

    Attributes:
        size: (width, height) of the crops.
        joints: what the heatmaps show.
    """

    def __init__(
        self,
        model: GLPose | HRNet,
        device: torch.device,
        *,
        precision: Precision = "auto",
        batch: int | None = None,
        decoder: Decoder | None = "dark",
        flip: bool | None = None,
        replay: bool | None = None,
        read_there: bool | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        note: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.device = device
        self.size = crop_size(model)
        self.joints = model.joint_names
        self.thresholds = VisibilityThresholds.of(model.record)
        self.config = model.config if isinstance(model, GLPose) else None
        self.decoder = decoder or (self.config.decoder if self.config else "quarter")
        self.flip = self.config is not None and self.config.flip_test if flip is None else flip
        other = slots_of(self.joints, [mirrored(joint) for joint in self.joints])
        self._mirror = torch.from_numpy(np.where(other >= 0, other, np.arange(len(other)))).to(
            device
        )
        self.batch = batch or _affordable(model, self.size, device)
        self._half = precision == "bfloat16" or (precision == "auto" and computes_half(device))
        self._cancelled = cancelled
        self._note = note
        own = copy.deepcopy(model).eval()
        fold_batch_norms(own)
        self._computed = torch.bfloat16 if self._half else torch.float32
        lower_precision(own, self._computed)
        self._model = own.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._fusion = Fusion(self._model, self._computed) if isinstance(own, GLPose) else None
        self._replays = Replays(device, replay)
        self._read_there = device.type == "cuda" if read_there is None else read_there

    @property
    def kept_as(self) -> torch.dtype:
        """The half precision that features are kept in: what they were computed in, or else float16."""
        return torch.bfloat16 if self._half else torch.float16

    @property
    def precision(self) -> Precision:
        """What it computes in: "float32" or "bfloat16"."""
        return "bfloat16" if self._half else "float32"

    @property
    def sigma(self) -> float:
        """Standard deviation in cells of the Gaussians the network was trained on."""
        return self.config.target_sigma if self.config else self.size[1] / 128

    def in_batches(self, count: int, run: Callable[[slice], Result]) -> list[Result]:
        """Call ``run`` on slices of 0 … count − 1 of at most :attr:`batch`, and return the results.

        Where memory runs out, recorded passes are given up, then the batch is halved, both for good, and the
        slice is tried again.

        Raises:
            Cancelled: if the caller's ``cancelled`` says so between two slices.
            DeviceError: if even one crop does not fit.
        """
        results: list[Result] = []
        start = 0
        while start < count:
            if self._cancelled():
                raise Cancelled
            stop = min(start + self.batch, count)
            try:
                with torch.inference_mode():
                    results.append(run(slice(start, stop)))
            except (MemoryError, RuntimeError) as error:
                if not _out_of_memory(error):
                    raise
                self._make_room()
                continue
            start = stop
        return results

    def features(self, crops: Crops) -> Tensor:
        """V of Eq. 1 for crops ``[N, h, w, 3]`` uint8: ``[N, C, h/4, w/4]`` on the device, of :attr:`kept_as`.

        With the flip test ``[N, 2C, h/4, w/4]``: V of the mirrored crops, mirrored back, comes behind.
        """

        def run(part: slice) -> Tensor:
            x = self._input(crops[part])
            values = self._replays(self._model.features, x)
            if self.flip:
                mirrored = self._replays(self._model.features, x.flip(-1))
                values = torch.cat([values, mirrored.flip(-1)], dim=1)
            values = values[: len(crops[part])]
            if self.kept_as == torch.float16:
                values = values.clamp(max=60000)
            kept: Tensor = values.to(self.kept_as).contiguous()
            return kept

        return _joined(self.in_batches(len(crops), run))

    def pooled(self, values: Tensor) -> NDArray[np.float32]:
        """φ of Eq. 3 at unit length, ``[N, C]``, from what :meth:`features` returned: to rank by."""
        return self.pooled_soon(values)()

    def pooled_soon(self, values: Tensor) -> Coming:
        """The same, not waited for."""
        means = self._make_rooms(values)[0].mean(dim=(-2, -1), dtype=torch.float32)
        return fetch(torch.nn.functional.normalize(means, dim=1))

    def heatmaps(self, crops: Crops) -> NDArray[np.float32]:
        """Heatmaps ``[N, J, h/4, w/4]`` of crops taken one by one; GLPose sees the key as every reference."""
        return _array(self.maps_of(crops))

    def maps_of(self, crops: Crops) -> Tensor:
        """The same, float32 on the device."""
        if self.config is not None:
            return self.maps_alone(self.features(crops))

        def run(part: slice) -> Tensor:
            x = self._input(crops[part])
            out = self._replays(self._model, x)
            if self.flip:
                out = (out + self._unmirrored(self._replays(self._model, x.flip(-1)))) / 2
            maps: Tensor = out[: len(crops[part])].float()
            return maps

        return _joined(self.in_batches(len(crops), run))

    def alone(self, values: Tensor) -> NDArray[np.float32]:
        """Heatmaps ``[N, J, h, w]`` from features, each key standing in for all its references."""
        return _array(self.maps_alone(values))

    def maps_alone(self, values: Tensor) -> Tensor:
        """The same, float32 on the device."""
        assert self._fusion is not None
        fusion = self._fusion

        def run(part: slice) -> Tensor:
            key = values[part]
            own, *behind = self._make_rooms(self._evened(key))
            maps = [
                self._replays(fusion.alone, half) for half in (own, *(b.flip(-1) for b in behind))
            ]
            return self._averaged(maps, len(key))

        return _joined(self.in_batches(len(values), run))

    def fuse(self, key: Tensor, local: Tensor, nonlocal_: Tensor) -> NDArray[np.float32]:
        """Heatmaps from features: ``key [N, C, h, w]``, ``local [N, 2k, …]``, ``nonlocal_ [N, n, …]``.

        One pass, not split: call it from :meth:`in_batches`.
        """
        return _array(self.maps_fused(key, local, nonlocal_)[0])

    def explain(self, key: Tensor, local: Tensor, nonlocal_: Tensor) -> Weighed:
        """The same as :meth:`fuse`, with the weights that led to the heatmaps.

        With the flip test the weights are those of the crops as they are, not of the mirrored ones.
        """
        assert isinstance(self._model, GLPose)
        maps, weights = self.maps_fused(key, local, nonlocal_)
        return Weighed(_array(maps), _array(self._model.local_weights), _array(weights))

    def maps_fused(self, key: Tensor, local: Tensor, nonlocal_: Tensor) -> tuple[Tensor, Tensor]:
        """Heatmaps as :meth:`fuse` makes them and W_g of Eq. 3 ``[N, n]``, float32 on the device."""
        assert self._fusion is not None
        parts = [self._make_rooms(self._evened(part)) for part in (key, local, nonlocal_)]
        with torch.inference_mode():
            fused = self._fusion.heatmaps
            found, weights = self._replays(fused, *(part[0] for part in parts))
            maps = [found]
            if self.flip:
                maps.append(self._replays(fused, *(part[1].flip(-1) for part in parts))[0])
            weights = weights[: len(key)]
            if weights.ndim == 3:  # per channel: the mean over channels sums to 1 as well
                weights = weights.mean(dim=-1)
            return self._averaged(maps, len(key)), weights

    def read(self, maps: Tensor) -> Callable[[], Peaks]:
        """Begin to read joints off heatmaps ``[N, J, h, w]``; calling what is returned ends it, on any thread.

        On a CUDA device they are read there, and nobody waits meanwhile. Elsewhere the caller reads them.
        """
        if not self._read_there:
            heatmaps = _array(maps)
            return lambda: decode_heatmaps(heatmaps, self.decoder, self.sigma)
        xy, maxima = find_peaks(maps, self.decoder, self.sigma)
        coming = fetch(torch.cat([xy, maxima[..., None]], dim=-1))

        def end() -> Peaks:
            both = coming()
            return both[..., :2], both[..., 2]

        return end

    def _averaged(self, maps: Sequence[Tensor], count: int) -> Tensor:
        """The first ``count`` heatmaps, averaged with those of the mirrored crops if there are any."""
        out = maps[0]
        if self.flip:
            out = (out + self._unmirrored(maps[1])) / 2
        return out[:count].float()

    def _input(self, crops: Crops) -> Tensor:
        """What the network reads: normalised, evened out, in the precision it computes in."""
        return self._evened(normalise(crops, self.device, self._computed))

    def _make_rooms(self, values: Tensor) -> tuple[Tensor, ...]:
        """Features of the crops, and with the flip test those of the mirrored crops, which are mirrored back."""
        return values.chunk(2, dim=-3) if self.flip else (values,)

    def _unmirrored(self, heatmaps: Tensor) -> Tensor:
        """Heatmaps ``[N, J, h, w]`` of mirrored crops as those of the crops.

        The sides are exchanged, and maps move one cell to the right: cell i of a mirrored crop sits at
        pixel w − 1 − 4 i of the crop, three pixels to the right of cell w/4 − 1 − i.
        """
        back = heatmaps[:, self._mirror].flip(-1)
        return torch.cat([back[..., :1], back[..., :-1]], dim=-1)

    def _evened(self, x: Tensor) -> Tensor:
        """``x`` with its last entry repeated until there are a power of two, or a full batch.

        Every new shape makes the processor's kernels start cold, which costs more than the padding. One
        alone becomes two, because the kernels for one round differently: results would depend on the company.
        """
        count = min(max(2, 1 << (len(x) - 1).bit_length()), max(self.batch, len(x)))
        return x if count == len(x) else torch.cat([x, x[-1:].expand(count - len(x), *x.shape[1:])])

    def _make_room(self) -> None:
        """Make room: give recorded passes up, or else halve the batch."""
        if self._replays.give_up():
            torch.cuda.empty_cache()
            return
        where = describe_device(self.device)
        if self.batch == 1:
            raise DeviceError(
                f"out of memory on {where}, even with one person at a time",
                remedy="close other programs, choose a smaller model, or choose the CPU",
            )
        self.batch //= 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self._note(
            f"Out of memory on {where}: going on with {self.batch} "
            f"{'person' if self.batch == 1 else 'people'} at a time"
        )


def crop_size(model: GLPose | HRNet) -> tuple[int, int]:
    """(width, height) of the crops a network was made for."""
    if isinstance(model, GLPose):
        return model.config.input_size
    whole = model.modules_per_stage[2] > 0
    return recorded_size(model.record, whole) or usual_size(model.width)


def _affordable(model: GLPose | HRNet, size: tuple[int, int], device: torch.device) -> int:
    """How many crops a pass may have, a power of two, from the network's cost; no clock, so runs repeat exactly."""
    crop = torch.zeros(1, 3, size[1], size[0])
    run = model.features if isinstance(model, GLPose) else model
    cost = multiply_adds(model, lambda: run(crop))
    work = WORK_PER_BATCH.get(device.type, WORK_PER_BATCH["cpu"])
    most = int(np.clip(work // max(cost, 1), 1, 64))
    return 1 << (most.bit_length() - 1)


def _out_of_memory(error: BaseException) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        words in said for words in OUT_OF_MEMORY
    )


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """The parts behind one another; one alone is not copied."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def _array(values: Tensor) -> NDArray[np.float32]:
    """Values in memory, as float32."""
    array: NDArray[np.float32] = fetch(values.float())()
    return array
