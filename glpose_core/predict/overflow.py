"""Features that do not fit into memory: a temporary file of equal slots, used again when they fall free."""

from __future__ import annotations

import tempfile
from typing import IO

import numpy as np
import torch
from torch import Tensor

from .references import PersonFrame


class Overflow:
    """Half-precision tensors of one shape on the disk, by person-frame.

    The file is made when it is first needed and vanishes with the process, however that ends.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._shape: torch.Size | None = None
        self._dtype = torch.float16
        self._slots: dict[PersonFrame, int] = {}
        self._free: list[int] = []
        self._count = 0

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return 0 if self._shape is None else self._count * 2 * self._shape.numel()

    def write(self, key: PersonFrame, values: Tensor) -> bool:
        """Keep ``values`` of two bytes each. Returns False where the disk refuses, or the shape is another."""
        if self._shape is None:
            self._shape, self._dtype = values.shape, values.dtype
        if values.shape != self._shape:
            return False
        slot = self._free.pop() if self._free else self._count
        try:
            if self._file is None:
                # It lives as long as this object, and is deleted when it is closed.
                self._file = tempfile.TemporaryFile(prefix="glpose-features-", buffering=0)  # noqa: SIM115
            self._file.seek(slot * 2 * self._shape.numel())
            self._file.write(values.cpu().contiguous().view(torch.int16).numpy().data)
        except OSError:
            if slot < self._count:
                self._free.append(slot)
            return False
        self._slots[key] = slot
        self._count = max(self._count, slot + 1)
        return True

    def read(self, key: PersonFrame) -> Tensor:
        """What was written, on the CPU. Raises KeyError if it was not, OSError if the disk fails."""
        assert self._file is not None
        assert self._shape is not None
        size = 2 * self._shape.numel()
        self._file.seek(self._slots[key] * size)
        data = bytearray(size)
        if self._file.readinto(data) != size:  # type: ignore[attr-defined]
            raise OSError("a temporary file of features is shorter than it was")
        bits = torch.from_numpy(np.frombuffer(data, np.int16))
        return bits.view(self._dtype).reshape(self._shape)

    def free(self, key: PersonFrame) -> None:
        """Let the slot of a person-frame be used again."""
        self._free.append(self._slots.pop(key))
