"""Sub-JHMDB as published: joints, puppet masks and splits, in folders by action and video.

``joint_positions/ACTION/VIDEO/joint_positions.mat`` has ``pos_img`` (2, 15, T), in pixels counted from 1;
``puppet_mask/ACTION/VIDEO/puppet_mask.mat`` has ``part_mask`` (height, width, T); a line of
``sub_splits/ACTION_test_split_N.txt`` is a video and 1 (training) or 2 (test).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from ..errors import FormatError
from ..skeleton import JHMDB15
from .columns import Floats

SPLITS = (1, 2, 3)
_TEST = "2"


@dataclass(frozen=True)
class TestVideo:
    """A video of a split's test half."""

    __test__ = False  # not a test case of pytest

    action: str
    name: str


def read_joint_positions(path: Path) -> Floats:
    """The joints of a video, float64 ``[T, 15, 2]``, pixels counted from 0. Raises :class:`FormatError`."""
    value = _variable(path, "pos_img")
    if value.ndim != 3 or value.shape[:2] != (2, len(JHMDB15)) or value.dtype.kind not in "fiu":
        raise FormatError(
            f"has the shape {value.shape}",
            file=path,
            field="pos_img",
            remedy="write 2 × 15 × frames numbers, in J-HMDB’s order of joints",
        )
    return np.asarray(value.transpose(2, 1, 0), dtype=np.float64) - 1


def read_puppet_boxes(path: Path) -> Floats:
    """The tight box of the puppet in each frame: x, y, w, h, float64 ``[T, 4]``; NaN in a frame without
    one. Width and height count pixels from the first to the last. Raises :class:`FormatError`."""
    mask = _variable(path, "part_mask")
    if mask.ndim == 2:
        mask = mask[..., None]
    if mask.ndim != 3:
        raise FormatError(
            f"has the shape {mask.shape}",
            file=path,
            field="part_mask",
            remedy="give a mask of height × width × frames",
        )
    columns, rows = (mask != 0).any(axis=0), (mask != 0).any(axis=1)
    boxes = np.full((mask.shape[2], 4), np.nan)
    for frame in np.flatnonzero(columns.any(axis=0)):
        x, y = np.flatnonzero(columns[:, frame]), np.flatnonzero(rows[:, frame])
        boxes[frame] = x[0], y[0], x[-1] - x[0] + 1, y[-1] - y[0] + 1
    return boxes


def read_test_videos(root: Path, split: int) -> list[TestVideo]:
    """The test videos of a split. Raises :class:`FormatError`."""
    folder = root / "sub_splits"
    files = sorted(folder.glob(f"*_test_split_{split}.txt"))
    if not files:
        raise FormatError(
            f"has no list of split {split}",
            file=folder,
            remedy="choose the folder with joint_positions, puppet_mask and sub_splits",
        )
    videos = []
    for path in files:
        action = path.name.removesuffix(f"_test_split_{split}.txt")
        try:
            lines = path.read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise FormatError(
                "cannot be read as text", file=path, remedy="fetch the splits again"
            ) from error
        for words in (line.split() for line in lines):
            if len(words) == 2 and words[1] == _TEST:
                videos.append(TestVideo(action, words[0].removesuffix(".avi")))
    return videos


def _variable(path: Path, name: str) -> NDArray[Any]:
    try:
        return np.asarray(scipy.io.loadmat(str(path), variable_names=[name])[name])
    except OSError as error:
        raise FormatError(
            f"cannot be read ({error.strerror or 'no such file'})",
            file=path,
            remedy="check the path",
        ) from error
    except KeyError as error:
        raise FormatError(
            "is missing", file=path, field=name, remedy="use J-HMDB’s own .mat files"
        ) from error
    except Exception as error:  # a damaged file makes the parser raise nearly anything
        raise FormatError(
            "is not a MATLAB file that can be read here", file=path, remedy="save it with -v7"
        ) from error
