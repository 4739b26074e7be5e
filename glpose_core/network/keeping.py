"""Keeping foreign checkpoints as weights of our own: from a file, or fetched from the web."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import torch

from ..errors import WeightsError
from ..home import glpose_home
from .download import TIMEOUT, Progress, check_address, check_hash, download
from .importing import ImportReport, import_weights
from .input_size import recorded_size
from .known import KnownCheckpoint
from .library import plain_name
from .native import save_weights


@dataclass(frozen=True)
class Wish:
    """What shall become of a foreign checkpoint.

    Attributes:
        joints: what its heatmaps show, as in :func:`load_weights`.
        wanted: the joints that the new weights shall have; None: those of the file.
        input_size: (width, height) of the crops; None: as the file's name says, or unknown.
        dtype: precision of the convolutions' weights.
        record: more for the training record (where it came from, its licence).
    """

    joints: str | Sequence[str] | None = None
    wanted: str | Sequence[str] | None = None
    input_size: tuple[int, int] | None = None
    dtype: torch.dtype = torch.float16
    record: dict[str, Any] = field(default_factory=dict)


def keep_checkpoint(file: Path, out: Path, wish: Wish) -> ImportReport:
    """Import a checkpoint and write it as weights of our own.

    Raises:
        WeightsError: as :func:`import_weights` and :func:`save_weights`.
    """
    model, report = import_weights(file, joints=wish.joints, wanted=wish.wanted)
    size = wish.input_size or recorded_size(model.record)
    record = {
        **model.record,
        **({"input_size": list(size)} if size else {}),
        "imported_from": file.name,
        "layout": report.layout,
        **({"untrained_joints": list(report.untrained_joints)} if report.untrained_joints else {}),
        "imported_sha256": _sha256(file),
        **wish.record,
    }
    save_weights(model, out, record, wish.dtype)
    return report


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def known_wish(known: KnownCheckpoint) -> Wish:
    """What is known beforehand of a checkpoint of the table."""
    return Wish(joints=known.joints, input_size=known.input_size, record={"licence": known.licence})


def name_in(url: str) -> str:
    """The name of the file that an address ends in, made harmless: it never leaves a folder."""
    return plain_name(unquote(urlsplit(url).path).replace("\\", "/").rsplit("/", 1)[-1])


def pull_checkpoint(
    url: str,
    out: Path,
    wish: Wish,
    *,
    sha256: str = "",
    progress: Progress = lambda _there, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
    timeout: float = TIMEOUT,
) -> ImportReport:
    """Fetch a checkpoint, check it, and keep it as weights of our own.

    The fetched file is deleted once it has been imported. If it cannot be imported it stays where the
    error says, for an import with other wishes; with a hash given, so that it is known to be the same,
    another pull need not fetch it again either.

    Raises:
        UsageError: if the address or the hash is none.
        WeightsError: as :func:`download`, :func:`import_weights` and :func:`save_weights`.
        Cancelled: soon after ``cancelled()`` says so; what has arrived stays for the next time.
    """
    check_address(url, sha256)
    sha256 = check_hash(sha256) if sha256 else ""
    file = _downloads() / name_in(url)
    if not file.is_file() or not sha256 or not _sha256(file).startswith(sha256):
        file.unlink(missing_ok=True)
        download(url, file, sha256=sha256, progress=progress, cancelled=cancelled, timeout=timeout)
    record = {"pulled_from": _without_secrets(url), **wish.record}
    report = keep_checkpoint(file, out, replace(wish, record=record))
    file.unlink(missing_ok=True)
    return report


def _downloads() -> Path:
    folder = glpose_home() / "downloads"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            f"cannot be made ({error.strerror})",
            file=folder,
            remedy="set GLPOSE_HOME to a folder you may write to",
        ) from error
    return folder


def _without_secrets(url: str) -> str:
    """Server and path: names, passwords and signatures in an address are nobody else's business."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
