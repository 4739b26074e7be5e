"""Corrections spread as far as they should: what a human joint says about the frames around it."""

from .project import Proposal, Question, Stretch, answer, ask, propose, take, take_and_accept
from .spreading import Method, Spread, spread
from .states import run_states
from .tracks import Keys, Machine

__all__ = [
    "Keys",
    "Machine",
    "Method",
    "Proposal",
    "Question",
    "Spread",
    "Stretch",
    "answer",
    "ask",
    "propose",
    "run_states",
    "spread",
    "take",
    "take_and_accept",
]
