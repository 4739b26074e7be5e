"""The menu File."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QFileDialog

from glpose_core.errors import GLPoseError

from ..leaving import may_stop_work
from ..opening import SUFFIX, VIDEO_SUFFIXES
from .base import CommandGroup

if TYPE_CHECKING:
    from glpose_core.formats.posetrack_report import ExportReport

    from ..dialogs.exporting import ExportChoices

VIDEOS = f"Videos and projects ({' '.join(f'*{end}' for end in (*VIDEO_SUFFIXES, SUFFIX))});;All files (*)"


class FileCommands(CommandGroup):
    """The menu File."""

    def open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open Video or Project", self._folder(), VIDEOS
        )
        if name:
            self._window.open(Path(name))

    def open_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self._window, "Open Folder of Pictures", self._folder()
        )
        if name:
            self._window.open(Path(name))

    def open_demo(self) -> None:
        if may_stop_work(self._session, self._window.background, self._window):
            self._session.open_demo()

    def import_labels(self) -> None:
        from ..dialogs.import_labels import choose_labels

        project = self._session.project
        path = None if project is None else choose_labels(project, self._window)
        if path is not None:
            self.import_labels_from(path)

    def import_labels_from(self, path: Path) -> None:
        """Import a file that was dropped, or chosen."""
        from ..dialogs.import_labels import import_with_dialog

        import_with_dialog(self._window.importing, path, self._window)

    def export_labels(self) -> None:
        from ..dialogs.export import Outcome, export_with_dialog

        window = self._window
        outcome = export_with_dialog(self._session, window.exporting, window.coverage, window)
        if outcome is Outcome.LOOK_FIRST:
            window.show_coverage()

    def tell_export(self, choices: ExportChoices, done: ExportReport, late: bool) -> None:
        """A file has been written: say what its readers must know, in a window of its own only where nobody has
        gone on working (``late``)."""
        from ..dialogs.messages import report

        self._window.hints.finish("export")
        aside = late or QApplication.activeModalWidget() is not None
        for note in done.notes if aside else ():
            self._session.notice("info", note)
        self._session.notice("info", f"Wrote {choices.path.name}: {done.summary}")
        if done.notes and not aside:
            report(self._window, f"Exported to {choices.path.name}", done.summary, done.notes)

    def check_coverage(self) -> None:
        self._session.settle()
        self._window.show_coverage()

    def snapshot(self) -> None:
        self._session.snapshot()

    def save_copy(self) -> None:
        project = self._session.project
        if project is None:
            return
        self._session.settle()
        path = project.path
        proposal = path.with_name(f"{path.stem} copy{path.suffix}")
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save a Copy", str(proposal), "GLPose projects (*.glpose)"
        )
        if not name:
            return
        target = Path(name)
        if target.suffix.lower() != path.suffix:
            target = target.with_name(target.name + path.suffix)
            if target.exists() and not self._may_replace(target):
                return
        if target.resolve() == path.resolve():
            self._session.notice("warning", "A copy needs another name than the open project.")
            return
        try:
            project.snapshot(target)
        except GLPoseError as error:
            self._session.notice("error", str(error))
        else:
            self._session.notice("info", f"Saved a copy: {target.name}")

    def _may_replace(self, target: Path) -> bool:
        """The file dialog has asked about the name that was typed, not about this one."""
        from ..dialogs.messages import ask

        return ask(
            self._window,
            "Replace the copy?",
            f"{target.name} is there already.",
            yes="Replace it",
            no="Keep it",
            sure=False,
        )

    def close_project(self) -> None:
        if self._window.may_leave():
            self._session.close()

    def quit(self) -> None:
        self._window.close()

    def _folder(self) -> str:
        info = self._session.info
        return str(Path(info.path).parent) if info is not None else str(Path.home())
