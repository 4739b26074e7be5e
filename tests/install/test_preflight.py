"""What is said where a display, a library or a package is missing: one sentence, the remedy, and code 3."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import PySide6
import pytest

from app import application, preflight
from app.system_libraries import WAYLAND_LIBRARIES, WINDOW_LIBRARIES, X11_LIBRARIES
from glpose_core import installation
from tests.install.building import TREE, run

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")
Done = subprocess.CompletedProcess[str]
Partial = Callable[..., Path]


def assert_sentence(done: Done, *words: str) -> None:
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def main_py(*, python: str | Path = sys.executable, **environment: str) -> Done:
    return run(python, TREE / "main.py", cwd=TREE, **environment)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("environment", "fine"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
    ],
)
def test_a_missing_display_is_noticed(environment: dict[str, str], fine: bool) -> None:
    assert (preflight.display_problem("linux", environment) is None) == fine
    assert preflight.display_problem("win32", environment) is None


@pytest.mark.quick
@pytest.mark.parametrize(
    ("environment", "order"),
    [
        ({"DISPLAY": ":0"}, ["xcb"]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ["wayland"]),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ["wayland", "xcb"]),
        ({"QT_QPA_PLATFORM": "offscreen:size=8x8;xcb", "DISPLAY": ":0"}, ["offscreen", "xcb"]),
    ],
)
def test_platforms_are_tried_in_the_order_of_qt(
    environment: dict[str, str], order: list[str]
) -> None:
    assert preflight.candidates(environment) == order


@linux
@pytest.mark.quick
def test_a_machine_with_all_it_needs_has_no_problem() -> None:
    assert preflight.window_problem("linux", {"QT_QPA_PLATFORM": "offscreen"}) is None


@linux
def test_no_display_names_what_can_be_done_without_one() -> None:
    assert_sentence(main_py(), "no display", "glpose demo")


@linux
def test_a_display_that_does_not_answer_is_no_abort() -> None:
    # Where Qt's X11 libraries are missing as well, those are named first.
    done = main_py(DISPLAY=":65000")
    assert_sentence(done)
    assert ":65000" in done.stderr or "apt install" in done.stderr


@linux
def test_an_unknown_platform_is_no_abort() -> None:
    assert_sentence(main_py(QT_QPA_PLATFORM="cinema"), "'cinema'", "offscreen")


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = main_py(GLPOSE_HOME=str(tmp_path / "file" / "home"), QT_QPA_PLATFORM="offscreen")
    assert_sentence(done, "GLPOSE_HOME", str(tmp_path / "file"))


@pytest.mark.quick
def test_an_old_python_is_told_so() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 8, 0);"
        f"runpy.run_path({str(TREE / 'main.py')!r}, run_name='__main__')"
    )
    assert_sentence(run(sys.executable, "-c", code, cwd=TREE), "Python 3.11 or newer", "3.8")


@pytest.mark.quick
def test_pyside_that_aborts_on_this_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PySide6, "__version_info__", (6, 12, 0))
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    problem = preflight.window_problem("linux", {"QT_QPA_PLATFORM": "offscreen"})
    assert problem is not None
    assert "does not work on Python 3.11" in problem
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    assert preflight.window_problem("linux", {"QT_QPA_PLATFORM": "offscreen"}) is None


@pytest.mark.quick
def test_windows_without_a_console_shows_a_box(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    user32 = SimpleNamespace(MessageBoxW=lambda owner, words, title, kind: shown.append(words))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=user32), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(
        application, "window_problem", lambda platform, environment: "torch is away."
    )
    assert application.main(["glpose-studio"]) == 3
    assert shown == ["torch is away."]


@linux
@pytest.mark.quick
def test_every_missing_library_is_named_with_its_package() -> None:
    table = {
        "libnone-of-this.so.1": "libnone1",
        "libc.so.6": "libc6",
        "libnone-of-that.so.0": "libnone2",
    }
    error = ImportError("libnone-of-this.so.1: cannot open shared object file: No such file")
    sentence = str(installation.explain(error, table))
    assert "libnone-of-this.so.1, libnone-of-that.so.0 are missing" in sentence
    assert "sudo apt install libnone1 libnone2'" in sentence
    many = str(installation.missing_libraries({f"libnone{n}.so": f"libnone{n}" for n in range(9)}))
    assert "libnone0.so, libnone1.so, libnone2.so, libnone3.so, 5 more are missing" in many
    assert "libnone8'" in many


@linux
@pytest.mark.quick
def test_the_tables_name_exactly_what_qt_links_to() -> None:
    readelf = shutil.which("readelf")
    if readelf is None:
        pytest.skip("readelf (binutils) is not here")
    qt = Path(PySide6.__file__).parent / "Qt"
    libraries = [
        qt / "lib" / f"libQt6{name}.so.6" for name in ("Core", "Gui", "Widgets", "Svg", "DBus")
    ]
    plugins = [
        qt / "plugins" / "platforms" / f"libq{name}.so" for name in ("offscreen", "xcb", "wayland")
    ]
    of_compiler = (
        r"libQt6\w+|libicu\w+|libc|libm|libdl|librt|libpthread|libstdc\+\+|libgcc_s|ld-linux-[\w-]+"
    )
    needed = set()
    for file in (*libraries, *plugins):
        listed = subprocess.run(
            [readelf, "-d", file], capture_output=True, text=True, check=True
        ).stdout
        needed |= set(re.findall(r"NEEDED.*\[(.+)\]", listed))
    needed = {name for name in needed if not re.fullmatch(rf"({of_compiler})\.so[.\d]*", name)}
    assert needed == {*WINDOW_LIBRARIES, *X11_LIBRARIES, *WAYLAND_LIBRARIES}


@pytest.mark.quick
def test_errors_that_are_no_installations_are_left_alone(tmp_path: Path) -> None:
    import numpy as np

    with pytest.raises(FileNotFoundError) as missing_file:
        np.load(tmp_path / "none.npy")
    assert installation.explain(missing_file.value) is None
    with pytest.raises(ImportError) as own_fault:
        from glpose_core.geometry import nothing_of_this_name  # noqa: F401
    assert installation.explain(own_fault.value) is None
    assert installation.explain(ValueError("libGL.so.1: cannot open shared object file")) is None


@pytest.fixture
def partial(tmp_path: Path) -> Partial:
    """``partial("av")``: the Python of an environment that lacks a package, all others being there;
    ``partial(torch="raise …")``: one whose package runs that line when imported."""

    def make(*without: str, **broken: str) -> Path:
        folder = tmp_path / "env"
        venv.create(folder, symlinks=True)
        packages = tmp_path / "packages"
        packages.mkdir()
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if entry.name not in (*without, *broken) and "__editable__" not in entry.name:
                (packages / entry.name).symlink_to(entry)
        for name, line in broken.items():
            (packages / name).mkdir()
            (packages / name / "__init__.py").write_text(line)
        [site] = folder.glob("lib/python3*/site-packages")
        (site / "packages.pth").write_text(f"{packages}\n{TREE}\n")
        return folder / "bin" / "python"

    return make


def glpose(python: Path, *arguments: object) -> Done:
    return run(python, "-m", "glpose_core.cli", *arguments, cwd=python.parent)


@pytest.mark.skipif(os.name == "nt", reason="makes symbolic links")
class TestPartialInstallations:
    """As pip leaves them when it is interrupted, or when somebody cleans up by hand."""

    @pytest.mark.parametrize(
        ("module", "wanted"),
        [
            ("PySide6", "PySide6-Essentials"),
            ("cv2", "opencv-python-headless"),
            ("av", "av"),
            ("torch", "torch"),
        ],
    )
    def test_the_window_names_a_missing_package(
        self, partial: Partial, module: str, wanted: str
    ) -> None:
        done = main_py(python=partial(module), QT_QPA_PLATFORM="offscreen")
        assert_sentence(done, f"{module} is not installed", "-m pip install", wanted)

    def test_the_command_names_a_missing_package(self, partial: Partial, tmp_path: Path) -> None:
        python = partial("av", "PySide6")
        assert_sentence(glpose(python, "info", tmp_path), "av is not installed", "pip install")
        assert glpose(python, "--version").returncode == 0

    def test_the_command_needs_no_qt(self, partial: Partial) -> None:
        done = glpose(partial("PySide6", "shiboken6", "pyqtgraph"), "weights", "list")
        assert done.returncode == 0, done.stderr

    def test_a_package_without_its_library_is_to_be_installed_again(self, partial: Partial) -> None:
        line = "raise OSError('libtorch_cpu.so: cannot open shared object file: No such file')"
        done = glpose(partial(torch=line), "weights", "list")
        assert_sentence(done, "package torch is incomplete", "libtorch_cpu.so", "--force-reinstall")

    def test_a_qt_without_its_parts_is_to_be_installed_again(self, partial: Partial) -> None:
        done = main_py(python=partial(PySide6="__version__ = '6.11'"), QT_QPA_PLATFORM="offscreen")
        assert_sentence(done, "PySide6-Essentials is incomplete", "--force-reinstall")

    def test_a_dependency_of_a_package_counts_as_that_package(self, partial: Partial) -> None:
        done = glpose(
            partial("sympy", "typing_extensions.py"), "weights", "info", "glpose-w18-starter"
        )
        assert_sentence(done, "package torch is incomplete", "typing_extensions")
