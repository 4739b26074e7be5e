"""Anchors: the frames in which boxes are checked against poses and detections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...geometry import Floats, box_iou
from ..find import Detections, Detector
from .assign import Sighting, assign, likeness, look, look_likeness
from .boxes import Pose, Poses, blend, pose_box
from .judge import Judging, judge, propose
from .known import KnownBox
from .state import Followed, Picture
from .tracks import Track
from .trust import PoseFinder, Trust
from .who import claimed, double, lost_there

Match: TypeAlias = tuple[Floats, float, Pose | None]
"""Box and score of the detection that a track was matched with, and the pose in it."""

HINTED = 0.5
"""How much more likely somebody is whom an earlier run saw exactly there."""
ASTRAY = 0.5
"""Overlap with its detection below which motion has led a box astray: onto what the person passes behind, say."""

FOUND = 0.6
"""How far a box moves to the detection that it is matched with."""

LENIENCE = 0.9
"""What a track must reach on average, as a share of what its first pose must: not every frame is easy."""

EARLIER_SCORE = 0.6
"""Box score of somebody whom an earlier run saw and no detection has confirmed since."""

_SHIFTS = np.array(
    [
        (0.0, 0.0, 1.35),
        (0.45, 0.0, 1.0),
        (-0.45, 0.0, 1.0),
        (0.0, 0.3, 1.0),
        (0.0, -0.3, 1.0),
        (0.4, 0.25, 1.0),
        (-0.4, 0.25, 1.0),
        (0.4, -0.25, 1.0),
        (-0.4, -0.25, 1.0),
    ]
)
"""Where somebody is sought who is not where motion led: shifts in box widths and heights, and growth."""


class Anchor:
    """Corrects tracks in one frame, ends them where they have lost their person, and starts new ones."""

    def __init__(
        self,
        state: Followed,
        detector: Detector | None,
        poses: PoseFinder | None,
        recognise: Callable[[int, Floats], KnownBox | None],
        judging: Judging | None = None,
    ) -> None:
        """``recognise(frame, box)`` says which person known from other frames this is, if any. ``judging``: what
        the detector finds are proposals, to be judged by their poses."""
        self._state = state
        self._recognise_known = recognise
        self._detector = detector
        self._poses = poses
        self._judging = judging if poses is not None else None
        self._next_person = -1
        self._trust = Trust(state, poses)

    def set(self, direction: int, frame: int) -> list[Track]:
        """Check every track that grows in ``direction`` in ``frame``, but for those in given boxes throughout: their
        poses would change nothing. Returns the tracks begun."""
        active = self._state.active(direction, frame)
        tracks = [track for track in active if not self._state.given(track)]
        found = self._detect(frame)
        present = {track.person for track in active}
        hints = [hint for hint in self._state.known.hints(frame) if hint.person not in present]
        boxes = [track.boxes[frame] for track in tracks]
        boxes += [*found.boxes, *(hint.box for hint in hints)]
        if not boxes:
            return []
        ours, theirs, hinted = None, None, None
        if self._poses is not None:
            poses = self._poses(frame, np.stack(boxes))
            ours = poses.part(0, len(tracks))
            theirs = poses.part(len(tracks), len(tracks) + len(found))
            hinted = poses.part(len(tracks) + len(found), len(boxes))
            found, theirs = self._judge(frame, found, theirs)
        pairs = self._match(direction, tracks, found, ours, theirs, frame)
        matched = {
            t: (found.boxes[d], float(found.scores[d]), None if theirs is None else theirs[d])
            for t, d in pairs
        }
        self.correct(tracks, direction, frame, ours, matched)
        self._end_doubles(direction, frame)
        begun = []
        if hints or len(found):
            self._trust.weigh(frame, found)
        for row, hint in enumerate(hints):
            pose = None if hinted is None else hinted[row]
            begun.append(self._welcome_back(frame, hint, pose))
        taken = {d for _, d in pairs}
        for d in (d for d in range(len(found)) if d not in taken):
            pose = None if theirs is None else theirs[d]
            begun.append(
                self._welcome(direction, frame, found.boxes[d], float(found.scores[d]), pose)
            )
        return [track for track in begun if track is not None]

    def estimate(self, frame: int, tracks: Sequence[Track]) -> Poses | None:
        """The poses of tracks in a frame; None if people are followed without."""
        if self._poses is None or not tracks:
            return None
        return self._poses(frame, np.stack([track.boxes[frame] for track in tracks]))

    def correct(
        self,
        tracks: Sequence[Track],
        direction: int,
        frame: int,
        poses: Poses | None,
        matched: Mapping[int, Match],
    ) -> None:
        """Correct tracks in ``frame`` by their poses and matched detections (row → match), or end them."""
        for row, track in enumerate(tracks):
            pose = None if poses is None else poses[row]
            match = matched.get(row)
            if match is not None:
                track.hits.append(match[1])
                track.misses = 0
            elif self._detector is not None:
                track.misses += 1
            if frame in track.exact:
                self._believe(track, direction, frame, track.boxes[frame], pose)
                continue
            box: Floats | None = track.boxes[frame]
            if match is None and self._doubtful(track, frame, pose):
                box, pose = self._seek(track, frame)
            if box is None:
                self._doubt(track, direction)
                continue
            if match is not None and box_iou(box, match[0])[0, 0] < ASTRAY:
                box, pose = match[0], match[2]
            self._believe(track, direction, frame, _bettered(box, track, pose, match), pose)

    # --- believing

    def _believe(
        self, track: Track, direction: int, frame: int, box: Floats, pose: Pose | None
    ) -> None:
        track.settle(direction, frame, box)
        if pose is not None:
            track.trust.append(pose.confidence)
            track.remember(direction, frame, pose)
        now = look(self._state.picture(frame), box)
        if track.look is None:
            track.look = now if now.sum() > 0 else None
        elif self.alike(track, frame, box) >= self._state.rules.alike:
            track.look = 0.8 * track.look + 0.2 * now
        self._confirm(track)

    def _confirm(self, track: Track) -> None:
        rules, span = self._state.rules, self._state.span
        needed = rules.enough_hits if span[1] - span[0] > rules.every else 1
        if track.confirmed:
            return
        if (
            self._judging is not None
        ):  # a score has the poses in it; weak ones only continue a track
            track.confirmed = sum(hit >= rules.new_score for hit in track.hits) >= needed
        elif len(track.hits) >= needed:
            track.confirmed = self._trust.is_person(float(np.mean(track.trust or [0.0])), LENIENCE)

    def _doubtful(self, track: Track, frame: int, pose: Pose | None) -> bool:
        """Whether the track may no longer lie on its person."""
        rules, usual = self._state.rules, track.usual_trust
        if pose is not None and usual >= rules.no_opinion:
            if pose.confidence < rules.keep_trust * usual:
                return True
            return self._unseen(track) and not self._trust.is_person(pose.confidence, LENIENCE)
        if self._unseen(track):
            return True
        return self.alike(track, frame, track.boxes[frame]) < rules.alike

    def _unseen(self, track: Track) -> bool:
        """Whether the detector has not confirmed somebody it should have."""
        missed = self._detector is not None and track.misses >= self._state.rules.misses
        return missed and not track.known

    def alike(self, track: Track, frame: int, box: Floats) -> float:
        """Likeness of the colours in a box to the track's own, 0…1."""
        if track.look is None:
            return 1.0
        now = look(self._state.picture(frame), box)
        return float(look_likeness(track.look[None], now[None])[0, 0])

    def _doubt(self, track: Track, direction: int) -> None:
        front = track.fronts[direction]
        front.doubts += 1
        if front.doubts >= self._state.rules.doubts:
            self.give_up(track, direction)

    def give_up(self, track: Track, direction: int) -> None:
        """End a track in a direction where it lost its person: at the last frame that still shows them."""
        front = track.fronts[direction]
        rules, usual = self._state.rules, track.usual_trust
        by_pose = self._poses is not None and usual >= rules.no_opinion
        kept = 0
        for frame in front.loose:
            if self.alike(track, frame, track.boxes[frame]) < rules.alike:
                break
            if by_pose:
                poses = self.estimate(frame, [track])
                if poses is None or poses[0].confidence < rules.keep_trust * usual:
                    break
            kept += 1
        del front.loose[:kept]
        track.close(direction, take_back=True)

    def _seek(self, track: Track, frame: int) -> tuple[Floats | None, Pose | None]:
        """Look for somebody around the place that motion led to; (None, None) if they are not there."""
        rules = self._state.rules
        if self._poses is None or track.usual_trust < rules.no_opinion:
            return None, None
        box = track.boxes[frame]
        centres = box[:2] + box[2:] / 2 + _SHIFTS[:, :2] * box[2:]
        sizes = box[2:] * _SHIFTS[:, 2:]
        tries = np.concatenate([centres - sizes / 2, sizes], axis=1)
        poses = self._poses(frame, tries)
        for row in np.argsort([-poses[i].confidence for i in range(len(poses))], kind="stable"):
            pose = poses[int(row)]
            if pose.confidence < (rules.keep_trust + 0.15) * track.usual_trust:
                break
            place = pose_box(tries[row], pose)
            taken = claimed(self._state, frame, place, except_for=track)
            if not taken and self.alike(track, frame, place) >= rules.alike:
                return place, pose
        return None, None

    # --- who is who

    def _detect(self, frame: int) -> Detections:
        if self._detector is None:
            return Detections.none()
        self._state.check()
        found = self._detector.find(self._state.picture(frame))
        return found if self._judging is None else propose(found, self._judging)

    def _judge(self, frame: int, found: Detections, poses: Poses) -> tuple[Detections, Poses]:
        """What is left of proposals after a look at their poses, if they are to be judged by these."""
        if self._judging is None or not len(found):
            return found, poses
        rules = self._state.rules
        likely = found.scores >= rules.new_score
        self._trust.weigh(frame, Detections(found.boxes[likely], found.scores[likely]))
        if max(poses[row].confidence for row in range(len(found))) < rules.no_opinion:
            return found, poses
        judged, kept = judge(found, poses, self._judging, self._trust.nobody)
        return judged, Poses(poses.xy[kept], poses.score[kept])

    def _match(
        self,
        direction: int,
        tracks: Sequence[Track],
        found: Detections,
        ours: Poses | None,
        theirs: Poses | None,
        frame: int,
    ) -> list[tuple[int, int]]:
        if not tracks or not len(found):
            return []
        picture = self._state.picture(frame)
        own_looks = np.stack([_look_of(track, picture, frame) for track in tracks])
        looks = np.stack([look(picture, box) for box in found.boxes])
        there = Sighting(found.boxes, looks, theirs)
        # Where they are by the picture's motion, or by their own: behind something the two part.
        moved = Sighting(np.stack([track.boxes[frame] for track in tracks]), own_looks, ours)
        coasted = np.stack([track.coasted(direction, frame) for track in tracks])
        scores = np.maximum(
            likeness(moved, there),
            likeness(Sighting(coasted, own_looks), replace(there, poses=None)),
        )
        earlier = {hint.person: hint.box for hint in self._state.known.hints(frame)}
        for row, track in enumerate(tracks):
            if track.person in earlier:
                scores[row] += HINTED * box_iou(earlier[track.person], found.boxes)[0]
        return assign(scores, np.array([track.known for track in tracks]))

    def _end_doubles(self, direction: int, frame: int) -> None:
        """Where two tracks lie on one person, end the one with the weaker claim."""
        active = sorted(
            self._state.active(direction, frame),
            key=lambda t: (not t.known, -len(t.hits), t.number),
        )
        for place, track in enumerate(active):
            if track.known:
                continue
            rivals = [other for other in active[:place] if other.fronts[direction].open]
            if any(double(track, r, direction, frame) for r in rivals):
                track.close(direction, take_back=True)

    def _welcome(
        self, direction: int, frame: int, box: Floats, score: float, pose: Pose | None
    ) -> Track | None:
        """Begin a track for somebody found whom no track explains, if it is somebody."""
        rules = self._state.rules
        if score < rules.new_score or claimed(self._state, frame, box):
            return None
        if pose is not None and self._judging is None:
            if not self._trust.is_person(pose.confidence):
                return None
            box = blend(box, pose_box(box, pose), 0.6)
        known = self._recognise_known(frame, box)
        now = look(self._state.picture(frame), box)
        lost = lost_there(self._state, direction, frame, box, now)
        if lost is not None and lost.fronts[direction].open:
            self.give_up(lost, direction)  # this is where its person really is
        if known is not None:
            ghost = known.person in self._state.known.deleted_people
            track = self._state.start(known.person, frame, box, known=known.exact, ghost=ghost)
            track.confirmed = True
        elif lost is None:
            track = self._state.start(self._next_person, frame, box, known=False, ghost=False)
            self._next_person -= 1
        else:
            track = self._state.start(lost.person, frame, box, known=lost.known, ghost=lost.ghost)
            track.confirmed = lost.confirmed
        self._greet(track, frame, pose, score)
        return track

    def _welcome_back(self, frame: int, hint: KnownBox, pose: Pose | None) -> Track | None:
        """Begin a track for somebody whom an earlier run saw here, if they still seem to be."""
        if claimed(self._state, frame, hint.box):
            return None
        if pose is not None and not self._trust.is_person(pose.confidence):
            return None
        track = self._state.start(hint.person, frame, hint.box, known=False, ghost=False)
        track.confirmed = True
        self._greet(track, frame, pose, EARLIER_SCORE)
        return track

    def _greet(self, track: Track, frame: int, pose: Pose | None, score: float) -> None:
        """Note what a track's first frame shows."""
        track.look = look(self._state.picture(frame), track.boxes[frame])
        track.hits.append(score)
        if pose is not None:
            track.trust.append(pose.confidence)
            for side in (1, -1):
                track.remember(side, frame, pose)
        self._confirm(track)


def _bettered(box: Floats, track: Track, pose: Pose | None, match: Match | None) -> Floats:
    """A box drawn towards what the detection says, and towards the pose by how sure that is."""
    gain = 0.0
    if pose is not None:
        usual = max(track.usual_trust, 0.3)
        gain = float(np.clip((pose.confidence / usual - 0.4) / 0.4, 0.0, 1.0)) * 0.6
    if match is not None:
        box, gain = blend(box, match[0], FOUND), gain * (1 - FOUND)
    return box if pose is None else blend(box, pose_box(box, pose), gain)


def _look_of(track: Track, picture: Picture, frame: int) -> NDArray[np.float32]:
    return look(picture, track.boxes[frame]) if track.look is None else track.look
