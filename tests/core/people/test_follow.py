from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glpose_core.errors import Cancelled
from glpose_core.geometry import box_iou
from glpose_core.people.find import Detections
from glpose_core.people.follow import Follower, KnownPeople, Poses
from glpose_core.people.follow import follower as following
from glpose_core.predict.job import KnownBoxes, Seed


class Nobody:
    """A detector that finds nobody."""

    name = "nobody"

    def find(self, picture):
        return Detections.none()


def straight(x0, y0, dx, dy=0.0, w=40.0, h=80.0, grow=1.0):
    """A path with constant velocity, growing by a factor per frame."""
    return lambda f: (x0 + dx * f, y0 + dy * f, w * grow**f, h * grow**f)


def sure_poses(clip):
    """Finds the joints of a clip's first figure exactly, and is sure of those in boxes that lie on it."""

    def poses(frame, boxes):
        x, y, w, h = clip.truth(0, frame)
        inner = np.array([x + w / 2 - w / 2.6, y + h / 2 - h / 2.6]), np.array([w, h]) / 1.3
        corners = np.array([[0, 0], [1, 0], [0.5, 0.5], [0, 1], [1, 1]])
        xy = np.tile(inner[0] + corners[np.arange(17) % 5] * inner[1], (len(boxes), 1, 1))
        there = [overlap(box, clip.truth(0, frame)) > 0.3 for box in boxes]
        return Poses(xy, np.where(there, 0.8, 0.1)[:, None] + np.zeros(17))

    return poses


def walk(follower: Follower, start: int, span: tuple[int, int]) -> Follower:
    follower.begin(start)
    direction = 1
    while follower.passed != span:
        follower.extend(direction, 10)
        direction = -direction
    return follower


def overlap(a, b) -> float:
    return float(box_iou(a, b)[0, 0])


def living(follower: Follower):
    return [t for t in follower.tracks if t.confirmed and not t.ghost]


def none() -> KnownPeople:
    return KnownPeople(KnownBoxes.none())


def test_one_box_is_followed_both_ways(make_clip, make_figure):
    clip = make_clip(40, [make_figure(straight(40, 60, 3.3, 0.8, grow=1.006))])
    seed = Seed(7, 20, tuple(clip.truth(0, 20)))
    follower = walk(Follower(clip, (0, 40), KnownPeople(KnownBoxes.none(), [seed])), 20, (0, 40))
    (track,) = follower.tracks
    assert (track.person, track.first, track.last) == (7, 0, 39)
    assert track.boxes[20].tolist() == list(clip.truth(0, 20))
    assert min(overlap(track.boxes[f], clip.truth(0, f)) for f in range(40)) > 0.85


def test_a_seed_far_from_the_focus_is_followed_back_through_frames_already_passed(
    make_clip, make_figure
):
    clip = make_clip(40, [make_figure(straight(40, 60, 3.0))])
    seed = Seed(3, 30, tuple(clip.truth(0, 30)))
    follower = walk(Follower(clip, (0, 40), KnownPeople(KnownBoxes.none(), [seed])), 5, (0, 40))
    (track,) = follower.tracks
    assert (track.first, track.last) == (0, 39)
    assert min(overlap(track.boxes[f], clip.truth(0, f)) for f in range(40)) > 0.85


def test_found_people_keep_their_tracks_where_they_cross(make_clip, make_figure, truth_detector):
    clip = make_clip(
        50,
        [
            make_figure(straight(20, 70, 4.0), hue=20, seed=1),
            make_figure(straight(250, 80, -4.0), hue=100, seed=2),
        ],
    )
    detector = truth_detector(clip)
    follower = Follower(detector.picture, (0, 50), none(), detector=detector)
    walk(follower, 0, (0, 50))
    for figure in (0, 1):
        own = [
            t
            for t in living(follower)
            if overlap(t.boxes[t.first], clip.truth(figure, t.first)) > 0.7
        ]
        first = min(own, key=lambda t: t.first)
        last = [
            t
            for t in living(follower)
            if t.last == 49 and overlap(t.boxes[49], clip.truth(figure, 49)) > 0.6
        ]
        assert [t.person for t in last] == [first.person]
    assert len({t.person for t in living(follower)}) == 2


def test_a_cut_ends_every_track(make_clip, make_figure):
    clip = make_clip(30, [make_figure(straight(60, 60, 2.0))], cut=17)
    seed = Seed(0, 8, tuple(clip.truth(0, 8)))
    follower = walk(Follower(clip, (0, 30), KnownPeople(KnownBoxes.none(), [seed])), 8, (0, 30))
    (track,) = follower.tracks
    assert (track.first, track.last) == (0, 16)
    assert follower.shot(3) == (0, 17)
    assert follower.shot(17) == (17, 30)


def test_a_cut_is_found_walking_backwards_too(make_clip, make_figure):
    clip = make_clip(30, [make_figure(straight(60, 60, 2.0))], cut=11)
    seed = Seed(0, 20, tuple(clip.truth(0, 20)))
    follower = walk(Follower(clip, (0, 30), KnownPeople(KnownBoxes.none(), [seed])), 20, (0, 30))
    assert (follower.tracks[0].first, follower.tracks[0].last) == (11, 29)


def test_somebody_who_comes_in_later_is_followed_back_to_where_they_came_in(
    make_clip, make_figure, truth_detector
):
    def path(f):
        return straight(10, 70, 3.0)(f) if f >= 12 else None

    clip = make_clip(40, [make_figure(path)])
    detector = truth_detector(clip)
    follower = walk(Follower(detector.picture, (0, 40), none(), detector=detector), 0, (0, 40))
    (track,) = living(follower)
    assert 11 <= track.first <= 13
    assert track.last == 39


def test_one_passing_detection_is_nobody(make_clip, make_figure, truth_detector):
    clip = make_clip(30, [make_figure(lambda f: (80.0, 60.0, 40.0, 80.0) if f == 10 else None)])
    detector = truth_detector(clip)
    follower = walk(Follower(detector.picture, (0, 30), none(), detector=detector), 0, (0, 30))
    assert living(follower) == []


def test_a_known_person_is_not_found_a_second_time(make_clip, make_figure, truth_detector):
    clip = make_clip(30, [make_figure(straight(40, 60, 3.0))])
    boxes = np.array([clip.truth(0, f) for f in range(30)])
    known = KnownBoxes.of(np.full(30, 4), np.arange(30), boxes, human=np.arange(30) == 9)
    detector = truth_detector(clip)
    people = KnownPeople(known, refind=True)
    follower = walk(Follower(detector.picture, (0, 30), people, detector=detector), 15, (0, 30))
    assert {t.person for t in living(follower)} == {4}
    frames = [f for t in living(follower) for f in t.boxes]
    assert sorted(frames) == list(range(30))
    drawn = [t.boxes[9] for t in living(follower) if 9 in t.boxes]
    assert np.array_equal(drawn[0], boxes[9])


@pytest.mark.parametrize(("frame", "focus"), [(13, 0), (13, 13), (17, 29)])
def test_one_box_that_says_who_somebody_is_is_enough_wherever_looking_begins(
    make_clip, make_figure, frame, focus
):
    """As the body that a head box proposes: it lies in no frame that is looked at anyway."""
    clip = make_clip(30, [make_figure(straight(40, 60, 3.0))])
    hint = KnownBoxes.of([4], [frame], np.array([clip.truth(0, frame)]), human=np.array([False]))
    people = KnownPeople(hint, refind=True)
    follower = Follower(clip, (0, 30), people, detector=Nobody(), poses=sure_poses(clip))
    walk(follower, focus, (0, 30))
    (track,) = living(follower)
    assert (track.person, track.first, track.last) == (4, 0, 29)


def test_boxes_drawn_by_humans_stand_to_the_digit(make_clip, make_figure, truth_detector):
    clip = make_clip(30, [make_figure(straight(40, 60, 3.0))])
    drawn = {
        6: np.add(clip.truth(0, 6), (3.21, -4.5, 7.77, 1.25)),
        18: np.add(clip.truth(0, 18), (-2, 1, 5, 9)),
    }
    known = KnownBoxes.of([1, 1], list(drawn), list(drawn.values()), human=True)
    detector = truth_detector(clip)
    people = KnownPeople(known, refind=True)
    follower = walk(Follower(detector.picture, (0, 30), people, detector=detector), 0, (0, 30))
    for frame, box in drawn.items():
        (seen,) = [t.boxes[frame] for t in living(follower) if frame in t.boxes]
        assert seen.tolist() == box.tolist()
    assert {t.person for t in living(follower)} == {1}


@pytest.mark.parametrize("where", [range(30), [4]], ids=["everywhere", "in one frame"])
def test_a_deleted_person_does_not_come_back(make_clip, make_figure, truth_detector, where):
    clip = make_clip(
        30,
        [make_figure(straight(40, 60, 3.0)), make_figure(straight(200, 90, 0.5), hue=90, seed=5)],
    )
    boxes = [clip.truth(0, f) for f in where]
    known = KnownBoxes.of(np.full(len(boxes), 2), list(where), boxes, deleted=True)
    detector = truth_detector(clip)
    people = KnownPeople(known, refind=True)
    follower = walk(Follower(detector.picture, (0, 30), people, detector=detector), 4, (0, 30))
    assert len(living(follower)) == 1
    (other,) = living(follower)
    assert overlap(other.boxes[20], clip.truth(1, 20)) > 0.8


def test_known_people_alone_are_used_as_they_are(make_clip, make_figure):
    clip = make_clip(40, [make_figure(straight(40, 60, 3.0))])
    frames = [*range(5, 12), *range(15, 20)]
    boxes = [clip.truth(0, f) + 0.5 for f in frames]
    known = KnownPeople(KnownBoxes.of(np.full(len(frames), 3), frames, boxes))
    follower = walk(Follower(clip, (0, 40), known), 0, (0, 40))
    seen = {f: t.boxes[f] for t in follower.tracks for f in t.boxes}
    assert sorted(seen) == list(range(5, 20))  # the short gap is bridged, the ends are not passed
    for frame, box in zip(frames, boxes, strict=True):
        assert np.array_equal(seen[frame], box)


def test_no_motion_is_looked_for_where_boxes_are_given(make_clip, make_figure, monkeypatch):
    clip = make_clip(
        20, [make_figure(straight(40, 60, 3.0)), make_figure(straight(200, 60, -2.0), seed=2)]
    )
    truth = np.array([clip.truth(0, f) for f in range(20)])
    seed = Seed(9, 10, tuple(clip.truth(1, 10)))
    sought: list[int] = []
    real = following.move_boxes

    def move_boxes(before, after, boxes, points):
        sought.append(len(boxes))
        return real(before, after, boxes, points)

    monkeypatch.setattr(following, "move_boxes", move_boxes)
    known = KnownPeople(KnownBoxes.of(np.full(20, 4), np.arange(20), truth), [seed])
    follower = walk(Follower(clip, (0, 20), known), 10, (0, 20))
    given, followed = sorted(follower.tracks, key=lambda track: track.person)
    assert np.array_equal([given.boxes[f] for f in range(20)], truth)
    assert (followed.first, followed.last) == (0, 19)
    assert max(sought) == 1


def test_nobody_looks_at_people_who_are_given_throughout(make_clip, make_figure):
    """Somebody with a gap that is bridged is looked at in every anchor; somebody who is away for longer is not."""
    figures = [make_figure(straight(20 + 90 * i, 60, 0.3), seed=i) for i in range(3)]
    clip = make_clip(80, figures)
    frames = {4: range(80), 5: [*range(20), *range(26, 80)], 6: [*range(5), *range(70, 80)]}
    rows = [(person, f, clip.truth(person - 4, f)) for person, own in frames.items() for f in own]
    known = KnownPeople(KnownBoxes.of(*zip(*rows, strict=True)))
    looked: list[int] = []

    def poses(frame, boxes):
        looked.append(len(boxes))
        assert all(overlap(box, clip.truth(1, frame)) > 0.5 for box in boxes)
        return Poses(
            np.zeros((len(boxes), 17, 2)), np.full((len(boxes), 17), 0.04)
        )  # of no opinion

    follower = walk(Follower(clip, (0, 80), known, poses=poses), 40, (0, 80))
    assert set(looked) == {1}
    seen = {(t.person, f): t.boxes[f] for t in follower.tracks for f in t.boxes}
    assert {p: sum(key[0] == p for key in seen) for p in frames} == {4: 80, 5: 80, 6: 15}
    assert all(np.array_equal(seen[person, frame], box) for person, frame, box in rows)


def test_following_is_by_pose(make_clip, make_figure):
    """The box drawn is far too wide; the poses say where the person really is."""
    clip = make_clip(30, [make_figure(straight(60, 60, 2.0))])
    seed = Seed(0, 0, (45.0, 55.0, 75.0, 95.0))

    follower = Follower(
        clip, (0, 30), KnownPeople(KnownBoxes.none(), [seed]), poses=sure_poses(clip)
    )
    walk(follower, 0, (0, 30))
    assert overlap(follower.tracks[0].boxes[29], clip.truth(0, 29)) > 0.9


def test_a_track_ends_where_the_poses_vanish_and_takes_back_the_doubtful_part(
    make_clip, make_figure
):
    clip = make_clip(60, [make_figure(straight(60, 60, 1.0))])
    seed = Seed(0, 0, tuple(clip.truth(0, 0)))

    def poses(frame, boxes):
        score = 0.7 if frame < 30 else 0.1
        xy = boxes[:, None, :2] + boxes[:, None, 2:] * 0.5 + np.zeros((1, 17, 1))
        return Poses(xy, np.full((len(boxes), 17), score))

    follower = Follower(clip, (0, 60), KnownPeople(KnownBoxes.none(), [seed]), poses=poses)
    walk(follower, 0, (0, 60))
    assert 25 <= follower.tracks[0].last <= 30


def test_following_twice_gives_the_same(make_clip, make_figure, truth_detector):
    def once():
        clip = make_clip(
            25, [make_figure(straight(30, 60, 3)), make_figure(straight(200, 60, -2), 90, 4)]
        )
        detector = truth_detector(clip)
        follower = Follower(detector.picture, (0, 25), none(), detector=detector)
        return [(t.person, t.boxes) for t in walk(follower, 12, (0, 25)).tracks]

    for (p, a), (q, b) in zip(once(), once(), strict=True):
        assert p == q
        assert a.keys() == b.keys()
        assert all(np.array_equal(a[f], b[f]) for f in a)


@pytest.mark.quick
def test_cancelling_is_noticed_at_the_next_frame(make_clip, make_figure):
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 4

    clip = make_clip(30, [make_figure(straight(60, 60, 1.0))])
    seed = Seed(0, 0, tuple(clip.truth(0, 0)))
    follower = Follower(clip, (0, 30), KnownPeople(KnownBoxes.none(), [seed]), cancelled=cancelled)
    with pytest.raises(Cancelled):
        walk(follower, 0, (0, 30))
    assert follower.passed[1] < 6


def test_real_people_are_followed_from_one_box(data: Path):
    """trento-out8: the labelled player, from the box of one frame, without any network."""
    import json

    from glpose_core.video import open_video

    labels = json.loads((data / "clips/labels/trento-out8.json").read_text(encoding="utf-8"))
    index = {image["id"]: image["frame_index"] for image in labels["images"]}
    truth = {index[a["image_id"]]: np.array(a["bbox"]) for a in labels["annotations"]}
    frames = sorted(truth)
    start = frames[len(frames) // 2]
    span = (start - 10, start + 10)
    with open_video(data / "clips/trento-out8.mp4") as reader:
        seed = Seed(0, start, tuple(truth[start]))
        known = KnownPeople(KnownBoxes.none(), [seed])
        follower = walk(Follower(lambda f: reader[f], span, known), start, span)
    (track,) = follower.tracks
    kept = [overlap(track.box(f), truth[f]) for f in frames if span[0] <= f < span[1]]
    assert np.mean(kept) > 0.5


class Beside:
    """A detector that sees the first figure wherever the second, which is a pillar, does not hide most of it."""

    name = "beside"

    def __init__(self, clip):
        self.clip, self.now = clip, 0

    def picture(self, frame):
        self.now = frame
        return self.clip(frame)

    def find(self, picture):
        person, pillar = (self.clip.truth(figure, self.now) for figure in (0, 1))
        left, right = person[0], person[0] + person[2]
        hidden = min(right, pillar[0] + pillar[2]) - max(left, pillar[0])
        boxes = person[None] if hidden < 0.5 * person[2] else np.zeros((0, 4))
        return Detections(boxes, np.full(len(boxes), 0.9))


@pytest.mark.parametrize("wide", [44, 64])
def test_somebody_who_was_wholly_hidden_for_a_moment_is_the_same_person(
    make_clip, make_figure, wide
):
    clip = make_clip(
        60,
        [
            make_figure(straight(20, 70, 4.0)),
            make_figure(lambda f: (120.0, 20.0, float(wide), 200.0), hue=60, seed=9),
        ],
    )
    detector = Beside(clip)
    follower = walk(Follower(detector.picture, (0, 60), none(), detector=detector), 0, (0, 60))
    people = {}
    for frame in (5, 55):
        (people[frame],) = [
            track.person
            for track in living(follower)
            if frame in track.boxes and overlap(track.boxes[frame], clip.truth(0, frame)) > 0.5
        ]
    assert people[5] == people[55]


def test_found_people_are_matched_to_those_of_an_earlier_run(
    make_clip, make_figure, truth_detector
):
    clip = make_clip(
        40,
        [make_figure(straight(20, 30, 3.0)), make_figure(straight(200, 120, -2.0), hue=90, seed=5)],
    )

    def run(known: KnownBoxes):
        detector = truth_detector(clip)
        people = KnownPeople(known, refind=True)
        follower = Follower(detector.picture, (0, 40), people, detector=detector)
        return living(walk(follower, 10, (0, 40)))

    first = run(KnownBoxes.none())
    rows = [(7 - t.person, f, box) for t in first for f, box in t.boxes.items() if f % 3 == 0]
    people, frames, boxes = (list(column) for column in zip(*rows, strict=True))
    again = run(KnownBoxes.of(people, frames, np.array(boxes)))
    assert {t.person for t in again} == set(people)
    for track in again:
        there = {p for p, f, box in rows if f in track.boxes and overlap(track.boxes[f], box) > 0.5}
        assert there == {track.person}


@pytest.mark.parametrize(("span", "focus"), [((20, 40), 20), ((20, 40), 28), ((0, 12), 3)])
def test_who_goes_on_from_frames_outside_the_span_is_the_same_person(
    make_clip, make_figure, truth_detector, span, focus
):
    """A clip is predicted in pieces."""
    clip = make_clip(
        40,
        [make_figure(straight(20, 30, 3.0)), make_figure(straight(200, 120, -2.0), hue=90, seed=5)],
    )
    told = range(12, 20)
    rows = [(person, f, clip.truth(person - 1, f)) for person in (1, 2) for f in told]
    people, frames, boxes = (list(column) for column in zip(*rows, strict=True))
    human = np.zeros(len(rows), dtype=bool)
    known = KnownPeople(KnownBoxes.of(people, frames, np.array(boxes), human), refind=True)
    detector = truth_detector(clip)
    follower = walk(Follower(detector.picture, span, known, detector=detector), focus, span)
    assert {t.person for t in living(follower)} == {1, 2}
    for track in living(follower):
        assert set(track.boxes) <= set(range(*span))
        assert all(
            overlap(b, clip.truth(track.person - 1, f)) > 0.5 for f, b in track.boxes.items()
        )
