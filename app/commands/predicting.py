"""The menus Predict and Train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..locking import refused
from .base import CommandGroup

if TYPE_CHECKING:
    from ..workers.finetune import TrainReport


class PredictCommands(CommandGroup):
    """The menus Predict and Train."""

    def predict(self) -> None:
        self._predict(follow=False)

    def predict_person(self) -> None:
        self._predict(follow=True)

    def _predict(self, follow: bool) -> None:
        from ..dialogs.predict import predict_with_dialog

        self._session.pause()
        if follow and refused(self._session, self._session.person):
            return
        if predict_with_dialog(self._session, self._window.predicting, self._window, follow):
            # The boxes are drawn: with the box tool still in hand, correcting a joint would draw one more.
            self._canvas.set_tool("select")

    def compare_models(self) -> None:
        from ..dialogs.predict import predict_with_dialog

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
        from ..dialogs.train import train_with_dialog

        self._session.pause()
        window = self._window
        train_with_dialog(self._session, window.training, window.predicting, window)

    def offer_weights(self, report: TrainReport) -> None:
        """A training has ended: say what it brought, ask whether to use it, and if so, what to predict with it."""
        from ..dialogs.train import offer_weights

        used = offer_weights(report, self._window.predicting, self._window)
        if used and self._session.project is not None:
            self.predict()

    def cancel_job(self) -> None:
        job = self._session.job
        if job is not None and job.cancel is not None:
            job.cancel()
