"""Take a picture of every panel, dialog, menu and empty state of the real window, to be looked at.

    python docs/images/make_gallery.py FOLDER [--only PART] [--sets 1366x768@1 ...]

Each set is a size of the window and a scale of the screen, and runs in a process of its own, because Qt
reads its scale once. The clip is the demo clip, with made-up predictions (``demo_people.py``) and running work;
windows, menus and dialogs are opened through the table of actions, as a person would. For two of the pictures it
also writes how colour-blind viewers see them, and it draws the icons on one sheet. Taken again, a picture
is the same to the pixel, but for the moving bar of work whose length is unknown.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SETS = ("1600x1000@1", "1366x768@1", "1280x720@1.5", "1600x1000@2")
"""A desk's screen, the smallest laptop, a laptop at 150 %, a fine screen at 200 %."""


def main() -> int:
    """Run every set in a child process. Returns 1 if one failed, or if something does not fit a screen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures go, a folder for each set")
    parser.add_argument("--sets", nargs="+", default=SETS, metavar="WIDTHxHEIGHT@SCALE")
    parser.add_argument("--only", default="", metavar="PART", help="only pictures so named")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.in_this_process:
        from gallery_scenes import run_set

        room = Path(os.environ["GALLERY_ROOM"])
        defects = run_set(arguments.folder, room, arguments.sets[0], arguments.only)
        print("\n".join(defects), end="\n" if defects else "")
        return 1 if defects else 0
    return max(run_child(arguments.folder, one, arguments.only) for one in arguments.sets)


def run_child(folder: Path, one: str, only: str) -> int:
    """Take the pictures of one set in a process that has its screen and its scale."""
    size, scale = one.split("@")
    width, height = map(int, size.split("x"))
    target = folder.absolute() / one
    target.mkdir(parents=True, exist_ok=True)
    # Named, not random: paths are read in some of the pictures.
    home = Path(tempfile.gettempdir()) / "glpose-gallery"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    try:
        screen = {"name": "made up", "x": 0, "y": 0, "width": width, "height": height}
        screen |= {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
        # The plugin multiplies nothing: with a scale of two, half of its pixels are what Qt lays out.
        factor = float(scale)
        screen |= {"width": round(width * factor), "height": round(height * factor)}
        config = home / "screen.json"
        config.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
        environment = os.environ | {
            "GLPOSE_HOME": str(home / "home"),
            "QT_QPA_PLATFORM": f"offscreen:configfile={config}",
            "QT_SCALE_FACTOR": scale,
            "GALLERY_ROOM": str(home),
        }
        command = [sys.executable, __file__, str(target), "--in-this-process", "--sets", one]
        return subprocess.run([*command, "--only", only], env=environment).returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
