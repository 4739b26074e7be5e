"""The menu Train."""

from __future__ import annotations

from .action import Action

TRAINING: tuple[Action, ...] = (
    Action(
        "train",
        "Train on These Labels…",
        ("Ctrl+T",),
        "Train",
        "Fine-tune the network on what you corrected",
        "idle",
        "train",
    ),
)
