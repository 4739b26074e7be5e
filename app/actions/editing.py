"""The menus Edit and View: undo, tools, zoom."""

from __future__ import annotations

from .action import Action

EDITING: tuple[Action, ...] = (
    # Edit
    Action(
        "undo", "Undo", ("Ctrl+Z",), "Edit", "Take the last change back", "undo", "undo", "Undo"
    ),
    Action("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "", "redo", "redo"),
    Action(
        "tool_select",
        "Select",
        ("V",),
        "Edit",
        "Click a person or a joint, drag it where it belongs",
        icon="select",
        short="Select",
        checkable=True,
        gap=True,
    ),
    Action(
        "tool_box",
        "Box",
        ("B",),
        "Edit",
        "Drag a box around a person",
        icon="box",
        short="Box",
        checkable=True,
    ),
    Action(
        "tool_place",
        "Place Joints",
        ("J",),
        "Edit",
        "Click one joint after the other",
        icon="place",
        short="Place joints",
        checkable=True,
    ),
    Action(
        "escape",
        "Leave drag, tool or choice",
        ("Esc",),
        "Edit",
        when="always",
        listed=False,
    ),
    # View
    Action("fit", "Fit Picture", ("F",), "View", icon="fit"),
    Action("zoom_person", "Zoom to Person", ("Z",), "View", when="pose"),
    Action("zoom_in", "Zoom In", ("+", "="), "View", icon="zoom-in"),
    Action("zoom_out", "Zoom Out", ("-",), "View", icon="zoom-out"),
    Action("actual_size", "Actual Pixels", ("Ctrl+0",), "View"),
    Action(
        "next_curve",
        "Next Curve of the Joint",
        ("Shift+C",),
        "View",
        "In the timeline: confidence, speed, length of the bone",
        gap=True,
    ),
)
