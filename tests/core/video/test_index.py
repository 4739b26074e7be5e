"""The frame index as bytes: exact, small, and safe to read from a stranger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.errors import VideoError
from glpose_core.video import FrameIndex

pytestmark = pytest.mark.quick


def an_index(frames: int = 5) -> FrameIndex:
    order = np.arange(frames)[::-1].copy()
    return FrameIndex(
        kind="packets",
        fingerprint="abc",
        width=640,
        height=480,
        rotation=90,
        oddities=("starts at 1.075 s", "“quoted” · 90°"),
        times=np.arange(frames) / 25 + 1.075,
        pts=np.arange(frames) * 512,
        packet=order,
        key_packet=np.array([0]),
        key_frame=np.array([frames - 1]),
        packet_pts=np.arange(frames)[::-1] * 512,
        packet_dts=np.arange(frames) * 512,
        packet_pos=np.arange(frames) * 1000,
        packet_size=np.full(frames, 900),
    )


@given(st.integers(1, 40))
def test_comes_back_as_it_was(frames: int) -> None:
    index = an_index(frames)
    back = FrameIndex.from_bytes(index.to_bytes())
    for name in index.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(back, name), getattr(index, name), strict=True)
    assert back.to_bytes() == index.to_bytes()


def test_an_hour_of_video_is_small() -> None:
    assert len(an_index(90_000).to_bytes()) < 1_500_000


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(VideoError):
        FrameIndex.from_bytes(data)


@given(st.data())
def test_damaged_bytes_are_refused_or_harmless(data: st.DataObject) -> None:
    good = bytearray(an_index().to_bytes())
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] ^= data.draw(st.integers(1, 255))
    try:
        index = FrameIndex.from_bytes(bytes(good))
    except VideoError:
        return
    assert len(index.frame_of_packet) == len(index.packet_pos)


def test_numbers_that_point_outside_are_refused() -> None:
    index = an_index()
    fields = {name: getattr(index, name) for name in index.__dataclass_fields__}
    for name, values in {"packet": [0, 1, 2, 3, 99], "key_packet": [-1]}.items():
        broken = FrameIndex(**{**fields, name: np.array(values)})
        with pytest.raises(VideoError, match="damaged"):
            FrameIndex.from_bytes(broken.to_bytes())


def test_packets_are_recognised_by_place_time_and_size() -> None:
    index = an_index()
    assert index.ordinal_at(2000, 2 * 512, 900) == 2
    assert index.ordinal_at(2000, 2 * 512, 899) is None
    assert index.ordinal_at(2001, 2 * 512, 900) is None
    assert index.upright_size == (480, 640)
    np.testing.assert_array_equal(index.frame_of_packet, [4, 3, 2, 1, 0])
