"""Make the pictures of the guide and of the README from the real app: ``guide/*.png`` and ``studio.png``.

    python docs/images/make_guide.py [FOLDER]

Opens the real window on the demo clip, predicts with the weights that come with the app, corrects as a person
would (some gestures by hand, the bulk by the scripted annotator), and takes a picture at each step of
``docs/guide.md``. Takes some minutes, nearly all of them the prediction. The rendered clip is kept for the next time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Make a home of its own, and go through every step there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", default=HERE, help="where the pictures go (docs/images)"
    )
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    (folder / "guide").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as room:
        # A home folder of one's own too: paths that are read in a picture begin with ~.
        os.environ.update(
            HOME=room, GLPOSE_HOME=str(Path(room) / "home"), QT_QPA_PLATFORM="offscreen"
        )
        # Not at the top: the processes that predict import this file too, and need no window.
        from guide_scenes import take_all

        take_all(folder, Path(room))
    return 0


if __name__ == "__main__":
    sys.exit(main())
