"""What the actions do: each method is one entry of the table in :mod:`app.actions`.

A command asks (a dialog, if it must), then calls the session. It never touches a widget's insides.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog

from glpose_core.errors import GLPoseError
from glpose_core.home import glpose_home

from .actions import ACTIONS
from .asking import ask_step
from .label_commands import LabelCommands

if TYPE_CHECKING:
    from .workers.finetune import TrainReport

ZOOM_STEP = 1.25
VIDEOS = "Videos and projects (*.mp4 *.m4v *.mov *.avi *.mkv *.webm *.ts *.mts *.m2ts *.mpg *.mpeg *.wmv *.flv *.glpose);;All files (*)"


class Commands(LabelCommands):
    """Everything a person can do, by the id of its action."""

    # -- File ----------------------------------------------------------------------------------

    def open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open Video or Project", self._folder(), VIDEOS
        )
        if name:
            self._session.open(name)

    def open_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self._window, "Open Folder of Pictures", self._folder()
        )
        if name:
            self._session.open(name)

    def open_demo(self) -> None:
        self._session.open_demo()

    def import_labels(self) -> None:
        from .dialogs.import_labels import import_with_dialog

        import_with_dialog(self._session, self._window)

    def export_labels(self) -> None:
        from .dialogs.export import export_with_dialog

        if export_with_dialog(self._session, self._window):
            self._window.hints.finish("export")

    def snapshot(self) -> None:
        self._session.snapshot()

    def save_copy(self) -> None:
        project = self._session.project
        if project is None:
            return
        self._session.settling.emit()
        path = project.path
        proposal = path.with_name(f"{path.stem} copy{path.suffix}")
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save a Copy", str(proposal), "GLPose projects (*.glpose)"
        )
        if not name:
            return
        target = Path(name).with_suffix(path.suffix)
        if target.absolute() == path.absolute():
            self._session.notice("warning", "A copy needs another name than the open project.")
            return
        try:
            project.snapshot(target)
        except GLPoseError as error:
            self._session.notice("error", str(error))
        else:
            self._session.notice("info", f"Saved a copy: {target.name}")

    def close_project(self) -> None:
        if self._window.may_leave():
            self._session.close()

    def quit(self) -> None:
        self._window.close()

    def _folder(self) -> str:
        info = self._session.info
        return str(Path(info.path).parent) if info is not None else str(Path.home())

    # -- Edit and tools ------------------------------------------------------------------------

    def undo(self) -> None:
        self._session.undo()

    def redo(self) -> None:
        self._session.redo()

    def tool_select(self) -> None:
        self._canvas.set_tool("select")

    def tool_box(self) -> None:
        self._canvas.set_tool("box")

    def tool_place(self) -> None:
        self._canvas.set_tool("place")

    def escape(self) -> None:
        if self._session.opening is not None:
            self._session.cancel_opening()
        else:
            self._canvas.escape()

    # -- View ----------------------------------------------------------------------------------

    def fit(self) -> None:
        self._canvas.fit()

    def zoom_person(self) -> None:
        self._canvas.zoom_to_person()

    def zoom_in(self) -> None:
        self._canvas.zoom_by(ZOOM_STEP)

    def zoom_out(self) -> None:
        self._canvas.zoom_by(1 / ZOOM_STEP)

    def actual_size(self) -> None:
        self._canvas.actual_size()

    # -- Go ------------------------------------------------------------------------------------

    def play(self) -> None:
        self._session.toggle_playing()

    def slower(self) -> None:
        self._change_speed(-1)

    def faster(self) -> None:
        self._change_speed(1)

    def _change_speed(self, step: int) -> None:
        speed = self._session.change_speed(step)
        self._session.notice("info", f"Plays at {speed:g} times the video's own speed.")

    def step_back(self) -> None:
        self._session.step(-1)

    def step_on(self) -> None:
        self._session.step(1)

    def long_back(self) -> None:
        self._session.step(-self._session.view.long_step)

    def long_on(self) -> None:
        self._session.step(self._session.view.long_step)

    def step_length(self) -> None:
        frames = ask_step(self._session.view.long_step, self._window)
        if frames is not None:
            self._session.view.long_step = frames
            self._session.view_changed.emit()

    def first(self) -> None:
        self._go_to(0)

    def last(self) -> None:
        self._go_to(self._session.frames - 1)

    def _go_to(self, frame: int) -> None:
        self._session.pause()
        self._session.go_to(frame)

    def previous_labelled(self) -> None:
        frames = self._labelled()
        before = frames[frames < self._session.frame]
        if len(before):
            self._go_to(int(before[-1]))

    def next_labelled(self) -> None:
        frames = self._labelled()
        after = frames[frames > self._session.frame]
        if len(after):
            self._go_to(int(after[0]))

    def _labelled(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Labelled frames of the chosen person, or of everybody, ascending."""
        session = self._session
        if session.project is None:
            return np.zeros(0, np.int64)
        parts = [session.project.state.marks(one).labelled for one in self._people_meant()]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))

    def previous_unreviewed(self) -> None:
        frames = self._unreviewed()
        before = frames[frames < self._session.frame]
        self._go_on(before[-1:], "before")

    def next_unreviewed(self) -> None:
        frames = self._unreviewed()
        after = frames[frames > self._session.frame]
        self._go_on(after[:1], "after")

    def _go_on(self, found: np.ndarray[tuple[int], np.dtype[np.int64]], where: str) -> None:
        if len(found):
            self._go_to(int(found[0]))
        else:
            self._session.notice("info", f"Nothing is left to review {where} this frame.")

    def _unreviewed(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Frames in which the chosen person, or anybody, is seen and that are not reviewed, ascending."""
        session = self._session
        if session.project is None:
            return np.zeros(0, np.int64)
        state = session.project.state
        seen = [state.frames_of(person) for person in self._people_meant()]
        frames = np.unique(np.concatenate([np.zeros(0, np.int64), *seen]))
        return np.setdiff1d(frames, np.fromiter(state.reviewed, np.int64, len(state.reviewed)))

    def _people_meant(self) -> list[int]:
        """The chosen person, or everybody where nobody is chosen."""
        session = self._session
        return [session.person] if session.person is not None else [p.id for p in session.people()]

    def jump(self) -> None:
        from .dialogs.jump import ask_frame

        frame = ask_frame(self._session.frame, self._session.times, self._window)
        if frame is not None:
            self._go_to(frame)

    def mark_start(self) -> None:
        _, stop = self._session.marked or (0, self._session.frames)
        frame = self._session.frame
        self._session.mark(frame, max(stop, frame + 1))

    def mark_stop(self) -> None:
        start, _ = self._session.marked or (0, 0)
        frame = self._session.frame
        self._session.mark(min(start, frame), frame + 1)

    def mark_none(self) -> None:
        self._session.mark(None)

    # -- Predict -------------------------------------------------------------------------------

    def predict(self) -> None:
        self._predict(follow=False)

    def predict_person(self) -> None:
        self._predict(follow=True)

    def _predict(self, follow: bool) -> None:
        from .dialogs.predict import predict_with_dialog

        self._session.pause()
        if predict_with_dialog(self._session, self._window.predicting, self._window, follow):
            # The boxes are drawn: with the box tool still in hand, correcting a joint would draw one more.
            self._canvas.set_tool("select")

    def compare_models(self) -> None:
        from .dialogs.predict import predict_with_dialog

        self._session.pause()
        window = self._window
        predict_with_dialog(self._session, window.predicting, window, second=True)

    def show_evidence(self) -> None:
        self._window.show_evidence()

    def shuffle_references(self) -> None:
        self._window.show_evidence()
        self._window.evidence.shuffle_references()

    def restore_references(self) -> None:
        self._window.evidence.restore_references()

    def train(self) -> None:
        from .dialogs.train import train_with_dialog

        self._session.pause()
        window = self._window
        train_with_dialog(self._session, window.training, window.predicting, window)

    def offer_weights(self, report: TrainReport) -> None:
        """A training has ended: say what it brought, and ask whether to use it."""
        from .dialogs.train import offer_weights

        offer_weights(report, self._window.predicting, self._window)

    def cancel_job(self) -> None:
        job = self._session.job
        if job is not None and job.cancel is not None:
            job.cancel()

    # -- Help ----------------------------------------------------------------------------------

    def palette(self) -> None:
        from .palette import choose_action

        chosen = choose_action(self._actions(), self._window)
        if chosen is not None:
            chosen.trigger()

    def show_keys(self) -> None:
        from .keys import KeySheet

        sheet = KeySheet(self._window)
        try:
            sheet.exec()
        finally:
            sheet.deleteLater()

    def show_messages(self) -> None:
        from .dialogs.notices import show_notices

        show_notices(self._window.notices.said, self._window, self.open_logs)

    def show_hints(self) -> None:
        self._window.hints.again()
        if self._session.project is None:
            self._session.notice("info", "The hints are back: the next clip begins with them.")

    def open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(glpose_home() / "logs")))

    def about(self) -> None:
        from .dialogs.about import show_about

        show_about(self._window)

    def _actions(self) -> list[QAction]:
        return [self._window.bound[action.id] for action in ACTIONS if action.listed]
