"""Your name, given once in the window, is noted with each edit; another's name stands where their work is touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QTableView

from app.dialogs.statistics import StatisticsDialog
from app.dialogs.your_name import YourNameDialog
from app.settings import annotator, settings
from glpose_core.labels import edits
from glpose_core.labels.annotators import LONGEST

from .conftest import Build, Dialogs, Studio, wait_for


def typed(name: str, result: QDialog.DialogCode) -> Callable[[YourNameDialog], int]:
    def answer(dialog: YourNameDialog) -> int:
        dialog.name.setText(name)
        return int(result)

    return answer


def give(studio: Studio, dialogs: Dialogs, name: str) -> None:
    """Type a name where *Edit → Your Name…* asks for it."""
    dialogs.answer("YourNameDialog", typed(name, QDialog.DialogCode.Accepted))
    studio.window.bound["your_name"].trigger()


def accept(studio: Studio, frame: int) -> None:
    assert studio.session.apply(lambda state: edits.accept_frame(state, frame))


def authors(studio: Studio) -> list[str]:
    assert studio.session.project is not None
    return [done.who for done in studio.session.project.history()]


def days(studio: Studio) -> tuple[StatisticsDialog, list[list[str]]]:
    """The dialog, and its table of days as it is written, headings first."""
    assert studio.session.project is not None
    dialog = StatisticsDialog(studio.session.project, studio.window)
    dialog.show()
    wait_for(lambda: dialog.tables, "the figures")
    table = dialog.tabs.widget(3)
    assert isinstance(table, QTableView)
    model = table.model()
    columns = range(model.columnCount())
    head = [str(model.headerData(at, Qt.Orientation.Horizontal)) for at in columns]
    rows = [[str(model.index(row, at).data()) for at in columns] for row in range(model.rowCount())]
    dialog.close()
    return dialog, [head, *rows]


def counts_everybody(dialog: StatisticsDialog) -> bool:
    """Whether the figures say that they are several people's."""
    return any("everybody’s time" in label.text() for label in dialog.findChildren(QLabel))


def test_a_name_is_noted_from_then_on_in_other_projects_and_after_a_restart(
    crowd: Studio, dialogs: Dialogs, build_studio: Build, video: Path
) -> None:
    accept(crowd, 0)
    give(crowd, dialogs, "  Anna\n Maria ")
    assert crowd.notices[-1] == ("info", "Edits from now on are noted as those of “Anna Maria”.")
    accept(crowd, 1)
    assert authors(crowd) == ["", "", "Anna Maria"], "what was made before stays nobody’s"
    crowd.close()
    again = build_studio(video)
    wait_for(lambda: again.session.project is not None, "the project")
    accept(again, 2)
    assert authors(again) == ["", "", "Anna Maria", "Anna Maria"]


def test_leaving_the_dialog_changes_nothing_and_an_empty_name_is_none(
    crowd: Studio, dialogs: Dialogs
) -> None:
    give(crowd, dialogs, "Anna")
    dialogs.answer("YourNameDialog", typed("Ben", QDialog.DialogCode.Rejected))
    crowd.window.bound["your_name"].trigger()
    accept(crowd, 0)
    give(crowd, dialogs, " \u202e\x07 ")
    assert crowd.notices[-1] == ("info", "Edits from now on say nothing of who made them.")
    accept(crowd, 1)
    assert authors(crowd) == ["", "Anna", ""]
    assert annotator() == ""


def test_without_a_project_the_name_is_kept_for_the_next_one(
    build_studio: Build, dialogs: Dialogs
) -> None:
    studio = build_studio()
    give(studio, dialogs, "Anna, Berlin")
    assert studio.session.annotator == annotator() == "Anna, Berlin"


def test_what_is_under_way_while_the_name_changes_is_of_the_one_who_began_it(crowd: Studio) -> None:
    crowd.session.set_annotator("Anna")
    crowd.session.select(crowd.session.people()[0].id, 9)
    crowd.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert crowd.session.collecting, "a nudge waits for the next one"
    crowd.session.set_annotator("Ben")
    assert authors(crowd) == ["", "Anna"]


def test_undo_names_whose_work_it_takes_back_where_it_is_not_your_own(crowd: Studio) -> None:
    session, bound = crowd.session, crowd.window.bound
    session.set_annotator("Anna <b> & Co")
    accept(crowd, 0)
    assert bound["undo"].text() == "Undo Accept frame"
    session.set_annotator("Ben")
    assert bound["undo"].text() == "Undo Accept frame · Anna <b> && Co", "the menu"
    assert "Anna &lt;b&gt; &amp; Co" in bound["undo"].toolTip(), "the button"
    session.undo()
    wait_for(lambda: bound["redo"].isEnabled(), "the end of undo")
    assert crowd.notices[-1] == ("info", "Undone: Accept frame · Anna <b> & Co")
    assert bound["redo"].text() == "Redo Accept frame · Anna <b> && Co"
    session.redo()
    wait_for(lambda: not bound["redo"].isEnabled(), "the end of redo")
    assert crowd.notices[-1] == ("info", "Done again: Accept frame · Anna <b> & Co")
    assert authors(crowd) == ["", "Anna <b> & Co"]


def test_the_table_of_days_says_whose_work_it_was_where_several_worked(crowd: Studio) -> None:
    accept(crowd, 0)
    dialog, table = days(crowd)
    assert "By" not in table[0]
    assert not counts_everybody(dialog)
    for name, frames in (("Anna", (1, 2)), ("Ben" * 13, (3,))):
        crowd.session.set_annotator(name)
        for frame in frames:
            accept(crowd, frame)
    dialog, (head, *rows) = days(crowd)
    assert counts_everybody(dialog)
    by, edited = head.index("By"), head.index("Edits")
    said: dict[str, int] = {}
    for row in rows:  # two days, if the test runs at midnight
        said[row[by]] = said.get(row[by], 0) + int(row[edited])
    assert said == {"–": 2, "Anna": 2, "BenBenBenBen…enBenBenBen": 1}, (
        "the run and a frame, and theirs"
    )


def test_a_field_takes_no_more_than_a_name(crowd: Studio) -> None:
    dialog = YourNameDialog("", crowd.window)
    dialog.name.insert("x" * 99)
    assert dialog.choice() == "x" * LONGEST
    dialog.deleteLater()


def test_nonsense_in_the_settings_is_no_name(crowd: Studio) -> None:
    settings().setValue("annotator", ["Anna", "Ben"])
    assert annotator() == ""
    settings().setValue("annotator", "An\x00na" * 99)
    assert annotator() == ("Anna" * 99)[:LONGEST]
