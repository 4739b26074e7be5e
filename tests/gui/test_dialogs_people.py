"""Swapping and merging people: what is proposed, what is foretold, and the edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.dialogs.people import (
    MergeChoices,
    MergeDialog,
    SwapChoices,
    SwapDialog,
    foretell_merge,
    foretell_swap,
    merge,
    swap,
)
from glpose_core.labels import Project, VideoRecord, edits

FRAMES = 30


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Person 1 on the left in frames 0–19, 2 beside them in 10–29, 3 far away in frame 10."""
    video = VideoRecord("clip.mp4", "ab", FRAMES, 640, 480, np.arange(FRAMES) / 25)
    with Project.create(tmp_path / "clip.glpose", video) as project:
        for frames, x in ((range(20), 100), (range(10, 30), 160), (range(10, 11), 560)):
            person = 0
            for frame in frames:
                box = (x - 20, 100, 40, 120)
                if person == 0:
                    edit, person = edits.add_person(project.state, frame, box=box)
                else:
                    edit = edits.set_box(project.state, person, frame, box)
                project.apply(edit)
        yield project


def test_swap_proposes_the_chosen_person_and_the_nearest(project: Project, qtbot: QtBot) -> None:
    dialog = SwapDialog(project.state, 10, 2)
    qtbot.addWidget(dialog)
    assert dialog.choices() == SwapChoices(2, 1, 10)
    assert dialog.do.isEnabled()
    dialog.b.setCurrentIndex(dialog.b.findData(2))
    assert not dialog.do.isEnabled()
    assert dialog.said == "Choose two different people."


@pytest.mark.quick
def test_swap_exchanges_from_here_on(project: Project) -> None:
    project.apply(swap(project.state, SwapChoices(1, 2, 15)))
    assert project.state.frames_of(1).tolist() == [*range(15), *range(15, 30)]
    assert project.state.frames_of(2).tolist() == list(range(10, 20))


@pytest.mark.quick
def test_swap_is_foretold(project: Project) -> None:
    [sentence], warnings = foretell_swap(project.state, SwapChoices(1, 2, 12))
    assert sentence == (
        "From frame 12 on, person 1 becomes person 2 and the other way round. "
        "Frames 0–11 stay as they are."
    )
    assert warnings == []
    _, [warning] = foretell_swap(project.state, SwapChoices(1, 2, 25))
    assert warning.startswith("person 1 is nowhere from here on")


def test_merge_proposes_somebody_else(project: Project, qtbot: QtBot) -> None:
    dialog = MergeDialog(project.state, 5, None)
    qtbot.addWidget(dialog)
    assert dialog.choices() == MergeChoices(1, 2)


@pytest.mark.quick
def test_merge_is_foretold_and_done(project: Project) -> None:
    sentences, [warning] = foretell_merge(project.state, MergeChoices(1, 2))
    assert sentences == ["20 frames of person 2 become person 1’s; person 2 leaves the list."]
    assert warning.startswith(
        "Both are in 10 frames (the first is 10): there the poses of person 1"
    )
    project.apply(merge(project.state, MergeChoices(1, 2)))
    assert [person.id for person in project.state.people()] == [1, 3]
    assert project.state.frames_of(1).tolist() == list(range(FRAMES))
    assert foretell_merge(project.state, MergeChoices(1, 3))[0] == [
        "1 frame of person 3 becomes person 1’s; person 3 leaves the list."
    ]
