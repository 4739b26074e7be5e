"""JSON on disk: read with every number finite, written whole or not at all."""

from __future__ import annotations

import json
import math
import os
import secrets
from pathlib import Path
from typing import Any

from ..errors import FormatError

Record = dict[str, Any]
"""One JSON object, as it stood in a file."""

_SECTIONS = ("images", "annotations")


def read_json(path: Path) -> Record:
    """Read a file that holds one JSON object.

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
        document = json.loads(data, parse_float=_finite, parse_constant=_refuse)
    except _NotFinite as error:
        raise FormatError(
            f"holds the number {error}",
            file=path,
            remedy="write 0, 0, 0 for a joint without a position",
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
    return document


def write_json(document: Record, path: Path) -> None:
    """Write an object so that the old file stays until the new one is complete.

    Records of ``images`` and ``annotations`` stand on a line each, so that versions can be compared
    by line; equal content gives equal bytes.

    Raises:
        FormatError: the folder is not there, or cannot be written.
    """
    lines = [_entry(key, value) for key, value in document.items()]
    write_whole(("{\n" + ",\n".join(lines) + "\n}\n").encode("ascii"), path)


def write_whole(data: bytes, path: Path) -> None:
    """Put ``data`` at ``path`` in one step: a reader sees the old file or the new one, never a part.

    Raises:
        FormatError: the folder is not there, or cannot be written.
    """
    try:
        part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.part")
        try:
            with part.open("xb") as file:
                file.write(data)
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


def _entry(key: str, value: object) -> str:
    if key in _SECTIONS and isinstance(value, list) and value:
        records = ",\n".join(_dump(record) for record in value)
        return f"{_dump(key)}:[\n{records}\n]"
    return f"{_dump(key)}:{_dump(value)}"


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
