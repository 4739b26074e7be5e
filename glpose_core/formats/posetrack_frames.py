"""Which frames a PoseTrack18 file of a project lists, and as which images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..labels import ProjectState, Sequence, Visibility, is_human
from .columns import Floats, Ints
from .documents import Record
from .posetrack_file import CATEGORY, Image
from .posetrack_import import Kept, kept, kept_head
from .posetrack_names import sequence_name


@dataclass(frozen=True)
class Listing:
    """The frames of a file.

    Attributes:
        name: the sequence's name.
        frames: the video's frame of each image, int64 ``[images]``.
        images: one for each frame.
        reviewed: whether a person has reviewed it, ``[images]``.
        head: the top-level fields.
        uses_two: the imported file marks visible joints with 2.
        added: how many frames the imported file did not list.
        scheduled: which frames labels are written of, ``[images]``; ``None`` for all.
    """

    name: str
    frames: Ints
    images: tuple[Image, ...]
    reviewed: NDArray[np.bool_]
    head: Record
    uses_two: bool = False
    added: int = 0
    scheduled: NDArray[np.bool_] | None = None

    def place(self, frames: NDArray[np.integer]) -> Ints:
        """The place of each frame in ``images``, −1 where it is not listed: int64 ``[N]``."""
        if not len(self.frames):
            return np.full(len(frames), -1, dtype=np.int64)
        order = np.argsort(self.frames)
        at = np.searchsorted(self.frames, frames, sorter=order)
        places = order[np.minimum(at, len(order) - 1)]
        found: Ints = np.where(self.frames[places] == frames, places, -1)
        return found

    def takes(self, frames: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which frames labels are written of: ``[N]``."""
        places = self.place(frames)
        taken = places >= 0
        return taken if self.scheduled is None else taken & self.scheduled[places]

    def only(self, frames: Ints) -> Listing:
        """The same images, but labels are written of some ``frames`` alone; the others count as unlabelled,
        as in PoseTrack's own files."""
        scheduled = np.isin(self.frames, frames)
        images = tuple(
            image if scheduled_ else replace(image, is_labeled=False)
            for image, scheduled_ in zip(self.images, scheduled.tolist(), strict=True)
        )
        reviewed = self.reviewed & scheduled
        return replace(self, images=images, reviewed=reviewed, scheduled=scheduled)

    def unlabelled(self) -> Listing:
        """The same frames, with no claim that a person has looked at them."""
        images = tuple(replace(image, is_labeled=False) for image in self.images)
        return replace(self, images=images, reviewed=np.zeros_like(self.reviewed))


def list_frames(state: ProjectState, sequence: int | Sequence | None, split: str) -> Listing:
    """List a sequence of a project: all of its frames or, if it was imported, those of its file and
    those that have been labelled since.

    ``sequence`` is an id, one that the project need not have, or ``None`` for the first one (the whole
    video where there is none).

    Raises:
        UsageError: the project has no such sequence.
    """
    chosen = _choose(state, sequence)
    head = kept_head(chosen)
    imported = _imported_frames(state)
    mine = sorted((note.position, f) for f, note in imported.items() if note.sequence == chosen.id)
    if head is None or not mine:
        return _own_frames(state, chosen, split)
    records = [(frame, imported[frame].record) for _, frame in mine]
    added = sorted(_labelled_frames(state) - imported.keys())
    images = [_image(state, frame, record) for frame, record in records]
    images += _added_images(state, added, records)
    return Listing(
        name=chosen.name,
        frames=np.array([frame for frame, _ in records] + added, dtype=np.int64),
        images=tuple(images),
        reviewed=np.array([image.is_labeled for image in images], dtype=bool),
        head=head.head,
        uses_two=head.uses_two,
        added=len(added),
    )


def plain_listing(name: str, frames: Iterable[int], width: int, height: int, split: str) -> Listing:
    """List frames of a video under new names, none of them labelled.

    Numbers count from the first frame; ``frame_index`` tells the frame of the whole video.
    """
    numbers = np.array(list(frames), dtype=np.int64)
    start = int(numbers[0]) if len(numbers) else 0
    named = sequence_name(name)
    counted = numbers - start
    span = int(counted[-1]) + 1 if len(counted) else 0
    images = []
    ids = named.image_ids(counted).tolist()
    for number, id_ in zip(counted.tolist(), ids, strict=True):
        file_name = named.file_name(number, split)
        record: Record = {
            "has_no_densepose": True,
            "is_labeled": False,
            "file_name": file_name,
            "nframes": span,
            "frame_id": id_,
            "vid_id": named.vid_id,
            "id": id_,
            "width": width,
            "height": height,
            "frame_index": start + number,
        }
        images.append(Image(id_, file_name, False, (), record))
    head = {"images": None, "annotations": None, "categories": [CATEGORY]}
    return Listing(name, numbers, tuple(images), np.zeros(len(images), dtype=bool), head)


def _choose(state: ProjectState, sequence: int | Sequence | None) -> Sequence:
    if isinstance(sequence, Sequence):
        return sequence
    if sequence is None:
        whole = Sequence(0, PurePath(state.video.path).stem, 0, state.video.frames)
        return next(iter(state.sequences), whole)
    for candidate in state.sequences:
        if candidate.id == sequence:
            return candidate
    raise UsageError(
        f"has no sequence {sequence}",
        file=state.video.path,
        remedy=f"choose one of {', '.join(str(s.id) for s in state.sequences) or 'none: leave it out'}",
    )


def _own_frames(state: ProjectState, sequence: Sequence, split: str) -> Listing:
    video = state.video
    frames = range(sequence.start, min(sequence.stop, video.frames), sequence.stride)
    listing = plain_listing(sequence.name, frames, video.width, video.height, split)
    images = tuple(
        _image(state, frame, image.record)
        for frame, image in zip(frames, listing.images, strict=True)
    )
    reviewed = np.array([image.is_labeled for image in images], dtype=bool)
    return replace(listing, images=images, reviewed=reviewed)


def _image(state: ProjectState, frame: int, record: Record) -> Image:
    """What the project knows of a frame, over the record of its image."""
    known = state.frame_state(frame)
    regions: tuple[Floats, ...] = tuple(
        np.array(polygon, dtype=np.float64).reshape(-1, 2) for polygon in known.regions
    )
    return Image(record["id"], record["file_name"], known.reviewed, regions, record)


def _imported_frames(state: ProjectState) -> dict[int, Kept]:
    notes = ((f, kept(state.frame_state(f).extra)) for f in range(state.video.frames))
    return {frame: note for frame, note in notes if note is not None}


def _labelled_frames(state: ProjectState) -> set[int]:
    """Frames that a person reviewed, or where one placed or accepted a joint."""
    rows = state.labels.rows()
    human = is_human(rows["source"]) & (rows["visibility"] != Visibility.ABSENT)
    living = np.isin(rows["person"], [person.id for person in state.people()])
    chosen = rows["frame"][human.any(axis=1) & ~rows["deleted"] & living]
    return set(chosen.tolist()) | state.reviewed


def _added_images(
    state: ProjectState, frames: list[int], records: list[tuple[int, Record]]
) -> list[Image]:
    """Images for frames that the imported file did not list, named and numbered in its manner."""
    first_frame, first = records[0]
    path = PurePosixPath(first["file_name"])
    numbered = path.stem.isascii() and path.stem.isdigit()
    width, offset = (len(path.stem), int(path.stem) - first_frame) if numbered else (6, 0)
    taken = {record["id"] for _, record in records}
    images = []
    for frame in frames:
        id_ = first["id"] + frame - first_frame
        if id_ in taken:
            id_ = max(taken) + 1
        taken.add(id_)
        record = {
            "has_no_densepose": True,
            "is_labeled": False,
            "file_name": str(path.with_name(f"{frame + offset:0{width}d}{path.suffix}")),
            "nframes": first.get("nframes", state.video.frames),
            "frame_id": id_,
            "vid_id": first.get("vid_id", ""),
            "id": id_,
        }
        if "frame_index" in first:
            record["frame_index"] = frame
        images.append(_image(state, frame, record))
    return images
