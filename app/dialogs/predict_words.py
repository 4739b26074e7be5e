"""What the dialog of Predict says will happen. Knows no window."""

from __future__ import annotations

from dataclasses import dataclass

from ..choices import PredictChoices
from .ranges import spoken


@dataclass(frozen=True)
class PredictContext:
    """What the dialog must know about the project.

    Attributes:
        frames: frames of the clip.
        marked: the marked range, half open.
        person: the chosen person's id and name, or ``None``.
        boxes: how many of that person's boxes a human drew or vouches for.
        people: how many people the project has.
        last: what was chosen last time.
        follow: propose to follow the chosen person rather than to predict everybody.
        second: weights whose predictions are seen, where another model is to be compared with them.
        at_hand: models that are known to be there before anybody has looked into them.
    """

    frames: int
    marked: tuple[int, int] | None = None
    person: tuple[int, str] | None = None
    boxes: int = 0
    people: int = 0
    last: PredictChoices | None = None
    follow: bool = False
    second: str | None = None
    at_hand: tuple[str, ...] = ()


def foretell(
    choices: PredictChoices | None, context: PredictContext
) -> tuple[list[str], list[str]]:
    """What will happen, and what to think of first: sentences and warnings."""
    if choices is None:
        return [], []
    where = (
        "the whole clip"
        if (choices.start, choices.stop) == (0, context.frames)
        else spoken(choices.start, choices.stop)
    )
    warnings = []
    if choices.second:
        what = f"The people you have are predicted once more in {where}, in the same boxes."
        if context.people == 0:
            warnings.append("There is nobody yet: predict first.")
        return [what, "What you see stays. A list shows where the two models differ."], warnings
    if choices.person is not None:
        name = context.person[1] if context.person else "the person"
        what = (
            f"{name} is followed through {where}, from each box until this model has them there already; "
            "what lies beyond stays, and so does everybody else."
        )
    elif choices.find_people:
        what = f"Everybody in {where} is predicted; people you deleted do not come back."
    else:
        what = f"The people you have are predicted in {where}; nobody new is looked for."
        if context.people == 0:
            warnings.append("There is nobody yet: draw a box first (B), or look for people.")
    return [what[:1].upper() + what[1:], "One Undo takes the whole run back."], warnings
