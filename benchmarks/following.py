"""Who is who: are people followed through crossings, and found again under the same identity?

    python -m benchmarks.following --cache FOLDER [--data DIR] [--detector finder hog]

Every clip is followed from the boxes that are really there (*known*: what following alone can do) and from those
that a detector finds, by the app's follower with the bundled weights, and by overlap alone
(``benchmarks/iou_tracking.py``), which is given the boxes of every frame while the follower asks for those of
every fifth. Rendered clips have two people who walk past each other, the nearer hiding the other for some frames, and
a third behind them; truth is exact, and one of them is cut in two. Real clips (DIR) are compared in the frames
whose boxes were drawn by eye, where people are named in the same order. MOTA and IDF1 are motmetrics', boxes being
the same from an intersection over union of a half. *Again* follows a second time, knowing the first run, and counts
people who became somebody else in most frames.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import motmetrics
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.iou_tracking import track_by_overlap
from benchmarks.single_poses import poses_in
from glpose_core.geometry import Floats, box_iou
from glpose_core.job.pictures import Pictures
from glpose_core.people.find import PROPOSES, Detections, Detector, make_detector
from glpose_core.people.find.boxes import person_boxes
from glpose_core.people.follow import Follower, Judging, KnownPeople
from glpose_core.predict.job import KnownBoxes
from glpose_core.synthetic.camera import still_camera
from glpose_core.synthetic.clip import write_clip
from glpose_core.synthetic.gaits import gestures, walk
from glpose_core.synthetic.place import draw_place
from glpose_core.synthetic.scene import Scene, make_actor
from glpose_core.video import open_video

LABELS = Path(__file__).resolve().parents[1] / "tests" / "core" / "people" / "labelled_boxes.json"
SIZE, FRAMES, RATE = (480, 270), 70, 25.0
PLACES = ("street", "park", "hall")
REAL = (
    "two-people-cam01.mp4",
    "two-people-cam03.mp4",
    "test_video_structuralize.mp4",
)
"""Clips in whose labels everybody keeps their place."""
EMPTY, EMPTY_SPAN, EMPTY_PEOPLE = "one-by-one-person-detection.mp4", (160, 562), 3
"""People come one by one, with an empty room between them; how many, counted by eye."""

Picture: TypeAlias = NDArray[np.uint8]
Boxes: TypeAlias = Mapping[int, tuple[NDArray[np.int64], Floats]]
"""People and their boxes ``[N]``, ``[N, 4]`` by frame."""


@dataclass(frozen=True)
class Clip:
    """A clip with its truth; ``cut``: the frame from which another shot is shown."""

    title: str
    path: Path
    truth: Boxes
    span: tuple[int, int]
    rendered: bool
    cut: int | None = None


def crossing(seed: int) -> Scene:
    """Two walk past each other, hiding one another, before a third who stands."""
    rng = np.random.default_rng(seed)
    seconds = FRAMES / RATE
    motions = (
        walk(seconds, 1.78, 1.35, rng).placed(-1.9, 0.5, np.pi / 2),
        walk(seconds, 1.70, 1.25, rng).placed(1.9, -0.1, -np.pi / 2),
        gestures(["wave", "stretch"], seconds, 1.7, rng).placed(
            float(rng.uniform(-0.8, 0.8)), -1.6, 0.2
        ),
    )
    actors = tuple(
        make_actor(motion, np.random.default_rng(seed * 7 + n)) for n, motion in enumerate(motions)
    )
    camera = still_camera(np.array([0.0, 1.5, 6.0]), np.array([0.0, 0.9, 0.0]), 1.7)
    place = draw_place(rng, PLACES[seed % len(PLACES)])
    return Scene(actors, camera, place, FRAMES, RATE, 0.5, 1.6, seed)


def rendered(cache: Path, seeds: range) -> Iterator[Clip]:
    """The rendered clips with their truth, made once."""
    cache.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        path, kept = cache / f"crossing-{seed}.mp4", cache / f"crossing-{seed}.npz"
        if not kept.exists():
            truth = write_clip(crossing(seed), SIZE, path)
            np.savez(kept, box=truth.box, labelled=truth.labelled)
        with np.load(kept) as file:
            box, labelled = file["box"], file["labelled"]
        boxes = {f: (np.flatnonzero(seen), box[f][seen]) for f, seen in enumerate(labelled)}
        yield Clip(f"rendered crossing {seed}", path, boxes, (0, FRAMES), True)


def real(data: Path) -> Iterator[Clip]:
    """The clips whose labels name people by their place."""
    clips = json.loads(LABELS.read_text(encoding="utf-8"))["clips"]
    for name in REAL:
        boxes = {}
        for frame, seen in clips[name].items():
            people = np.array(seen["people"], np.float64).reshape(-1, 4)
            boxes[int(frame)] = (np.arange(len(people)), person_boxes(people))
        path = data / "clips" / name
        with open_video(path) as reader:
            yield Clip(name, path, boxes, (0, len(reader)), False)


class TruePeople:
    """A detector that finds everybody who is there, in the frames whose truth is known."""

    name = "known"

    def __init__(self, truth: Boxes) -> None:
        self._truth = truth
        self.frame = 0

    def find(self, picture: Picture) -> Detections:
        """The people of the frame that was last asked for."""
        _, boxes = self._truth.get(self.frame, ((), np.zeros((0, 4))))
        return Detections(boxes, np.ones(len(boxes)))


@dataclass(eq=False)
class Finds:
    """A detector's finds in a clip, each frame looked at once."""

    detector: Detector
    pictures: Callable[[int], Picture]
    name: str = "finds"
    kept: dict[int, Detections] = field(default_factory=dict)
    frame: int = 0

    def picture(self, frame: int) -> Picture:
        """The picture of a frame; what is found next is found there."""
        self.frame = frame
        return self.pictures(frame)

    def find(self, picture: Picture) -> Detections:
        """The people in the frame that was last asked for."""
        if self.frame not in self.kept:
            if isinstance(self.detector, TruePeople):
                self.detector.frame = self.frame
            self.kept[self.frame] = self.detector.find(picture)
        return self.kept[self.frame]

    def everywhere(self, span: tuple[int, int]) -> dict[int, Detections]:
        """The people in every frame of a span."""
        return {frame: self.find(self.picture(frame)) for frame in range(*span)}


def follow(finds: Finds, span: tuple[int, int], known: KnownBoxes) -> Boxes:
    """Follow everybody through a span as the app does, from its first frame on."""
    follower = Follower(
        finds.picture,
        span,
        KnownPeople(known, refind=True),
        detector=finds,
        poses=poses_in(finds.picture),
        judging=Judging() if finds.detector.name in PROPOSES else None,
    )
    follower.begin(span[0])
    while follower.passed != span:
        follower.extend(1, 2 * follower.rules.every)
    tracks = [track for track in follower.tracks if track.confirmed and not track.ghost]
    return by_frame((track.person, track.boxes) for track in tracks)


def by_frame(tracks: Iterator[tuple[int, Mapping[int, Floats]]]) -> Boxes:
    """Tracks (person, boxes by frame) the other way round."""
    names: dict[int, list[int]] = {}
    boxes: dict[int, list[Floats]] = {}
    for person, track in tracks:
        for frame, box in track.items():
            names.setdefault(frame, []).append(person)
            boxes.setdefault(frame, []).append(box)
    return {frame: (np.array(names[frame], np.int64), np.stack(boxes[frame])) for frame in names}


def measure(truth: Boxes, found: Boxes) -> dict[str, float]:
    """MOTA, IDF1, exchanges of identity and the numbers of people, over the frames that have truth."""
    nobody = (np.zeros(0, np.int64), np.zeros((0, 4)))
    log = motmetrics.MOTAccumulator(auto_id=True)
    for frame, (people, boxes) in sorted(truth.items()):
        names, theirs = found.get(frame, nobody)
        overlap = box_iou(boxes, theirs)
        away = np.where(overlap >= 0.5, 1 - overlap, np.nan)
        log.update(people.tolist(), names.tolist(), away)
    values = motmetrics.metrics.create().compute(
        log, metrics=["mota", "idf1", "num_switches", "num_misses", "num_false_positives"]
    )
    return {name: float(values[name].iloc[0]) for name in values.columns}


def names_in(boxes: Boxes, frames: range | None = None) -> set[int]:
    """Everybody in some frames (all by default)."""
    return {int(p) for f, (ps, _) in boxes.items() if frames is None or f in frames for p in ps}


def changed(first: Boxes, finds: Finds, span: tuple[int, int]) -> int:
    """How many of a run's people carry another name where a second run finds them again."""
    renamed = {person: n + 1 for n, person in enumerate(sorted(names_in(first)))}
    rows = [
        (renamed[int(p)], f, box)
        for f, (ps, bs) in first.items()
        for p, box in zip(ps, bs, strict=True)
    ]
    if not rows:
        return 0
    people, frames, places = (list(column) for column in zip(*rows, strict=True))
    again = follow(finds, span, KnownBoxes.of(people, frames, np.array(places)))
    same: Counter[int] = Counter()
    other: Counter[int] = Counter()
    for frame, (names, theirs) in again.items():
        if frame not in first:
            continue
        ours, places_there = first[frame]
        iou = box_iou(places_there, theirs)
        for row, person in enumerate(ours.tolist()):
            best = int(iou[row].argmax())
            if iou[row, best] > 0.5:
                (same if names[best] == renamed[person] else other)[person] += 1
    return sum(other[person] > same[person] for person in renamed)


def joined(
    pictures: Callable[[int], Picture], other: Callable[[int], Picture], cut: int
) -> Callable[[int], Picture]:
    """The pictures of one clip up to ``cut``, and from there on those of another."""
    return lambda frame: pictures(frame) if frame < cut else other(frame)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="rendered clips are kept here")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--detector", nargs="*", default=["finder", "hog"])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(
        "| clip | boxes | by | people | found | MOTA | IDF1 | exchanges | missed | false | again |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|"
    )
    made = list(rendered(options.cache, range(options.seeds)))
    clips = [*made, *_with_cut(made), *(real(options.data) if options.data else ())]
    for clip in clips:
        for name in ["known", *options.detector]:
            _rows(clip, name, made)
    if options.data:
        for name in options.detector:
            _empty_room(options.data, name)


def _with_cut(made: list[Clip]) -> Iterator[Clip]:
    """The first rendered clip up to its middle, and from there on the second: other people."""
    if len(made) < 2:
        return
    cut = FRAMES // 2 + 1
    truth = {
        f: (people if f < cut else people + 10, boxes)
        for f, (people, boxes) in (
            (f, made[0].truth[f] if f < cut else made[1].truth[f]) for f in range(FRAMES)
        )
    }
    yield replace(made[0], title="rendered, a cut in the middle", truth=truth, cut=cut)


def _rows(clip: Clip, name: str, made: list[Clip]) -> None:
    """The rows of one clip and one source of boxes."""
    detector = TruePeople(clip.truth) if name == "known" else make_detector(name)
    with open_video(clip.path) as reader, open_video(made[1 % len(made)].path) as other:
        pictures: Callable[[int], Picture] = Pictures(reader, print)
        if clip.cut is not None:
            pictures = joined(pictures, Pictures(other, print), clip.cut)
        finds = Finds(detector, pictures)
        ours = follow(finds, clip.span, KnownBoxes.none())
        again = str(changed(ours, finds, clip.span)) if clip.rendered else ""
        _row(clip, name, "**follower**", ours, again)
        if clip.rendered or name != "known":  # few frames of real clips have truth
            theirs = by_frame(iter(enumerate(track_by_overlap(finds.everywhere(clip.span)))))
            _row(clip, name, "overlap", theirs, "")


def _row(clip: Clip, boxes: str, by: str, found: Boxes, again: str) -> None:
    m = measure(clip.truth, found)
    across = ""
    if clip.cut is not None:
        before, after = (names_in(found, range(*r)) for r in ((0, clip.cut), (clip.cut, FRAMES)))
        across = f" ({len(before & after)} across the cut)"
    print(
        f"| {clip.title} | {boxes} | {by} | {len(names_in(clip.truth))} | {len(names_in(found))}{across} "
        f"| {m['mota']:.2f} | {m['idf1']:.2f} | {m['num_switches']:.0f} | {m['num_misses']:.0f} "
        f"| {m['num_false_positives']:.0f} | {again} |",
        flush=True,
    )


def _empty_room(data: Path, name: str) -> None:
    """How many people are seen where several come one by one, and in how many frames their number is right."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))["clips"][EMPTY]
    first, stop = EMPTY_SPAN
    count = {int(f): len(seen["people"]) for f, seen in labels.items() if first <= int(f) < stop}
    with open_video(data / "clips" / EMPTY) as reader:
        finds = Finds(make_detector(name), Pictures(reader, print))
        boxes = follow(finds, EMPTY_SPAN, KnownBoxes.none())
    right = sum(len(boxes.get(f, ((), ()))[0]) == people for f, people in count.items())
    print(
        f"| {EMPTY} {first}–{stop} | {name} | **follower** | {EMPTY_PEOPLE} | {len(names_in(boxes))} | | | | | "
        f"right number in {right} of {len(count)} frames | |",
        flush=True,
    )


if __name__ == "__main__":
    main()
