"""What is painted: visible filled, hidden as rings, absent not at all, doubt faint, people in white."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.canvas import paint
from app.canvas.hint_place import covered, taken_by_hand
from app.canvas.hit import NOTHING
from app.canvas.mapping import Mapping
from app.canvas.scene import Scene, make_scene
from app.colours import person_colours
from app.panels.joint_rows import SOURCE_WORDS
from glpose_core.labels import POSE_DTYPE, Source, Visibility
from glpose_core.skeleton import POSETRACK17

pytestmark = pytest.mark.quick

LEFT, RIGHT = POSETRACK17.index("left_knee"), POSETRACK17.index("right_knee")
COLOURS = person_colours(1)
SIZE = 200


def row(person: int = 1, **joints: tuple) -> np.ndarray:
    """A pose with joints given as name=(x, y, visibility, source, score)."""
    made = np.zeros(1, POSE_DTYPE)
    made["person"], made["box"], made["head_box"] = person, np.nan, np.nan
    for name, (x, y, visibility, source, score) in joints.items():
        slot = POSETRACK17.index(name)
        made["xy"][0, slot] = x, y
        made["visibility"][0, slot], made["source"][0, slot] = visibility, source
        made["score"][0, slot] = score
    return made[0]


def scene(*rows: np.ndarray, **how) -> Scene:
    mapping = Mapping(SIZE, SIZE, 1.0, 1.0, 0.0, 0.0)
    return make_scene(rows, mapping, lambda p: (f"person {p}", COLOURS), lambda _: 60.0, **how)


def painted(shown: Scene, person: int | None = None, joint: int | None = None) -> QImage:
    image = QImage(SIZE, SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    area = QRectF(painter.viewport())
    parts = paint.strokes(
        shown, person=person, joint=joint, hover=NOTHING, handles=False, area=area
    )
    paint.paint_scene(painter, parts)
    painter.end()
    return image


def away(image: QImage, x: float, y: float, colour: str) -> int:
    """The largest difference between a pixel and a colour, over red, green and blue."""
    seen, wanted = image.pixelColor(round(x), round(y)), QColor(colour)
    return max(abs(a - b) for a, b in zip(seen.getRgb()[:3], wanted.getRgb()[:3], strict=True))


def test_left_is_light_and_right_is_deep(qapp: QApplication) -> None:
    image = painted(
        scene(
            row(
                left_knee=(50, 50, Visibility.VISIBLE, Source.MODEL, 0.9),
                right_knee=(150, 50, Visibility.VISIBLE, Source.MODEL, 0.9),
                nose=(50, 150, Visibility.VISIBLE, Source.MODEL, 0.9),
            )
        )
    )
    assert away(image, 50, 50, COLOURS.light) < 8
    assert away(image, 150, 50, COLOURS.deep) < 8
    assert away(image, 50, 150, COLOURS.pale) < 8


def test_hidden_is_a_ring_and_absent_is_nothing(qapp: QApplication) -> None:
    hidden = painted(scene(row(left_knee=(50, 50, Visibility.OCCLUDED, Source.MODEL, 0.9))))
    assert away(hidden, 50, 50, COLOURS.light) > 60, "the middle of a ring is not filled"
    assert away(hidden, 55, 50, COLOURS.light) < 60, "its edge has the person's colour"
    absent = painted(scene(row(left_knee=(50, 50, Visibility.ABSENT, Source.ACCEPTED, 0.9))))
    assert away(absent, 50, 50, "#808080") == 0


def test_a_persons_joints_are_told_apart_from_the_models(qapp: QApplication) -> None:
    model, human = (
        painted(scene(row(left_knee=(50, 50, Visibility.VISIBLE, source, 0.9))))
        for source in (Source.MODEL, Source.PLACED)
    )
    assert model.pixelColor(54, 50).lightness() < 110
    assert human.pixelColor(54, 50).lightness() > 170


def test_doubt_is_faint_unless_a_person_has_judged() -> None:
    def opacity(source: Source, score: float) -> float:
        made = scene(row(left_knee=(50, 50, Visibility.VISIBLE, source, score)))
        return float(made.figures[0].opacity[LEFT])

    assert opacity(Source.MODEL, 0.05) < 0.35 < opacity(Source.MODEL, 0.4) < 0.8
    assert opacity(Source.MODEL, 0.9) == 1.0
    assert opacity(Source.ACCEPTED, 0.05) == opacity(Source.PLACED, 0.0) == 1.0


def test_the_chosen_person_lies_on_top_and_its_joint_is_named(qapp: QApplication) -> None:
    rows = [row(n, left_knee=(50, 50, Visibility.VISIBLE, Source.MODEL, 0.41)) for n in (1, 2, 3)]
    made = scene(*rows, selected=1)
    assert [figure.person for figure in made.figures] == [2, 3, 1]
    figure = made.figure(1)
    assert figure is not None
    assert paint.joint_label(figure, LEFT) == "left knee · 0.41"
    image = painted(made, person=1, joint=LEFT)
    assert image.pixelColor(60, 50).lightness() > 150, "a white ring around it"
    judged = scene(row(left_knee=(50, 50, Visibility.OCCLUDED, Source.ACCEPTED, 0.41)))
    assert paint.joint_label(judged.figures[0], LEFT) == "left knee · hidden · accepted"
    put = scene(row(left_knee=(50, 50, Visibility.VISIBLE, Source.PLACED, 0.41)))
    assert paint.joint_label(put.figures[0], LEFT) == f"left knee · {SOURCE_WORDS[Source.PLACED]}"
    follows = scene(row(left_knee=(10, 10, Visibility.VISIBLE, Source.INTERPOLATED, 1.0)))
    assert paint.joint_label(follows.figures[0], LEFT) == "left knee · proposed", "no model said so"


def test_what_cannot_be_drawn_is_left_out() -> None:
    made = scene(
        row(
            left_knee=(np.nan, 50, Visibility.VISIBLE, Source.MODEL, 0.9),
            right_knee=(1e30, 50, Visibility.VISIBLE, Source.MODEL, 0.9),
        )
    )
    assert not made.hit.placed.any()
    assert made.figures[0].box is None


def test_a_name_tag_stays_in_the_view() -> None:
    pose = row(left_knee=(50, 50, Visibility.VISIBLE, Source.MODEL, 0.9))
    pose["box"] = -40, -30, 100, 100
    assert scene(pose).hit.tags[0, :2].tolist() == [0, 0]


@pytest.mark.parametrize("box", [(-140, 20, 100, 100), (20, -130, 100, 100)])
def test_the_name_tag_of_somebody_beyond_the_edge_is_not_dragged_in(
    box: tuple[float, float, float, float],
) -> None:
    pose = row(left_knee=(box[0] + 50, box[1] + 50, Visibility.VISIBLE, Source.MODEL, 0.9))
    pose["box"] = box
    x, y, width, height = scene(pose).hit.tags[0].tolist()
    assert x + width <= 0 or y + height <= 0


def test_the_stem_of_the_ring_that_turns_crosses_no_name(qapp: QApplication) -> None:
    one = row(nose=(100, 120, Visibility.VISIBLE, Source.MODEL, 0.9))
    one["box"] = (80, 80, 60, 100)
    shown = scene(one)
    figure = shown.figures[0]
    assert figure.tag is not None
    x, top = 110.0, float(figure.tag[1])
    assert figure.tag[0] < x < figure.tag[0] + figure.tag[2], "the tag is where the stem would be"
    image = QImage(SIZE, SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    area = QRectF(painter.viewport())
    more = {"person": 1, "joint": None, "hover": NOTHING, "handles": False, "grips": True}
    paint.paint_scene(painter, paint.strokes(shown, area=area, **more))
    painter.end()
    assert away(image, x, top + 3, COLOURS.light) < 40, "the plate of the tag, not the stem"


def test_the_line_of_help_knows_what_it_would_hide(qapp: QApplication) -> None:
    one = row(nose=(100, 120, Visibility.VISIBLE, Source.MODEL, 0.9))
    one["box"] = (80, 80, 60, 100)
    figure = scene(one).figures[0]
    bare = taken_by_hand(figure, handles=False, grips=False)
    gripped = taken_by_hand(figure, handles=False, grips=True)
    assert (len(bare), len(gripped)) == (1, 6)
    low = QRectF(0, 160, 200, 32)
    assert (covered(bare, low), covered(gripped, low)) == (0, 2), "the two lower grips"
