"""What a run is remembered by: enough to say what proposed a label, and to do it again.

The record is kept in :attr:`Run.settings` as plain JSON values. Nothing here loads the network.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from ..labels.records import Run
from ..people.find import DEFAULT_DETECTOR
from .job import Precision, PredictRequest, Started

MODES = {"cached": "fast", "paper": "as published"}
"""What the modes are called where people read them."""
_DIGEST_SHOWN = 8


@dataclass(frozen=True)
class RunRecord:
    """How a run was made, everything automatic being resolved.

    Attributes:
        network: "GLPose" or "HRNet"; "" where the run says nothing of it (an import, an older version).
        weights: the name or path that was asked for. weights_file: the file that was taken.
        sha256: digest of that file, as ``sha256sum`` prints it.
        device: what was asked for ("auto"). computed_on: what it came to ("cuda:0").
        mode: "cached" or "paper". k, n: local references on each side, and non-local ones.
        precision: "float32" or "bfloat16", as computed. decoder: "dark" or "quarter".
        flip: whether heatmaps were averaged with those of the mirrored crops.
        asked_k, asked_n, asked_precision: the same as they were asked for; None: the weights' own.
        find_people: whether people were looked for, with ``detector`` (HOG, where an older version does not say).
        second: whether the run was made to be compared with, not to be shown.
        version: of GLPose Studio.
    """

    network: str = ""
    weights: str = ""
    weights_file: str = ""
    sha256: str = ""
    device: str = "auto"
    computed_on: str = ""
    mode: str = "cached"
    k: int | None = None
    n: int | None = None
    precision: str = "auto"
    decoder: str = "dark"
    flip: bool = False
    find_people: bool = True
    detector: str = "hog"
    asked_k: int | None = None
    asked_n: int | None = None
    asked_precision: Precision = "auto"
    second: bool = False
    version: str = ""

    @classmethod
    def of(cls, run: Run) -> RunRecord:
        """Read a run's settings; what is missing or has the wrong type counts as not said."""
        return dataclasses.replace(cls.read(run.settings), weights=run.weights)

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> RunRecord:
        """The same from the settings alone."""
        found: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            value = settings.get(field.name)
            # Fields without a default value are whole numbers; a bool is no number here.
            kind = int if field.default is None else type(field.default)
            if type(value) is kind:
                found[field.name] = value
        if found.get("asked_precision") not in get_args(Precision):
            found.pop("asked_precision", None)
        return cls(**found)

    def as_settings(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`read` is the inverse."""
        return dataclasses.asdict(self)

    @property
    def looks_around(self) -> bool:
        """Whether the network compared frames (GLPose with references)."""
        return self.network == "GLPose"

    def words(self) -> str:
        """In one line: "GLPose, k 2, n 4, fast, float32, people found by hog"."""
        parts = [self.network or "a model that is not named"]
        if self.looks_around:
            parts += [f"k {self.k}", f"n {self.n}", MODES.get(self.mode, self.mode)]
        if self.precision != "auto":
            parts.append(self.precision)
        parts += ["flip test"] if self.flip else []
        parts += [f"people found by {self.detector}"] if self.find_people else []
        return ", ".join(parts)

    @property
    def short_digest(self) -> str:
        """The first digits of :attr:`sha256`, enough to tell files apart; "" where it is not known."""
        return self.sha256[:_DIGEST_SHOWN]


def run_of(request: PredictRequest, started: Started, *, second: bool = False) -> Run:
    """The run that a project keeps of a prediction that has begun.

    ``second``: it is made to be compared with what is shown.
    """
    settings = dict(started.record) | {
        "start": started.start,
        "stop": started.stop,
        "second": second,
    }
    return Run.new(started.model, request.weights, started.device, settings)


def last_record(runs: Iterable[Run]) -> RunRecord:
    """How a project was predicted last, of all its runs: what is proposed for the next time.

    Imports and runs that were only compared with do not count; where there is no other, everything has
    its default.
    """
    records = (RunRecord.of(run) for run in sorted(runs, key=lambda run: -run.id))
    usual = RunRecord(detector=DEFAULT_DETECTOR)
    return next((one for one in records if one.network and not one.second), usual)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, as ``sha256sum`` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
