"""The drawn park of the README's pictures: a clip of two walkers, made-up predictions, a few corrections.

Nobody real is in it; everything is drawn here and labelled through the project's own functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtTest import QTest

from glpose_core.labels import PREDICTION_DTYPE, Project, Run, Visibility, edits
from glpose_core.skeleton import EARS, POSETRACK17
from glpose_core.video import write_video

WIDTH, HEIGHT, FRAMES, RATE = 1280, 720, 120, 25
SHOWN = 52
"""The frame that the picture shows."""

Picture = NDArray[np.uint8]
Points = dict[str, NDArray[np.float64]]
Colour = tuple[int, int, int]

ORDER = ("right_arm", "right_leg", "torso", "left_leg", "head", "left_arm")


def walker(frame: int, start: float, speed: float, ground: float, height: float) -> Points:
    """Joints of a person who walks to the right (or left, at a negative ``speed``), by name, in pixels."""
    facing = np.sign(speed)
    swing = np.sin(2 * np.pi * (frame * abs(speed) / (0.9 * height)) + start)
    bob = 0.012 * height * abs(swing)
    hip = np.array([start * 100 + speed * frame, ground - 0.50 * height + bob])

    def step(origin: NDArray[np.float64], angle: float, length: float) -> NDArray[np.float64]:
        """``length`` heights from ``origin``; the angle is measured from straight down, forwards."""
        return origin + height * length * np.array([facing * np.sin(angle), np.cos(angle)])

    neck = step(hip, np.pi - 0.06, 0.31)
    points = {"head_bottom": neck, "head_top": step(neck, np.pi - 0.03, 0.17)}
    points["nose"] = step(neck, np.pi - 0.55, 0.095)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        apart = np.array([-0.035 * sign * height * facing, 0.0])
        leg, arm = sign * swing, -sign * swing
        points[f"{side}_hip"] = hip + apart * 0.8
        points[f"{side}_knee"] = step(points[f"{side}_hip"], 0.42 * leg + 0.10, 0.24)
        bend = 0.42 * leg - 0.12 - 0.45 * max(-leg, 0.0)
        points[f"{side}_ankle"] = step(points[f"{side}_knee"], bend, 0.23)
        points[f"{side}_shoulder"] = neck + apart + [0, 0.03 * height]
        points[f"{side}_elbow"] = step(points[f"{side}_shoulder"], 0.5 * arm, 0.16)
        points[f"{side}_wrist"] = step(points[f"{side}_elbow"], 0.5 * arm + 0.45, 0.15)
    return points


def scene() -> Picture:
    """A street in the evening: sky, hills, houses, a lawn and a pavement, with a little grain."""
    rng = np.random.default_rng(3)
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    picture = (np.array([148, 184, 222]) * (1 - down) + np.array([246, 222, 190]) * down).repeat(
        WIDTH, axis=1
    )
    picture = np.ascontiguousarray(picture.astype(np.uint8))
    across = np.arange(WIDTH)
    for base, tall, tone in ((330, 60, (146, 166, 178)), (375, 40, (112, 140, 132))):
        hills = base - tall * (np.sin(across / 173.0 + base) + 0.5 * np.sin(across / 61.0))
        edge = np.column_stack([across, hills]).astype(np.int32)
        cv2.fillPoly(picture, [np.vstack([edge, [[WIDTH, HEIGHT], [0, HEIGHT]]])], tone)
    for left, top, wide in ((60, 210, 190), (300, 262, 150), (905, 236, 210), (1140, 190, 180)):
        wall = tuple(int(tone) for tone in rng.integers((168, 150, 132), (206, 186, 168)))
        cv2.rectangle(picture, (left, top), (left + wide, 470), wall, -1)
        cv2.rectangle(picture, (left - 6, top - 12), (left + wide + 6, top), (104, 84, 78), -1)
        for x in range(left + 18, left + wide - 24, 40):
            for y in range(top + 20, 430, 52):
                cv2.rectangle(picture, (x, y), (x + 20, y + 30), (84, 100, 122), -1)
    picture[470:] = (104, 134, 82)
    picture[560:] = (158, 152, 146)
    for x in range(-400, WIDTH + 400, 160):
        cv2.line(picture, (x, 560), (x - 120, HEIGHT), (140, 134, 128), 2, cv2.LINE_AA)
    for x, y in ((560, 478), (830, 482)):
        cv2.rectangle(picture, (x - 9, y - 120), (x + 9, y), (94, 72, 56), -1)
        for _ in range(70):
            centre = (int(x + rng.normal(0, 34)), int(y - 170 + rng.normal(0, 34)))
            green = (int(rng.integers(54, 92)), int(rng.integers(98, 142)), 64)
            cv2.circle(picture, centre, int(rng.integers(10, 22)), green, -1, cv2.LINE_AA)
    grain = rng.normal(0, 1.3, (HEIGHT, WIDTH, 1))
    grass = rng.normal(0, 4, (HEIGHT, WIDTH, 1)) * (down > 0.65)
    return np.clip(cv2.GaussianBlur(picture, (5, 5), 0) + grain + grass, 0, 255).astype(np.uint8)


def draw(picture: Picture, at: Points, shirt: Colour, trousers: Colour, hair: Colour) -> None:
    """Draw a clothed person over their joints."""
    size = float(np.linalg.norm(at["head_top"] - at["head_bottom"])) / 0.17
    skin = (222, 178, 148)

    def limb(a: str, b: str, thick: float, tone: Colour, shade: float) -> None:
        ends = [tuple(int(value) for value in np.round(at[name])) for name in (a, b)]
        colour = tuple(int(value * shade) for value in tone)
        cv2.line(picture, ends[0], ends[1], colour, round(thick * size), cv2.LINE_AA)

    def arm(side: str, shade: float) -> None:
        limb(f"{side}_elbow", f"{side}_wrist", 0.042, skin, shade)
        limb(f"{side}_shoulder", f"{side}_elbow", 0.062, shirt, shade)

    def leg(side: str, shade: float) -> None:
        limb(f"{side}_knee", f"{side}_ankle", 0.065, trousers, shade)
        limb(f"{side}_hip", f"{side}_knee", 0.09, trousers, shade)
        x, y = np.round(at[f"{side}_ankle"]).astype(int)
        facing = 1 if at["nose"][0] > at["head_bottom"][0] else -1
        toe = (int(x + facing * 0.045 * size), int(y + 0.025 * size))
        cv2.line(picture, (int(x), toe[1]), toe, (52, 46, 48), round(0.045 * size), cv2.LINE_AA)

    arm("right", 0.78)
    leg("right", 0.78)
    corners = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
    body = np.round([at[name] for name in corners]).astype(np.int32)
    cv2.fillConvexPoly(picture, cv2.convexHull(body), shirt, cv2.LINE_AA)
    cv2.polylines(picture, [body], True, shirt, round(0.085 * size), cv2.LINE_AA)
    leg("left", 1.0)
    head = (at["head_top"] + at["head_bottom"]) / 2
    axes = (round(0.055 * size), round(0.075 * size))
    centre = (round(float(head[0])), round(float(head[1])))
    cv2.line(
        picture,
        centre,
        tuple(np.round(at["head_bottom"]).astype(int).tolist()),
        skin,
        round(0.05 * size),
    )
    cv2.ellipse(picture, centre, axes, 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (centre[0], centre[1] - 3), axes, 0, 180, 360, hair, -1, cv2.LINE_AA)
    arm("left", 1.0)


PEOPLE = (
    {"start": 0.9, "speed": 6.2, "ground": 664.0, "height": 392.0},
    {"start": 11.2, "speed": -4.6, "ground": 612.0, "height": 330.0},
)
CLOTHES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((196, 84, 66), (58, 66, 98), (70, 48, 38)),
    ((62, 128, 132), (86, 80, 84), (44, 40, 44)),
)


def make_clip(path: Path) -> None:
    """Write the clip: two people who pass each other."""
    still = scene()
    with write_video(path, WIDTH, HEIGHT, RATE) as video:
        for frame in range(FRAMES):
            picture = still.copy()
            for way, clothes in reversed(list(zip(PEOPLE, CLOTHES, strict=True))):
                draw(picture, walker(frame, **way), *clothes)
            video.write(picture)


def truth(frame: int, person: int) -> NDArray[np.float64]:
    """Joints ``[17, 2]`` of one person; the ears are (0, 0)."""
    at = walker(frame, **PEOPLE[person])
    return np.array([at.get(joint, np.zeros(2)) for joint in POSETRACK17.joints])


def predictions() -> NDArray[np.void]:
    """What a model might have said: near the truth, less sure of the far side, wrong about one wrist."""
    rng = np.random.default_rng(8)
    far = np.array([joint.startswith("right") for joint in POSETRACK17.joints])
    rows = np.zeros(2 * FRAMES, PREDICTION_DTYPE)
    drift = rng.normal(0, 0.55, (2, FRAMES, 17, 2)).cumsum(axis=1)
    drift -= 0.9 * drift.mean(axis=1, keepdims=True)
    for at, row in enumerate(rows):
        frame, person = divmod(at, 2)
        xy = truth(frame, person)
        row["track"], row["frame"] = person, frame
        row["xy"] = xy + np.clip(drift[person, frame], -6, 6)
        row["score"] = np.clip(0.86 - 0.22 * far + 0.06 * np.sin(frame / 9 + np.arange(17)), 0, 1)
        hidden = far & (np.abs(np.sin(frame / 14 + person)) < 0.4)
        row["visibility"] = np.where(hidden, Visibility.OCCLUDED, Visibility.VISIBLE)
        body = np.delete(xy, EARS, axis=0)
        low, high = body.min(axis=0), body.max(axis=0)
        row["box"] = [*(low - 0.1 * (high - low)), *(1.2 * (high - low))]
        row["box_score"] = row["pose_score"] = 0.9
    rows["visibility"][:, list(EARS)] = Visibility.ABSENT
    rows["score"][:, list(EARS)] = 0
    wrist = POSETRACK17.joints.index("left_wrist")
    off = np.exp(-(((rows["frame"] - SHOWN - 8) / 9.0) ** 2)) * (rows["track"] == 0)
    rows["xy"][:, wrist, 0] += 44 * off
    rows["score"][:, wrist] -= 0.55 * off
    return rows


def label(project: Project) -> int:
    """Lay the predictions in, name the people, correct and accept a few frames. Returns who is chosen."""
    run = project.begin_run(Run(0, "GLPose W48", "glpose-w48", "CPU", time.time()))
    people = project.add_tracks(run, {0: None, 1: None})
    project.add_predictions(run, predictions())
    project.finish_run(run, "done")
    for track, name in enumerate(("Ada", "Noor")):
        project.apply(edits.rename_person(project.state, people[track], name))
    joints = POSETRACK17.joints
    for frame in (0, 24, SHOWN):
        for name in ("left_elbow", "left_ankle", "right_wrist"):
            joint = joints.index(name)
            xy = truth(frame, 0)[joint]
            project.apply(edits.move_joint(project.state, people[0], frame, joint, xy))
    hidden = joints.index("right_wrist")
    project.apply(
        edits.set_visibility(project.state, people[0], SHOWN, hidden, Visibility.OCCLUDED)
    )
    for frame in range(0, SHOWN, 8):
        project.apply(edits.accept_frame(project.state, frame))
    return people[0]


def until(condition: Callable[[], object]) -> None:
    """Let the window work until ``condition`` holds, half a minute at most."""
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("the window did not come so far within half a minute")
        QTest.qWait(20)
