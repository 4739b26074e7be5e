"""PoseTrack17's MATLAB files, read into the shape that its JSON files have."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

from ..errors import FormatError
from .documents import Record


def read_mat(path: Path) -> Record:
    """Read ``annolist`` of a ``.mat`` file as nested objects, lists, numbers and texts.

    MATLAB's struct arrays become lists of objects, arrays of numbers lists; nothing is executed.

    Raises:
        FormatError: the file cannot be read, is no MATLAB file up to version 7, has no ``annolist``, or
            holds a number that is not finite.
    """
    remedy = "save it with MATLAB’s -v7, or use the JSON files"
    try:
        variables = scipy.io.loadmat(str(path), variable_names=["annolist"])
    except OSError as error:
        raise FormatError(
            f"cannot be read ({error.strerror or error})", file=path, remedy="check the path"
        ) from error
    except Exception as error:  # a damaged file makes the parser raise nearly anything
        raise FormatError(
            "is not a MATLAB file that can be read here", file=path, remedy=remedy
        ) from error
    if "annolist" not in variables:
        raise FormatError("is missing", file=path, field="annolist", remedy=remedy)
    return {"annolist": _plain(variables["annolist"], path)}


def _plain(value: Any, path: Path) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.names:
        rows = value.reshape(-1)
        return [{name: _plain(row[name], path) for name in value.dtype.names} for row in rows]
    if isinstance(value, np.ndarray) and value.dtype.kind in "US":
        return [str(text) for text in value.reshape(-1)]
    if isinstance(value, np.ndarray):
        return [_plain(part, path) for part in value.reshape(-1).tolist()]
    if isinstance(value, float) and not math.isfinite(value):
        raise FormatError(
            f"holds the number {value}", file=path, remedy="leave out points without a position"
        )
    return value
