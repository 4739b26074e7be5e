"""What has been done, counted: each figure against a project whose history is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glpose_core.cli import main
from glpose_core.errors import FormatError
from glpose_core.labels import PREDICTION_DTYPE, Project, Run, VideoRecord, Visibility, edits
from glpose_core.labels.journal import Done
from glpose_core.labels.statistics import (
    days_table,
    joints_table,
    parts_table,
    people_table,
    write_csv,
)
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick
WRIST, KNEE = POSETRACK17.index("left_wrist"), POSETRACK17.index("right_knee")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """One person predicted in six frames, in boxes of 100 × 200; frame 0 accepted; in frame 1 the wrist moved by 50
    and the knee by 5, in frame 2 the knee hidden."""
    video = VideoRecord("park.mp4", "ab", 6, 640, 480, np.arange(6) / 25)
    with Project.create(tmp_path / "park.glpose", video) as project:
        rows = np.zeros(6, PREDICTION_DTYPE)
        rows["frame"] = np.arange(6)
        rows["xy"] = np.column_stack([np.linspace(20, 100, 17), np.linspace(10, 200, 17)])
        rows["visibility"], rows["score"] = Visibility.VISIBLE, 0.9
        rows["box"], rows["box_score"], rows["pose_score"] = (10, 0, 100, 200), 0.9, 0.9
        project.add_run(Run.new("made up", "none", "cpu"), {0: None}, rows)
        person = project.state.people()[0].id
        project.apply(edits.accept_frame(project.state, 0))
        seen = project.state.pose(person, 1)
        for joint, by in ((WRIST, 50), (KNEE, 5)):
            where = seen["xy"][joint] + (by, 0)
            project.apply(edits.move_joint(project.state, person, 1, joint, where))
        project.apply(edits.set_visibility(project.state, person, 2, KNEE, Visibility.OCCLUDED))
        yield project


def test_joints_by_state_source_and_correction(project: Project):
    table = joints_table(project.state)
    assert "left_ear" not in table.index
    wrist, knee, nose = (table.loc[name] for name in ("left_wrist", "right_knee", "nose"))
    assert wrist[["model", "accepted", "placed"]].tolist() == [4, 1, 1]
    assert knee[["model", "accepted", "placed"]].tolist() == [3, 1, 2]
    assert knee[["visible", "hidden", "absent"]].tolist() == [2, 1, 0]
    assert wrist[["compared", "right"]].tolist() == [2, 1]
    assert wrist["move"] == pytest.approx(25, abs=1e-4)
    assert knee[["compared", "right"]].tolist() == [3, 2], "the model called it visible"
    assert nose[["compared", "right", "move"]].tolist() == [1, 1, 0]


def test_how_far_off_is_told_in_shares_of_the_box(project: Project):
    table = joints_table(project.state)
    assert table.loc["left_wrist", "off"] == pytest.approx(50 / 200, abs=1e-6), (
        "not diluted by what was accepted"
    )
    assert table.loc["right_knee", "off"] == pytest.approx(5 / 200, abs=1e-6), (
        "nor by what was hidden"
    )
    assert np.isnan(table.loc["nose", "off"])


def test_agreement_along_the_video(project: Project):
    table = parts_table(project.state, parts=3)
    assert table.index.tolist() == [0, 2, 4]
    assert table["compared"].tolist() == [17, 1, 0]
    assert table["agreement"].tolist()[:2] == [pytest.approx(16 / 17), 0.0]
    assert np.isnan(table["agreement"].iloc[2])
    assert parts_table(project.state, parts=40).index.tolist() == list(range(6))


def test_people_and_what_is_reviewed(project: Project):
    assert people_table(project.state).iloc[0].tolist()[1:] == [6, 3, 1]


def test_days_minutes_and_agreement(project: Project):
    monday = datetime(2026, 3, 2, 9).timestamp()
    tuesday = datetime(2026, 3, 3, 9).timestamp()
    history = [
        Done(monday, "Accept frame", 0),
        Done(monday + 20, "Move left wrist", 1),
        Done(monday + 60, "Rename", None),
        Done(tuesday, "Move right knee", 1),
        Done(tuesday + 3600, "Mark", 2),
    ]
    table = days_table(project.state, history)
    assert table["edits"].tolist() == [3, 2]
    assert table["minutes"].tolist() == [
        pytest.approx(70 / 60, abs=0.06),
        pytest.approx(20 / 60, abs=0.06),
    ]
    assert table["frames"].tolist() == [2, 2]
    assert table["compared"].tolist() == [
        15,
        3,
    ]  # frame 0 on Monday; frames 1 and 2 last on Tuesday
    assert table["agreement"].tolist() == [1.0, pytest.approx(1 / 3)]


def test_each_one_s_work_is_counted_apart_however_interleaved(project: Project):
    """Anna works every 60 seconds, Ben in between: neither is paid for the other's time, or robbed of their own."""
    start = datetime(2026, 3, 2, 9).timestamp()
    anna = [Done(start + 60 * at, "Move", 0, "Anna") for at in range(4)]
    ben = [Done(start + 5 + 130 * at, "Move", at + 1, "Ben") for at in range(2)]
    table = days_table(project.state, [*anna, *ben, Done(start + 86400, "Move", 1, "Anna")])
    assert table["who"].tolist() == ["Anna", "Ben", "Anna"]
    assert [f"{day:%d}" for day in table.index] == ["02", "02", "03"]
    assert table["edits"].tolist() == [4, 2, 1]
    assert table["minutes"].tolist() == [
        pytest.approx(190 / 60, abs=0.06),
        pytest.approx(20 / 60, abs=0.06),  # 130 seconds are a pause, whatever Anna does meanwhile
        pytest.approx(10 / 60, abs=0.06),
    ]
    assert table["frames"].tolist() == [1, 2, 1]
    assert table["compared"].tolist() == [15, 1, 2], "frame 1 was Ben's, and is Anna's since"


def test_the_journal_is_the_history_without_what_was_undone(project: Project):
    titles = [done.title for done in project.history()]
    project.undo()
    assert [done.title for done in project.history()] == titles[:-1]
    assert days_table(project.state, project.history())["edits"].sum() == len(titles) - 1


def test_an_empty_project_has_empty_tables(tmp_path: Path):
    video = VideoRecord("park.mp4", "ab", 6, 640, 480, np.arange(6) / 25)
    with Project.create(tmp_path / "none.glpose", video) as project:
        assert joints_table(project.state)["model"].sum() == 0
        assert people_table(project.state).empty
        assert days_table(project.state, project.history()).empty


def test_the_command_prints_and_writes_them(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = project.path
    project.close()
    assert main(["project", "stats", str(path), "--csv", str(tmp_path / "tables")]) == 0
    out = capsys.readouterr().out
    assert "left_wrist" in out
    again = pd.read_csv(tmp_path / "tables" / "joints.csv", index_col="joint")
    assert again.loc["left_wrist", "placed"] == 1


def test_the_command_writes_who_worked(project: Project, tmp_path: Path):
    project.annotator = "Müller, Anna"
    project.apply(edits.accept_frame(project.state, 4))
    path = project.path
    project.close()
    assert main(["project", "stats", str(path), "--csv", str(tmp_path / "tables")]) == 0
    days = pd.read_csv(tmp_path / "tables" / "days.csv", index_col="day", keep_default_na=False)
    assert days.groupby("who")["edits"].sum().to_dict() == {"": 5, "Müller, Anna": 1}


def test_a_folder_that_is_a_file_is_said(project: Project, tmp_path: Path):
    (tmp_path / "tables").write_text("x")
    with pytest.raises(FormatError, match="choose another folder"):
        write_csv({"people": people_table(project.state)}, tmp_path / "tables")
