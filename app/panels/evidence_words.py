"""What the panel *Evidence* says: which model proposed a pose, what was changed, and how far that moved it."""

from __future__ import annotations

from datetime import datetime

from glpose_core.predict.evidence import Change, Explained, Move
from glpose_core.skeleton import POSETRACK17

from ..explaining import Subject

STILL = 0.05
"""Pixels below which nothing has moved."""
OTHERWISE = 0.5
"""Pixels from which it is said that the pose comes out otherwise than it was stored."""
AS_PREDICTED = "As it was predicted. Take a crop away, and see what it did."


def proposed_words(subject: Subject) -> str:
    """Which model proposed the pose, and how, in two lines."""
    run = subject.origin.run
    lines = [f"{run.model or 'unnamed'} · run {run.id}"]
    if subject.record.network:
        lines.append(subject.record.words())
    joints = len(subject.origin.joints)
    if subject.accepted:
        lines.append(f"{subject.accepted} of its {joints} joints accepted by you")
    return "\n".join(lines)


def run_tip(subject: Subject) -> str:
    """Everything that is recorded of the run, a line each."""
    run, record = subject.origin.run, subject.record
    lines = [
        f"Run {run.id}, {datetime.fromtimestamp(run.created):%d %B %Y, %H:%M}, {run.status}",
        f"Weights: {record.weights_file or run.weights or 'not recorded'}",
    ]
    if record.sha256:
        lines.append(f"SHA-256: {record.short_digest}…")
    lines.append(f"Device: {run.device}")
    if record.version:
        lines.append(f"GLPose Studio {record.version}")
    return "\n".join(lines)


def change_words(change: Change, base: Explained) -> str:
    """What is different: "Without +1", "Shuffled, without 2 crops"."""
    parts = ["shuffled"] if change.shuffle else []
    if len(change.removed) == 1:
        (slot,) = change.removed
        frame = int(base.frames[slot])
        local = slot < len(base.local_weights)
        where = f"{frame - base.frame:+d}".replace("-", "−") if local else f"frame {frame}"
        parts.append(f"without {where}")
    elif change.removed:
        every = len(change.removed) == len(base.frames)
        parts.append("without any" if every else f"without {len(change.removed)} crops")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def move_words(move: Move | None) -> str:
    """How far the pose moved: "left wrist moves 4.2 px (0.11 heads), others less"."""
    if move is None or move.pixels < STILL:
        return "no joint moves."
    name = POSETRACK17.joints[move.joint].replace("_", " ")
    known = move.heads is not None and move.heads >= 0.01
    heads = f" ({move.heads:.2f} heads)" if known else ""
    return f"{name} moves {move.pixels:.1f} px{heads}, the others less."


def as_predicted(off: Move | None) -> str:
    """What is said where nothing has been changed."""
    if off is None or off.pixels < OTHERWISE:
        return AS_PREDICTED
    return f"Worked out again it differs from what was stored: {move_words(off)}"
