"""Poses of a running prediction that may still change, because what is compared with them has not all been seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from glpose_core.labels import PoseRows

IN_WORDS = "Early poses: they may still change"


class Early:
    """Which poses of the running prediction are provisional, by frame."""

    def __init__(self) -> None:
        self._tracks: dict[int, set[int]] = defaultdict(set)

    def __contains__(self, frame: object) -> bool:
        """Whether any pose of a frame may still change."""
        return frame in self._tracks

    def hear(self, rows: PoseRows, provisional: bool) -> None:
        """Take in rows of PREDICTION_DTYPE ``[N]``: each comes for good once, and before that perhaps provisionally."""
        for track, frame in zip(rows["track"].tolist(), rows["frame"].tolist(), strict=True):
            if provisional:
                self._tracks[frame].add(track)
            elif frame in self._tracks:
                self._tracks[frame].discard(track)
                if not self._tracks[frame]:
                    del self._tracks[frame]

    def forget(self, tracks: Iterable[int]) -> None:
        """Of these tracks nothing comes any more: whose they are is locked now."""
        gone = set(tracks)
        self._tracks = defaultdict(
            set, {frame: left for frame, had in self._tracks.items() if (left := had - gone)}
        )

    def clear(self) -> None:
        """Nothing changes any more: the prediction has ended, however it did."""
        self._tracks.clear()
