"""How the threads that share a network's work wait for one another.

They wait busily, and the library's own choice is to do that for long: good where nothing else runs, and where
something does it takes the processor from the very thread that is waited for (docs/decisions/0054).
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

TURNS = "1000"
"""How often a thread looks before it sleeps; GNU OpenMP's own choice is 300,000."""
SAID_BY_THE_USER = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


def wait_shortly(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let threads sleep soon, in this process and those that it starts. What the user has set stays.

    Call before torch is imported: the library looks once.
    """
    if not any(name in environment for name in SAID_BY_THE_USER):
        environment["GOMP_SPINCOUNT"] = TURNS
