"""Where training labels come from: a project with its video, or a PoseTrack file with its pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from ..formats.paths import inside
from ..formats.posetrack import read_posetrack
from ..geometry import person_box
from ..labels import JOINTS, Project, ProjectState, Visibility, is_human, seen_box
from ..skeleton import POSETRACK17, slots_of
from .clips import ClipSamples, cut_patch, patch_affine, patch_size
from .pictures import read_picture

Picture = NDArray[np.uint8]
FEWEST_JOINTS = 3
"""People with fewer labelled joints say too little about where they are."""


@dataclass(frozen=True)
class LabelledPoses:
    """N poses that a person stands behind, by ascending frame, and a way to the pictures.

    ``xy`` is ``[N, 17, 2]`` picture pixels, ``known`` ``[N, 17]``, ``boxes`` ``[N, 4]``. ``pictures()`` opens
    the video and gives a function frame → RGB picture; frames run from 0 to ``frames`` − 1.
    """

    name: str
    person: NDArray[np.int64]
    frame: NDArray[np.int64]
    xy: NDArray[np.float64]
    known: NDArray[np.bool_]
    boxes: NDArray[np.float64]
    frames: int
    pixel_aspect: float
    pictures: Callable[[], AbstractContextManager[Callable[[int], Picture]]]

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: NDArray[np.int64]) -> LabelledPoses:
        """The poses at ``rows``, which ascend."""
        return replace(
            self,
            person=self.person[rows],
            frame=self.frame[rows],
            xy=self.xy[rows],
            known=self.known[rows],
            boxes=self.boxes[rows],
        )


def read_labels(path: str | Path) -> LabelledPoses:
    """Read what a person labelled: a ``.glpose`` project, or a PoseTrack18 JSON file.

    Raises:
        GLPoseError: if the file cannot be read, or nobody has labelled anything in it.
    """
    path = Path(path)
    found = _from_project(path) if path.suffix.lower() == ".glpose" else _from_posetrack(path)
    if len(found) == 0:
        raise FormatError(
            "holds no pose with joints that a person placed or accepted",
            file=path,
            remedy="correct or accept some poses first",
        )
    return found


def _from_project(path: Path) -> LabelledPoses:
    with Project.open(path, read_only=True) as project:
        state = project.state
        rows = sorted(
            (int(frame), person.id)
            for person in state.people()
            for frame in state.marks(person.id).labelled
        )
        poses = [_human_pose(state, person, frame) for frame, person in rows]
    video = state.video

    @contextmanager
    def pictures() -> Iterator[Callable[[int], Picture]]:
        # Loads PyAV, which machines that only train need not have.
        from ..formats.project_video import open_labelled_video

        with open_labelled_video(video, path) as reader:
            yield reader.__getitem__

    return _collect(path.stem, rows, poses, video.frames, video.pixel_aspect, pictures)


def _human_pose(
    state: ProjectState, person: int, frame: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64] | None]:
    """Joints that a person placed or accepted, and the box that the pose is predicted in."""
    label = state.label(person, frame)
    seen = state.pose(person, frame)
    if label is None or seen is None:
        return np.zeros((JOINTS, 2)), np.zeros(JOINTS, dtype=bool), None
    known = np.asarray(is_human(label["source"])) & (label["visibility"] != Visibility.ABSENT)
    return np.array(label["xy"]), known, seen_box(seen)


def _from_posetrack(path: Path) -> LabelledPoses:
    file = read_posetrack(path)
    found = file.annotations
    frames = file.image_index.tolist()
    rows = list(zip(frames, found.track_id.tolist(), strict=True))
    poses = [
        (keypoints[:, :2], known, person_box(keypoints[:, :2], known))
        for keypoints, known in zip(found.keypoints, found.present, strict=True)
    ]
    names = [image.file_name for image in file.images]

    @contextmanager
    def pictures() -> Iterator[Callable[[int], Picture]]:
        root = _picture_root(path, names)
        yield lambda frame: read_picture(inside(root, names[frame]))

    order = sorted(range(len(rows)), key=rows.__getitem__)
    rows, poses = [rows[i] for i in order], [poses[i] for i in order]
    return _collect(path.stem, rows, poses, len(names), 1.0, pictures)


def _picture_root(path: Path, names: list[str]) -> Path:
    """The folder that the file's picture names start from: the file's own, or one above it."""
    for folder in (path.parent, *path.parent.parents[:3]):
        if inside(folder, names[0]).is_file():
            return folder
    raise FormatError(
        f"the picture {names[0]} is found neither beside the file nor above it",
        file=path,
        field="images[0].file_name",
        remedy="put the pictures there, or train from a project",
    )


def _collect(
    name: str,
    rows: list[tuple[int, int]],
    poses: list[tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64] | None]],
    frames: int,
    pixel_aspect: float,
    pictures: Callable[[], AbstractContextManager[Callable[[int], Picture]]],
) -> LabelledPoses:
    kept = [
        (frame, person, xy, known, box)
        for (frame, person), (xy, known, box) in zip(rows, poses, strict=True)
        if box is not None and known.sum() >= FEWEST_JOINTS
    ]
    return LabelledPoses(
        name=name,
        frame=np.array([row[0] for row in kept], dtype=np.int64),
        person=np.array([row[1] for row in kept], dtype=np.int64),
        xy=np.array([row[2] for row in kept], dtype=np.float64).reshape(-1, JOINTS, 2),
        known=np.array([row[3] for row in kept], dtype=bool).reshape(-1, JOINTS),
        boxes=np.array([row[4] for row in kept], dtype=np.float64).reshape(-1, 4),
        frames=frames,
        pixel_aspect=pixel_aspect,
        pictures=pictures,
    )


def cut_clips(
    labels: LabelledPoses,
    joints: tuple[str, ...],
    size: tuple[int, int],
    k: int,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> ClipSamples:
    """Cut the patches of every labelled pose and of the k frames on each side (clamped at the ends).

    Every frame is read once, in order. ``tell(done, total)`` is called after each, and may raise.
    """
    slots = slots_of(POSETRACK17.joints, joints)
    offsets = [0, *(d for d in range(-k, k + 1) if d)]
    wanted: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row, frame in enumerate(labels.frame.tolist()):
        for slot, offset in enumerate(offsets):
            wanted[min(max(frame + offset, 0), labels.frames - 1)].append((row, slot))
    width, height = patch_size(size)
    patches = np.zeros((len(labels), len(offsets), height, width, 3), dtype=np.uint8)
    with labels.pictures() as picture:
        for done, frame in enumerate(sorted(wanted)):
            shown = picture(frame)
            for row, slot in wanted[frame]:
                patches[row, slot] = cut_patch(shown, labels.boxes[row], size, labels.pixel_aspect)
            tell(done + 1, len(wanted))
    maps = np.array([patch_affine(box, size, labels.pixel_aspect) for box in labels.boxes])
    xy = labels.xy @ maps[:, :, :2].swapaxes(1, 2) + maps[:, None, :, 2]
    return ClipSamples(
        joints=joints,
        size=size,
        k=k,
        patches=patches,
        xy=np.where(slots[:, None] >= 0, xy[:, slots], 0.0),
        known=labels.known[:, slots] & (slots >= 0),
        person=labels.person,
        frame=labels.frame,
        clip=np.zeros(len(labels), dtype=np.int64),
        name=labels.name,
        scale=1 / np.linalg.norm(maps[:, :, 1], axis=1),
    )
