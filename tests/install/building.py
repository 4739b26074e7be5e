"""Builds distributions from a copy of the tree, and runs programs as a stranger's shell would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
PARTS = (
    *("app", "glpose_core", "resources", "LICENSE", "README.md", "CHANGELOG.md", "MANIFEST.in"),
    *("constraints.txt", "main.py", "pyproject.toml"),
)
"""What the distributions are made from. A copy is built, so that no old build/ can lend files to the wheel."""


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a stranger's shell would: no PYTHONPATH, no display, and no setting but those given."""
    kept = {
        name: os.environ[name] for name in ("HOME", "TMPDIR", "SYSTEMROOT") if name in os.environ
    }
    path = {"PATH": os.environ.get("PATH", os.defpath)}
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=kept | path | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def build(source: Path, target: Path, kind: str) -> Path:
    """Build an sdist or a wheel with the setuptools that is installed here; return its file."""
    done = run(
        *(sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", target, source),
        cwd=target,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))
