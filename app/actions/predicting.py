"""The menu Predict: the machine proposes."""

from __future__ import annotations

from .action import Action

PREDICTING: tuple[Action, ...] = (
    Action(
        "predict",
        "Predict…",
        ("P",),
        "Predict",
        "Find the people and predict their poses",
        "idle",
        "predict",
        "Predict",
    ),
    Action(
        "predict_person",
        "Follow This Person…",
        ("Shift+P",),
        "Predict",
        "Follow the chosen person from the boxes that you drew",
        "person idle",
        "person",
    ),
    Action(
        "compare_models",
        "Compare with Another Model…",
        ("Ctrl+P",),
        "Predict",
        "Predict the same people with a second model, and list where the two disagree",
        "idle",
        "states",
    ),
    Action(
        "show_evidence",
        "Why This Pose",
        ("Y",),
        "Predict",
        "The crops that the chosen pose was predicted from, and their weights",
        "person",
        "search",
        gap=True,
    ),
    Action(
        "shuffle_references",
        "Shuffle Its Reference Crops",
        (),
        "Predict",
        "What the pose would be if the crops stood in other slots",
        "person",
    ),
    Action(
        "restore_references",
        "Restore Its Reference Crops",
        (),
        "Predict",
        "The pose as it was predicted",
        "person",
    ),
    Action("cancel_job", "Cancel the Running Work", ("Ctrl+.",), "Predict", when="job"),
)
