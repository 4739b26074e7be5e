"""Who made an edit is noted with it, whatever version wrote or reads the file, and stays so."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.labels import Project, edits
from glpose_core.labels.annotators import LONGEST, clean_name
from glpose_core.labels.turns import PART

from .conftest import SKELETON, WRIST, crowd_of, reopened

pytestmark = pytest.mark.quick


def add(project: Project, who: str) -> int:
    """A person drawn by somebody, in a frame of their own."""
    project.annotator = who
    edit, person = edits.add_person(project.state, 0, xy=SKELETON)
    project.apply(edit)
    return person


def authors(project: Project) -> list[str]:
    return [done.who for done in project.history()]


def in_file(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What SQLite says of a file that is closed, and is changed by that."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql).fetchall()


def test_each_edit_says_who_made_it_after_reopening_and_in_copies(
    project: Project, tmp_path: Path
) -> None:
    for who in ("Anna", "", "Ben"):
        add(project, who)
    copy = project.snapshot(tmp_path / "copy.glpose")
    project = reopened(project)
    assert project.annotator == "", "whoever opens it next says so anew"
    assert authors(project) == ["Anna", "", "Ben"]
    assert (project.undo_who, project.redo_who) == ("Ben", "")
    project.close()
    with Project.open(copy, read_only=True) as reader:
        assert authors(reader) == ["Anna", "", "Ben"]


def test_who_takes_an_edit_back_and_makes_it_again_is_not_its_author(project: Project) -> None:
    add(project, "Anna")
    project.annotator = "Ben"
    project.undo()
    assert (project.undo_who, project.redo_who, authors(project)) == ("", "Anna", [])
    project = reopened(project)
    project.annotator = "Ben"
    project.redo()
    assert authors(project) == ["Anna"]
    project = reopened(project)
    assert authors(project) == ["Anna"]
    project.close()


def test_names_of_edits_that_are_gone_for_good_are_gone(project: Project) -> None:
    add(project, "Anna")
    add(project, "Carla")
    project.undo()
    add(project, "Ben")
    project.close()
    assert in_file(project.path, "SELECT who FROM journal_who ORDER BY seq") == [
        ("Anna",),
        ("Ben",),
    ]


def test_a_large_edit_in_turns_is_noted_once(tmp_path: Path) -> None:
    with crowd_of(tmp_path / "crowd.glpose") as project:
        project.annotator = "Anna"
        title, parts = edits.accept_range_in_parts(project.state, 0, 400)
        turns = project.in_turns(title, 0, parts)
        turns.finish()
        assert len(project.state.people()) * 400 > PART, "or it would be one turn"
        assert authors(project) == ["", "Anna"], "the run, and what was accepted"


def test_a_project_of_an_earlier_version_opens_and_takes_names(project: Project) -> None:
    add(project, "")
    project.close()
    in_file(project.path, "DROP TABLE journal_who")
    with Project.open(project.path, read_only=True) as reader:
        assert authors(reader) == [""]
    with Project.open(project.path) as opened:
        add(opened, "Anna")
        assert authors(opened) == ["", "Anna"]


def test_an_earlier_version_goes_on_writing_the_file(project: Project) -> None:
    """It knows no names: six values into ``journal``, and what was taken back is deleted from there alone."""
    person = add(project, "Anna")
    add(project, "Carla")
    project.undo()
    move = edits.move_joint(project.state, person, 0, WRIST, (1, 1))
    assert move is not None
    project.close()
    forward, inverse = in_file(project.path, "SELECT forward, inverse FROM journal LIMIT 1")[0]
    assert isinstance(forward, bytes)
    assert isinstance(inverse, bytes)
    with contextlib.closing(sqlite3.connect(project.path)) as connection, connection:
        connection.execute("DELETE FROM journal WHERE seq >= 2")
        row = (3, "Move left wrist", 0, 1.0, forward, inverse)
        connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", row)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('head', 3)")
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('last_seq', 3)")
    with Project.open(project.path) as opened:
        assert authors(opened) == ["Anna", ""], "Carla’s row is left behind, and nobody’s"
        add(opened, "Ben")
        assert authors(opened) == ["Anna", "", "Ben"]


def test_a_name_in_a_file_from_elsewhere_is_shown_as_one_or_not_at_all(project: Project) -> None:
    for _ in range(3):
        add(project, "Anna")
    project.close()
    in_file(project.path, "UPDATE journal_who SET who = x'00ff' WHERE seq = 1")
    in_file(project.path, "UPDATE journal_who SET who = 'A' || char(10, 8238) || 'b' WHERE seq = 2")
    in_file(project.path, "UPDATE journal_who SET who = printf('%.99999c', 'x') WHERE seq = 3")
    with Project.open(project.path, read_only=True) as reader:
        assert authors(reader) == ["", "A b", "x" * LONGEST]


def test_a_name_that_no_file_could_hold_does_not_stop_the_edit(project: Project) -> None:
    add(project, "An\udc80na\n\x00 Maria\u202e")
    with reopened(project) as opened:
        assert authors(opened) == ["Anna Maria"]


@given(st.text())
def test_a_name_is_one_line_and_stays_what_it_is(text: str) -> None:
    name = clean_name(text)
    assert len(name) <= LONGEST
    assert name.isprintable() or set(name) & {"\u200c", "\u200d"}
    assert clean_name(name) == name
    name.encode()


def test_names_that_look_alike_are_the_same() -> None:
    assert clean_name(" Jose\u0301 \u00a0Mar\x00i\u0301a\u200d") == "José María"
    assert clean_name("علی\u200cرضا") == "علی\u200cرضا", "letters join or part by it"
