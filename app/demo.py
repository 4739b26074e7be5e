"""Opens the demo clip: renders it on the first use, then opens it like any other clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glpose_core.errors import Cancelled

from .opening import Opening
from .workers.jobs import run_and_wait

if TYPE_CHECKING:
    from glpose_core.synthetic.demo import DemoRequest

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
        self.doing = "rendering it for the first time"
        self.path = rendered_clip(self._rendered, self._cancelled.is_set)
        if self.path == self._present:
            raise Cancelled
        self.fraction, self.doing = 0.0, "counting frames"
        return super()._open()

    def _rendered(self, done: int, total: int) -> None:
        self._progress(done / total if total else 0.0)


def rendered_clip(
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    request: DemoRequest | None = None,
) -> Path:
    """The demo clip, rendered in a process of its own if it is not there yet: rendering is too much
    Python for a thread beside a window.

    Args:
        progress: told how many of how many frames are done. cancelled: asked often.
        request: another folder, size or length than the usual.

    Raises:
        Cancelled: ``cancelled`` said so. GLPoseError: it cannot be rendered.
    """
    from glpose_core.synthetic import demo
    from glpose_core.video.writer import part_of

    files = demo.demo_files(request.folder if request else None)
    if not (files.clip.is_file() and files.truth.is_file()):
        try:
            run_and_wait(
                "glpose_core.synthetic.demo:run",
                request or demo.DemoRequest(files.clip.parent),
                lambda event: progress(event.done, event.total),  # type: ignore[attr-defined]
                cancelled,
                "Rendering the demo clip",
            )
        except Cancelled:
            # A process that was slow to hear of it has been killed, and could not clear up.
            part_of(files.clip).unlink(missing_ok=True)
            raise
    return files.clip
