"""Opens the demo clip: renders it on the first use, then opens it like any other clip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from glpose_core.errors import Cancelled

from .opening import Opening

if TYPE_CHECKING:
    from .opening import Opened

TITLE = "Opening the demo clip"


class DemoOpening(Opening):
    """An opening whose clip may have to be rendered first, which takes some seconds once."""

    def __init__(self, present: Path | None = None) -> None:
        """``present``: the video that is open now; if that is the demo clip, it simply stays open."""
        super().__init__(Path("demo clip"))
        self.title, self.doing = TITLE, "getting it ready"
        self._present = present

    def _open(self) -> Opened:
        # Imported on this thread: the renderer is needed once in a computer's life.
        from glpose_core.synthetic.demo import (  # type: ignore[import-not-found,unused-ignore]
            demo_clip,
        )

        self.doing = "rendering it for the first time"
        self.path = Path(demo_clip(self._rendered, self._cancelled.is_set))
        if self.path == self._present:
            raise Cancelled
        self.fraction, self.doing = 0.0, "counting frames"
        return super()._open()

    def _rendered(self, done: int, total: int) -> None:
        self._progress(done / total if total else 0.0)
