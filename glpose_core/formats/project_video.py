"""A project and its video: what the project keeps of it, and how the video is found again."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import GLPoseError, VideoError, VideoMissingError
from ..labels import Project, VideoRecord, read_video
from ..video import FrameIndex, VideoReader, open_video
from ..video.fingerprint import fingerprint_file, fingerprint_files
from ..video.folder_reader import list_pictures


def video_record(reader: VideoReader, project: Path) -> VideoRecord:
    """The record of an open video for the project file ``project``, which need not exist yet."""
    info = reader.info
    return VideoRecord(
        path=path_for(reader.path, project),
        fingerprint=info.fingerprint,
        frames=len(reader),
        width=info.width,
        height=info.height,
        times=np.asarray(reader.times, dtype=np.float64),
        index=reader.index.to_bytes(),
        rate=info.average_rate,
        pixel_aspect=info.pixel_aspect,
    )


def path_for(video: Path, project: Path) -> str:
    """What a project calls its video: by its name where the two lie side by side, so that the folder may be moved as
    a whole, else by its full path."""
    video = video.absolute()
    return video.name if video.parent == project.absolute().parent else str(video)


def find_video(record: VideoRecord, project: Path) -> Path:
    """The video of a project: where the project says, or beside the project under the same name.

    Raises:
        VideoMissingError: it is at neither place.
    """
    folder, named = project.absolute().parent, Path(record.path)
    for place in (folder / named, folder / named.name):
        if place.exists():
            return place
    raise VideoMissingError(
        f"the video {named.name} is missing",
        file=project,
        remedy=f"put {named.name} beside the project file",
    )


def remember_place(project: Project, video: Path) -> Future[None] | None:
    """Where a project would not find its video, it does from now on. Returns what is done when that is on the disk, or
    ``None`` where the project need not be told."""
    record = project.state.video
    try:
        find_video(record, project.path)
    except VideoMissingError:
        return project.set_video(replace(record, path=path_for(video, project.path)))
    return None


def project_under_another_name(video: Path) -> Path | None:
    """The project beside a video that was made for this very file, which has another name than the project knows or
    than the project has: one of the two was renamed. ``None`` where there is none, or more than one."""
    try:
        mark = (
            fingerprint_files(list_pictures(video)) if video.is_dir() else fingerprint_file(video)
        )
        beside = sorted(video.absolute().parent.glob("*.glpose"))
    except (OSError, VideoError):
        return None
    found = [project for project in beside if _belongs(project, video, mark)]
    return found[0] if len(found) == 1 else None


def _belongs(project: Path, video: Path, fingerprint: str) -> bool:
    try:
        record = read_video(project)
        return record.fingerprint == fingerprint and find_video(record, project).samefile(video)
    except VideoMissingError:
        return True
    except (OSError, GLPoseError):
        return False


def open_labelled_video(
    record: VideoRecord, project: Path, video: Path | None = None
) -> VideoReader:
    """Open the video of a project, with the frame table that the project keeps if it still fits.

    Args:
        record, project: what the project knows of its video, and its file.
        video: where the video is, if somebody says so.

    Raises:
        VideoError: the video is missing, cannot be read, or has other frames than were labelled.
    """
    shown, video = video is not None, video or find_video(record, project)
    index = FrameIndex.from_bytes(record.index) if record.index else None
    if index is not None and video.is_file() and index.fingerprint != fingerprint_file(video):
        index = None
    elif shown and video.is_dir():
        index = None  # perhaps the pictures of what the project knows as a file
    reader = open_video(video, index=index)
    try:
        check_labelled(record, reader)
    except VideoError:
        reader.close()
        raise
    return reader


def check_labelled(record: VideoRecord, reader: VideoReader) -> None:
    """Raise VideoError where a video cannot be the one that was labelled: it has another number of frames, or
    pictures of another size, in which every label would lie elsewhere."""
    size, labelled = (reader.info.width, reader.info.height), (record.width, record.height)
    wrong = None
    if record.frames and len(reader) != record.frames:
        wrong = f"has {len(reader)} frames, but the project was made for {record.frames}"
    elif all(labelled) and size != labelled:
        wrong = (
            f"has pictures of {size[0]}×{size[1]} pixels, but the labels were made on "
            f"{labelled[0]}×{labelled[1]}"
        )
    if wrong is not None:
        raise VideoError(wrong, file=reader.path, remedy="put the original video back")
