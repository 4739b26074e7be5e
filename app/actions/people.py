"""The menu People: identities."""

from __future__ import annotations

from .action import Action

PEOPLE: tuple[Action, ...] = (
    Action(
        "new_person",
        "New Person with Skeleton",
        ("N",),
        "People",
        "A standing skeleton in the middle of the view, to be dragged into place",
        icon="add-person",
    ),
    Action("next_person", "Next Person", ("Q",), "People"),
    Action("rename_person", "Rename Person…", ("F2",), "People", when="person", icon="rename"),
    Action(
        "swap_people",
        "Swap People from Here…",
        ("X",),
        "People",
        "Exchange two identities from this frame to the end",
        "two people",
        "swap",
        "Swap people",
        gap=True,
    ),
    Action("merge_people", "Merge People…", (), "People", when="two people", icon="merge"),
    Action(
        "delete_person",
        "Delete Person",
        ("Shift+Del",),
        "People",
        "From the whole video; no prediction brings them back, Undo does",
        "person or region",
        "delete",
        gap=True,
    ),
)
