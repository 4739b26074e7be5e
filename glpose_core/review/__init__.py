"""What looks wrong, and why: every doubtful joint with its reason in plain words, the best gain first."""

from .findings import TAGS, Reason
from .items import Item
from .queue import Queue, review
from .usual import Usual

__all__ = ["TAGS", "Item", "Queue", "Reason", "Usual", "review"]
