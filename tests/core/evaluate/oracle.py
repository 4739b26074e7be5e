"""PoseTrack's scoring rules once more, slowly: one loop a rule, over plain dictionaries.

Written from the rules alone, to be compared with. A person is ``{"track": int, "head": pixels,
"joints": {name: (x, y)}, "scores": {name: float}}``; a frame ``{"truth": [...], "found": [...],
"regions": [[(x, y), ...], ...]}``; a video a list of frames.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

JOINTS = [
    "nose",
    "head_bottom",
    "head_top",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
]
NONE = float("nan")


def cleaned(video: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules 2 and 3."""
    frames = []
    for frame in video:
        if not frame["truth"]:
            continue
        sides = {}
        for side in ("truth", "found"):
            people = []
            for person in frame[side]:
                joints = {
                    name: point
                    for name, point in person["joints"].items()
                    if not any(inside(point, polygon) for polygon in frame["regions"])
                }
                if joints or not frame["regions"]:
                    people.append({**person, "joints": joints})
            sides[side] = people
        frames.append(sides)
    return frames


def inside(point: tuple[float, float], polygon: list[tuple[float, float]]) -> bool:
    """Strictly inside, by the winding angle; the tests keep points off the edges."""
    angle = 0.0
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        one = math.atan2(ay - point[1], ax - point[0])
        two = math.atan2(by - point[1], bx - point[0])
        angle += (two - one + math.pi) % (2 * math.pi) - math.pi
    return abs(angle) > math.pi


def apart(truth: dict[str, Any], found: dict[str, Any], joint: str) -> float:
    """Rule 1's distance in head sizes; infinite if a side lacks the joint."""
    if joint not in truth["joints"] or joint not in found["joints"]:
        return math.inf
    (ax, ay), (bx, by) = truth["joints"][joint], found["joints"][joint]
    return math.sqrt((ax - bx) ** 2 + (ay - by) ** 2) / truth["head"]


def pckh(truth: dict[str, Any], found: dict[str, Any]) -> float:
    right = sum(apart(truth, found, joint) <= 0.5 for joint in JOINTS)
    return right / len(truth["joints"]) if truth["joints"] else 0.0


def partners(frame: dict[str, Any]) -> dict[int, int]:
    """Rule 4: which labelled person each prediction is."""
    kept: dict[int, list[tuple[float, int]]] = {}
    for place, found in enumerate(frame["found"]):
        shares = [pckh(truth, found) for truth in frame["truth"]]
        if shares and max(shares) > 0:
            kept.setdefault(shares.index(max(shares)), []).append((max(shares), place))
    result = {}
    for truth, options in kept.items():
        best = max(share for share, _ in options)
        result[next(place for share, place in options if share == best)] = truth
    return result


def ap(videos: list[list[dict[str, Any]]]) -> dict[str, float]:
    """Rules 5 and 6, for each joint."""
    result = {}
    frames = [frame for video in videos for frame in cleaned(video)]
    matched = [partners(frame) for frame in frames]
    for joint in JOINTS:
        judged: list[tuple[float, bool]] = []
        labelled = 0
        for frame, match in zip(frames, matched, strict=True):
            labelled += sum(joint in person["joints"] for person in frame["truth"])
            for place, found in enumerate(frame["found"]):
                if joint in found["joints"]:
                    right = (
                        place in match and apart(frame["truth"][match[place]], found, joint) <= 0.5
                    )
                    judged.append((found["scores"][joint], right))
        result[joint] = area(judged, labelled)
    return result


def area(judged: list[tuple[float, bool]], labelled: int) -> float:
    if not judged:
        return 0.0
    if not labelled:
        return NONE
    judged = sorted(judged, key=lambda pair: -pair[0])
    points = []
    for count in range(1, len(judged) + 1):
        hits = sum(right for _, right in judged[:count])
        points.append((hits / labelled, hits / count))
    total, before = 0.0, 0.0
    for place, (recall, _) in enumerate(points):
        best = max(precision for _, precision in points[place:])
        total += (recall - before) * best
        before = recall
    return 100 * total


def mean(values: dict[str, float]) -> float:
    """Rule 7's total."""
    known = [value for value in values.values() if not math.isnan(value)]
    return sum(known) / len(known) if known else NONE


def tracking(videos: list[list[dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """Rule 8: counts and measures for each joint (MOTP: none where the official code would stop, for
    want of a frame)."""
    frames = sum(max(len(cleaned(video)) - 1, 0) for video in videos)
    result = {}
    for joint in JOINTS:
        sums = dict.fromkeys(("objects", "found", "misses", "wrong", "switches", "distance"), 0.0)
        for video in videos:
            last: dict[int, int] = {}
            for frame in cleaned(video)[:-1]:
                count_frame(frame, joint, last, sums)
        objects, found = sums["objects"], sums["found"]
        bad = sums["misses"] + sums["wrong"] + sums["switches"]
        predicted = found + sums["wrong"]
        result[joint] = {
            **sums,
            "mota": 100 * (1 - bad / objects) if objects else NONE,
            "motp": 100 * (1 - sums["distance"] / found) if found else (0.0 if frames else NONE),
            "pre": 100 * found / predicted if predicted else NONE,
            "rec": 100 * found / objects if objects else NONE,
        }
    return result


def count_frame(
    frame: dict[str, Any], joint: str, last: dict[int, int], sums: dict[str, float]
) -> None:
    if not frame["truth"] or not frame["found"]:
        sums["objects"] += 1
        sums["misses"] += 1
        sums["wrong"] += 1
        return
    truth = [person for person in frame["truth"] if joint in person["joints"]]
    found = [person for person in frame["found"] if joint in person["joints"]]
    near = {
        (t, f): apart(truth[t], found[f], joint)
        for t in range(len(truth))
        for f in range(len(found))
        if apart(truth[t], found[f], joint) <= 0.5
    }
    matches: dict[int, int] = {}
    for t, person in enumerate(truth):
        for f, other in enumerate(found):
            held = last.get(person["track"]) == other["track"]
            if held and f not in matches.values() and (t, f) in near:
                matches[t] = f
    for t, f in best_assignment(near, matches, len(truth)).items():
        track = truth[t]["track"]
        sums["switches"] += track in last and last[track] != found[f]["track"]
        matches[t] = f
    for t, f in matches.items():
        last[truth[t]["track"]] = found[f]["track"]
        sums["distance"] += near[t, f]
    sums["objects"] += len(truth)
    sums["found"] += len(matches)
    sums["misses"] += len(truth) - len(matches)
    sums["wrong"] += len(found) - len(matches)


def best_assignment(
    near: dict[tuple[int, int], float], matches: dict[int, int], labelled: int
) -> dict[int, int]:
    """Of all assignments of the rest: the most links, then the least distance. All are tried."""
    free = [t for t in range(labelled) if t not in matches]
    options = [
        [None, *(f for (s, f) in near if s == t and f not in matches.values())] for t in free
    ]
    best: tuple[tuple[int, float], dict[int, int]] = ((0, 0.0), {})
    for choice in itertools.product(*options):
        used = [f for f in choice if f is not None]
        if len(used) != len(set(used)):
            continue
        picked = {t: f for t, f in zip(free, choice, strict=True) if f is not None}
        rank = (-len(picked), sum(near[pair] for pair in picked.items()))
        if rank < best[0]:
            best = (rank, picked)
    return best[1]
