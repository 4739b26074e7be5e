"""Looking into packets without a decoder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.video.bitstream import Packaging, is_hidden, is_sound, packaging, whole_after

pytestmark = pytest.mark.quick

IDR, INTRA_SLICE, PREDICTED_SLICE = b"\x65\x88\x80", b"\x41\x88\x80", b"\x41\x9a\x00"
# A message unit: recovery point (6), one byte, recovery_frame_cnt as exponential Golomb.
RECOVERS_AT_ONCE, RECOVERS_LATER = b"\x06\x06\x01\xc4", b"\x06\x06\x01\x20"
AVC = Packaging("h264", 4)
ANNEX_B = Packaging("h264")


def packed(*units: bytes) -> memoryview:
    return memoryview(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))


def with_start_codes(*units: bytes) -> memoryview:
    return memoryview(b"".join(b"\0\0\0\1" + unit for unit in units))


@pytest.mark.parametrize(
    ("units", "after"),
    [
        ([IDR], 0),
        ([b"\x09\xf0", b"\x67\x64", b"\x68\xee", IDR], 0),
        ([RECOVERS_AT_ONCE, INTRA_SLICE], 0),
        ([RECOVERS_LATER, INTRA_SLICE], 3),
        ([RECOVERS_LATER, PREDICTED_SLICE], 3),
        ([RECOVERS_AT_ONCE, PREDICTED_SLICE], None),
        ([INTRA_SLICE], None),
        ([], None),
    ],
)
def test_where_h264_decoding_may_start(units: list[bytes], after: int | None) -> None:
    assert whole_after(AVC, packed(*units)) == after
    assert whole_after(ANNEX_B, with_start_codes(*units)) == after


def test_where_hevc_decoding_may_start() -> None:
    kind = Packaging("hevc", 4)
    assert whole_after(kind, packed(b"\x26\x01")) == 0  # IDR_W_RADL
    assert whole_after(kind, packed(b"\x2a\x01")) == 0  # CRA
    assert whole_after(kind, packed(b"\x02\x01")) is None


def test_other_codecs_are_believed() -> None:
    assert whole_after(Packaging("mpeg4"), memoryview(b"anything")) == 0


def test_unit_lengths_must_add_up() -> None:
    assert is_sound(AVC, packed(IDR, INTRA_SLICE))
    assert not is_sound(AVC, packed(IDR)[:-1])
    assert not is_sound(AVC, memoryview(bytes(40)))
    assert is_sound(ANNEX_B, memoryview(bytes(40)))


def test_packaging_is_read_from_the_header() -> None:
    assert packaging("h264", b"\x01\x64\x00\x1f\xff\xe1") == Packaging("h264", 4)
    assert packaging("h264", b"\x01\x64\x00\x1f\xfd\xe1") == Packaging("h264", 2)
    assert packaging("h264", b"\0\0\0\1\x67") == Packaging("h264", 0)
    assert packaging("hevc", b"\x01" + bytes(20) + b"\x03") == Packaging("hevc", 4)
    assert packaging("vp9", None) == Packaging("vp9", 0)


def test_hidden_pictures() -> None:
    vp8, vp9 = Packaging("vp8"), Packaging("vp9")
    assert not is_hidden(vp8, memoryview(b"\x10\0\0"))
    assert is_hidden(vp8, memoryview(b"\x00\0\0"))
    assert not is_hidden(vp9, memoryview(b"\x82\0"))  # show_frame
    assert is_hidden(vp9, memoryview(b"\x84\0"))
    assert not is_hidden(vp9, memoryview(b"\x88\0"))  # show_existing_frame
    assert not is_hidden(vp9, memoryview(b"\x84\0\xc1"))  # several pictures in one packet
    assert not is_hidden(vp9, memoryview(b""))


@given(st.sampled_from(["h264", "hevc", "vp8", "vp9"]), st.integers(0, 4), st.binary(max_size=80))
def test_no_bytes_break_it(codec: str, length_size: int, data: bytes) -> None:
    kind = Packaging(codec, 0 if codec.startswith("vp") else length_size)
    is_sound(kind, memoryview(data))
    is_hidden(kind, memoryview(data))
    whole_after(kind, memoryview(data))
    packaging(codec, data)
