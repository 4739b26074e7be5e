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
        "Exchange two identities from this frame to the end, or in the marked range",
        "two people",
        "swap",
        "Swap people",
        gap=True,
    ),
    Action(
        "split_person",
        "Split Person from Here",
        ("Shift+X",),
        "People",
        "From this frame on, the chosen person is somebody new",
        "person",
        "split",
    ),
    Action("merge_people", "Merge People…", (), "People", when="two people", icon="merge"),
    Action(
        "end_track",
        "End Track Here",
        ("Ctrl+Del",),
        "People",
        "The chosen person is not seen from here on, until you have labelled them again, or in the "
        "marked range",
        "person",
        "cut",
        gap=True,
    ),
    Action(
        "fill_gap",
        "Fill the Gap",
        ("Shift+F",),
        "People",
        "Carry the chosen person on to where they are next seen, or through the marked range, to be "
        "accepted",
        "person",
        "fill",
    ),
    Action(
        "hide_person",
        "Hide or Show Person",
        ("Ctrl+H",),
        "People",
        "Only in the picture; nothing else changes; again with nobody chosen: the last one is shown",
        "person or hidden",
        "eye-off",
        gap=True,
    ),
    Action("hide_others", "Hide Everybody Else", (), "People", when="person"),
    Action("show_everybody", "Show Everybody", ("Ctrl+Shift+H",), "People", icon="eye"),
    Action(
        "lock_person",
        "Lock or Unlock Person",
        ("Ctrl+L",),
        "People",
        "A locked person’s poses stay as they are, whatever is predicted or accepted",
        "person",
        "lock",
    ),
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
