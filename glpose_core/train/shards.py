"""Packed crops on the disk: clips cut once, kept as compressed shards, read as a data set.

Rendering takes a second for seven pictures, and a whole PoseTrack does not fit into memory; patches as
JPEG do. A shard is a safetensors file of at most 40 MB: the patches' bytes, where each begins, and
the labels. Nothing in it is executed, and only what is drawn is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ..errors import FormatError
from ..formats.documents import make_folder
from ..skeleton import POSETRACK17, slots_of
from .clips import ClipSamples, patch_size

VERSION = 1
SHARD_BYTES = 40_000_000
QUALITY = 92
"""JPEG quality: errors of a grey level or two, far below the augmentation's."""


class ShardWriter:
    """Writes clips into a folder of shards. Use as a context manager; what is open is written at its end.

    Args:
        folder: made if missing; must not hold shards.
        size: (width, height) of the crops that the patches are cut for. k: neighbours on each side.

    Raises:
        FormatError: if the folder cannot be used.
    """

    def __init__(self, folder: Path, size: tuple[int, int], k: int) -> None:
        self._folder, self._size, self._k = folder, size, k
        self._clips, self._number = 0, 0
        self._empty()
        make_folder(folder)
        if shards_in(folder):
            raise FormatError("holds shards already", file=folder, remedy="choose another folder")

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()

    def add(self, clips: ClipSamples) -> None:
        """Add the samples of one video, with PoseTrack's joints. Whole videos lie side by side."""
        if (clips.joints, clips.size, clips.k) != (POSETRACK17.joints, self._size, self._k):
            raise ValueError("clips of another kind")
        for row in range(len(clips)):
            for slot in range(1 + 2 * self._k):
                _, jpeg = cv2.imencode(
                    ".jpg", clips.patches[row, slot][..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
                )
                self._jpeg.append(jpeg.ravel())
            labels = (clips.xy[row], clips.known[row], clips.scale[row])
            self._rows.append((*labels, clips.person[row], clips.frame[row], self._clips))
            self._bytes += sum(j.size for j in self._jpeg[-1 - 2 * self._k :])
            if self._bytes >= SHARD_BYTES:
                self._flush()
        self._clips += 1

    def _empty(self) -> None:
        self._jpeg: list[NDArray[np.uint8]] = []
        self._rows: list[tuple[Any, ...]] = []
        self._bytes = 0

    def _flush(self) -> None:
        if not self._rows:
            return
        xy, known, scale, person, frame, clip = (
            np.array(values) for values in zip(*self._rows, strict=True)
        )
        values: dict[str, NDArray[Any]] = {
            "jpeg": np.concatenate(self._jpeg),
            "start": np.cumsum([0] + [j.size for j in self._jpeg], dtype=np.int64),
            "xy": xy.astype(np.float32),
            "known": known.astype(np.uint8),
            "scale": scale.astype(np.float32),
            "person": person.astype(np.int64),
            "frame": frame.astype(np.int64),
            "clip": clip.astype(np.int64),
        }
        story = {"version": VERSION, "size": self._size, "k": self._k, "joints": POSETRACK17.joints}
        path = self._folder / f"shard-{self._number:05d}.safetensors"
        save_file(values, path, {"glpose_shard": json.dumps(story)})
        self._number += 1
        self._empty()


def shards_in(folder: Path) -> list[Path]:
    """The shards of a folder, in order."""
    return sorted(folder.glob("shard-*.safetensors"))


def read_shards(folder: Path, joints: tuple[str, ...]) -> ClipSamples:
    """A folder of shards as a data set with the joints of a network.

    Raises:
        FormatError: if there are no shards, or one is broken or unlike the others.
    """
    paths = shards_in(folder)
    if not paths:
        raise FormatError("holds no shards", file=folder, remedy="make them with 'glpose pack'")
    shards = [_Shard(path) for path in paths]
    first = shards[0]
    for shard in shards:
        if shard.kind != first.kind:
            raise FormatError(
                "was packed unlike the first shard", file=shard.path, remedy="pack them together"
            )
    slots = slots_of(first.joints, joints)
    xy = np.concatenate([shard.labels["xy"] for shard in shards]).astype(np.float64)
    known = np.concatenate([shard.labels["known"] for shard in shards]) > 0
    person, frame, clip = (
        np.concatenate([shard.labels[name] for shard in shards])
        for name in ("person", "frame", "clip")
    )
    return ClipSamples(
        joints=joints,
        size=first.size,
        k=first.k,
        patches=_ShardPatches(shards),
        xy=np.where(slots[:, None] >= 0, xy[:, slots], 0.0),
        known=known[:, slots] & (slots >= 0),
        scale=np.concatenate([shard.labels["scale"] for shard in shards]).astype(np.float64),
        person=person,
        frame=frame,
        clip=clip,
        name=folder.name,
    )


class _Shard:
    """One file: its labels in memory, its patches where they are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = cast(Any, safe_open(path, "numpy"))
            story = json.loads((self._file.metadata() or {})["glpose_shard"])
            if story["version"] != VERSION:
                raise ValueError(f"version {story['version']}")
            self.size = (int(story["size"][0]), int(story["size"][1]))
            self.k, self.joints = int(story["k"]), tuple(map(str, story["joints"]))
            names = ("start", "xy", "known", "scale", "person", "frame", "clip")
            self.labels = {name: self._file.get_tensor(name) for name in names}
            self._jpeg = self._file.get_slice("jpeg")
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise FormatError(
                f"is no shard of packed crops ({error})", file=path, remedy="pack it again"
            ) from error
        self.kind = (self.size, self.k, self.joints)
        count, slots = len(self.labels["xy"]), 1 + 2 * self.k
        shape = (count, len(self.joints), 2)
        if self.labels["xy"].shape != shape or len(self.labels["start"]) != count * slots + 1:
            raise FormatError(
                "is no shard of packed crops (its lists differ in length)",
                file=path,
                remedy="pack it again",
            )

    def patch(self, row: int, slot: int) -> NDArray[np.uint8]:
        number = row * (1 + 2 * self.k) + slot
        start, stop = (int(value) for value in self.labels["start"][number : number + 2])
        picture = cv2.imdecode(self._jpeg[start:stop], cv2.IMREAD_COLOR)
        width, height = patch_size(self.size)
        if picture is None or picture.shape != (height, width, 3):
            raise FormatError(
                f"patch {number} cannot be read", file=self.path, remedy="pack it again"
            )
        return np.asarray(picture[..., ::-1], dtype=np.uint8)


class _ShardPatches:
    """The patches of several shards as one list."""

    def __init__(self, shards: list[_Shard]) -> None:
        self._shards = shards
        self._ends = np.cumsum([len(shard.labels["xy"]) for shard in shards])

    def __getitem__(self, at: tuple[int, int], /) -> NDArray[np.uint8]:
        row, slot = at
        place = int(np.searchsorted(self._ends, row, side="right"))
        before = 0 if place == 0 else int(self._ends[place - 1])
        return self._shards[place].patch(row - before, slot)
