"""A project as it was at one moment, read while edits go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glpose_core.errors import ProjectError
from glpose_core.labels import Project, edits

from .conftest import crowd_of, everything, video_record


def seen(state) -> tuple[bytes, frozenset[int]]:
    return state.seen([one.id for one in state.people()]).tobytes(), state.reviewed


def test_what_comes_later_is_not_in_it(tmp_path: Path) -> None:
    with crowd_of(tmp_path / "a.glpose", frames=40) as project:
        project.submit(edits.accept_range(project.state, 0, 20))
        moment, before = project.moment(), everything(project)
        project.apply(edits.accept_range(project.state, 20, 40))
        project.apply(edits.delete_person(project.state, 1))
        assert seen(moment.state()) == before
        assert everything(project) != before
        assert seen(project.moment().state()) == everything(project)


def test_it_is_another_state_and_nobody_writes_into_it(tmp_path: Path) -> None:
    with crowd_of(tmp_path / "a.glpose", frames=10) as project:
        state = project.moment().state()
        assert state is not project.state
        project.apply(edits.accept_range(project.state, 0, 10))
        assert not state.reviewed
        assert not np.any(state.labels.rows()["frame"])


def test_a_project_that_is_only_read_has_one_too(tmp_path: Path) -> None:
    crowd_of(tmp_path / "a.glpose", frames=10).close()
    with Project.open(tmp_path / "a.glpose", read_only=True) as project:
        assert seen(project.moment().state()) == everything(project)


def test_one_that_is_not_wanted_holds_nothing_up(tmp_path: Path) -> None:
    project = crowd_of(tmp_path / "a.glpose", frames=10)
    for _ in range(3):
        project.moment().close()
    project.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.glpose"], "one closed file"


def test_where_the_file_cannot_be_read_it_says_so_and_writing_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Project.create(tmp_path / "a.glpose", video_record()) as project:
        with monkeypatch.context() as broken:

            def refuse(path, *, read_only):
                raise ProjectError("does not exist", file=path)

            broken.setattr("glpose_core.labels.store.connect", refuse)
            moment = project.moment()
            with pytest.raises(ProjectError, match="does not exist"):
                moment.state()
        edit, person = edits.add_person(project.state, 3, xy=np.full((17, 2), 9.0))
        project.apply(edit)
        assert project.state.frames_of(person).tolist() == [3]
