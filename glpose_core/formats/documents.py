"""JSON on disk: read with every number finite, written whole or not at all."""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FormatError

Record = dict[str, Any]
"""One JSON object, as it stood in a file."""

Watch = Callable[[int, int], None]
"""Told how many records are read or written, and of how many (0 where that is not known). What it raises ends the
work."""
TOLD_EVERY = 500
_SECTIONS = ("images", "annotations")


@dataclass(frozen=True)
class Stream:
    """Records that are made while they are written, and their number."""

    count: int
    records: Iterable[Record]

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)


class Watched:
    """Passes records on, and tells how many there were."""

    def __init__(self, total: int, watch: Watch) -> None:
        self._done, self._total, self._watch = 0, total, watch

    def __call__(self, record: Record) -> Record:
        """Note one more."""
        self._done += 1
        if self._done % TOLD_EVERY == 0:
            self._watch(min(self._done, self._total), self._total)
        return record


def read_json(path: Path, watch: Watch | None = None) -> Record:
    """Read a file that holds one JSON object. ``watch`` is told how many of the objects in it have been read.

    Raises:
        FormatError: the file cannot be read, is cut off, is not JSON, is not an object, or holds a
            number that is not finite.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"cannot be read ({error.strerror})", file=path, remedy="check the path"
        ) from error
    try:
        # Called with each object, so that other threads have their turn, which they have not while C reads on and on.
        each = None if watch is None else Watched(data.count(b"{"), watch)
        document = json.loads(data, parse_float=_finite, parse_constant=_refuse, object_hook=each)
    except _NotFinite as error:
        raise FormatError(
            f"holds the number {error}",
            file=path,
            field=_not_finite(json.loads(data)),
            remedy="write a number, or 0, 0, 0 for a joint without a position",
        ) from error
    except json.JSONDecodeError as error:
        raise FormatError(
            f"is not valid JSON at line {error.lineno}, column {error.colno} ({error.msg})",
            file=path,
            remedy="the file may be cut off: fetch or export it again",
        ) from error
    except (ValueError, RecursionError) as error:
        raise FormatError(
            "is not JSON text", file=path, remedy="choose a file with annotations in JSON"
        ) from error
    if not isinstance(document, dict):
        raise FormatError(
            f"holds {json_kind(document)} where an object with images and annotations belongs",
            file=path,
            remedy="choose a PoseTrack file, one JSON object for each video",
        )
    if watch is not None:
        watch(0, 0)
    return document


def write_json(document: Record, path: Path, watch: Watch | None = None) -> None:
    """Write an object so that the old file stays until the new one is complete.

    Records of ``images`` and ``annotations`` stand on a line each, so that versions can be compared
    by line; equal content gives equal bytes. ``watch`` is told how far it is; what it raises leaves the old file.

    Raises:
        FormatError: the folder is not there, or cannot be written.
    """
    write_pieces((piece.encode("ascii") for piece in _pieces(document, watch)), path)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it; it may be there.

    Raises:
        FormatError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(
            f"cannot be made ({error.strerror})", file=folder, remedy="choose another folder"
        ) from error


def write_whole(data: bytes, path: Path) -> None:
    """:func:`write_pieces` of one piece."""
    write_pieces((data,), path)


def write_pieces(pieces: Iterable[bytes], path: Path) -> None:
    """Put what ``pieces`` make together at ``path`` in one step: a reader sees the old file or the new one, never a
    part. A link goes on naming its file, which is what changes; a device or a pipe takes the pieces as they come.

    Raises:
        FormatError: the folder is not there, or cannot be written.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            with path.open("wb") as stream:
                stream.writelines(pieces)
            return
        path = path.resolve() if path.is_symlink() else path
        part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
        try:
            with part.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FormatError(
            f"cannot be written ({error.strerror})", file=path, remedy="choose another folder"
        ) from error


def json_kind(value: object) -> str:
    """What a JSON value is called in a sentence ("a list", "text", "null" …)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number"}
    return names.get(type(value), type(value).__name__)


class _NotFinite(Exception):
    """The text of a number that no float can hold."""


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _NotFinite(text)
    return value


def _refuse(text: str) -> float:
    raise _NotFinite(text)


def _not_finite(value: Any, field: str = "") -> str | None:
    """The first field of a document with a number that is not finite: ``annotations[0].keypoints[3]``."""
    inside: Iterable[tuple[str, Any]] = ()
    if isinstance(value, float) and not math.isfinite(value):
        return field
    if isinstance(value, dict):
        inside = ((f"{field}.{key}" if field else key, part) for key, part in value.items())
    elif isinstance(value, list):
        inside = ((f"{field}[{at}]", part) for at, part in enumerate(value))
    return next(filter(None, (_not_finite(part, name) for name, part in inside)), None)


def _pieces(document: Record, watch: Watch | None) -> Iterator[str]:
    """The text of a document, a record at a time."""
    listed = {
        key: value for key in _SECTIONS if isinstance(value := document.get(key), list | Stream)
    }
    total, done = sum(map(len, listed.values())), 0
    yield "{\n"
    for at, (key, value) in enumerate(document.items()):
        yield ",\n" if at else ""
        yield f"{_dump(key)}:"
        if not listed.get(key):
            yield _dump(value if not isinstance(value, Stream) else [])
            continue
        for place, record in enumerate(listed[key]):
            yield (",\n" if place else "[\n") + _dump(record)
            done += 1
            if watch is not None and (done % TOLD_EVERY == 0 or done == total):
                watch(done, total)
        yield "\n]"
    yield "\n}\n"


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
