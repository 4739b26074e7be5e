"""The menu File: opening, importing, exporting, copies."""

from __future__ import annotations

from .action import Action

FILES: tuple[Action, ...] = (
    Action("open", "Open Video or Project…", ("Ctrl+O",), "File", when="always", icon="open"),
    Action(
        "open_folder",
        "Open Folder of Pictures…",
        ("Ctrl+Shift+O",),
        "File",
        when="always",
        icon="folder",
    ),
    Action(
        "open_demo",
        "Open the Demo Clip",
        (),
        "File",
        "A short rendered clip to try everything on",
        "always",
        "demo",
    ),
    Action("import_labels", "Import Labels…", ("Ctrl+I",), "File", icon="import", gap=True),
    Action(
        "check_coverage",
        "Check Before Export",
        ("Ctrl+Shift+E",),
        "File",
        "List what is missing in the frames to be labelled: people, head boxes, whole tracks",
        icon="states",
    ),
    Action("export_labels", "Export Labels…", ("Ctrl+E",), "File", icon="export"),
    Action(
        "snapshot",
        "Save a Snapshot",
        ("Ctrl+S",),
        "File",
        "Every edit is saved already; a snapshot keeps the project as it is now",
        icon="snapshot",
        gap=True,
    ),
    Action("save_copy", "Save a Copy…", ("Ctrl+Shift+S",), "File", icon="copy"),
    Action("close_project", "Close", ("Ctrl+W",), "File", gap=True),
    Action("quit", "Quit", ("Ctrl+Q",), "File", when="always"),
)
