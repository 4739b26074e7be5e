"""A project whose video was moved or renamed: where is it now?"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from .dialogs.messages import ask
from .opening import VIDEO_SUFFIXES, Missing

VIDEOS = f"Videos ({' '.join(f'*{end}' for end in VIDEO_SUFFIXES)});;All files (*)"


def locate_video(missing: Missing, parent: QWidget) -> Path | None:
    """Ask where the video of a project is. ``None`` if the project is to stay closed."""
    name, folder = missing.video.name, str(missing.project.absolute().parent)
    wanted = ask(
        parent,
        "The video is not there",
        f"{missing.project.name} was made for {name}, which is neither where it was nor beside the project. Your labels "
        "are all in the project: show it the video, and it will remember the place.",
        yes="Locate the video…",
        no="Leave it closed",
    )
    if not wanted:
        return None
    if missing.video.suffix:
        chosen, _ = QFileDialog.getOpenFileName(parent, f"Locate {name}", folder, VIDEOS)
    else:  # A folder of pictures.
        chosen = QFileDialog.getExistingDirectory(parent, f"Locate {name}", folder)
    return Path(chosen) if chosen else None
