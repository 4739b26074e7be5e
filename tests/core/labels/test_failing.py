"""An edit, Undo or Redo that fails in the middle: memory, journal and file are as if nobody had begun."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.errors import ProjectError
from glpose_core.labels import Change, Edit, Project, Run, bulk, edits
from glpose_core.labels.changes import active_run_change

from .conftest import crowd_of, everything


@pytest.fixture
def fails(monkeypatch):
    """Has the writing of memory fail once, in the middle of the n-th part."""

    def at(part: int) -> None:
        real, parts = bulk.write_all, iter(range(1, 1000))

        def write_all(state, changes):
            changes = list(changes)
            if next(parts) == part:
                real(state, changes[: len(changes) // 2])
                raise MemoryError("no room")
            real(state, changes)

        monkeypatch.setattr(bulk, "write_all", write_all)

    return at


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("part", [1, 2, 3])
def test_undo_and_redo_that_fail_half_way_change_nothing(tmp_path, fails, back, part):
    with crowd_of(tmp_path / "a.glpose") as project:
        project.in_turns(
            "Accept", 0, edits.accept_range_in_parts(project.state, 0, 400)[1]
        ).finish()
        if not back:
            project.undo()
        before, titles = everything(project), (project.undo_title, project.redo_title)
        fails(part)
        with pytest.raises(MemoryError):
            project.undo() if back else project.redo()
        assert everything(project) == before
        assert (project.undo_title, project.redo_title) == titles
        assert (project.undo() if back else project.redo()).title == "Accept", "now it can"
        after = everything(project)
        assert after != before
    with Project.open(tmp_path / "a.glpose") as project:
        assert everything(project) == after


def test_an_edit_that_fails_half_way_is_in_no_journal(tmp_path, fails):
    with crowd_of(tmp_path / "a.glpose") as project:
        before, title = everything(project), project.undo_title
        fails(1)
        with pytest.raises(MemoryError):
            project.apply(edits.accept_range(project.state, 0, 50))
        assert everything(project) == before
        assert project.undo_title == title


def test_a_run_that_a_late_part_shows_is_read_before_it_changes_anything(tmp_path, monkeypatch):
    """Only the first thousand changes were looked at for one."""
    with crowd_of(tmp_path / "a.glpose") as project:
        shown = project.state.active_run
        project.begin_run(Run.new("another", "", "cpu"))
        many = edits.accept_range(project.state, 0, 400).changes
        late: tuple[Change, ...] = (*many, active_run_change(shown))
        project.apply(Edit("Both", late))
        project.undo()
        project.flush()
        before = everything(project)

        def refuse(_run):
            raise ProjectError("cannot be read", file=project.path)

        monkeypatch.setattr(project._shelf, "rows_of", refuse)
        with pytest.raises(ProjectError):
            project.redo()
        assert everything(project) == before
        assert project.redo_title == "Both"
        assert project.state.active_run != shown
        assert np.unique(project.state.labels.rows()["frame"]).size == 0
