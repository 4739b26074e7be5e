"""The line of help at the bottom of the canvas: what can be done now, and with which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..early import IN_WORDS
from ..locking import is_locked_in
from ..naming import brief
from ..spreading import MOST_NAMED, summary, way_in_words

if TYPE_CHECKING:
    from ..session import Session
    from ..settings import ViewState
    from .tools import Hint, Tool

SHORTEST = 3
"""How often the line of help can be said in fewer words."""
SHORT_NAME = 12
"""Characters of a name where the joints that are proposed have no room either."""


def line_of_help(
    session: Session,
    tool: Tool,
    *,
    late: bool,
    job_runs: bool,
    beneath: int = 0,
    short: int = 0,
) -> Hint:
    """What to say: parts of text, and whether each is a key.

    Args:
        late: the picture of the present frame has been waited for.
        beneath: how many joints lie under the one that the pointer is on.
        job_runs: a prediction is running, so that people are about to appear.
        short: how little room there is, 0 … :data:`SHORTEST`: keys come before names.
    """
    if session.opening is not None:
        return [
            (f"{session.opening.title}…  ·  ", False),
            ("Esc", True),
            (" cancels", False),
        ]
    if late:
        return [(f"Frame {session.frame} is being decoded…", False)]
    if tool.name == "select" and not session.people():
        if job_runs:
            return [("The people that are found appear in the picture", False)]
        return [
            ("No people yet: press ", False),
            ("P", True),
            (" to find and predict, or ", False),
            ("B", True),
            (" to draw a box", False),
        ]
    if tool.once or session.group:
        return tool.hint(session)
    under: Hint = []
    if beneath and tool.name == "select":
        more = f"{beneath} more {'joint' if beneath == 1 else 'joints'} here: click again"
        under = [(f"{beneath} more here" if short > 1 else more, False)]
    if session.spreading.proposal is not None and tool.name not in ("head", "region"):
        if tool.name == "box" or tool.next_up(session) is not None:
            return _what_follows_beside(tool.hint(session), short > 0)
        return [*under, *_what_follows(session, max(short, len(under)), lead=bool(under))]
    if under:
        return [*under, (" for the next  ·  ", False), *tool.hint(session)]
    if tool.name not in ("head", "region") and is_locked_in(session, session.person):
        name = brief(session.person_name(session.person or 0))
        return [(f"{name} is locked  ·  ", False), ("Ctrl+L", True), (" unlocks", False)]
    return tool.hint(session)


def _what_follows_beside(doing: Hint, short: bool) -> Hint:
    """What the tool in hand does next, and that the last correction has something to propose, too."""
    if short and doing[-2:] == [("Esc", True), (" done", False)]:
        doing = doing[:-2]
        doing[-1] = (doing[-1][0].rstrip(" ·"), doing[-1][1])
    return [*doing, ("  ·  ", False), ("G", True), (" takes what follows", False)]


def _what_follows(session: Session, short: int, lead: bool) -> Hint:
    """What the last correction would change, in which way, and the keys for it; ``lead``: something stands before."""
    spreading = session.spreading
    proposal = spreading.proposal
    assert proposal is not None
    way, it = way_in_words(spreading, short > 0), "" if short else " it"
    if proposal.joints:
        name = session.person_name(proposal.person)
        most = 0 if short else MOST_NAMED
        what = summary(proposal, brief(name), most, spreading.corrected)
        said = f"{what}, {way}: " if short else f"{what} would follow ({way}): "
        if short > 1:
            count = len(proposal.frames)
            said = f"{count} frame{'s' if count > 1 else ''}, way {spreading.at}/{len(spreading.ways)}: "
        if short == 2:
            said = f"{brief(name, SHORT_NAME)}, {said}"
    else:
        said = f"The frames around stay ({way}): "
    return [
        (f"{'  ·  ' if lead else ''}{said}", False),
        ("G", True),
        (f" takes{it}  ·  ", False),
        ("Shift+G", True),
        (" accepts  ·  " if short else " and accepts the frame  ·  ", False),
        ("Alt+G", True),
        (" varies  ·  " if short else " another way  ·  ", False),
        ("Backspace", True),
        (f" leaves{it}", False),
    ]


def aids_in_words(view: ViewState, early: bool = False) -> Hint:
    """What makes the picture look other than it is, or adds to it, and whether its poses are ``early``: those of a
    running prediction that may still change. Nothing where nothing is to be said."""
    aids = view.aids
    said = [
        words
        for on, words in (
            (aids.dim, "others dimmed"),
            (aids.onion, "key poses"),
            (aids.trails, "trail"),
            (aids.loupe, "magnifier"),
            (bool(view.light.words), view.light.words),
        )
        if on
    ]
    parts = ["Shown: " + " · ".join(said)] if said else []
    parts += [IN_WORDS] if early else []
    return [("  ·  ".join(parts), False)] if parts else []
