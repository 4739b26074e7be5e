"""Following people outwards from one frame, both ways.

From frame to frame boxes move with the picture. Every few frames (an *anchor*) they are corrected by
the pose found in them and by detections, and the correction is spread over the frames since the last
one. Who is who is settled at the anchors. A cut ends every track.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...geometry import Floats, box_iou
from ..find import Detector
from .anchor import Anchor
from .boxes import share_inside
from .cuts import Glance, is_cut
from .flow import clear_points, move_boxes, points_on
from .judge import Judging
from .known import KnownBox, KnownPeople
from .state import Followed, FollowRules, Picture
from .tracks import Track
from .trust import PoseFinder

WEAK = 0.2
"""Share of points below which the motion of a person is unknown."""

LEAST_INSIDE = 0.3
"""Share of the box inside the picture below which a person has left it."""


class Follower:
    """Follows people from one frame outwards.

    Args:
        picture: returns the RGB picture of a frame.
        span: the frames to follow through, half open.
        known: people already known.
        detector: finds new people; None follows only known ones.
        poses: estimates people in boxes; None follows by motion alone.
        rules: when to believe what.
        judging: what the detector finds are proposals, to be judged by their poses; None: they are finds.
        cancelled: asked at every frame.
        glance_at: returns a frame at a glance, to know cuts by; None: it is made of the picture.
    """

    def __init__(
        self,
        picture: Callable[[int], Picture],
        span: tuple[int, int],
        known: KnownPeople,
        *,
        detector: Detector | None = None,
        poses: PoseFinder | None = None,
        rules: FollowRules | None = None,
        judging: Judging | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        glance_at: Callable[[int], Glance] | None = None,
    ) -> None:
        self.rules = rules or FollowRules()
        self._state = Followed(
            picture,
            span,
            known,
            self.rules,
            detector is not None,
            cancelled,
            glance_at,
            low=span[0],
            high=span[0],
        )
        self._anchor = Anchor(self._state, detector, poses, self._known_there, judging)

    @property
    def tracks(self) -> Sequence[Track]:
        """Every track so far, by number."""
        return self._state.tracks

    @property
    def passed(self) -> tuple[int, int]:
        """The frames passed so far, half open."""
        return self._state.low, self._state.high

    def followed(self, direction: int) -> int:
        """How many people are followed on in a direction (±1)."""
        front = self._state.high - 1 if direction > 0 else self._state.low
        return len(self._state.active(direction, front))

    def shot(self, frame: int) -> tuple[int, int]:
        """The frames of the span in the same shot as ``frame``, as far as cuts are known, half open."""
        return self._state.shot(frame)

    def begin(self, frame: int) -> None:
        """Look at the first frame; from here the two directions part."""
        self._state.low, self._state.high = frame, frame + 1
        self._state.glance(frame)  # so that it is known whether it can be decoded
        self._meet_known(1, frame)
        self._anchor.set(1, frame)
        for track in self._state.tracks:
            track.fronts[-1].pose = track.fronts[1].pose

    def extend(self, direction: int, frames: int) -> None:
        """Pass up to ``frames`` more frames in a direction (±1), ending with an anchor."""
        state = self._state
        for step in range(1, frames + 1):
            frame = state.high if direction > 0 else state.low - 1
            if not state.span[0] <= frame < state.span[1]:
                return
            new_shot = self._carry_all(direction, frame)
            if direction > 0:
                state.high = frame + 1
            else:
                state.low = frame
            self._meet_known(direction, frame)
            last = frame in (state.span[0], state.span[1] - 1)
            due = step % self.rules.every == 0 or step == frames or last
            if new_shot or due or self._awaited(direction, frame):
                for track in self._anchor.set(direction, frame):
                    most = self.rules.back if track.person < 0 else state.span[1] - state.span[0]
                    self._follow_back(track, direction, most)
            if last:
                self._finish(direction)

    def _awaited(self, direction: int, frame: int) -> bool:
        """Whether somebody who is not followed may be here and, before the next anchor, for the last time."""
        awaited = self._state.known.last_hints(frame, direction, self.rules.every)
        if not awaited:
            return False
        present = {track.person for track in self._state.active(direction, frame)}
        return any(person not in present for person in awaited)

    def _finish(self, direction: int) -> None:
        """At the end of the span there is no later anchor to lift a doubt: take back what is doubtful."""
        for track in self._state.tracks:
            front = track.fronts[direction]
            if front.open and front.loose:
                self._end(track, direction, lost=front.doubts > 1)

    def _carry_all(self, direction: int, frame: int) -> bool:
        """Carry every open track into ``frame``. Returns whether a new shot begins there."""
        state, before = self._state, frame - direction
        active = state.active(direction, before)
        if is_cut(state.glance(before), state.glance(frame)):
            state.cut(max(before, frame))
            for track in active:
                self._end(track, direction, lost=track.fronts[direction].doubts > 0)
            return True
        self._carry(direction, frame, active)
        return False

    def _carry(self, direction: int, frame: int, tracks: Sequence[Track]) -> None:
        """Move tracks that end beside ``frame`` into it, or end them."""
        state, before = self._state, frame - direction
        moving = []
        for track in tracks:
            if self._stops(track, before, direction):
                track.close(direction, take_back=False)
            else:
                moving.append(track)
        if not moving:
            return
        boxes, shares = self._moved(direction, frame, moving)
        old = np.array([track.boxes[before] for track in moving])
        velocity = np.array([track.fronts[direction].velocity for track in moving])
        weak = np.array(shares) < WEAK
        step = (boxes[:, :2] + boxes[:, 2:] / 2) - (old[:, :2] + old[:, 2:] / 2)
        boxes[weak] = old[weak] + np.pad(velocity[weak], ((0, 0), (0, 2)))
        velocity[~weak] = 0.6 * velocity[~weak] + 0.4 * step[~weak]
        height, width = state.picture(frame).shape[:2]
        gone = share_inside(boxes, width, height) < LEAST_INSIDE
        for row, track in enumerate(moving):
            front = track.fronts[direction]
            front.weak = front.weak + 1 if weak[row] else 0
            front.velocity = velocity[row]
            if front.weak > self.rules.patience:
                self._end(track, direction, lost=True)
            elif gone[row]:
                self._end(track, direction, lost=front.doubts > 0)
            else:
                track.put(frame, boxes[row])
                front.loose.append(frame)

    def _moved(
        self, direction: int, frame: int, tracks: Sequence[Track]
    ) -> tuple[Floats, list[float]]:
        """The boxes ``[N, 4]`` of tracks in ``frame``, and how surely each was followed there.

        Boxes that are given there are taken as they are; only the others are carried by the picture's motion.
        """
        state, before = self._state, frame - direction
        given = {known.person: known.box for known in state.known.at(frame) if not known.deleted}
        unknown = [track for track in tracks if track.person not in given]
        if not unknown:
            return np.array([given[track.person] for track in tracks]), [1.0] * len(tracks)
        beside = state.active(direction, before)
        points = [
            clear_points(
                points_on(track.boxes[before], track.recall(direction, before)),
                [other.boxes[before] for other in beside if other is not track],
            )
            for track in unknown
        ]
        boxes = [track.boxes[before] for track in unknown]
        pictures = state.flow_picture(before), state.flow_picture(frame)
        carried = zip(*move_boxes(*pictures, boxes, points), strict=True)
        both = [
            (given[track.person], 1.0) if track.person in given else next(carried)
            for track in tracks
        ]
        return np.array([box for box, _ in both]), [share for _, share in both]

    def _end(self, track: Track, direction: int, *, lost: bool) -> None:
        """End a track in a direction: where the person was lost, or here."""
        if lost:
            self._anchor.give_up(track, direction)
        else:
            track.close(direction, take_back=False)

    def _stops(self, track: Track, frame: int, direction: int) -> bool:
        """Whether a known person is not to be followed beyond ``frame``."""
        known = self._state.known
        if not track.known or track.person in known.followed or self._state.finding:
            return False
        ahead = known.ahead(track.person, frame, direction)
        return ahead is None or ahead > self.rules.bridge

    def _meet_known(self, direction: int, frame: int) -> None:
        """Put known boxes where they belong: exactly."""
        state = self._state
        # Of two tracks of one person the first is taken.
        active = {track.person: track for track in reversed(state.active(direction, frame))}
        for known in state.known.at(frame):
            ghost = known.person in state.known.deleted_people
            if known.deleted and not ghost:
                continue
            if known.person in active:
                active[known.person].fix(direction, frame, known.box)
                continue
            track = state.start(known.person, frame, known.box, known=True, ghost=ghost)
            for side in (1, -1):
                track.fix(side, frame, known.box)
            self._follow_back(track, direction, state.span[1] - state.span[0])

    def _follow_back(self, track: Track, direction: int, most: int) -> None:
        """Follow a track that began at the end of ``direction`` back through frames already passed."""
        state, back = self._state, -direction
        front = track.fronts[back]
        edge = state.low if direction > 0 else state.high - 1
        while front.open and track.end(back) != edge and most > 0:
            frame = track.end(back) + back
            if max(frame, frame - back) in state.cuts or self._occupied(track, frame):
                self._end(track, back, lost=front.doubts > 0)
                return
            self._carry(back, frame, [track])
            most -= 1
            if front.open and front.loose and len(front.loose) % self.rules.every == 0:
                poses = self._anchor.estimate(frame, [track])
                self._anchor.correct([track], back, frame, poses, {})
        if front.open and front.loose:
            frame = track.end(back)
            poses = self._anchor.estimate(frame, [track])
            self._anchor.correct([track], back, frame, poses, {})
        if front.open and track.end(back) != edge:
            self._end(track, back, lost=front.doubts > 0)
        elif edge in (state.span[0], state.span[1] - 1):
            self._finish(back)

    def _known_there(self, frame: int, box: Floats) -> KnownBox | None:
        """Which absent person with a known box in a frame nearby this is: the one whose box, followed
        from there to here, ends up on ``box``."""
        state = self._state
        present = {track.person for track in state.tracks if frame in track.boxes}
        for start, known in state.known.near(frame, self.rules.bridge):
            away = abs(frame - start)
            apart = np.linalg.norm(known.box[:2] + known.box[2:] / 2 - box[:2] - box[2:] / 2)
            if known.person in present or apart > known.box[3] * (0.5 + 0.1 * away):
                continue
            probe = Track(-1, known.person, known=True)
            probe.put(start, known.box)
            direction = 1 if frame > start else -1
            for step in range(start + direction, frame + direction, direction):
                if is_cut(state.glance(step - direction), state.glance(step)):
                    break
                self._carry(direction, step, [probe])
            here = probe.boxes.get(frame)
            if here is not None and box_iou(here, box)[0, 0] > 0.35:
                return known
        return None

    def _occupied(self, track: Track, frame: int) -> bool:
        """Whether following ``track`` back into ``frame`` would meet the same person's other track, or
        run onto somebody else."""
        box: Floats = track.box(frame)
        for other in self._state.tracks:
            if other is track or frame not in other.boxes:
                continue
            if other.person == track.person:
                return True
            if not track.known and box_iou(box, other.boxes[frame])[0, 0] > 0.5:
                return True
        return False
