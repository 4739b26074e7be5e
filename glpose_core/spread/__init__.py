"""Corrections spread as far as they should: what a human joint says about the frames around it."""

from .guide import Doubts, doubts, look
from .project import Proposal, Question, Stretch, answer, ask, propose, take, take_and_accept
from .spreading import Method, Spread, Way, spread
from .states import run_states
from .tracks import Keys, Machine
from .ways import ways

__all__ = [
    "Doubts",
    "Keys",
    "Machine",
    "Method",
    "Proposal",
    "Question",
    "Spread",
    "Stretch",
    "Way",
    "answer",
    "ask",
    "doubts",
    "look",
    "propose",
    "run_states",
    "spread",
    "take",
    "take_and_accept",
    "ways",
]
