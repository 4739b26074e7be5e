"""A project: the state in memory, its file, and the journal that undo walks.

One edit is one transaction together with its inverse (:class:`.project_edits.ProjectEdits`); a run, one execution
of a network, lies under all edits and brings its rows as they come.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from concurrent.futures import Future
from dataclasses import replace

from ..errors import Cancelled, ProjectError
from . import store
from .changes import Change, Edit, Person, Span, active_run_change, person_change, spans_change
from .origin import BEGUN_BY, FIRST_PERSON, OVER, rows_by_person
from .poses import PREDICTION_DTYPE, PoseRows, PoseTable
from .project_edits import ProjectEdits
from .records import Run
from .shelf import carry_over
from .telling import ProjectChange
from .turns import PART, Turns


class Project(ProjectEdits):
    """An open project. Use :meth:`create` or :meth:`open`, and close it.

    Any thread may call; listeners are called on the thread that made the change.
    """

    def poses(self, frame: int) -> PoseRows:
        """What is seen in a frame: ``[people]`` of POSE_DTYPE (``ProjectState.poses``)."""
        with self._lock:
            return self.state.poses(frame)

    # Runs

    def begin_run(self, run: Run, *, show: bool = True) -> int:
        """Start a run on top of the active one and show it: one journal entry.

        Make ``run`` with :meth:`Run.new`; its number is chosen here. The rows of the active run are carried over, so
        that predicting a part of the clip, or cancelling, leaves the rest as it was; where both have a row
        of a person, the new one shows. With ``show`` false it is kept aside, to be compared with:
        nothing is carried over, and nothing that is seen changes.

        Returns the run's number.
        """
        with self._lock:
            writer = self._writable()
            if show:
                self._free_numbers()
            number = max(self.state.runs, default=0) + 1
            base = self.state.active_run if show else None
            tracks = {} if base is None else self.state.tracks_of_run(base)
            run = replace(run, id=number, first_track=max(tracks, default=-1) + 1)
            if base is not None:
                run = replace(run, settings=run.settings | {OVER: base})
            if show:
                began = {BEGUN_BY: self._journal.last_seq + 1, FIRST_PERSON: self.state.next_person}
                run = replace(run, settings=run.settings | began)
            self.state.runs[number] = run
            statements = [store.run_statement(run)]
            table = PoseTable(PREDICTION_DTYPE, "track")
            if base is not None:
                table.put_many(self.state.predictions.rows())
                statements += carry_over(base, number)
            carried = [spans_change(number, track, spans) for track, spans in tracks.items()]
            self._write_memory(carried)
            statements += [store.cell_statement(change) for change in carried]
            self._shelf.keep(number, table)
            writer.submit(statements)
        if not show:
            self._tell(ProjectChange(frozenset(), runs=True))
            return number
        self.submit(Edit(run_title(run), (active_run_change(number),)))
        return number

    def _free_numbers(self) -> None:
        """Before a run begins: the people of runs that were taken back, and can be brought back no more once it has begun,
        leave their numbers to its people."""
        undone = {entry.seq for entry in self._journal.undone}
        runs = self.state.runs
        gone = [one for one in runs if runs[one].settings.get(BEGUN_BY) in undone]
        if not gone:
            return
        # What was made after the first of them began is undone with it, but for another run's people.
        first = min(int(runs[one].settings[FIRST_PERSON]) for one in gone)
        others = (self.state.tracks_of_run(one) for one in runs if one not in gone)
        spans = (span for tracks in others for own in tracks.values() for span in own)
        known = {span.person for span in spans if span.person is not None}
        known.update(self.state.labels.owners())
        self.state.next_person = max(first, max(known, default=0) + 1)

    def add_tracks(self, run: int, tracks: Mapping[int, int | None]) -> dict[int, int]:
        """Say to whom the tracks of a run belong; ``None`` makes a new person.

        Track numbers are the run's own, from 0. Returns the person of each track. Not journalled: people
        that only a run knows come and go with it.
        """
        with self._lock:
            writer = self._writable()
            first = self.state.runs[run].first_track
            people: dict[int, int] = {}
            changes: list[Change] = []
            for track, person in tracks.items():
                if person is None or self.state.person(person) is None:
                    # Nobody, or somebody who was merged into another while the run went on.
                    person = self.state.next_person
                    change = person_change(Person(person, f"person {person}"))
                    self._write_memory([change])
                    changes.append(change)
                people[track] = person
                span = Span(0, self.state.video.frames, person)
                changes.append(spans_change(run, first + track, (span,)))
            self._write_memory(changes)
            statements = [store.cell_statement(change) for change in changes]
            writer.submit(statements + self._bookkeeping())
        self._tell(ProjectChange(None, people=True, runs=True))
        return people

    def add_predictions(
        self, run: int, rows: PoseRows, references: PoseRows | None = None
    ) -> Future[None]:
        """Store rows of a run (PREDICTION_DTYPE, track numbers from 0) and show them if it is active.

        ``references`` are what each row was predicted from, REFERENCE_DTYPE ``[rows, slots]``.
        """
        with self._lock:
            writer = self._writable()
            rows = rows.copy()
            rows["track"] += self.state.runs[run].first_track
            table = self._shelf.kept(run)
            if run == self.state.active_run:
                self.state.add_predictions(rows)
            elif table is not None:
                table.put_many(rows)
            statements = list(store.prediction_statements(run, rows))
            if references is not None and references.shape[1]:
                statements += store.reference_statements(run, rows, references)
            done = writer.submit(statements)
        self._tell(ProjectChange(frozenset(rows["frame"].tolist()), people=True))
        return done

    def add_run(self, run: Run, tracks: Mapping[int, int | None], rows: PoseRows) -> int:
        """A run that is whole already, at once: begun, shown and done. Returns its number; :meth:`bring_run` tells of the
        arguments, and is for a window that must not wait."""
        number = self.begin_run(run)
        self.add_tracks(number, tracks)
        self.add_predictions(number, rows)
        self.finish_run(number, "done")
        return number

    def bring_run(self, run: Run, tracks: Mapping[int, int | None], rows: PoseRows) -> Turns:
        """A run that is whole already, brought in in short turns as :meth:`in_turns` makes edits: it is begun and shown,
        its ``tracks`` belong to people as in :meth:`add_tracks`, and its ``rows`` come as in :meth:`add_predictions`,
        :data:`PART` at a time. Cancelled, it is no longer shown."""
        self._writable()
        return self._begin_turns(self._bring(run, tracks, rows))

    def _bring(
        self, run: Run, tracks: Mapping[int, int | None], rows: PoseRows
    ) -> Generator[None, None, Edit]:
        number = self.begin_run(run)
        try:
            self.add_tracks(number, tracks)
            for at in range(0, len(rows), PART):
                self.add_predictions(number, rows[at : at + PART])
                yield
        except Cancelled:
            self.undo()  # whatever else edits has this finished first, so it is the latest entry
            self.finish_run(number, "cancelled")
            return Edit("", ())
        finally:
            self._turns = None
        self.finish_run(number, "done")
        return Edit(run_title(run), ())

    def run_rows(self, run: int) -> PoseRows:
        """The rows of any run, shown or not, as poses of the people they belong to: POSE_DTYPE ``[N]`` by
        person and frame, one a person and frame (the newest track's). Reads the file if need be.

        Raises ProjectError if there is no such run, or the file is damaged.
        """
        with self._lock:
            if run not in self.state.runs:
                raise ProjectError(
                    f"has no run {run}", file=self.path, remedy="see glpose project runs"
                )
            return rows_by_person(self._shelf.rows_of(run).rows(), self.state.tracks_of_run(run))

    def finish_run(self, run: int, status: str) -> None:
        """Note how a run ended: "done", "cancelled", "failed" ("interrupted" is noted on opening)."""
        with self._lock:
            writer = self._writable()
            self.state.set_run_status(run, status)
            writer.submit([store.run_statement(self.state.runs[run])])
        self._tell(ProjectChange(frozenset(), runs=True))


def run_title(run: Run) -> str:
    """What Undo calls the entry that shows a run."""
    return f"Predict with {run.model}"
