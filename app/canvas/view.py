"""A view of the picture that can be zoomed and moved. Knows nothing of tools or gestures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from glpose_core.labels import seen_box
from glpose_core.labels.poses import Visibility

from ..session import Session
from .mapping import LARGEST, Mapping

Floats = NDArray[np.float64]

HEAD_ROOM, FOOT_ROOM = 44, 60
"""Screen pixels for the ring that turns above a box, and for the line of help below it."""
LEAST_SHARE = 0.45
"""A person who is judged is at least so large a part of the view."""


class ZoomedView(QWidget):
    """Keeps the mapping from the picture to the screen, and the session's memory of it.

    Attributes:
        mapping: where picture pixels lie on the screen.
        fitted: whether the whole picture is shown, whatever size the window has.
    """

    zoom_changed = Signal(float)
    """Screen pixels per picture row."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.mapping = Mapping()
        self.fitted = True
        self._chosen_in_view = False

    def refresh(self) -> None:
        """The mapping has changed: paint."""
        raise NotImplementedError

    def restore_view(self) -> None:
        """Another video is open: show what was remembered of its view."""
        info, view = self.session.info, self.session.view
        if info is None:
            return
        self.mapping = Mapping(info.width, info.height, info.pixel_aspect)
        self.fitted = view.zoom <= 0
        if self.fitted:
            self.fit()
        else:
            zoomed = replace(self.mapping, zoom=view.zoom)
            self._set_mapping(zoomed.centred_on(view.centre, self.width(), self.height()))

    def _chosen_centre(self) -> QPointF | None:
        """Where on the screen the middle of the chosen person's box lies, or ``None``."""
        row = self.session.pose()
        box = None if row is None else seen_box(row)
        return None if box is None else QPointF(*self.mapping.to_view(box[:2] + box[2:] / 2))

    def _is_in_view(self, at: QPointF | None) -> bool:
        return at is not None and self.rect().contains(at.toPoint())

    def note_chosen(self) -> None:
        """The frame shown is the present one: remember whether the chosen person is in view."""
        centre = self._chosen_centre()
        if centre is not None:
            self._chosen_in_view = self._is_in_view(centre)

    def keep_chosen_in_view(self) -> None:
        """Another frame is shown: follow the chosen person, who was in view before, out of it."""
        if self.fitted or not self._chosen_in_view:
            return
        centre = self._chosen_centre()
        if centre is None or self._is_in_view(centre):
            return
        middle = QPointF(self.rect().center())
        self.pan(middle.x() - centre.x(), middle.y() - centre.y())

    def fit(self) -> None:
        """Show the whole picture, and keep doing so when the window changes."""
        self.fitted = True
        self._set_mapping(self.mapping.fitted(self.width(), self.height()))

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Zoom so that what is under ``about`` (the middle by default) stays there."""
        about = QPointF(self.rect().center()) if about is None else about
        self.fitted = False
        self._set_mapping(self.mapping.zoomed(factor, (about.x(), about.y())))

    def actual_size(self) -> None:
        """One picture pixel is one pixel of the screen."""
        self.zoom_by(1.0 / (self.mapping.zoom * self.devicePixelRatioF()))

    def zoom_to_person(self) -> None:
        """Bring all that is seen of the chosen person into view, as large as fits."""
        row = self.session.pose()
        box = None if row is None else outline(row)
        if box is not None:
            self._zoom_to(box)

    def _zoom_to(self, box: Any) -> None:
        """Bring a box (x, y, w, h, picture pixels) into view, as large as fits."""
        self.fitted = False
        width, height = self.width(), self.height()
        high = min(0.8 * height, max(height - HEAD_ROOM - FOOT_ROOM, 0.5 * height))
        zoom = min(0.8 * width / max(box[2] * self.mapping.stretch, 1.0), high / max(box[3], 1.0))
        zoomed = replace(self.mapping, zoom=float(min(zoom, LARGEST)))
        middle = box[:2] + box[2:] / 2
        self._set_mapping(zoomed.centred_on(middle, width, height + HEAD_ROOM - FOOT_ROOM))

    def look_at_chosen(self) -> None:
        """Zoom to the chosen person, or to where they were last, unless that is in view already, and large enough
        to be judged."""
        box = self._box_here_or_before()
        if box is None:
            return
        corners = self.mapping.to_view(np.stack([box[:2], box[:2] + box[2:]]))
        (left, top), (right, bottom) = corners.tolist()
        share = max((right - left) / self.width(), (bottom - top) / self.height())
        inside = left >= 0 and top >= 0 and right <= self.width() and bottom <= self.height()
        if not (inside and share >= LEAST_SHARE):
            self._zoom_to(box)

    def _box_here_or_before(self) -> Any | None:
        """All that is seen of the chosen person in the present frame, or else in the last one before it, or
        ``None``."""
        row, person, project = self.session.pose(), self.session.person, self.session.project
        if row is None and person is not None and project is not None:
            before = self.session.pose_before(person)
            row = None if before is None else project.state.pose(person, before)
        return None if row is None else outline(row)

    def middle_box(self) -> tuple[float, float, float, float]:
        """A box for a standing person in the middle of what is seen, in picture pixels."""
        x, y = self.mapping.to_picture((self.width() / 2, self.height() / 2))
        x = min(max(float(x), 0.0), self.mapping.width - 1.0)
        y = min(max(float(y), 0.0), self.mapping.height - 1.0)
        high = min(0.6 * self.height() / self.mapping.zoom, 0.8 * self.mapping.height)
        wide = high * 0.4 / self.mapping.stretch
        return x - wide / 2, y - high / 2, wide, high

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by screen pixels."""
        self.fitted = False
        self._set_mapping(self.mapping.panned(dx, dy, self.width(), self.height()))

    def _set_mapping(self, mapping: Mapping) -> None:
        self.mapping = mapping
        if self.session.project is not None:
            view = self.session.view
            x, y = mapping.to_picture((self.width() / 2, self.height() / 2))
            view.zoom = 0.0 if self.fitted else mapping.zoom
            view.centre = (float(x), float(y))
            self.note_chosen()
        self.refresh()
        self.zoom_changed.emit(mapping.zoom)
        self.session.view_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.fitted:
            self.fit()
            return
        old = event.oldSize()
        grown = event.size() - (old if old.isValid() else event.size())
        self._set_mapping(
            replace(
                self.mapping,
                x=self.mapping.x + grown.width() / 2,
                y=self.mapping.y + grown.height() / 2,
            )
        )


def outline(row: Any) -> Floats | None:
    """What is seen of a pose (a row of POSE_DTYPE), ``(x, y, w, h)`` in picture pixels: its box, and the joints
    that lie outside it, as those do that a model's box does not know of. ``None`` where there is no box."""
    box = seen_box(row)
    placed = row["xy"][row["visibility"] != Visibility.ABSENT]
    if box is None:
        return None
    points = np.concatenate([[box[:2], box[:2] + box[2:]], placed])
    low, high = points.min(axis=0), points.max(axis=0)
    return np.concatenate([low, high - low])
