"""Video: frame-exact readers of files and of folders of pictures, the frame cache, and the writer.

Names are resolved on first use, so importing this package costs nothing and does not need PyAV: a
machine that only trains or predicts from pictures never loads it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glpose_core.video.cache import CachedPicture, FrameCache
    from glpose_core.video.index import FrameIndex
    from glpose_core.video.opening import build_index, open_video
    from glpose_core.video.reader import BrokenFrame, VideoInfo, VideoReader
    from glpose_core.video.writer import VideoWriter, write_video

__all__ = [
    "BrokenFrame",
    "CachedPicture",
    "FrameCache",
    "FrameIndex",
    "VideoInfo",
    "VideoReader",
    "VideoWriter",
    "build_index",
    "open_video",
    "write_video",
]

_HOMES = {
    "BrokenFrame": "reader",
    "CachedPicture": "cache",
    "FrameCache": "cache",
    "FrameIndex": "index",
    "VideoInfo": "reader",
    "VideoReader": "reader",
    "VideoWriter": "writer",
    "build_index": "opening",
    "open_video": "opening",
    "write_video": "writer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
