"""The only errors a user reads.

Every failure that a person can cause or mend is raised as a :class:`GLPoseError`: one sentence that
names the file, the field and the remedy. Tracebacks of anything else belong in the log.
"""

from __future__ import annotations

import os


class GLPoseError(Exception):
    """A failure that a person can understand and mend.

    Args:
        message: what went wrong, without a final full stop ("is not a video").
        file: the file concerned, if there is one.
        field: the place inside the file ("annotations[3].keypoints").
        remedy: what to do about it ("convert it with ffmpeg").
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        file: str | os.PathLike[str] | None = None,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message
        self.file = None if file is None else os.fspath(file)
        self.field = field
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.field) if part)
        sentence = f"{where}: {self.message}" if where else self.message
        return f"{sentence} — {self.remedy}." if self.remedy else f"{sentence}."

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel from the worker process to the window, keywords and all."""
        return _rebuild, (type(self), self.message, self.file, self.field, self.remedy)


def _rebuild(
    kind: type[GLPoseError],
    message: str,
    file: str | None,
    field: str | None,
    remedy: str | None,
) -> GLPoseError:
    return kind(message, file=file, field=field, remedy=remedy)


class UsageError(GLPoseError):
    """The request itself makes no sense (a frame range that is empty, an unknown format name)."""

    exit_code = 2


class VideoError(GLPoseError):
    """A video, a picture or a folder of pictures cannot be read or written."""


class VideoMissingError(VideoError):
    """The video of a project is neither where the project says nor beside it."""


class FormatError(GLPoseError):
    """A label file does not say what its format demands."""


class ProjectError(GLPoseError):
    """A project file cannot be opened, written or understood."""


class WeightsError(GLPoseError):
    """A checkpoint is foreign, truncated, unsafe or of the wrong shape."""


class DeviceError(GLPoseError):
    """The chosen device is absent or out of memory."""


class Cancelled(Exception):
    """Work was stopped because a person asked for it. Not a failure: carries no message."""
