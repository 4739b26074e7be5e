"""Threads wait shortly unless the user says otherwise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from glpose_core.waiting import wait_shortly


def test_threads_wait_shortly() -> None:
    environment: dict[str, str] = {}
    wait_shortly(environment)
    assert environment == {"GOMP_SPINCOUNT": "1000"}


@pytest.mark.parametrize(
    "said", [{"GOMP_SPINCOUNT": "5"}, {"OMP_WAIT_POLICY": "active"}, {"OMP_WAIT_POLICY": ""}]
)
def test_what_the_user_says_stays(said: dict[str, str]) -> None:
    environment = dict(said)
    wait_shortly(environment)
    assert environment == said


@pytest.mark.parametrize(
    "begin",
    [
        "from glpose_core.cli import main; main(['weights', 'list'])",
        "from app.application import main; main(['x', '--version'])",
    ],
)
def test_commands_and_the_window_set_it_before_torch_is_there(begin: str) -> None:
    script = f"""
import os, sys
for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
    os.environ.pop(name, None)
def look(event, arguments):
    if event == "import" and arguments[0] == "torch":
        assert os.environ.get("GOMP_SPINCOUNT") == "1000", "torch came first"
sys.addaudithook(look)
try:
    {begin}
except SystemExit:
    pass
assert os.environ["GOMP_SPINCOUNT"] == "1000"
"""
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
