"""How well two annotators agree: the same either way round, and equal to a slow count of the same rules."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.cli import main
from glpose_core.errors import FormatError
from glpose_core.evaluate import Agreement, JointAgreement, cohens_kappa, measure_agreement
from glpose_core.evaluate.coco import sigmas_of
from glpose_core.formats.posetrack import from_document
from glpose_core.formats.posetrack_file import PoseTrackFile
from glpose_core.labels import Project, VideoRecord, edits
from glpose_core.skeleton import POSETRACK17

from .conftest import Frame, document, frame, person
from .oracle import JOINTS

pytestmark = pytest.mark.quick
Video = list[list[Frame]]
SEEDS = st.integers(0, 2**32 - 1)


def hiding(who: Frame, *names: str) -> Frame:
    """The same person with some joints occluded."""
    return {**who, "hidden": names}


def headless(who: Frame) -> Frame:
    return {**who, "headless": True}


def record(video: Video, name: str = "000007_mpii_test") -> dict[str, Any]:
    """An annotator's frames as the JSON object of a PoseTrack18 file."""
    written = document([frame(people, []) for people in video], "truth", name)
    people = [who for one in video for who in one]
    for annotation, who in zip(written["annotations"], people, strict=True):
        for joint in who.get("hidden", ()):
            annotation["keypoints"][3 * POSETRACK17.index(joint) + 2] = 0
        if who.get("headless"):
            del annotation["bbox_head"]
    return written


def labels(video: Video, name: str = "000007_mpii_test") -> PoseTrackFile:
    return from_document(record(video, name), Path(f"{name}.json"))


def annotators(seed: int, grid: int) -> tuple[Video, Video]:
    """Two annotators of up to four people in one another's reach, with gaps, swaps, other judgements and
    missing head boxes. Places are multiples of ``grid`` pixels: on a coarse one, much is equally near."""
    rng = np.random.default_rng(seed)
    places = [(grid * x, grid * y) for x, y in rng.integers(0, 60 // grid + 1, (4, 2))]

    def one() -> list[Frame]:
        people = []
        tracks = rng.permutation(4) if rng.uniform() < 0.3 else np.arange(4)
        for track, (x, y) in zip(tracks.tolist(), places, strict=True):
            if rng.uniform() < 0.2:
                continue
            some = [joint for joint in JOINTS if rng.uniform() < 0.8] or list(JOINTS)
            moved = {joint: tuple(grid * rng.integers(-1, 2, 2) / 2) for joint in some}
            who = person(track, x, y, joints=some, moved=moved)
            who = hiding(who, *[joint for joint in some if rng.uniform() < 0.3])
            people.append(headless(who) if rng.uniform() < 0.3 else who)
        return people

    first = [one() for _ in range(5)]
    return first, [one() for _ in range(5)]


# The same rules, slowly


def box_of(who: Frame) -> tuple[float, float]:
    """Width and height of the person box: the extent of the joints × 1.3."""
    xs, ys = zip(*who["joints"].values(), strict=True)
    return 1.3 * (max(xs) - min(xs)), 1.3 * (max(ys) - min(ys))


def size_of(who: Frame) -> float:
    return 0.1 * max(box_of(who)) if who.get("headless") else float(who["head"])


def apart(one: Frame, other: Frame, joint: str) -> float:
    return math.dist(one["joints"][joint], other["joints"][joint])


def likeness_of(one: Frame, other: Frame) -> float:
    area = (math.prod(box_of(one)) + math.prod(box_of(other))) / 2
    near = 0.0
    for joint, sigma in zip(JOINTS, sigmas_of(JOINTS), strict=True):
        if joint in one["joints"] and joint in other["joints"]:
            near += math.exp(-(apart(one, other, joint) ** 2) / (2 * (2 * sigma) ** 2 * area))
    return (near / len(one["joints"]) + near / len(other["joints"])) / 2


def best_pairs(ours: list[Frame], theirs: list[Frame]) -> list[tuple[Frame, Frame]]:
    """Every way to pair the people of a frame is tried."""
    best: list[tuple[Frame, Frame]] = []
    gain = 0.0
    padded = [*theirs, *[None] * len(ours)]
    for order in itertools.permutations(padded, len(ours)):
        pairs = [
            (a, b)
            for a, b in zip(ours, order, strict=True)
            if b is not None and likeness_of(a, b) >= 0.1
        ]
        total = sum(likeness_of(*pair) for pair in pairs)
        if total > gain:
            best, gain = pairs, total
    return best


def state_of(who: Frame, joint: str) -> int:
    if joint not in who["joints"]:
        return 2
    return 1 if joint in who.get("hidden", ()) else 0


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def kappa_of(pairs: list[tuple[int, int]]) -> float:
    observed = sum(a == b for a, b in pairs) / len(pairs)
    chance = 0.0
    for state in range(3):
        mine = sum(a == state for a, _ in pairs) / len(pairs)
        theirs = sum(b == state for _, b in pairs) / len(pairs)
        chance += mine * theirs
    return (observed - chance) / (1 - chance) if chance < 1 - 1e-12 else float("nan")


def check_joints(
    found: JointAgreement, pairs: list[tuple[Frame, Frame]], joints: tuple[str, ...]
) -> None:
    sizes = []
    states = []
    for one, other in pairs:
        size = (size_of(one) + size_of(other)) / 2
        for joint in joints:
            states.append((state_of(one, joint), state_of(other, joint)))
            if 2 not in states[-1]:
                sizes.append(apart(one, other, joint) / size)
    assert found.placed == len(sizes)
    table = [[states.count((a, b)) for b in range(3)] for a in range(3)]
    assert found.states.tolist() == table
    assert found.equal == pytest.approx(sum(a == b for a, b in states) / len(states))
    assert found.kappa == pytest.approx(kappa_of(states), nan_ok=True)
    if sizes:
        assert found.median == pytest.approx(quantile(sizes, 0.5))
        assert found.p90 == pytest.approx(quantile(sizes, 0.9))
        assert found.within == pytest.approx(sum(s <= 0.5 for s in sizes) / len(sizes))
    else:
        assert all(math.isnan(figure) for figure in (found.median, found.p90, found.within))


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_those_of_a_slow_count(seed: int):
    first, second = annotators(seed, grid=7)
    found = measure_agreement(labels(first), labels(second), worst=10_000)
    shared = [(a, b) for a, b in zip(first, second, strict=True) if a and b]
    pairs = [pair for one, other in shared for pair in best_pairs(one, other)]
    assert found.people == len(pairs) > 5
    assert found.frames == len(shared)
    both = sum(len(a) for a, _ in shared), sum(len(b) for _, b in shared)
    assert found.only_people == (both[0] - len(pairs), both[1] - len(pairs))
    lonely = sum(one.get("headless", other.get("headless", False)) for one, other in pairs)
    assert found.without_head == lonely > 0
    for joint, figures in zip(JOINTS, found.joints, strict=True):
        assert figures.joint == joint
        check_joints(figures, pairs, (joint,))
    check_joints(found.all, pairs, JOINTS)
    together = [(a["track"], b["track"]) for a, b in pairs]
    partners = (zip(range(4), order, strict=True) for order in itertools.permutations(range(4)))
    assert found.usual == max(sum(together.count(pair) for pair in one) for one in partners)
    ordered = [place.sizes for place in found.worst]
    assert ordered == sorted(ordered, reverse=True)
    assert len(ordered) == sum(
        apart(a, b, joint) > 0
        for a, b in pairs
        for joint in JOINTS
        if joint in a["joints"] and joint in b["joints"]
    )


def exchanged(found: Agreement) -> Agreement:
    """The same agreement with the two annotators' places exchanged."""

    def turned(one: JointAgreement) -> JointAgreement:
        return replace(one, states=one.states.T)

    return replace(
        found,
        joints=tuple(turned(one) for one in found.joints),
        all=turned(found.all),
        only_frames=found.only_frames[::-1],
        only_people=found.only_people[::-1],
        worst=tuple(replace(one, person=one.other, other=one.person) for one in found.worst),
    )


@given(seed=SEEDS, grid=st.sampled_from([1, 20, 60]))
def test_neither_is_the_truth(seed: int, grid: int):
    first, second = (labels(video) for video in annotators(seed, grid))
    there, back = measure_agreement(first, second), measure_agreement(second, first)
    assert repr(back) == repr(exchanged(there))


def test_equally_good_pairings_do_not_depend_on_who_comes_first():
    # Either of ours may be either of theirs: the sums are the same.
    first = labels([[person(0), person(1)]])
    second = labels([[person(5, 20), person(6)]])
    there, back = measure_agreement(first, second), measure_agreement(second, first)
    assert there.people == 2
    assert repr(back) == repr(exchanged(there))


def test_somebody_too_far_away_takes_no_partner_from_another():
    ours = [person(0), person(1, 78)]
    theirs = [person(0, 20), person(1, -21)]
    nearer, less = likeness_of(ours[0], theirs[0]), likeness_of(ours[0], theirs[1])
    too_little = likeness_of(ours[1], theirs[0])
    assert too_little < 0.1 < less < nearer < less + too_little
    found = measure_agreement(labels([ours]), labels([theirs]))
    assert (found.people, found.only_people) == (1, (1, 1))
    assert found.worst[0].pixels == 20


# By hand


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        # Of 50, 20 yes and 15 no alike: observed 0.7, by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5.
        ([[20, 5, 0], [10, 15, 0], [0, 0, 0]], 0.4),
        ([[7, 0, 0], [0, 2, 0], [0, 0, 5]], 1.0),
        ([[0, 3, 0], [3, 0, 0], [0, 0, 0]], -1.0),
        ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 0.0),
        # Observed 11 / 16, by chance (8 · 6 + 5 · 5 + 3 · 5) / 256 = 88 / 256: (176 − 88) / (256 − 88).
        ([[5, 2, 1], [1, 3, 1], [0, 0, 3]], 88 / 168),
        ([[0, 9, 0], [0, 0, 0], [0, 0, 0]], 0.0),
        ([[9, 0, 0], [0, 0, 0], [0, 0, 0]], float("nan")),
        ([[0, 0, 0], [0, 0, 0], [0, 0, 0]], float("nan")),
    ],
)
def test_kappa_of_tables_made_by_hand(table: list[list[int]], kappa: float):
    assert cohens_kappa(np.array(table)) == pytest.approx(kappa, nan_ok=True)


def test_one_joint_moved_and_one_hidden():
    # Head size 30: 45 pixels are 1.5 head sizes, 15 are just within.
    moved = {"left_wrist": (45.0, 0.0), "nose": (0.0, 15.0)}
    found = measure_agreement(
        labels([[person(0)], [person(0)]]),
        labels([[hiding(person(8, moved=moved), "left_hip")], [person(8)]]),
    )
    [wrist, nose] = found.worst
    assert (wrist.frame, wrist.person, wrist.other, wrist.joint) == (0, 0, 8, "left_wrist")
    assert (wrist.pixels, wrist.sizes) == pytest.approx((45, 1.5))
    assert nose.joint == "nose"
    by_name = {one.joint: one for one in found.joints}
    assert by_name["left_wrist"].median == pytest.approx(0.75)
    assert by_name["left_wrist"].p90 == pytest.approx(1.35)
    assert by_name["left_wrist"].within == 0.5
    assert by_name["nose"].within == 1
    assert by_name["left_hip"].states.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert by_name["left_hip"].equal == 0.5


def test_the_head_size_is_the_mean_of_both():
    larger = {**person(0, moved={"nose": (30.0, 0.0)}), "head": 90.0}
    there = measure_agreement(labels([[person(0)]]), labels([[larger]]))
    assert there.worst[0].sizes == pytest.approx(30 / 60)


def test_one_joint_without_a_head_box_is_measured_by_the_other_head_box():
    nose = headless(person(0, joints=["nose"], moved={"nose": (6.0, 0.0)}))
    there = measure_agreement(labels([[nose]]), labels([[person(0)]]))
    assert (there.people, there.without_head, there.all.placed) == (1, 1, 1)
    assert there.worst[0].sizes == pytest.approx(6 / 30)


def test_one_joint_each_is_matched_by_the_head_boxes():
    ours, theirs = (person(0, x, joints=["nose"]) for x in (0.0, 6.0))
    there = measure_agreement(labels([[ours]]), labels([[theirs]]))
    assert (there.people, there.without_head) == (1, 0)
    assert there.worst[0].sizes == pytest.approx(6 / 30)


def test_without_any_size_no_distance_is_known():
    nose = headless(person(0, joints=["nose"]))
    there = measure_agreement(labels([[nose]]), labels([[nose]]))
    assert (there.people, there.without_size, there.all.placed) == (1, 1, 1)
    assert math.isnan(there.all.median)
    assert math.isnan(there.all.within)
    assert there.worst == ()


def test_who_is_who():
    ours = [[person(0), person(1, 500)]] * 4
    theirs = [[person(3), person(2, 500)]] * 3 + [[person(2), person(3, 500)]]
    found = measure_agreement(labels(ours), labels(theirs))
    assert (found.people, found.usual) == (8, 6)


def test_frames_and_people_that_only_one_has():
    near, far = person(0), person(1, 900)
    found = measure_agreement(
        labels([[near], [near, far], [near], []]), labels([[near], [near], [], [near]])
    )
    assert (found.frames, found.only_frames) == (2, (1, 1))
    assert (found.people, found.only_people) == (2, (1, 0))


def test_a_frame_looked_at_and_found_empty_is_labelled():
    empty = record([[person(0)], []])
    empty["images"][1]["is_labeled"] = True
    found = measure_agreement(labels([[person(0)], [person(0)]]), from_document(empty, Path("b")))
    assert (found.frames, found.only_frames, found.only_people) == (2, (0, 0), (1, 0))


def test_labels_that_mark_visible_joints_with_two():
    content = record([[person(0)]])
    points = content["annotations"][0]["keypoints"]
    points[2::3] = [2.0 if v else 0.0 for v in points[2::3]]
    points[3 * POSETRACK17.index("left_knee") + 2] = 1.0
    found = measure_agreement(labels([[person(0)]]), from_document(content, Path("b.json")))
    assert found.all.states.tolist() == [[14, 1, 0], [0, 0, 0], [0, 0, 0]]


# What cannot be compared


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (([[person(0)]], "000007_mpii_test"), "b.json: images: lists 1 frames, but a.json lists 2"),
        (([[person(0)]] * 2, "000008_mpii_test"), 'is of the video "000008_mpii_test", but a.json'),
        (([[], [person(0)]], "000007_mpii_test"), "has no labelled frame that a.json has labelled"),
    ],
)
def test_what_has_nothing_in_common_is_one_sentence(second: tuple[Video, str], words: str):
    first = replace(labels([[person(0)], []]), path=Path("a.json"))
    with pytest.raises(FormatError) as error:
        measure_agreement(first, replace(labels(*second), path=Path("b.json")))
    assert words in str(error.value)
    assert "b.json: images" in str(error.value)
    assert " — give " in str(error.value)


def test_other_frames_are_refused():
    content = record([[person(0)], [person(0)]])
    content["images"][1]["file_name"] = "images/val/000007_mpii_test/000005.jpg"
    with pytest.raises(FormatError, match=r"images\[1\]\.file_name: is frame 5, where"):
        measure_agreement(labels([[person(0)]] * 2), from_document(content, Path("b.json")))


# The command


def saved(folder: Path, name: str, video: Video) -> Path:
    path = folder / name
    path.write_text(json.dumps(record(video)), "utf-8")
    return path


def test_the_command_prints_tables_and_writes_csv(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    ours = saved(tmp_path, "ann.json", [[person(0), person(1, 900)], [person(0)]])
    moved = person(4, moved={"left_wrist": (45.0, 0.0)})
    theirs = saved(tmp_path, "ben.json", [[hiding(moved, "nose")], [headless(person(4))]])
    out = tmp_path / "joints.csv"
    assert main(["agree", str(ours), str(theirs), "--csv", str(out)]) == 0
    text = capsys.readouterr().out
    assert "Poses in them that both have: 2; only A: 1, only B: 0." in text
    assert "Identities: 2 of 2 poses (100.0 %)" in text
    assert "1 pose without a head box in A or B" in text
    lines = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.split()}
    assert lines["left_knee"] == ["2", "0.00", "0.00", "100.0", "100.0", "—"]
    assert lines["nose"] == ["2", "0.00", "0.00", "100.0", "50.0", "0.00"]
    assert lines["visible"] == ["29", "1", "0"]
    assert text.splitlines()[-1].split() == ["0", "0", "4", "left_wrist", "45.0", "1.50"]
    rows = [line.split(",") for line in out.read_text("utf-8").splitlines()]
    assert rows[0][:3] == ["joint", "both_placed", "median_head_sizes"]
    assert rows[0][-9:-6] == ["visible_visible", "visible_occluded", "visible_absent"]
    assert [row[0] for row in rows[1:]] == [*JOINTS, "all"]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["left_knee"][:6] == ["2", "0.0000", "0.0000", "1.0000", "1.0000", ""]
    assert by_name["all"][6:8] == ["29", "1"]
    assert main(["agree", str(ours), str(theirs), "--csv", "-"]) == 0
    assert capsys.readouterr().out == out.read_text("utf-8")


def test_people_who_are_nowhere_near_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ours = saved(tmp_path, "ann.json", [[person(0)]])
    theirs = saved(tmp_path, "ben.json", [[person(0, 5000)]])
    assert main(["agree", str(ours), str(theirs)]) == 0
    text = capsys.readouterr().out
    assert "that both have: 0; only A: 1, only B: 1." in text
    assert "there is nothing to measure" in text


def test_projects_are_compared_by_what_people_have_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    places = np.random.default_rng(0).uniform(50, 400, (17, 2)).round()
    for name, shift in (("ann", 0.0), ("ben", 9.0)):
        video = VideoRecord(str(tmp_path / "clip.mp4"), "ab", 3, 640, 480, np.arange(3) / 25)
        with Project.create(tmp_path / f"{name}.glpose", video) as project:
            xy = places + np.array([shift, 0])
            project.apply(edits.add_person(project.state, 1, xy=xy)[0])
    assert main(["agree", str(tmp_path / "ann.glpose"), str(tmp_path / "ben.glpose")]) == 0
    text = capsys.readouterr().out
    assert "Frames that both have labelled: 1; only A: 0, only B: 0." in text
    worst = text.split("Furthest apart:")[1].split()
    assert "9.0" in worst


def test_a_project_without_labels_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ours = saved(tmp_path, "ann.json", [[person(0)]])
    path = tmp_path / "ben.glpose"
    video = VideoRecord(str(tmp_path / "clip.mp4"), "ab", 3, 640, 480, np.arange(3) / 25)
    Project.create(path, video).close()
    assert main(["agree", str(ours), str(path)]) == 3
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"glpose: {path}: no joint and no frame has been confirmed")


@pytest.mark.parametrize(
    ("second", "words"), [("gone.json", "does not exist"), (".", "is a folder")]
)
def test_what_is_no_file_is_one_sentence(
    second: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    ours = saved(tmp_path, "ann.json", [[person(0)]])
    assert main(["agree", str(ours), str(tmp_path / second)]) == 3
    [line] = capsys.readouterr().err.splitlines()
    assert words in line
    assert str(tmp_path / second) in line
