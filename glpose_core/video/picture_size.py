"""The size of a picture from the head of its file, without decoding it.

Opening a folder of ten thousand pictures must not decode ten thousand pictures. Where a head is not
understood, or a tag turns the picture, the caller decodes that one file instead.
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEAD = 1 << 16
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(path: Path) -> tuple[int, int] | None:
    """(width, height) as stored, or None where the head does not tell or has an orientation tag.

    Raises ``OSError`` if the file cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return None if b"eXIf" in head else struct.unpack(">II", head[16:24])
        if head.startswith(b"BM"):
            width, height = struct.unpack("<ii", head[18:26])
            return width, abs(height)
        if head.startswith(b"\xff\xd8"):
            return _jpeg(head)
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp(head)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    position = 2
    while head[position] == 0xFF:
        marker = head[position + 1]
        (length,) = struct.unpack(">H", head[position + 2 : position + 4])
        if marker == 0xE1 and head[position + 4 : position + 8] == b"Exif":
            return None
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", head[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X" and not head[20] & 8:  # bit 3: an EXIF chunk follows
        width, height = (int.from_bytes(head[i : i + 3], "little") + 1 for i in (24, 27))
        return width, height
    return None
