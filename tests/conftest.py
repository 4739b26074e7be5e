"""What every test gets: one torch thread, an isolated GLPOSE_HOME, and the research data if present."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Small products on several threads wait for one another where other work runs: slower, not faster.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

# Fewer examples in the subset that runs before every commit: all of them are for the whole suite.
EXAMPLES = int(os.environ.get("GLPOSE_EXAMPLES", "60"))
DATA_VARIABLE = "GLPOSE_DATA"


def pytest_configure(config: pytest.Config) -> None:
    """Settings of the libraries under test, wherever tests run: a process that only hands them out to others
    loads no library, for the others wait for it."""
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        return
    import hypothesis
    import torch

    torch.set_num_threads(1)
    hypothesis.settings.register_profile(
        "glpose", derandomize=True, deadline=None, max_examples=EXAMPLES
    )
    hypothesis.settings.load_profile("glpose")


@pytest.fixture(autouse=True)
def glpose_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches, logs and snapshots of every test live in a folder of its own."""
    home = tmp_path_factory.mktemp("glpose-home")
    monkeypatch.setenv("GLPOSE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real stills, clips and labels; the test is skipped where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get(DATA_VARIABLE, default))
    if not folder.is_dir():
        pytest.skip(
            f"{DATA_VARIABLE} names no folder and shared/data not found: real-data test skipped"
        )
    return folder
