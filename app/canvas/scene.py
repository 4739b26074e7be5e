"""What is drawn for one frame, in screen pixels: made once per change, read by painting and hit-testing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glpose_core.labels.poses import POSE_DTYPE, Source, Visibility, is_human, seen_boxes

from ..colours import PersonColours
from .hit import HitScene
from .mapping import Mapping

Floats = NDArray[np.float64]

FAINTEST = 0.28
"""Opacity of a joint in which the model has no confidence at all."""
TAG_HEIGHT = 18.0
FAR_AWAY = 1e6
"""Screen pixels beyond which nothing is drawn: Qt's own arithmetic ends soon after."""


@dataclass(frozen=True)
class Figure:
    """One person as drawn.

    Attributes:
        person, name, colours: who it is.
        joints: positions on the screen, ``[17, 2]``.
        visibility: ``[17]`` of Visibility; absent joints are not drawn.
        human: joints that a person placed or accepted, bool ``[17]``; accepted: those of them that a machine placed.
        proposed: joints that follow from those, and that nobody has accepted, bool ``[17]``.
        score: the model's confidence ``[17]``; meaningless for human joints.
        opacity: ``[17]``, 1 for human joints, fainter where the model is unsure.
        box: screen box ``[4]`` or ``None``.
        tag: the name tag's screen box ``[4]`` or ``None``.
        reach: left, top, right and bottom of all that; NaN if it is nothing.
    """

    person: int
    name: str
    colours: PersonColours
    joints: Floats
    visibility: NDArray[np.uint8]
    human: NDArray[np.bool_]
    accepted: NDArray[np.bool_]
    proposed: NDArray[np.bool_]
    score: NDArray[np.float32]
    opacity: Floats
    box: Floats | None
    tag: Floats | None
    reach: tuple[float, float, float, float]

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which joints are drawn, bool ``[17]``."""
        return np.asarray(self.visibility != Visibility.ABSENT)


@dataclass(frozen=True)
class Scene:
    """Everything on one frame. ``hit`` holds the same in the form that hit-testing reads."""

    figures: tuple[Figure, ...] = ()
    hit: HitScene = field(default_factory=HitScene)

    def figure(self, person: int | None) -> Figure | None:
        """The figure of a person, or ``None``."""
        return next((one for one in self.figures if one.person == person), None)


def make_scene(
    rows: Iterable[Any],
    mapping: Mapping,
    who: Callable[[int], tuple[str, PersonColours]],
    tag_width: Callable[[str], float],
    *,
    selected: int | None = None,
    handles: bool = False,
    grips: bool = False,
) -> Scene:
    """Lay out the poses of a frame on the screen.

    Args:
        rows: rows of POSE_DTYPE.
        who: gives a person's name and colours.
        tag_width: width of a name tag in screen pixels.
        selected: the chosen person; drawn last, so that it lies on top.
        handles: whether its box can be resized by handles.
        grips: whether it can be turned and scaled by grips.
    """
    if not isinstance(rows, np.ndarray):
        rows = np.array(list(rows), POSE_DTYPE)
    figures = _figures(rows, mapping, who, tag_width)
    return _scene(figures, selected, handles, grips)


def exchange_figure(
    scene: Scene,
    row: Any,
    mapping: Mapping,
    who: Callable[[int], tuple[str, PersonColours]],
    tag_width: Callable[[str], float],
) -> Scene:
    """The same scene with one person's row changed; the arguments are those of :func:`make_scene`."""
    figure = _figures(np.array([row], POSE_DTYPE), mapping, who, tag_width)[0]
    figures = [figure if one.person == figure.person else one for one in scene.figures]
    return _scene(figures, scene.hit.selected, scene.hit.handles, scene.hit.grips)


def _scene(figures: list[Figure], selected: int | None, handles: bool, grips: bool) -> Scene:
    figures.sort(key=lambda figure: figure.person == selected)
    nowhere = np.full(4, np.nan)
    hit = HitScene(
        people=np.array([one.person for one in figures], dtype=np.int64),
        joints=np.array([one.joints for one in figures]).reshape(-1, 17, 2),
        placed=np.array([one.placed for one in figures], dtype=bool).reshape(-1, 17),
        boxes=np.array([nowhere if one.box is None else one.box for one in figures]).reshape(-1, 4),
        tags=np.array([nowhere if one.tag is None else one.tag for one in figures]).reshape(-1, 4),
        selected=selected,
        handles=handles,
        grips=grips,
    )
    return Scene(tuple(figures), hit)


def _figures(
    rows: Any,
    mapping: Mapping,
    who: Callable[[int], tuple[str, PersonColours]],
    tag_width: Callable[[str], float],
) -> list[Figure]:
    """All at once, because numpy takes as long for one person as for twenty."""
    names = [who(person) for person in rows["person"].tolist()]
    human = np.asarray(is_human(rows["source"]))
    joints = mapping.to_view(rows["xy"])
    near = (np.abs(joints) < FAR_AWAY).all(axis=2)  # false for NaN, too
    visibility = np.where(near, rows["visibility"], Visibility.ABSENT)
    opacity = _opacity(human, rows["source"], rows["score"])
    boxes = mapping.box_to_view(seen_boxes(rows))
    boxes[~(np.abs(boxes) < FAR_AWAY).all(axis=1)] = np.nan
    tags = boxes.copy()
    tags[:, :2] -= (0.0, TAG_HEIGHT)
    # A tag above the upper or left edge of the view comes in, so that it can be read and grabbed; but not that of
    # somebody who is beyond it altogether, whom a hand would drag unseen.
    inside = (boxes[:, :2] + boxes[:, 2:] > 0.0).all(axis=1)
    tags[inside, :2] = np.maximum(tags[inside, :2], 0.0)
    tags[:, 2:] = [(tag_width(name), TAG_HEIGHT) for name, _ in names] or np.zeros((0, 2))
    boxed = np.isfinite(boxes[:, 0])
    tags[~boxed] = np.nan
    heads = mapping.box_to_view(rows["head_box"])
    heads[~(np.abs(heads) < FAR_AWAY).all(axis=1)] = np.nan
    placed = visibility != Visibility.ABSENT
    reach = _reach(joints, placed, (boxes, tags, heads)).tolist()
    return [
        Figure(
            person=person,
            name=name,
            colours=colours,
            joints=joints[at],
            visibility=visibility[at],
            human=human[at],
            accepted=np.asarray(rows["source"][at] == Source.ACCEPTED),
            proposed=np.asarray(rows["source"][at] == Source.INTERPOLATED),
            score=np.array(rows["score"][at]),
            opacity=opacity[at],
            box=boxes[at] if boxed[at] else None,
            tag=tags[at] if boxed[at] else None,
            reach=tuple(reach[at]),
        )
        for at, (person, (name, colours)) in enumerate(
            zip(rows["person"].tolist(), names, strict=True)
        )
    ]


def _reach(joints: Floats, placed: NDArray[np.bool_], areas: tuple[Floats, ...]) -> Floats:
    """Left, top, right and bottom of everything that is drawn of each person, ``[N, 4]``, NaN for nothing: of the
    joints that are ``placed``, and of ``areas``, each ``[N, 4]`` and NaN where a person has none."""
    at = np.where(placed[..., None], joints, np.nan)
    corners = [area[:, None, :2] for area in areas]
    ends = [area[:, None, :2] + area[:, None, 2:] for area in areas]
    points = np.concatenate([at, *corners, *ends], axis=1)
    return np.hstack([np.fmin.reduce(points, axis=1), np.fmax.reduce(points, axis=1)])


def _opacity(human: NDArray[np.bool_], source: Any, score: Any) -> Floats:
    """Faint where the model is unsure; proposed and human joints are not in doubt."""
    by_score = np.clip(FAINTEST + (1 - FAINTEST) * (np.asarray(score) - 0.1) / 0.6, FAINTEST, 1.0)
    machine = (source == Source.MODEL) & ~human
    return np.where(machine, by_score, 1.0)
