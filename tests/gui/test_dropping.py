"""What is dropped on the window: said while it is held, done when it is let go, refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog

from app.dropping import Taking, meaning_of

from .conftest import Build, Dialogs, Studio, wait_for

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def hold(studio: Studio, *paths: Path) -> None:
    """Hold files over the picture."""
    data = files(*paths)
    event = QDragEnterEvent(QPoint(90, 90), Qt.DropAction.CopyAction, data, LEFT, PLAIN)
    QApplication.sendEvent(studio.window, event)
    assert event.isAccepted()


def let_go(studio: Studio, *paths: Path) -> None:
    """Carry files over the picture and let go of them."""
    hold(studio, *paths)
    data = files(*paths)  # an event does not keep it
    event = QDropEvent(QPointF(90, 90), Qt.DropAction.CopyAction, data, LEFT, PLAIN)
    QApplication.sendEvent(studio.window, event)
    QApplication.processEvents()


def test_a_video_is_announced_and_opened(build_studio: Build, video: Path) -> None:
    studio = build_studio()
    overlay = studio.window.drops.overlay
    hold(studio, video)
    assert overlay.isVisible()
    assert overlay.size() == studio.window.size()
    assert overlay.meaning is not None
    assert overlay.meaning.title == "Open walk.mp4"
    QApplication.sendEvent(studio.window, QDragLeaveEvent())
    assert not overlay.isVisible()
    let_go(studio, video)
    assert not overlay.isVisible()
    wait_for(lambda: studio.session.project is not None, "the dropped video")
    studio.wait_for_picture()


def test_labels_go_to_the_import(studio: Studio, dialogs: Dialogs, tmp_path: Path) -> None:
    labels = tmp_path / "walk.json"
    labels.write_text('{"images": [], "annotations": [], "categories": [{"name": "person"}]}')
    asked = []
    dialogs.answer(
        "ImportDialog",
        lambda dialog: asked.append(dialog.windowTitle()) or QDialog.DialogCode.Rejected,
    )
    let_go(studio, labels)
    wait_for(lambda: asked or studio.notices, "the question")
    assert asked == ["Import labels"], studio.notices


def test_something_foreign_is_one_sentence(studio: Studio, tmp_path: Path) -> None:
    song = tmp_path / "song.ogg"
    song.touch()
    let_go(studio, song)
    level, sentence = studio.notices[-1]
    assert level == "error"
    assert sentence.startswith("song.ogg is none of what is opened here: drop a video")
    assert studio.session.project is not None, "what was open stays open"


def make(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("names", "taking", "said"),
    [
        (("000.jpg", "001.jpg", "walk.json"), Taking.OPEN, "Open the folder inside · 2 pictures"),
        (
            ("other.json", "walk.json"),
            Taking.IMPORT,
            "Import labels from walk.json · Into walk.mp4",
        ),
        (("a.json", "b.json"), Taking.NOTHING, "holds 2 label files · drop the one of walk.mp4"),
        (("run.glpose",), Taking.OPEN, "Open the project run.glpose · walk.mp4 is closed"),
        (("a.mp4", "b.mp4"), Taking.NOTHING, "holds 2 videos and projects · drop one of them"),
        ((), Taking.NOTHING, "holds no pictures"),
    ],
)
def test_a_folder_is_taken_for_what_it_holds(
    tmp_path: Path, names: tuple[str, ...], taking: Taking, said: str
) -> None:
    meaning = meaning_of([make(tmp_path / "inside", *names)], Path("walk.mp4"))
    assert meaning.taking is taking
    assert said in f"{meaning.title} · {meaning.detail}"


def test_of_several_one_is_taken_and_the_rest_is_named() -> None:
    paths = [Path("notes.txt"), Path("walk.json"), Path("run.mp4"), Path("walk.mp4")]
    meaning = meaning_of(paths, Path("walk.mp4"))
    assert (meaning.taking, meaning.path) == (Taking.OPEN, Path("run.mp4"))
    assert meaning.detail == "The other 3 are left aside: one at a time."
    assert meaning_of(paths[:2], Path("walk.mp4")).taking is Taking.IMPORT
    assert meaning_of(paths[:2], None).taking is Taking.NOTHING
    assert "folder" in meaning_of([Path("1.png"), Path("2.png")], None).refusal
    assert meaning_of([Path("walk.json")], None).refusal == (
        "walk.json looks like labels: open their video first"
    )
