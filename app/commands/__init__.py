"""What the actions do: each method is one entry of the table in :mod:`app.actions`, in a room per menu.

A command asks (a dialog, if it must), then calls the session. It never touches a widget's insides.
"""

from __future__ import annotations

from .editing import EditCommands
from .files import FileCommands
from .helping import HelpCommands
from .moving import MoveCommands
from .people import PeopleCommands
from .posing import PoseCommands
from .predicting import PredictCommands
from .reshaping import ReshapeCommands
from .reviewing import ReviewCommands


class Commands(
    FileCommands,
    EditCommands,
    MoveCommands,
    PoseCommands,
    ReshapeCommands,
    PeopleCommands,
    PredictCommands,
    ReviewCommands,
    HelpCommands,
):
    """Everything a person can do, by the id of its action."""
