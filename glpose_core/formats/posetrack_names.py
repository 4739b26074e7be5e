"""Names and numbers as PoseTrack18 and its scorer want them.

The scorer takes a frame's number from its file name and a video's from its folder, which has to begin
with digits and a source: ``000001_mpii_train``. Image ids are TSSSSSSFFFF (source, video, frame from 0),
annotation ids are image id × 100 + person.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from ..errors import FormatError
from .columns import Ints
from .posetrack_file import PoseTrackFile

SOURCES = {"mpii": 1, "bonn": 2, "mpiinew": 3}
SCORED_FRAMES = 10_000
"""The official scorer reads frame numbers below this."""
TRACK_LIMIT = 10_000
"""The official scorer reads track numbers below this."""

_LAST_FRAME = np.iinfo(np.int64).max
_OFFICIAL = re.compile(r"([0-9]{1,6})_(mpii|bonn|mpiinew)(_[A-Za-z0-9_-]+)?")
_NUMBERED = re.compile(r"([0-9]{1,6})[_-](.*)", re.DOTALL)
_SEVENTEEN = re.compile(r"[0-9]{8}")
_SPLITS = frozenset(("train", "val", "valid", "validation", "test", "testset"))
_PLACES = frozenset(
    ("", "data", "frames", "images", "img", "imgs", "jpegimages", "pictures", "rgb")
)
"""Folders that are called after what they hold."""


@dataclass(frozen=True)
class SequenceName:
    """What a sequence is called in files. ``folder`` is "003418_mpii_test", ``vid_id`` "003418"."""

    folder: str
    vid_id: str
    source: int

    def image_ids(self, numbers: Ints) -> Ints:
        """Image ids of frame numbers counted from the sequence's start: int64 ``[N]``.

        The frame takes four digits, or as many as the largest number needs.
        """
        base = self.source * 1_000_000 + int(self.vid_id)
        return base * _room(numbers, 10_000) + numbers

    def file_name(self, number: int, split: str) -> str:
        """Path of a frame's picture: ``images/<split>/<folder>/000000.jpg``."""
        return f"images/{split}/{self.folder}/{number:06d}.jpg"


def sequence_name(name: str) -> SequenceName:
    """Make a sequence's name acceptable to the scorer.

    A name of the official form stays as it is. Any other gives ``<digits>_mpii_<name>``: the digits
    it begins with ("900005_clip"), else all digits in it or, where it has none or more than six, a
    checksum of it, so that the same name always gives the same numbers.
    """
    official = _OFFICIAL.fullmatch(name)
    if official is not None:
        digits, source, rest = official.groups()
        folder = name if rest else f"{name}_train"
        return SequenceName(folder, digits.zfill(6), SOURCES[source])
    numbered = _NUMBERED.fullmatch(name)
    if numbered is not None:
        digits, name = numbered.groups()
    else:
        digits = "".join(re.findall(r"[0-9]", name))
    if not 1 <= len(digits) <= 6:
        digits = str(zlib.crc32(name.encode("utf-8", "surrogatepass")) % 1_000_000)
    digits = digits.zfill(6)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-") or "video"
    return SequenceName(f"{digits}_mpii_{words}", digits, SOURCES["mpii"])


def image_ids_of(names: Sequence[str], frames: Sequence[int] | None = None) -> Ints:
    """Image ids for pictures of these names by PoseTrack18's rule (frames from 0), where the names give a frame
    each; else counted. int64 ``[N]``. ``frames``: the frame of each, counted from 0, where that is known."""
    paths = [PurePosixPath(name.replace("\\", "/")) for name in names]
    stems = [path.stem for path in paths]
    plain = all(stem.isascii() and stem.isdigit() and len(stem) < 10 for stem in stems)
    numbers = np.array([int(s) for s in stems] if plain else range(len(names)), dtype=np.int64)
    if plain and len(numbers) and numbers.min() > 0:
        numbers = numbers - 1
    if frames is not None:
        numbers = np.array(frames, dtype=np.int64)
    if len(np.unique(numbers)) < len(numbers):
        numbers = np.arange(len(names), dtype=np.int64)
    folder = paths[0].parent.name if paths else ""
    return sequence_name(folder or "video").image_ids(numbers)


def annotation_ids(image_ids: Ints, people: Ints) -> Ints:
    """Annotation ids: image id × 100 + person (a wider step where a number needs it). int64 ``[N]``."""
    return image_ids * _room(people, 100) + people


def _room(numbers: Ints, least: int) -> int:
    highest = int(numbers.max()) if len(numbers) else 0
    return max(least, int(10 ** len(str(highest))))


def frame_numbers(file: PoseTrackFile) -> Ints:
    """Which frame of the video each image is, counted from 0: int64 ``[images]``.

    Taken from ``frame_index`` where the file gives one, else from the picture's name: six digits count
    from 0, PoseTrack17's eight from 1.

    Raises:
        FormatError: a name without a number, or two images of one frame.
    """
    stems = [PurePosixPath(image.file_name.replace("\\", "/")).stem for image in file.images]
    eight = [bool(_SEVENTEEN.fullmatch(stem)) for stem in stems]
    from_one = all(eight) and "00000000" not in stems
    numbers = []
    for at, (image, stem) in enumerate(zip(file.images, stems, strict=True)):
        given = image.record.get("frame_index")
        if type(given) is int and given >= 0:
            if given > _LAST_FRAME:
                raise FormatError(
                    "is too large for the number of a frame",
                    file=file.path,
                    field=f"images[{at}].frame_index",
                    remedy="count the frames of the video from 0",
                )
            numbers.append(given)
        elif stem.isascii() and stem.isdigit() and len(stem) < 10:
            numbers.append(int(stem) - from_one)
        else:
            raise FormatError(
                f'is "{image.file_name[:80]}", which does not say which frame it is',
                file=file.path,
                field=f"images[{at}].file_name",
                remedy="name pictures by frame number, or give each image a frame_index",
            )
    frames = np.array(numbers, dtype=np.int64)
    unique, counts = np.unique(frames, return_counts=True)
    if (counts > 1).any():
        twice = int(unique[counts > 1][0])
        raise FormatError(
            f"is frame {twice} again",
            file=file.path,
            field=f"images[{np.flatnonzero(frames == twice)[1]}].file_name",
            remedy="a file holds one video: split it by video",
        )
    return frames


def frames_among(file: PoseTrackFile, names: Sequence[str]) -> Ints:
    """Which frame of a folder of pictures each image is: int64 ``[images]``.

    As the file says (``frame_index``), else by the pictures' names where the folder has some of them, else by the
    numbers in these. ``names`` are the pictures' names in the folder's order.

    Raises:
        FormatError: as :func:`frame_numbers` and :func:`frames_in_folder`.
    """
    told = all("frame_index" in image.record and not image.guessed for image in file.images)
    here = {PurePosixPath(image.file_name.replace("\\", "/")).name for image in file.images}
    if told or here.isdisjoint(names):
        return frame_numbers(file)
    return frames_in_folder(file, names)


def frames_in_folder(file: PoseTrackFile, names: Sequence[str]) -> Ints:
    """Which frame of a folder of pictures each image is: int64 ``[images]``.

    ``names`` are the pictures' names in the folder's order.

    Raises:
        FormatError: an image is not in the folder, or the images lie in several folders.
    """
    where = {name: frame for frame, name in enumerate(names)}
    paths = [PurePosixPath(image.file_name.replace("\\", "/")) for image in file.images]
    for at, path in enumerate(paths):
        wrong = None
        if path.name not in where:
            wrong = f'is "{path.name}", which is not among the pictures of the folder'
        elif path.parent != paths[0].parent:
            wrong = f'is in "{path.parent}", while the images before it are in "{paths[0].parent}"'
        if wrong is not None:
            raise FormatError(
                wrong,
                file=file.path,
                field=f"images[{at}].file_name",
                remedy="choose the folder, or the video, that these labels belong to",
            )
    return np.array([where[path.name] for path in paths], dtype=np.int64)


def videos_named(file: PoseTrackFile) -> list[str]:
    """What the folders of a file's pictures call its videos, in the file's order, each once. Folders that say no more
    than that pictures lie in them ("images", "val") are left out."""
    folders = [
        PurePosixPath(image.file_name.replace("\\", "/")).parent.name for image in file.images
    ]
    return [name for name in dict.fromkeys(folders) if name.lower() not in _PLACES | _SPLITS]


def may_be_one_video(name: str, other: str) -> bool:
    """Whether two names can be of the same video: they say the same words once digits and source in front and the split
    behind are left off ("000001_mpii_park" and "Park", also as :func:`sequence_name` would write them) or, where one
    has no words, they have the same number ("003418_mpii_test" and "003418")."""
    if sequence_name(name).folder == sequence_name(other).folder:
        return True
    (number, words), (other_number, other_words) = _parts(name), _parts(other)
    if words and other_words:
        return words == other_words
    return number == other_number and number is not None


def _parts(name: str) -> tuple[int | None, str]:
    """The number that a name begins with, if it does, and its own words, as letters and digits alone."""
    official = _OFFICIAL.fullmatch(name)
    numbered = _NUMBERED.fullmatch(name)
    digits, words = None, name
    if official is not None:
        digits, words = official[1], official[3] or ""
    elif numbered is not None:
        digits, words = numbered.groups()
    elif name.isascii() and name.isdigit():
        digits, words = name, ""
    plain = "".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKD", words).casefold()))
    return None if digits is None else int(digits), "" if plain in _SPLITS else plain
