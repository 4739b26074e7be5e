"""What looks wrong, and why: every doubtful joint with its reason in plain words, the best gain first."""

from .findings import TAGS, Reason
from .items import Item
from .queue import Queue, review
from .skipped import SKIPPED, keys_note, read_keys
from .usual import Usual

__all__ = [
    "SKIPPED", "TAGS", "Item", "Queue", "Reason", "Usual", "keys_note", "read_keys", "review",
]  # fmt: skip
