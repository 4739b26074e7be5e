"""ONE table of everything a person can do: menus, toolbar, keys, palette and help are made from it.

An action's ``id`` is the name of the method of :class:`app.commands.Commands` that does it.
"""

from __future__ import annotations

from .action import Action, label
from .editing import EDITING
from .files import FILES
from .helping import HELPING
from .moving import MOVING
from .people import PEOPLE
from .posing import POSING
from .predicting import PREDICTING
from .reviewing import REVIEWING
from .training import TRAINING

MENUS = ("File", "Edit", "View", "Go", "Pose", "People", "Predict", "Review", "Train", "Help")

ACTIONS: tuple[Action, ...] = (
    *FILES,
    *EDITING,
    *MOVING,
    *POSING,
    *PEOPLE,
    *PREDICTING,
    *REVIEWING,
    *TRAINING,
    *HELPING,
)

BY_ID = {action.id: action for action in ACTIONS}

TOOLBAR: tuple[tuple[str, ...], ...] = (
    ("tool_select", "tool_box", "tool_place", "tool_head", "tool_region"),
    ("undo", "swap_people"),
    ("predict", "accept_frame"),
)
"""Groups on the toolbar, from left to right."""

TRANSPORT = ("first", "step_back", "play", "step_on", "last")
"""The small buttons at the timeline."""

__all__ = [
    "ACTIONS",
    "BY_ID",
    "MENUS",
    "TOOLBAR",
    "TRANSPORT",
    "Action",
    "label",
]
