"""One small scene for all tests of rendered people: making bodies takes the longest."""

from __future__ import annotations

import numpy as np
import pytest

from glpose_core.synthetic.camera import still_camera
from glpose_core.synthetic.gaits import gestures, walk
from glpose_core.synthetic.place import Place, draw_place
from glpose_core.synthetic.scene import Actor, Scene, make_actor

SIZE = (192, 144)


@pytest.fixture(scope="session")
def actors() -> tuple[Actor, ...]:
    """Somebody who stands, and somebody who walks past in front of them."""
    standing = gestures(["wave"], 2.0).placed(0.0, -0.6, 0.0)
    walking = walk(2.0, 1.75).placed(-1.0, 0.6, np.pi / 2)
    return make_actor(standing, np.random.default_rng(1)), make_actor(
        walking, np.random.default_rng(2)
    )


@pytest.fixture(scope="session")
def place() -> Place:
    return draw_place(np.random.default_rng(0), "hall")


@pytest.fixture(scope="session")
def scene(actors: tuple[Actor, ...], place: Place) -> Scene:
    camera = still_camera(np.array([0.0, 1.3, 5.0]), np.array([0.0, 0.95, 0.0]), 1.5)
    return Scene(actors, camera, place, frames=40, rate=20.0)
