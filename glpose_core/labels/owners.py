"""To whom the frames of each run's tracks belong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from .changes import Span

Spans = tuple[Span, ...]


class Owners:
    """The spans of the tracks of all runs, and people's tracks in the active one.

    A track of a run is one unbroken row of poses; its spans say which frames of it show which person, so that
    identities can be exchanged, split and merged without touching the run's rows.
    """

    def __init__(self) -> None:
        self._spans: dict[tuple[int, int], Spans] = {}
        self._active = 0  # no run has this number
        self._by_person: dict[int, list[tuple[int, Span]]] | None = None

    def get(self, run: int, track: int) -> Spans | None:
        """The spans of one track, ``None`` where nothing is known of it."""
        return self._spans.get((run, track))

    def assign(self, run: int, track: int, spans: Spans | None) -> None:
        """Say to whom the frames of a track belong; ``None`` forgets it."""
        if spans is None:
            self._spans.pop((run, track), None)
        else:
            self._spans[run, track] = spans
        self._by_person = None

    def activate(self, run: int | None) -> None:
        """From now on the tracks of ``run`` are people's tracks."""
        self._active = run or 0
        self._by_person = None

    def of_run(self, run: int) -> dict[int, Spans]:
        """Tracks of a run with the people their frames belong to."""
        return {track: spans for (of, track), spans in self._spans.items() if of == run}

    def of_track(self, track: int) -> Spans:
        """The spans of one track of the active run."""
        return self._spans.get((self._active, track), ())

    def by_person(self) -> dict[int, list[tuple[int, Span]]]:
        """Each person's tracks in the active run, ascending, with their spans. Cached: do not write to it."""
        if self._by_person is None:
            found: dict[int, list[tuple[int, Span]]] = defaultdict(list)
            for (run, track), spans in sorted(self._spans.items()):
                if run == self._active:
                    for span in spans:
                        if span.person is not None:
                            found[span.person].append((track, span))
            self._by_person = dict(found)
        return self._by_person

    def of_person(self, person: int, frame: int) -> list[int]:
        """Tracks of the active run, carried ones too, that belong to a person in a frame; newest first."""
        own = self.by_person().get(person, ())
        return sorted({t for t, span in own if span.start <= frame < span.stop}, reverse=True)

    def among(self, tracks: Iterable[int], frame: int) -> dict[int, int]:
        """The people that some tracks show in a frame, each with the newest track that shows them."""
        found: dict[int, int] = {}
        for track in tracks:
            for span in self.of_track(track):
                if span.start <= frame < span.stop and span.person is not None:
                    found[span.person] = max(track, found.get(span.person, track))
        return found


def split_spans(spans: Iterable[Span], at: int) -> Spans:
    """Cut the span that holds frame ``at`` in two, so that one starts there."""
    cut: list[Span] = []
    for span in spans:
        if span.start < at < span.stop:
            cut += [replace(span, stop=at), replace(span, start=at)]
        else:
            cut.append(span)
    return tuple(cut)
