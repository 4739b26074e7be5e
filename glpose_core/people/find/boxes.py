"""Boxes of what is seen of people, as detectors give them, and person boxes, as the app keeps them."""

from __future__ import annotations

import numpy as np

from ...geometry import Floats

PERSON_PER_SEEN = np.array([1.10, 1.22])
"""Width and height of the person box (the extent of the joints × 1.3) per those of what is seen."""


def person_boxes(seen: Floats) -> Floats:
    """Person boxes for boxes of what is seen, ``[N, 4]`` each, about the same centres."""
    centre = seen[:, :2] + seen[:, 2:] / 2
    size = seen[:, 2:] * PERSON_PER_SEEN
    return np.concatenate([centre - size / 2, size], axis=1)


def seen_boxes(boxes: Floats) -> Floats:
    """The inverse of :func:`person_boxes`."""
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    size = boxes[:, 2:] / PERSON_PER_SEEN
    return np.concatenate([centre - size / 2, size], axis=1)
