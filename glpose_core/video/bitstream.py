"""A look inside compressed packets, as far as counting frames needs it.

Only three questions are answered here, none of which needs a decoder: is the packet's own structure
sound, does it show a picture, and can decoding really start at a packet that is marked as a key?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SLICE, _IDR, _SEI, _RECOVERY_POINT = 1, 5, 6, 6
_HEVC_IRAP = range(16, 24)
_INTRA_SLICES = (2, 4)


@dataclass(frozen=True)
class Packaging:
    """How the codec's units lie in a packet.

    Attributes:
        codec: "h264", "hevc", "vp8", "vp9" or any other name (then nothing is looked at).
        length_size: bytes of the length before each unit; 0: start codes (Annex B).
    """

    codec: str
    length_size: int = 0


def packaging(codec: str, extradata: bytes | None) -> Packaging:
    """Read from a stream's header data how its packets are packed."""
    if extradata and extradata[0] == 1:
        if codec == "h264" and len(extradata) > 4:
            return Packaging(codec, (extradata[4] & 3) + 1)
        if codec == "hevc" and len(extradata) > 21:
            return Packaging(codec, (extradata[21] & 3) + 1)
    return Packaging(codec)


def is_sound(kind: Packaging, data: memoryview) -> bool:
    """Whether the unit lengths of a packet add up to its size. True where there is nothing to check."""
    if kind.length_size == 0:
        return True
    position, end = 0, len(data)
    while position < end:
        start = position + kind.length_size
        length = int.from_bytes(data[position:start], "big")
        if length == 0 or start + length > end:
            return False
        position = start + length
    return True


def is_hidden(kind: Packaging, data: memoryview) -> bool:
    """Whether a VP8 or VP9 packet only updates references and shows no picture."""
    if len(data) == 0:
        return False
    first = data[0]
    if kind.codec == "vp8":
        return not first >> 4 & 1
    if kind.codec == "vp9" and first >> 6 == 2 and not _ends_superframe(data):
        profile = (first >> 5 & 1) | (first >> 4 & 1) << 1
        shift = 3 if profile < 3 else 2
        show_existing = first >> shift & 1
        return not show_existing and not first >> (shift - 2) & 1
    return False


def _ends_superframe(data: memoryview) -> bool:
    return data[-1] & 0xE0 == 0xC0


def whole_after(kind: Packaging, data: memoryview) -> int | None:
    """After how many pictures a decoder that begins at this key packet returns intact ones; None: not known.

    In H.264 that is 0 for an IDR picture and for an intra picture with a recovery point of 0; with
    periodic intra refresh, the "key" packets only begin a sweep, and announce when pictures are whole (ITU-T H.264,
    D.2.8, recovery_frame_cnt). The announcement is the encoder's word: it is to be checked.
    """
    if kind.codec == "hevc":
        whole = any(unit[0] >> 1 & 0x3F in _HEVC_IRAP for unit in _units(kind, data) if unit)
        return 0 if whole else None
    if kind.codec != "h264":
        return 0
    recovery: int | None = None
    for unit in _units(kind, data):
        unit_type = unit[0] & 0x1F if unit else 0
        if unit_type == _IDR:
            return 0
        if unit_type == _SEI and recovery is None:
            recovery = _recovery_frames(_unescaped(unit[1:256]))
        if unit_type == _SLICE:
            bits = _Bits(_unescaped(unit[1:32]))
            bits.unsigned()  # first macroblock
            intra = bits.unsigned() % 5 in _INTRA_SLICES
            return None if recovery == 0 and not intra else recovery
    return None


def _units(kind: Packaging, data: memoryview) -> Iterator[bytes]:
    if kind.length_size:
        position = 0
        while position + kind.length_size < len(data):
            start = position + kind.length_size
            position = start + int.from_bytes(data[position:start], "big")
            yield bytes(data[start:position])
        return
    raw = bytes(data)
    start = raw.find(b"\0\0\1")
    while start >= 0:
        stop = raw.find(b"\0\0\1", start + 3)
        yield raw[start + 3 : stop if stop >= 0 else len(raw)]
        start = stop


def _recovery_frames(message: bytes) -> int | None:
    """recovery_frame_cnt of the first recovery point in a message unit, or None."""
    position = 0
    while position + 2 <= len(message):
        kind, position = _extended(message, position)
        size, position = _extended(message, position)
        if kind == _RECOVERY_POINT:
            return _Bits(message[position : position + size]).unsigned()
        position += size
    return None


def _extended(message: bytes, position: int) -> tuple[int, int]:
    value = 0
    while position < len(message) and message[position] == 0xFF:
        value, position = value + 255, position + 1
    last = message[position] if position < len(message) else 0
    return value + last, position + 1


def _unescaped(data: bytes) -> bytes:
    return data.replace(b"\0\0\3", b"\0\0")


class _Bits:
    """Exponential-Golomb codes from the front of a few bytes; past the end everything is zero."""

    def __init__(self, data: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in data)
        self._position = 0

    def unsigned(self) -> int:
        one = self._bits.find("1", self._position)
        if one < 0:
            return 0
        zeros = one - self._position
        code = self._bits[one : one + zeros + 1]
        self._position = one + zeros + 1
        return int(code, 2) - 1
