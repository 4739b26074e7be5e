"""Tracks of a person, from a key or a menu: split, ended, carried on, locked; each says what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glpose_core.labels import edits

from .dialogs.ranges import counted

if TYPE_CHECKING:
    from .session import Session


def stretch(session: Session) -> tuple[int, int | None]:
    """The frames that a track's command is about: the marked range if the present frame is in it, else from
    the present frame on (``None``: to the end)."""
    frame, marked = session.frame, session.marked
    if marked is not None and marked[0] <= frame < marked[1]:
        return marked
    return frame, None


def split_here(session: Session, person: int) -> None:
    """From the present frame on, a person is somebody new, who is chosen."""
    if session.project is None:
        return
    session.settle()  # nudges that have not become an edit yet belong to it
    name, frame = session.person_name(person), session.frame
    edit, new = edits.split_person(session.project.state, person, frame)
    if not edit.changes:
        seen = session.project.state.frames_of(person)
        side = "from here on" if len(seen) and seen[-1] < frame else "before this frame"
        session.notice("info", f"{name} is not seen {side}: there is nothing to split.")
    elif session.apply(edit):
        session.select(new)
        said = f"From frame {frame} on, {name} is {session.person_name(new)}."
        session.notice("info", said)


def end_here(session: Session, person: int) -> None:
    """A person is not seen from the present frame on until a human has labelled them again, or not in the
    marked range."""
    if session.project is None:
        return
    session.settle()  # nudges that have not become an edit yet belong to it
    state, name = session.project.state, session.person_name(person)
    start, stop = stretch(session)
    stop = edits.end_of_cut(state, person, start) if stop is None else stop
    edit = edits.cut_track(state, person, start, stop)
    if not edit.changes:
        where = "from here on" if session.marked is None else "in these frames"
        session.notice("info", f"{name} is not seen {where}.")
        return
    labelled = state.marks(person).labelled
    own = int(((labelled >= start) & (labelled < stop)).sum())
    by_hand = f", {own} of them labelled by you" if own else ""
    again = f" They go on in frame {stop}." if stop in state.frames_of(person) else ""
    if session.apply(edit):
        session.notice("info", f"{edit.title} ({counted(len(edit.changes))}{by_hand}).{again}")


def fill_gap(session: Session, person: int) -> None:
    """Give a person provisional poses in the marked range, or up to where they are next seen."""
    if session.project is None:
        return
    session.settle()  # nudges that have not become an edit yet belong to it
    state, name = session.project.state, session.person_name(person)
    gap = session.marked or edits.gap_after(state, person, session.frame)
    if gap is None:
        seen = state.frames_of(person)
        side = "before this frame" if len(seen) and seen[0] > session.frame else "again"
        session.notice(
            "info",
            f"{name} is not seen {side}: mark a range with `[` and `]` to carry them into it.",
        )
        return
    edit = edits.carry_track(state, person, *gap)
    if not edit.changes:
        session.notice("info", f"{name} is seen in all of these frames already.")
    elif session.apply(edit):
        count = len(edit.changes)
        session.notice("info", f"{edit.title}: {counted(count)} to be checked and accepted.")


def swap_with(session: Session, a: int, b: int) -> None:
    """Exchange two people from the present frame on, or in the marked range if the present frame is in it."""
    start, stop = stretch(session)
    if session.apply(lambda state: edits.swap_people(state, a, b, start, stop)):
        session.notice("info", f"Done: {session.undo_title}")


def merge_into(session: Session, keep: int, other: int) -> None:
    """Make two people one, who is chosen."""
    if session.apply(lambda state: edits.merge_people(state, keep, other)):
        said = f"Done: {session.undo_title}"
        session.select(keep)
        session.notice("info", said)


def toggle_lock(session: Session, person: int) -> None:
    """Lock a person, or unlock them."""
    if session.project is None:
        return
    record = session.project.state.person(person)
    locked = record is not None and not record.locked
    if session.apply(edits.lock_person(session.project.state, person, locked)):
        name = session.person_name(person)
        said = "is locked: nothing changes their poses." if locked else "can be changed again."
        session.notice("info", f"{name} {said}")


def toggle_hidden(session: Session, person: int) -> None:
    """Hide a person in the picture, or show them again."""
    hidden = session.hiding.toggle(person)
    said = (
        "is hidden: `Ctrl+H` again, or `Ctrl+Shift+H` for everybody, shows them."
        if hidden
        else "is shown again."
    )
    session.notice("info", f"{session.person_name(person)} {said}")


def unseen_here(session: Session) -> list[int]:
    """Hidden people who are in the present frame, and not drawn."""
    here = session.poses()
    people = np.asarray(here["person"] if len(here) else (), dtype=np.int64)
    return [person for person in people.tolist() if person in session.hiding.unseen]


def go_to_crossing(session: Session, crossing: np.void) -> None:
    """Go to where two people cross, and say who; one of them is chosen, so that a swap proposes both."""
    session.pause()
    session.go_to(int(crossing["frame"]))
    if session.person not in (int(crossing["a"]), int(crossing["b"])):
        session.select(int(crossing["a"]))
    session.notice("info", f"{session.crossings.words(crossing)}.")
