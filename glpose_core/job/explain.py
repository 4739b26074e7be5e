"""Why a pose is as it is: the references it was predicted from, their weights, and what each of them does.

The project keeps frames and boxes of the references; everything else is worked out on demand, from the
video and the weights, by the same code that predicted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError, WeightsError
from ..geometry import Floats
from ..labels import PoseRows
from ..network import GLPose, choose_device, find_weights, load_weights
from ..predict.crops import crop_matrices, cut_crops
from ..predict.engine import Engine
from ..predict.evidence import Explained, ExplainRequest
from ..predict.predictor import Predictor
from ..predict.record import file_digest
from ..predict.references import PersonFrame, References, arrange
from ..video import FrameIndex, open_video
from .pictures import Pictures

HIGHEST = 192
"""Crops are handed out at most so high, in pixels."""
KEPT = 4
"""Poses whose features are kept: changing their references again costs no pass of the backbone."""


class RecordedScene:
    """The ``Scene`` of one pose: the boxes that the project kept, and the pictures.

    The key and its local references are track 0; every other crop has a track of its own.
    """

    def __init__(
        self,
        picture: Callable[[int], NDArray[np.uint8]],
        key: PersonFrame,
        box: Floats,
        references: PoseRows,
        local: int,
    ) -> None:
        self.picture = picture
        self.key = key
        self.boxes: dict[PersonFrame, Floats] = {key: np.asarray(box, np.float64)}
        near = [self._known(0, one) for one in references[:local]]
        far = [self._known(1 + at, one) for at, one in enumerate(references[local:])]
        self.references = References(tuple(near), tuple(far))

    def _known(self, track: int, reference: np.void) -> PersonFrame:
        """The person-frame of a reference; the one that has the same crop, if there is one."""
        frame, box = int(reference["frame"]), reference["box"].astype(np.float64)
        for known, held in self.boxes.items():
            if known[1] == frame and np.allclose(held, box, atol=1e-3):
                return known
        while (track, frame) in self.boxes:
            track += len(self.boxes)
        self.boxes[track, frame] = box
        return track, frame

    def box(self, track: int, frame: int) -> Floats:
        """See ``Scene``."""
        return self.boxes[track, frame]

    def score(self, track: int, frame: int) -> float:
        """See ``Scene``; it ranks candidates, and here they are given."""
        return 1.0

    def shot(self, frame: int) -> tuple[int, int]:
        """See ``Scene``."""
        frames = [at for _, at in self.boxes]
        return min(frames), max(frames) + 1


class Explainer:
    """Explains poses of one video. Networks and the last poses' features stay in memory.

    A context manager; it owns a reader and belongs to one thread.
    """

    def __init__(self, video: Path, index: FrameIndex | None = None) -> None:
        """Open the video.

        Raises:
            VideoError: if it cannot be read.
        """
        self._reader = open_video(video, index=index)
        self._pictures = Pictures(self._reader, lambda sentence: None)
        self._cancelled: Callable[[], bool] = lambda: False
        self._engine: tuple[tuple[object, ...], Engine] | None = None
        self._poses: OrderedDict[tuple[object, ...], tuple[Predictor, RecordedScene]] = (
            OrderedDict()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the video."""
        self._reader.close()

    def explain(
        self, request: ExplainRequest, cancelled: Callable[[], bool] = lambda: False
    ) -> Explained:
        """Work one pose out.

        Raises:
            Cancelled: because ``cancelled`` said so between two passes.
            WeightsError: the weights are gone, or others than those that predicted.
            UsageError: the network looks at single frames, or has other slots.
            DeviceError: this computer has no such device.
        """
        self._cancelled = cancelled
        predictor, scene = self._pose(request)
        change, references = request.change, scene.references
        slots = len(references.local), len(references.nonlocal_)
        order = arrange(*slots, change.removed, change.shuffle)
        found = predictor.explain(scene.key, references.filled(order, scene.key))
        crops, matrices = self._crops(request, scene)
        return Explained(
            frame=request.frame,
            frames=request.references["frame"].astype(np.int64),
            boxes=request.references["box"].astype(np.float64),
            order=order,
            local_weights=found.local_weights,
            global_weights=found.global_weights,
            xy=found.xy,
            maxima=found.maxima,
            crops=crops,
            matrices=matrices,
        )

    def _pose(self, request: ExplainRequest) -> tuple[Predictor, RecordedScene]:
        engine = self._engine_of(request)
        assert engine.config is not None
        key = (
            id(engine),
            request.frame,
            request.mode,
            np.asarray(request.box, np.float32).tobytes(),
            request.references.tobytes(),
        )
        if key in self._poses:
            self._poses.move_to_end(key)
            return self._poses[key]
        count = 2 * engine.config.k
        scene = RecordedScene(
            self._pictures, (0, request.frame), request.box, request.references, count
        )
        predictor = Predictor(
            engine,
            scene,
            mode=request.mode,
            pixel_aspect=self._reader.info.pixel_aspect,
        )
        self._poses[key] = predictor, scene
        while len(self._poses) > KEPT:
            self._poses.popitem(last=False)
        return predictor, scene

    def _engine_of(self, request: ExplainRequest) -> Engine:
        wanted = (
            request.weights,
            request.device,
            request.precision,
            request.decoder,
            request.flip,
            request.sha256,
        )
        if self._engine is not None and self._engine[0] == wanted:
            return self._engine[1]
        path = find_weights(request.weights)
        if request.sha256 and file_digest(path) != request.sha256:
            raise WeightsError(
                "is no longer the file that predicted this pose",
                file=path,
                remedy="put the old file back, or predict again",
            )
        model = load_weights(path)
        slots = model.config.references if isinstance(model, GLPose) else 0
        if slots == 0 or slots != len(request.references):
            raise UsageError(
                f"compares {slots} reference crops, and the pose was predicted from "
                f"{len(request.references)}",
                file=path,
                remedy="predict again",
            )
        engine = Engine(
            model,
            choose_device(request.device),
            precision=request.precision,
            decoder=request.decoder,
            flip=request.flip,
            cancelled=lambda: self._cancelled(),
        )
        self._poses.clear()
        self._engine = wanted, engine
        return engine

    def _crops(
        self, request: ExplainRequest, scene: RecordedScene
    ) -> tuple[NDArray[np.uint8], Floats]:
        """The key's crop and those of the references, as the network was fed with them, made smaller."""
        assert self._engine is not None
        size = self._engine[1].size
        keys = (scene.key, *scene.references.slots)
        boxes = np.stack([scene.boxes[key] for key in keys])
        matrices = crop_matrices(boxes, size, self._reader.info.pixel_aspect)
        frames = [frame for _, frame in keys]
        crops = [
            cut_crops(self._pictures(frame), matrix[None], size)[0]
            for frame, matrix in zip(frames, matrices, strict=True)
        ]
        return smaller(np.stack(crops), matrices)


def smaller(crops: NDArray[np.uint8], matrices: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """Crops ``[N, h, w, 3]`` no higher than :data:`HIGHEST`, and the maps to them ``[N, 2, 3]``."""
    height, width = crops.shape[1:3]
    if height <= HIGHEST:
        return crops, matrices
    share = HIGHEST / height
    size = (max(round(width * share), 1), HIGHEST)
    small = [cv2.resize(crop, size, interpolation=cv2.INTER_AREA) for crop in crops]
    # Pixel centres are whole numbers: pixel u of the small picture is at (u + ½) / share − ½.
    shrunken = matrices * share
    shrunken[..., 2] += 0.5 * share - 0.5
    return np.stack(small).astype(np.uint8), shrunken
