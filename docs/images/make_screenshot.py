"""Make ``studio.png``, the README's picture: the drawn park with a few corrected joints.

python docs/images/make_screenshot.py
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from park import SHOWN, label, make_clip, until
from PySide6.QtTest import QTest

from app.application import build
from glpose_core.skeleton import POSETRACK17

TARGET = Path(__file__).resolve().with_name("studio.png")


def main() -> None:
    """Draw, open, label, grab."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(GLPOSE_HOME=str(Path(folder) / "home"), QT_QPA_PLATFORM="offscreen")
        clip = Path(folder) / "two-walkers.mp4"
        make_clip(clip)
        _, window = build(["glpose-studio", str(clip)])
        session = window.session
        window.hints.dismiss_all()
        window.resize(1600, 1000)
        window.show()
        until(lambda: session.project is not None)
        assert session.project is not None
        person = label(session.project)
        session.go_to(SHOWN)
        session.select(person, POSETRACK17.joints.index("left_wrist"))
        until(lambda: window.canvas.shown_frame == SHOWN and not session.project.pending)
        QTest.qWait(1500)
        window.grab().save(str(TARGET))
        window.close()


if __name__ == "__main__":
    main()
