"""Joints that move together: exact at keys, straight where nothing else is known, and a whole limb follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glpose_core.skeleton import POSETRACK17
from glpose_core.spread.together import TOGETHER, USUAL, through_keys

pytestmark = pytest.mark.quick
JOINTS = len(POSETRACK17.joints)
J = {name: slot for slot, name in enumerate(POSETRACK17.joints)}


def nothing(frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A machine that says nothing."""
    return (
        np.full((JOINTS, frames, 2), np.nan),
        np.zeros((JOINTS, frames)),
        np.full((JOINTS, frames - 1), np.inf),
    )


def test_between_two_whole_poses_everything_goes_straight() -> None:
    rng = np.random.default_rng(1)
    first, last = rng.normal(0, 3, (2, JOINTS, 2))
    keyed, keys = np.zeros((JOINTS, 11), bool), np.zeros((JOINTS, 11, 2))
    keyed[:, [0, 10]] = True
    keys[:, 0], keys[:, 10] = first, last
    found = through_keys(*nothing(11), 0.1, keyed, keys)
    share = np.linspace(0, 1, 11)[None, :, None]
    line = first[:, None] + share * (last - first)[:, None]
    np.testing.assert_allclose(found, line, atol=1e-4)


def test_a_placed_elbow_takes_its_wrist_along_and_the_other_arm_hardly() -> None:
    keyed, keys = np.zeros((JOINTS, 11), bool), np.zeros((JOINTS, 11, 2))
    keyed[:, [0, 10]] = True
    keyed[J["left_elbow"], 5] = True
    keys[J["left_elbow"], 5] = (0.0, 1.0)
    found = through_keys(*nothing(11), 0.1, keyed, keys)
    assert found[J["left_wrist"], 5, 1] > 0.8
    assert abs(found[J["right_wrist"], 5, 1]) < 0.3
    assert abs(found[J["left_ankle"], 5, 1]) < 0.3


def test_a_machine_that_is_sure_is_followed() -> None:
    rng = np.random.default_rng(2)
    machine = np.cumsum(rng.normal(0, 0.1, (JOINTS, 30, 2)), axis=1)
    sure, error = np.full((JOINTS, 30), 1e6), np.full((JOINTS, 29), 1e-3)
    keyed = np.zeros((JOINTS, 30), bool)
    found = through_keys(machine, sure, error, 0.1, keyed, np.zeros((JOINTS, 30, 2)))
    np.testing.assert_allclose(found, machine, atol=0.01)


def test_the_precision_is_one_and_both_sides_are_alike() -> None:
    assert (np.linalg.eigvalsh(TOGETHER) > 0).all()
    for name, slot in J.items():
        if name.startswith("left_"):
            assert USUAL[slot] == pytest.approx(USUAL[J[name.replace("left_", "right_")]])


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(1, 12), st.integers(0, 2**31 - 1))
def test_keys_are_met_and_it_is_the_least_cost(frames: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    machine = rng.normal(0, 2, (JOINTS, frames, 2))
    belief = rng.uniform(0, 20, (JOINTS, frames))
    error = rng.uniform(0.01, 1, (JOINTS, frames - 1))
    keyed, keys = rng.random((JOINTS, frames)) < 0.3, rng.normal(0, 2, (JOINTS, frames, 2))
    found = through_keys(machine, belief, error, 0.2, keyed, keys)
    assert (found[keyed] == keys[keyed]).all()

    def cost(x: np.ndarray) -> float:
        steps = np.diff(x, axis=1)
        away = ((x - machine) ** 2).sum(axis=-1)
        other = ((steps - np.diff(machine, axis=1)) ** 2).sum(axis=-1)
        moves = np.einsum("afc,ab,bfc->", steps, TOGETHER / 0.2**2, steps)
        return float((belief * away).sum() + (other / error).sum() + moves)

    least = cost(found)
    for _ in range(3):
        push = rng.normal(0, 0.05, found.shape) * ~keyed[..., None]
        assert cost(found + push) >= least - 1e-6 * abs(least)
