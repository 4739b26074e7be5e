"""What the dialogs say of a model, so that somebody who knows no networks can choose one. Knows no window."""

from __future__ import annotations

from collections.abc import Iterable

from ..workers.inventory import Weights

NAMED_JOINTS = 4
"""So many untrained joints are named; of more, the number is told."""
_SIZES = (
    (20e6, "small, fast", "Small and fast"),
    (150e6, "large, more exact", "Large: right more often than a small one, and slower"),
    (float("inf"), "very large, slow", "Very large: for computers with a graphics processor"),
)
"""Up to which work, by :func:`work_of`, a network is called what: in a list, and in a sentence."""
_TIMES = 1.5
"""From so many times the work of the lightest on, the number is told."""


def work_of(weights: Weights) -> float | None:
    """About what a pose costs, to be compared: the layers' multiply-adds grow with the square of the channels and
    with the pixels of the crop. ``None`` where the file has not been read."""
    if weights.input_size is None or not weights.width:
        return None
    width, height = weights.input_size
    return float(weights.width**2 * width * height)


def listed(weights: Weights) -> str:
    """A model's line in a list: "glpose-w18-starter · small, fast"."""
    # Names like "hrnet-w48-coco-384x288" say what it is already, and leave no room.
    told = weights.title.lower().startswith(("glpose", "hrnet"))
    work = work_of(weights)
    if work is None:
        return weights.title if told else f"{weights.title} · {weights.description}"
    what = [] if told else [weights.description.partition(",")[0]]
    return " · ".join([weights.title, *what, _size(work)[1]])


def about(weights: Weights | None, others: Iterable[Weights] = ()) -> str:
    """The lines below the choice of a model: how large it is beside the ``others``, what it looks at, and what it was
    never taught; then what it is called."""
    if weights is None or weights.input_size is None:
        return "GLPose looks at the frames around each frame as well; HRNet at each frame alone."
    width, height = weights.input_size
    where = "the frames around each frame as well" if weights.several_frames else "each frame alone"
    said = f"{_size_in_words(weights, others)}Looks at {where}."
    names = [name.replace("_", " ") for name in weights.untrained]
    if names:
        which = ", ".join(names) if len(names) <= NAMED_JOINTS else f"{len(names)} joints"
        said += f" Not trained yet: {which}."
    return f"{said} ({weights.network}, {weights.joints} joints, crops of {width} × {height})"


def _size(work: float) -> tuple[float, str, str]:
    return next(size for size in _SIZES if work <= size[0])


def _size_in_words(weights: Weights, others: Iterable[Weights]) -> str:
    work = work_of(weights)
    if work is None:
        return ""
    said = _size(work)[2]
    lightest = min((other for one in others if (other := work_of(one)) is not None), default=work)
    if work >= _TIMES * lightest:
        said += f" (about {work / lightest:.0f} times the work of the smallest here)"
    return f"{said}. "
