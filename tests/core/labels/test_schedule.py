"""The schedule, the guideline and the coverage check: what is agreed on in a project, and what is missing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.labels import Project, ProjectState, Visibility, edits, guideline, heads, regions
from glpose_core.labels.coverage import Gap, check_coverage
from glpose_core.labels.schedule import (
    Stretch,
    frames_of,
    posetrack_training,
    posetrack_validation,
    schedule_of,
    scheduled_frames,
    set_schedule,
    step_within,
    to_label,
)
from glpose_core.labels.statistics import joints_table, people_table

from .conftest import video_record

EVERY_FOURTH = (Stretch(0, 20, 4),)


def test_posetracks_own_schedule() -> None:
    assert frames_of(posetrack_training(100), 100).tolist() == list(range(35, 65))
    frames = frames_of(posetrack_validation(100), 100).tolist()
    outside = [frame for frame in frames if not 35 <= frame < 65]
    assert outside == [*range(0, 35, 4), *range(68, 100, 4)]
    assert set(range(35, 65)) <= set(frames)
    assert frames_of(posetrack_validation(12), 12).tolist() == list(range(12)), (
        "a short clip, whole"
    )


@given(
    st.lists(st.integers(0, 99), min_size=1, unique=True), st.integers(0, 99), st.integers(-5, 5)
)
def test_stepping_is_stepping_by_hand(frames: list[int], frame: int, steps: int) -> None:
    if steps == 0:
        return
    ordered = sorted(frames)
    ahead = (
        [f for f in ordered if f > frame] if steps > 0 else [f for f in ordered if f < frame][::-1]
    )
    expected = ahead[: abs(steps)][-1] if ahead else None
    assert step_within(np.array(ordered), frame, steps) == expected


def test_a_schedule_is_kept_undone_and_copied(project: Project, tmp_path: Path) -> None:
    assert scheduled_frames(project.state) is None
    assert len(to_label(project.state)) == 20
    project.apply(set_schedule(project.state, EVERY_FOURTH))
    project.apply(guideline.set_guideline(project.state, 3, "Where it hurts."))
    assert not set_schedule(project.state, EVERY_FOURTH).changes
    copy = project.snapshot(tmp_path / "copy.glpose")
    project.undo()
    project.undo()
    assert schedule_of(project.state) == ()
    assert guideline.guideline_text(project.state, 3) == guideline.MEANT[3]
    with Project.open(copy) as other:
        assert to_label(other.state).tolist() == [0, 4, 8, 12, 16]
        assert guideline.guideline_text(other.state, 3) == "Where it hurts."
        other.undo()
        assert not guideline.is_own(other.state, 3)


def test_a_project_of_an_earlier_version_gets_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "old.glpose"
    with Project.create(path, video_record()) as made:
        made.apply(edits.set_reviewed(made.state, [3], True))
    with sqlite3.connect(path) as connection:
        for table in ("cell_schedule", "cell_guideline", "reference_frames"):
            connection.execute(f"DROP TABLE {table}")
    connection.close()
    with Project.open(path, read_only=True) as old:
        assert scheduled_frames(old.state) is None
    with Project.open(path) as old:
        old.apply(set_schedule(old.state, EVERY_FOURTH))
    with Project.open(path) as old:
        assert schedule_of(old.state) == EVERY_FOURTH
        old.undo()
        old.undo()
        assert not old.state.reviewed, "the journal of then still holds"


# Coverage


def add(project: Project, frame: int, xy: np.ndarray) -> int:
    edit, person = edits.add_person(project.state, frame, xy=xy)
    project.apply(edit)
    return person


def spread_out(x: float) -> np.ndarray:
    return np.stack([x + np.arange(17) % 4 * 10.0, 50 + np.arange(17) * 5.0], axis=1)


def gaps(state: ProjectState) -> list[tuple[Gap, int, int | None]]:
    """What is missing of people; frames without anybody are another matter."""
    found = [(one.gap, one.frame, one.person) for one in check_coverage(state)]
    return [one for one in found if one[0] is not Gap.EMPTY]


def test_frames_without_anybody_are_named_by_the_stretch_until_they_are_reviewed(
    project: Project,
) -> None:
    add(project, 4, spread_out(20))
    project.apply(edits.accept_frame(project.state, 4))
    last = project.state.video.frames - 1
    assert [(one.gap, one.frame) for one in check_coverage(project.state)] == [
        (Gap.EMPTY, 0),
        (Gap.EMPTY, 5),
    ]
    assert "In frames 0 to 3 nobody" in check_coverage(project.state)[0].sentence
    project.apply(edits.accept_range(project.state, 0, last + 1))
    assert check_coverage(project.state) == []


def test_a_finished_project_has_no_gaps(project: Project) -> None:
    add(project, 0, spread_out(20))
    project.apply(edits.accept_frame(project.state, 0))
    assert gaps(project.state) == []


def test_only_scheduled_frames_are_looked_at(project: Project) -> None:
    edit, _ = edits.add_person(project.state, 3, box=(10, 10, 40, 90))
    project.apply(edit)
    assert [gap for gap, _, _ in gaps(project.state)] == [Gap.UNLABELLED, Gap.UNREVIEWED]
    project.apply(set_schedule(project.state, EVERY_FOURTH))
    assert gaps(project.state) == []


def test_who_lies_in_an_ignore_region_need_not_be_labelled(project: Project) -> None:
    edit, _ = edits.add_person(project.state, 4, box=(10, 10, 40, 90))
    project.apply(edit)
    project.apply(edits.set_reviewed(project.state, [4], True))
    assert gaps(project.state) == [(Gap.UNLABELLED, 4, 1)]
    whole = ((0.0, 0.0), (60.0, 0.0), (60.0, 110.0), (0.0, 110.0))
    project.apply(regions.add_region(project.state, whole, 0, 20))
    assert gaps(project.state) == []


def test_heads_are_asked_for(project: Project) -> None:
    person = add(project, 4, spread_out(20))
    project.apply(edits.set_reviewed(project.state, [4], True))
    project.apply(edits.set_visibility(project.state, person, 4, heads.HEAD_TOP, Visibility.ABSENT))
    assert gaps(project.state) == [(Gap.HEADLESS, 4, person)]
    project.apply(heads.draw_head_box(project.state, person, 4, (10, 10, 12, 12)))
    assert gaps(project.state) == []
    alone, other = heads.add_head(project.state, 4, (200, 10, 12, 12))
    project.apply(alone)
    (finding,) = (one for one in check_coverage(project.state) if one.gap is not Gap.EMPTY)
    assert (finding.gap, finding.person) == (Gap.UNLABELLED, other)


def test_one_body_twice_is_noticed_and_two_people_are_not(project: Project) -> None:
    add(project, 0, spread_out(20))
    add(project, 0, spread_out(120))
    twin = add(project, 0, spread_out(22))
    project.apply(edits.accept_frame(project.state, 0))
    assert gaps(project.state) == [(Gap.TWICE, 0, twin)]


def test_a_track_with_a_hole_is_noticed_unless_a_person_made_it(project: Project) -> None:
    person = add(project, 0, spread_out(20))
    for frame in (4, 16):
        project.apply(edits.copy_pose(project.state, person, 0, frame))
    project.apply(edits.set_reviewed(project.state, range(20), True))
    project.apply(set_schedule(project.state, EVERY_FOURTH))
    (finding,) = (one for one in check_coverage(project.state) if one.gap is not Gap.EMPTY)
    assert (finding.gap, finding.frame) == (Gap.BROKEN, 8)
    assert "frames 4 and 16" in finding.sentence
    for frame in (8, 12):
        project.apply(edits.copy_pose(project.state, person, 0, frame))
        project.apply(edits.delete_pose(project.state, person, frame))
    assert gaps(project.state) == []


def test_statistics_count_scheduled_frames(project: Project) -> None:
    person = add(project, 0, spread_out(20))
    for frame in (1, 4):
        project.apply(edits.copy_pose(project.state, person, 0, frame))
    assert people_table(project.state).loc[person, "labelled"] == 3
    joints = joints_table(project.state).loc["left_knee", "placed"]
    project.apply(set_schedule(project.state, EVERY_FOURTH))
    assert people_table(project.state).loc[person, "labelled"] == 2
    assert joints_table(project.state).loc["left_knee", "placed"] == joints - 1
