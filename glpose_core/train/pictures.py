"""Pictures of a data set on the disk, read when a crop needs them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError

PICTURES_BYTES = 2 << 30
"""Memory for the decoded pictures of one data set; beyond it they are read again when needed."""


class PictureFiles(Sequence[NDArray[np.uint8]]):
    """Picture files as a sequence of RGB pictures, the last used ones kept within a budget of bytes.

    Safe to use from several threads.
    """

    def __init__(self, paths: Sequence[Path], budget: int = PICTURES_BYTES) -> None:
        self.paths = tuple(paths)
        self._budget, self._held = budget, 0
        self._kept: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.uint8]: ...
    @overload
    def __getitem__(self, index: slice) -> PictureFiles: ...
    def __getitem__(self, index: int | slice) -> NDArray[np.uint8] | PictureFiles:
        if isinstance(index, slice):
            return PictureFiles(self.paths[index], self._budget)
        index = range(len(self))[index]
        with self._lock:
            if index in self._kept:
                self._kept.move_to_end(index)
                return self._kept[index]
        picture = read_picture(self.paths[index])
        with self._lock:
            if index not in self._kept:
                self._kept[index] = picture
                self._held += picture.nbytes
            while self._held > self._budget and len(self._kept) > 1:
                self._held -= self._kept.popitem(last=False)[1].nbytes
        return picture


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture file as RGB uint8 ``[h, w, 3]``. Raises FormatError if it cannot be read."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FormatError(
            "cannot be read as a picture", file=path, remedy="check that the file exists"
        )
    return np.ascontiguousarray(picture[..., ::-1])
