"""How large the crops are that weights were made for: (width, height) in pixels.

GLPose's configuration says it. For HRNet the training record does, or the file's name, as all code bases
write it ("384x288" is height × width); otherwise it is what is usual for the network's width.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

USUAL_SIZES = {18: (144, 192), 32: (192, 256)}
"""Per backbone width, where nothing says more; otherwise the paper's 288×384."""
PAPERS_SIZE = (288, 384)

_LARGEST = 4096
_IN_A_NAME = re.compile(r"(?<!\d)(\d{2,4})x(\d{2,4})(?!\d)")


def recorded_size(record: Mapping[str, object], whole: bool = False) -> tuple[int, int] | None:
    """(width, height) from a training record's ``input_size``; None where that makes no sense.

    ``whole``: the network has a stage 4, whose cells are twice as large.
    """
    match record.get("input_size"):
        case [int(width), int(height)] if _sensible(width, height, 32 if whole else 16):
            return width, height
    return None


def size_in_name(name: str) -> tuple[int, int] | None:
    """(width, height) that the name of a file tells as height × width ("pose_hrnet_w48_384x288.pth")."""
    for found in _IN_A_NAME.finditer(name):
        height, width = int(found[1]), int(found[2])
        if _sensible(width, height, 32):
            return width, height
    return None


def usual_size(width: int) -> tuple[int, int]:
    """(width, height) for a backbone of so many channels, where nothing else is known."""
    return USUAL_SIZES.get(width, PAPERS_SIZE)


def _sensible(width: int, height: int, stride: int) -> bool:
    """Whether a network can take such crops: whole cells of its lowest branch."""
    return all(0 < side <= _LARGEST and side % stride == 0 for side in (width, height))
