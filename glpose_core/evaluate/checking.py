"""Whether the official scorer will accept a file, before it sees it.

Looks at the JSON as it stands, since a file that this project refuses to read is just what is to be
explained. Every fault is found, not only the first; of a kind that repeats, one place is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import FormatError
from ..formats.documents import Record, read_json
from ..formats.posetrack_report import counted
from .checking17 import check17
from .checking18 import check18, has_scores
from .faults import Fault, Faults, Role, records


@dataclass(frozen=True)
class CheckReport:
    """What was found in a file that was looked at as ``role``."""

    path: Path
    role: Role
    faults: tuple[Fault, ...]

    @property
    def accepted(self) -> bool:
        """The scorer reads the file through."""
        return not any(fault.kind == "refused" for fault in self.faults)

    @property
    def sound(self) -> bool:
        """The scorer reads it, and as it is meant."""
        return all(fault.kind == "remark" for fault in self.faults)

    @property
    def verdict(self) -> str:
        """One sentence."""
        what = "labels" if self.role == "truth" else "predictions"
        if self.sound:
            return f"The official scorer accepts it as {what}."
        if self.accepted:
            return (
                f"The official scorer reads it as {what}, but counts something else than is meant."
            )
        return f"The official scorer refuses it as {what}."


def check_file(path: Path, role: Role | None = None, truth: Path | None = None) -> CheckReport:
    """Look for everything that the official scorer would stumble over.

    Args:
        path: a PoseTrack18 or PoseTrack17 file.
        role: labels or predictions; ``None``: predictions if it lies opposite a truth or has scores.
        truth: the labels that the predictions will be laid against, to compare their images.
    """
    faults = Faults()
    try:
        document = read_json(path)
    except FormatError as error:
        faults.refuse(error.field or "", error.message)
        return CheckReport(path, role or "predictions", tuple(faults.found.values()))
    older = "annolist" in document
    given = role or ("predictions" if truth is not None or has_scores(document) else "truth")
    (check17 if older else check18)(document, given, faults)
    if truth is not None:
        _compare(document, path, truth, faults)
    return CheckReport(path, given, tuple(faults.found.values()))


def picture_names(document: Record) -> list[Any]:
    """The name of each listed picture, as it stands; ``None`` for a record without one."""
    if "annolist" in document:
        frames = records(document.get("annolist"))
        return [next((p.get("name") for p in records(f.get("image"))), None) for f in frames]
    return [image.get("file_name") for image in records(document.get("images"))]


def _compare(document: Record, path: Path, truth: Path, faults: Faults) -> None:
    if path.name != truth.name:
        faults.refuse("", f"is called {path.name}, but the labels are {truth.name}: use one name")
    mine, theirs = picture_names(document), picture_names(read_json(truth))
    if len(mine) != len(theirs):
        faults.refuse(
            "images",
            f"lists {counted(len(mine), 'image')}, but the labels list {len(theirs)}: list them all",
        )
        return
    for at, (one, two) in enumerate(zip(mine, theirs, strict=True)):
        if one != two:
            same = PurePosixPath(str(one)).name == PurePosixPath(str(two)).name
            faults.add(
                "remark" if same else "misread",
                f"images[{at}].file_name",
                f'is "{one}" where the labels have "{two}": images are paired by their order alone',
                f"names differ {same}",
            )
