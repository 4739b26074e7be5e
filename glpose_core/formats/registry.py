"""The label formats: one module each, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import FormatError
from .coco import read_coco, write_coco
from .documents import Watch
from .posetrack import read_posetrack, write_posetrack
from .posetrack17 import read_posetrack17
from .posetrack_file import PoseTrackFile

_ENDS = 1 << 16
"""Bytes at either end of a file that :func:`detect` looks at."""


class Read(Protocol):
    """Reads a file; ``watch`` is told how far it is, and may raise to stop it."""

    def __call__(self, path: Path, watch: Watch | None = None, /) -> PoseTrackFile: ...


class Write(Protocol):
    """Writes a file whole or not at all; ``watch`` is told how far it is, and may raise to stop it."""

    def __call__(self, file: PoseTrackFile, path: Path, watch: Watch | None = None, /) -> None: ...


@dataclass(frozen=True)
class Format:
    """A label format.

    Attributes:
        name: as on the command line.
        description: one sentence.
        extensions: usual file name endings, with the dot.
        sniff: whether the first and last bytes of a file look like this format.
        read: read a file.
        write: write a file, or ``None`` where the format is only read.
    """

    name: str
    description: str
    extensions: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Read
    write: Write | None = None


def _is_posetrack18(ends: bytes) -> bool:
    if not _is_object(ends) or b'"annolist"' in ends or _is_coco(ends):
        return False
    return any(word in ends for word in (b'"vid_id"', b'"is_labeled"', b'"track_id"'))


def _is_coco(ends: bytes) -> bool:
    if not _is_object(ends) or not all(word in ends for word in (b'"images"', b'"keypoints"')):
        return False
    if any(word in ends for word in (b'"vid_id"', b'"is_labeled"', b'"frame_id"', b'"annolist"')):
        return False
    named = any(word in ends for word in (b'"num_keypoints"', b'"iscrowd"'))
    return named or b'"track_id"' not in ends  # nobody has labelled anything yet


def _is_object(ends: bytes) -> bool:
    return ends.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _is_posetrack17(ends: bytes) -> bool:
    return b'"annolist"' in ends or ends.startswith(b"MATLAB 5.0 MAT-file")


FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        Format(
            "posetrack18",
            "PoseTrack18 JSON, one file a video: labels or predictions",
            (".json",),
            _is_posetrack18,
            read_posetrack,
            write_posetrack,
        ),
        Format(
            "posetrack17",
            "PoseTrack17, one file a video: JSON with annolist, or MATLAB",
            (".json", ".mat"),
            _is_posetrack17,
            read_posetrack17,
        ),
        Format(
            "coco",
            "COCO keypoints, as CVAT and many others write and read them",
            (".json",),
            _is_coco,
            read_coco,
            write_coco,
        ),
    )
}


def detect(path: Path | str) -> Format:
    """Find out a file's format by looking into it.

    Raises:
        FormatError: it cannot be read, or no format fits.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            ends = file.read(_ENDS)
            size = path.stat().st_size
            if size > 2 * _ENDS:
                file.seek(size - _ENDS)
            ends += file.read(_ENDS)
    except OSError as error:
        raise FormatError(
            f"cannot be read ({error.strerror})", file=path, remedy="check the path"
        ) from error
    for format_ in FORMATS.values():
        if format_.sniff(ends):
            return format_
    raise FormatError(
        "is in no label format that is known here",
        file=path,
        remedy=f"known are {', '.join(FORMATS)}; name the right one if it is one of them",
    )


def read_labels(path: Path | str, watch: Watch | None = None) -> PoseTrackFile:
    """Read a file in whichever format it is. One that looks like none is read as the first, which says what is
    wrong with it. ``watch`` is told how far it is.

    Raises:
        FormatError: it cannot be read.
    """
    try:
        format_ = detect(path)
    except FormatError:
        format_ = next(iter(FORMATS.values()))
    return format_.read(Path(path), watch)
