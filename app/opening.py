"""Opening a video or a project on a thread of its own, so that the window never waits.

The slow part is the frame index: one pass over the packets of a long file, or a full decode where the
timestamps cannot be trusted. A project keeps the index, so the second opening is immediate.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal

from glpose_core.errors import Cancelled, GLPoseError, VideoError, VideoMissingError
from glpose_core.formats.project_video import (
    check_labelled,
    find_video,
    project_under_another_name,
    remember_place,
    video_record,
)
from glpose_core.home import glpose_home
from glpose_core.labels import Project, VideoRecord
from glpose_core.video import FrameIndex, VideoInfo, build_index, open_video
from glpose_core.video.fingerprint import fingerprint_file

log = logging.getLogger(__name__)

SUFFIX = ".glpose"
_FILES = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".wmv", ".flv", ".3gp", ".ogv")
_STREAMS = (".ts", ".mts", ".m2ts", ".mpg", ".mpeg")
VIDEO_SUFFIXES = (*_FILES, *_STREAMS)
"""How names of videos end; a file dialog shows others on demand."""


@dataclass
class Opened:
    """What an opening hands to the session, ready to use."""

    opened_path: Path
    """What the person chose: the video, the folder or the project."""
    video_path: Path
    project_path: Path
    project: Project
    info: VideoInfo
    index: FrameIndex
    remarks: tuple[str, ...] = ()
    """Plain sentences about what is odd."""

    @property
    def same(self) -> tuple[Path, ...]:
        """What else opens this project: its file, and its video where the two belong together."""
        usual = project_path_for(self.video_path)
        beside = (usual, usual.with_name(self.video_path.name + SUFFIX))
        project = self.project_path.absolute()
        alone = project.parent == usual.parent and not usual.exists()  # one of the two was renamed
        return (project, self.video_path) if project in beside or alone else (project,)

    @property
    def replaced(self) -> bool:
        """Whether the file is not the one that was labelled."""
        known = self.project.state.video.fingerprint
        return bool(known) and self.info.fingerprint != known

    def take_place(self) -> Future[None] | None:
        """Where the project would not find its video, it does from now on. Returns what is done when that is on the disk,
        or ``None`` where it need not be told."""
        return remember_place(self.project, self.video_path)

    @property
    def place(self) -> str:
        """Where the video is, in as few words as say it: from the project's folder on, if it lies in there."""
        video, folder = self.video_path.absolute(), self.project_path.absolute().parent
        return str(video.relative_to(folder) if video.is_relative_to(folder) else video)

    def take_replaced(self) -> None:
        """From now on the file is the project's video: nobody is asked again, and networks read it by its own table
        of frames."""
        self.project.set_video(
            replace(
                self.project.state.video,
                fingerprint=self.info.fingerprint,
                times=np.asarray(self.index.times, dtype=np.float64),
                index=self.index.to_bytes(),
                rate=self.info.average_rate,
                pixel_aspect=self.info.pixel_aspect,
            )
        )


@dataclass(frozen=True)
class Missing:
    """A project, and the video that is neither where the project says nor beside it.

    Attributes:
        sentence: the refusal, for where nobody is asked.
    """

    project: Path
    video: Path
    sentence: str


def project_path_for(video: Path) -> Path:
    """Where the project of a video lies: beside it, or in GLPOSE_HOME if that folder is read-only.

    In GLPOSE_HOME the name also holds a mark of the video's folder, because videos of one name in
    different folders are different videos.
    """
    video = video.absolute()
    name = video.name if video.is_dir() else video.stem
    beside = video.parent / (name + SUFFIX)
    if beside.exists() or os.access(video.parent, os.W_OK):
        return beside
    folder = glpose_home() / "projects"
    folder.mkdir(parents=True, exist_ok=True)
    mark = hashlib.sha256(str(video.parent).encode()).hexdigest()[:8]
    return folder / f"{name}-{mark}{SUFFIX}"


class Opening(QThread):
    """One opening. ``cancel`` takes effect at the next packet read; a result of a cancelled opening
    is closed again by whoever started it.

    Attributes:
        title: "Opening park.mp4".
        doing: what takes the time: "counting frames".
        fraction: the part of that which is done, 0 … 1.
        result: what was opened, once ``opened`` has been sent.
        missing: the video that the project has lost, once ``failed`` has been sent for that.
    """

    opened = Signal()
    """``result`` is there."""
    failed = Signal(str)
    """One sentence; empty if the opening was cancelled."""
    progressed = Signal()

    def __init__(self, path: Path, video: Path | None = None) -> None:
        """``video``: where the video of the project at ``path`` is, if the project does not know."""
        super().__init__()
        self.path, self._video = path, video
        self.missing: Path | None = None
        self.title = f"Opening {path.name}"
        self.doing = "counting frames"
        self.fraction = 0.0
        self.result: Opened | None = None
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the thread to stop."""
        self._cancelled.set()

    def run(self) -> None:
        """The thread. Ends in exactly one of ``opened`` and ``failed``."""
        try:
            self.result = self._open()
        except Cancelled:
            self.failed.emit("")
        except GLPoseError as error:
            self.failed.emit(str(error))
        except Exception as error:
            log.exception("opening %s failed", self.path)
            self.failed.emit(f"{self.path.name} could not be opened: {error}")
        else:
            self.opened.emit()

    def _open(self) -> Opened:
        if self.path.suffix.lower() == SUFFIX:
            return self._open_project(self.path, self._video)
        project = project_path_for(self.path)
        if not self.path.exists():
            if project.exists():
                return self._open_project(project)  # its video was renamed or moved: ask for it
            raise VideoError("does not exist", file=self.path, remedy="check the path")
        if not project.exists():
            project = project_under_another_name(self.path) or project
        elif _is_of_another(project, self.path):
            # walk.mp4 and walk.avi lie side by side: the second one's project is walk.avi.glpose.
            project = project.with_name(self.path.name + SUFFIX)
        if project.exists():
            return self._open_project(project, self.path)
        return self._open_video(project)

    def _open_project(self, path: Path, video: Path | None = None) -> Opened:
        """Open an existing project and its video, with the frame table that the project keeps."""
        project = Project.open(path)
        try:
            record = project.state.video
            video = video or find_video(record, path)
            with open_video(video, index=self._index(video, record)) as reader:
                check_labelled(record, reader)
                return Opened(self.path, video, path, project, reader.info, reader.index)
        except BaseException as error:
            if isinstance(error, VideoMissingError):
                self.path, self.missing = path, Path(project.state.video.path)
            project.close()
            raise

    def _open_video(self, project_path: Path) -> Opened:
        """Open a video without a project: index it, then create the project."""
        index = build_index(self.path, self._progress, self._cancelled.is_set)
        with open_video(self.path, index=index) as reader:
            info = reader.info
            record = video_record(reader, project_path)
            project = Project.create(project_path, record)
            return Opened(
                self.path,
                self.path,
                project_path,
                project,
                info,
                reader.index,
                tuple(info.oddities),
            )

    def _index(self, video: Path, record: VideoRecord) -> FrameIndex:
        """The frame table that the project keeps, or a new one if the file is another."""
        if record.index:
            kept = FrameIndex.from_bytes(record.index)
            if video.is_dir() or kept.fingerprint == fingerprint_file(video):
                return kept
        return build_index(video, self._progress, self._cancelled.is_set)

    def _progress(self, fraction: float) -> None:
        if abs(fraction - self.fraction) >= 0.005:
            self.fraction = fraction
            self.progressed.emit()


class Opener(QObject):
    """Runs openings, of which only the latest counts."""

    opened = Signal(object)
    """An ``Opened``: whoever receives it owns its project."""
    failed = Signal(str)
    """One sentence; empty if the person cancelled."""
    lost = Signal(object)
    """A :class:`.Missing`: a project has lost its video."""
    changed = Signal()
    """``current`` is another one, or has come further."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.current: Opening | None = None
        self._running: set[Opening] = set()

    def start(self, path: Path) -> None:
        """Begin opening ``path``; an opening that is still running is given up."""
        self.begin(Opening(path))

    def begin(self, opening: Opening) -> None:
        """Run an opening; one that is still running is given up."""
        self.cancel()
        opening.setParent(self)
        opening.progressed.connect(self.changed)
        opening.opened.connect(self._succeed)
        opening.failed.connect(self._fail)
        opening.finished.connect(self._forget)
        self._running.add(opening)
        self.current = opening
        opening.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Give up the present opening."""
        if self.current is not None:
            self.current.cancel()

    def stop(self) -> None:
        """Give up everything, wait for the threads, and close what they have opened meanwhile."""
        self.current = None
        for opening in self._running:
            opening.cancel()
            opening.wait()
            if opening.result is not None:
                opening.result.project.close()
                opening.result = None
        self._running.clear()
        self.changed.emit()

    def _succeed(self) -> None:
        opening = self.sender()
        assert isinstance(opening, Opening)
        result, opening.result = opening.result, None
        if result is None:
            return
        if opening is not self.current:
            result.project.close()
            return
        self.current = None
        self.opened.emit(result)
        self.changed.emit()

    def _fail(self, sentence: str) -> None:
        opening = self.sender()
        if latest := opening is self.current:
            self.current = None
            self.changed.emit()
        if latest and isinstance(opening, Opening) and opening.missing is not None:
            self.lost.emit(Missing(opening.path, opening.missing, sentence))
        elif sentence:
            self.failed.emit(sentence)

    def _forget(self) -> None:
        opening = self.sender()
        if isinstance(opening, Opening):
            self._running.discard(opening)
            opening.deleteLater()


def _is_of_another(project: Path, video: Path) -> bool:
    """Whether a project was made for another video, which is still there beside it."""
    if video.is_dir():
        return False
    with Project.open(project, read_only=True) as opened:
        named = Path(opened.state.video.path).name
    return named != video.name and (project.parent / named).exists()
