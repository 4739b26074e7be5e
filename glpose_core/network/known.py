"""Public checkpoints that ``glpose weights pull`` knows by name.

The addresses are those of mmpose's model zoo pages (hrnet_coco.md and hrnet_posetrack18.md, of versions
0.x and 1.x). Each file's name carries the first eight hex digits of its SHA-256. Checkpoints that are
given away behind web pages only, like those of HRNet's authors, are not here: import them as files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import torch

from .hrnet import HRNet

_SERVER = "https://download.openmmlab.com/mmpose/"
_V0 = _SERVER + "top_down/hrnet/"
_V1 = _SERVER + "v1/body_2d_keypoint/topdown_heatmap/coco/"
LICENCE = (
    "Apache-2.0, as mmpose, which gives no other for its checkpoints; "
    "the pictures and labels they learned from have terms of their own"
)


@dataclass(frozen=True)
class KnownCheckpoint:
    """A public checkpoint.

    Attributes:
        name: what ``pull`` calls it.
        url: where it lies.
        sha256: the first hex digits of its SHA-256.
        width: channels of HRNet's branch 0.
        input_size: (width, height) of the crops.
        joints: the joint list of its heatmaps.
        layout: whose names its entries have.
        licence: the terms, as far as they are stated.
    """

    name: str
    url: str
    sha256: str
    width: int
    input_size: tuple[int, int]
    joints: str
    layout: str = "mmpose"
    licence: str = LICENCE

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.url.rsplit("/", 1)[1]

    @property
    def size(self) -> int:
        """About how many bytes the file has: 4 for each value of the network, and little besides."""
        return 4 * _values(self.width)


@cache
def _values(width: int) -> int:
    with torch.device("meta"):
        state = HRNet(width, 17).state_dict()
    return sum(value.numel() for value in state.values())


_URLS = (
    _V1 + "td-hm_hrnet-w32_8xb64-210e_coco-256x192-81c58e40_20220909.pth",
    _V1 + "td-hm_hrnet-w32_8xb64-210e_coco-384x288-ca5956af_20220909.pth",
    _V1 + "td-hm_hrnet-w48_8xb32-210e_coco-256x192-0e67c616_20220913.pth",
    _V1 + "td-hm_hrnet-w48_8xb32-210e_coco-384x288-c161b7de_20220915.pth",
    _V0 + "hrnet_w32_posetrack18_256x192-1ee951c4_20201028.pth",
    _V0 + "hrnet_w32_posetrack18_384x288-806f00a3_20211130.pth",
    _V0 + "hrnet_w48_posetrack18_256x192-b5d9b3f1_20211130.pth",
    _V0 + "hrnet_w48_posetrack18_384x288-5fd6d3ff_20211130.pth",
    # mmpose 0.x's, for comparing with published figures.
    _V0 + "hrnet_w32_coco_256x192-c78dce93_20200708.pth",
    _V0 + "hrnet_w32_coco_384x288-d9f0d786_20200708.pth",
    _V0 + "hrnet_w48_coco_256x192-b9e0b3ab_20200708.pth",
    _V0 + "hrnet_w48_coco_384x288-314c8528_20200708.pth",
)
_IN_THE_NAME = re.compile(
    r"hrnet[-_]w(\d+)_.*?(coco|posetrack18)[-_](\d+)x(\d+)-([0-9a-f]{8})_(\d{4})\d{4}\.pth$"
)


def _known(url: str) -> KnownCheckpoint:
    """What mmpose writes into a file's name: width, data, height × width, hash and date."""
    found = _IN_THE_NAME.search(url)
    assert found is not None
    channels, data, height, width, sha256, year = found.groups()
    old = f"-{year}" if data == "coco" and url.startswith(_V0) else ""
    return KnownCheckpoint(
        name=f"hrnet-w{channels}-{data}-{height}x{width}{old}",
        url=url,
        sha256=sha256,
        width=int(channels),
        input_size=(int(width), int(height)),
        joints="coco17" if data == "coco" else "posetrack17",
    )


KNOWN = {one.name: one for one in map(_known, _URLS)}
"""By name."""


def known_checkpoint(name: str) -> KnownCheckpoint | None:
    """The checkpoint of a name, or of a file's name; None if it is not known."""
    by_file = {one.file: one for one in KNOWN.values()}
    return KNOWN.get(name) or by_file.get(name)
