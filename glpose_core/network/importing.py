"""Making a pose model, or filling GLPose's backbone, from the checkpoints that the field has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from ..errors import WeightsError
from .checkpoint import Checkpoint, read_checkpoint
from .filling import check_shape, fill
from .glpose import GLPose
from .hrnet import NEW_WEIGHT_DEVIATION, HRNet
from .input_size import size_in_name
from .layouts import HEAD, HRNetEntries, heatmap_joints, hrnet_entries, joints_from
from .native import LAYOUT, is_native, native_info


@dataclass(frozen=True)
class ImportReport:
    """What became of the entries of an imported file.

    Attributes:
        file: the file.
        layout: whose layout it is in.
        used: entries taken over.
        missing: entries that the file lacks and that keep their starting values.
        unused: HRNet's entries that this network has no place for (stage 4, the pose head).
        unexpected: entries of the file that are no part of HRNet.
        untrained_joints: joints of an imported head that the file knows nothing about.
    """

    file: Path
    layout: str
    used: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    untrained_joints: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [
            f"{self.file.name} ({self.layout} layout): {len(self.used)} entries used, "
            f"{len(self.missing) or 'none'} missing"
        ]
        if self.missing:
            lines.append(f"missing, and left as they start: {_some(self.missing)}")
        for entries, what in (
            (self.unused, "not needed by this network"),
            (self.unexpected, "not part of HRNet"),
        ):
            if entries:
                lines.append(f"{len(entries)} left aside, {what}: {_some(entries)}")
        if self.untrained_joints:
            lines.append(f"start untrained: {', '.join(self.untrained_joints)}")
        return "\n".join(lines)


def _some(entries: Sequence[str], most: int = 3) -> str:
    return ", ".join(entries[:most]) + (" …" if len(entries) > most else "")


def import_weights(
    path: str | Path,
    joints: str | Sequence[str] | None = None,
    wanted: str | Sequence[str] | None = None,
) -> tuple[HRNet, ImportReport]:
    """Make a pose model of our own from any HRNet checkpoint.

    Args:
        path: the file.
        joints: what its heatmaps show, as in :func:`load_weights`.
        wanted: the joints that the model shall have. Rows of the head are taken by name; joints that
            the file does not know start from N(0, 0.001). By default the joints of the file.

    Raises:
        WeightsError: if the file holds no HRNet, or has no pose head and no joints are wanted.
    """
    checkpoint = read_checkpoint(path)
    if checkpoint.metadata.get("kind") == "glpose":
        raise WeightsError(
            "is a GLPose network already", file=checkpoint.path, remedy="use it as it is"
        )
    entries = hrnet_entries(checkpoint.state, checkpoint.path)
    if not is_native(checkpoint):
        return import_entries(checkpoint, entries, joints, wanted)
    info = native_info(checkpoint)
    model, report = import_entries(checkpoint, entries, joints or info.joint_names, wanted)
    model.record = info.record
    return model, report


def load_backbone(model: GLPose, path: str | Path) -> ImportReport:
    """Fill GLPose's backbone from any checkpoint that contains an HRNet, or from a GLPose file.

    Its processing and enhancement modules and its head stay as they are.

    Raises:
        WeightsError: if the file holds no HRNet, or one of another width or number of modules.
    """
    entries = _any_entries(read_checkpoint(path))
    path = Path(path)
    for name, theirs, ours in (
        ("width", entries.width, model.config.width),
        ("modules", (*entries.modules[:2], 0), model.config.modules),
    ):
        if theirs != ours:
            raise WeightsError(
                f"the file’s backbone has {name} {theirs}, the network {ours}",
                file=path,
                field=name,
                remedy=f"build the network with {name} {theirs}",
            )
    used, missing = fill(model.backbone, entries.state, path)
    return ImportReport(
        file=path,
        layout=entries.layout,
        used=used,
        missing=missing,
        unused=tuple(sorted(set(entries.state) - set(used))),
        unexpected=entries.foreign,
    )


def _any_entries(checkpoint: Checkpoint) -> HRNetEntries:
    """The HRNet in any file; GLPose's own prefix for it happens to be mmpose's."""
    entries = hrnet_entries(checkpoint.state, checkpoint.path)
    if not is_native(checkpoint):
        return entries
    whole = checkpoint.metadata["kind"] == "glpose"
    return replace(entries, layout=LAYOUT, foreign=() if whole else entries.foreign)


def import_entries(
    checkpoint: Checkpoint,
    entries: HRNetEntries,
    joints: str | Sequence[str] | None,
    wanted: str | Sequence[str] | None,
) -> tuple[HRNet, ImportReport]:
    """The same as :func:`import_weights`, from a file that has been read and recognised."""
    path = checkpoint.path
    theirs = heatmap_joints(entries, path, joints)
    ours = theirs if wanted is None else joints_from(wanted)
    if not ours or (not entries.heatmaps and wanted is None):
        raise WeightsError(
            "has no pose head",
            file=path,
            field="joints",
            remedy="say with --keep which joints the new weights shall have, to be trained",
        )
    with torch.device("meta"):
        model = HRNet(entries.width, ours, entries.modules)
    known = theirs if entries.heatmaps else ()
    state = {**entries.state, **_rows_by_name(entries, known, ours, path)}
    used, missing = fill(model, state, path)
    absent = tuple(name for name in HEAD if not entries.heatmaps)
    report = ImportReport(
        file=path,
        layout=LAYOUT if is_native(checkpoint) else entries.layout,
        used=tuple(name for name in used if name not in absent),
        missing=missing + absent,
        unused=tuple(sorted(set(entries.state) - set(used))),
        unexpected=entries.foreign,
        untrained_joints=tuple(name for name in ours if name not in known),
    )
    size = size_in_name(path.name)
    model.record = {"input_size": list(size)} if size else {}
    return model.eval(), report


def _rows_by_name(
    entries: HRNetEntries, known: Sequence[str], wanted: Sequence[str], path: Path
) -> dict[str, Tensor]:
    """The final layer for the joints wanted: rows of the file where it knows them, else new ones."""
    width, state = entries.width, entries.state
    weight = torch.empty(len(wanted), width, 1, 1).normal_(std=NEW_WEIGHT_DEVIATION)
    bias = torch.zeros(len(wanted))
    if known:
        check_shape(HEAD[0], state.get(HEAD[0]), (len(known), width, 1, 1), path)
        check_shape(HEAD[1], state.get(HEAD[1]), (len(known),), path)
        for row, joint in enumerate(wanted):
            if joint in known:
                weight[row] = state[HEAD[0]][known.index(joint)]
                bias[row] = state[HEAD[1]][known.index(joint)]
    return {HEAD[0]: weight, HEAD[1]: bias}
