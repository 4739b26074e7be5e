"""The scenes of the gallery: what is brought onto the stage, and the pictures that are taken of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from demo_people import SHOWN, copy_clip, label, truth
from gallery_sheets import write_as_seen, write_icon_sheet
from made_up_evidence import explained
from order_scenes import order_of_work
from PySide6.QtCore import QPoint, Qt, QTimer, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QMenu
from stage import Stage, complain, part_of, until, wait_for_what_it_brings

from app.comparing import Comparison
from app.dialogs.exporting import ExportChoices, export
from app.dialogs.shortcuts import ShortcutDialog
from app.dialogs.statistics import StatisticsDialog
from app.dropping import meaning_of
from app.explaining import Subject
from app.opening import Opening
from app.predicting import Predicting
from app.session import JobStatus
from app.workers.finetune import Figures, TrainReport
from app.workers.inventory import Device, Inventory, Weights
from glpose_core.errors import ProjectError, WeightsError
from glpose_core.predict.evidence import Change
from glpose_core.review.compare import disagreements
from glpose_core.skeleton import POSETRACK17

SEEN_BY_ALL = ("22-joint", "52-error")
"""The pictures that are also written as colour-blind viewers see them."""
INVENTORY = Inventory(
    (Device("cpu", "CPU, 2 threads"),),
    (
        Weights(
            "glpose-w18-starter",
            "glpose-w18-starter",
            "GLPose W18, 15 joints",
            True,
            "GLPose-W18 k 2 n 4",
            (96, 128),
            15,
            k=2,
            n=4,
            width=18,
        ),
        Weights(
            "hrnet-w18-starter",
            "hrnet-w18-starter",
            "HRNet W18, 15 joints",
            False,
            "HRNet-W18 to stage 3",
            (96, 128),
            15,
            width=18,
        ),
    ),
)


def joint(name: str) -> int:
    """The slot of a joint."""
    return POSETRACK17.joints.index(name)


def nothing_open(stage: Stage) -> None:
    """The window as it starts, an opening, a failure to open, and what needs no clip."""
    stage.shoot("01-empty")
    opening = Opening(Path("a-long-walk-through-the-park.mp4"))
    opening.fraction = 0.37
    opener = stage.session._opener
    opener.current = opening
    opener.changed.emit()
    stage.shoot("02-opening")
    opener.current = None
    opener.changed.emit()
    broken = stage.room / "holiday.mp4"
    broken.write_bytes(b"this is no video" * 40)
    stage.session.open(broken)
    stage.settle(600)
    stage.shoot("03-cannot-be-opened")
    stage.shoot_dialog("04-palette-nothing-open", lambda: stage.do("palette"))
    stage.shoot_dialog("05-keys", lambda: stage.do("show_keys"))
    stage.shoot_dialog("06-about", lambda: stage.do("about"))
    stage.shoot_dialog("07-change-keys", lambda: stage.do("change_keys"), _claim_a_key)
    overlay = stage.window.drops.overlay
    for number, names in (
        ("08-drop", ["walk.mp4", "notes.txt"]),
        ("09-drop-refused", ["song.ogg"]),
    ):
        overlay.tell(meaning_of([Path(name) for name in names], None))
        stage.shoot(number)
    overlay.hide()


def nobody_yet(stage: Stage) -> None:
    """A clip without people: the canvas, the tools, the first dialogs."""
    stage.window.predicting.inventory = INVENTORY
    Predicting.look_around = lambda self, again=False: None  # type: ignore[method-assign]
    clip = stage.room / "street.mp4"
    copy_clip(clip)
    stage.open(clip)
    stage.go_to(SHOWN)
    stage.shoot("10-no-people")
    stage.do("tool_box")
    stage.shoot("11-box-tool-no-people")
    stage.do("tool_select")
    stage.shoot_dialog("12-predict-no-people", lambda: stage.do("predict"))
    stage.shoot_dialog("13-export-nothing", lambda: stage.do("export_labels"))
    stage.shoot_dialog("14-train-nothing", lambda: stage.do("train"))
    stage.shoot_dialog("16-statistics-nobody", lambda: stage.do("show_statistics"), _counted)
    status = JobStatus("Finding people", 0, 0, None, "CPU, 2 threads", lambda: None)
    stage.session.set_job(status)
    stage.shoot("15-finding-people")
    stage.session.set_job(None)


def two_people(stage: Stage) -> None:
    """The clip with predictions and corrections: choosing, tools, running work, playing."""
    session = stage.session
    assert session.project is not None
    jonas = label(session.project)
    stage.go_to(SHOWN)
    session.select(None)
    stage.shoot("20-people")
    session.select(jonas)
    stage.shoot("21-person")
    session.select(jonas, joint("left_wrist"))
    stage.shoot("22-joint")
    running = JobStatus("Predicting", 74, 125, 14.0, "CPU, 2 threads", lambda: None)
    session.set_job(running)
    stage.shoot("23-predicting")
    session.set_job(None)
    session.mark(30, 70)
    stage.shoot("24-marked-range")
    stage.do("tool_box")
    stage.shoot("25-box-tool")
    stage.do("tool_place")
    stage.shoot("26-place-tool")
    stage.do("tool_select")
    session.move_to = lambda frame: None  # type: ignore[method-assign]
    stage.do("play")
    stage.wait_for_decoding()
    stage.shoot("27-playing")
    session.pause()
    del session.move_to  # the class's own again: it stood still for the picture
    stage.go_to(SHOWN)
    session.mark(None)
    stage.do("zoom_person")
    stage.shoot("28-zoomed")
    stage.do("fit")
    _hover(stage)
    stage.shoot("29-hover")
    stage.do("show_hints")
    for number in range(1, 5):
        stage.shoot(f"29-hint-{number}")
        stage.window.hints.dismiss()


def hands(stage: Stage) -> None:
    """Several joints chosen, a joint called by its name, everything that helps the eye, the sliders."""
    session, light = stage.session, stage.window.canvas.light
    stage.window.canvas.pointer.leave()
    stage.go_to(SHOWN)
    jonas, other = (person.id for person in session.people()[:2])
    session.select(jonas)
    session.group.add(
        (person, joint(f"{side}_{part}"))
        for person in (jonas, other)
        for side in ("left", "right")
        for part in ("elbow", "wrist")
    )
    stage.shoot("29-several-joints")
    session.select(jonas)
    stage.do("call_ankle")
    stage.shoot("29-called")
    stage.do("escape")
    aids = ("dim_others", "ghost_poses", "joint_trail", "magnifier")
    for aid in aids:
        stage.do(aid)
    session.select(jonas, joint("left_wrist"))
    stage.do("zoom_person")
    stage.shoot("29-aids")
    for aid in aids:
        stage.do(aid)
    stage.do("fit")
    stage.do("adjust_light")
    light.contrast.setValue(20)
    light.gamma.setValue(12)
    stage.go_to(SHOWN)
    stage.shoot("29-light")
    light.reset.click()
    stage.do("adjust_light")
    stage.go_to(SHOWN)


def review_list(stage: Stage) -> None:
    """What may be wrong: the list, a doubt gone to, a filter that leaves nothing."""
    window = stage.window
    window.show_review()
    until(lambda: not window.reviewing.busy)
    stage.shoot("45-review")
    stage.do("doubt_next")
    until(lambda: window.canvas.shown_frame == stage.session.frame)
    stage.wait_for_decoding()
    window.status.clearMessage()
    stage.shoot("46-doubt")
    reasons = window.review.filters.reasons
    reasons.setCurrentIndex(reasons.count() - 1)
    reasons.activated.emit(reasons.currentIndex())
    stage.shoot("47-review-narrowed")
    reasons.setCurrentIndex(0)
    reasons.activated.emit(0)
    window.left.setCurrentWidget(window.people)
    stage.do("fit")


def _hover(stage: Stage) -> None:
    canvas = stage.window.canvas
    x, y = canvas.mapping.to_view(truth(SHOWN, 1)[joint("left_knee")])
    QTest.mouseMove(canvas, QPoint(round(float(x)), round(float(y))))
    stage.settle(300)


def evidence(stage: Stage) -> None:
    """Why a pose is as it is: while it is worked out, as predicted, changed, and where there is nothing."""
    session, window = stage.session, stage.window
    panel, asking = window.evidence, window.explaining
    asking.ask = lambda subject, change: None  # type: ignore[method-assign]
    stage.go_to(SHOWN)
    session.select(session.people()[1].id)
    stage.do("show_evidence")
    stage.shoot("2a-evidence-working")
    asking.ask = explained  # type: ignore[method-assign]
    panel.refresh()
    stage.shoot("2b-evidence")
    panel.focus_strip()
    panel.near.switched.emit(3)
    stage.shoot("2c-evidence-without-one")
    panel.shuffle_references()
    stage.shoot("2d-evidence-shuffled")
    panel.restore_references()
    session.set_job(JobStatus("Predicting", 74, 125, 14.0, "CPU, 2 threads", lambda: None))
    stage.go_to(SHOWN + 1)
    stage.shoot("2e-evidence-beside-a-job")
    session.set_job(None)
    session.select(None)
    stage.shoot("2f-evidence-nobody-chosen")

    def fail(subject: Subject, change: Change) -> None:
        error = WeightsError(
            "there are no such weights",
            file="glpose-w48.safetensors",
            remedy="choose glpose-w18-starter, or give the path of a file",
        )
        QTimer.singleShot(0, lambda: asking.answered.emit(subject.key, change, str(error)))

    asking.ask = fail  # type: ignore[method-assign]
    session.select(session.people()[1].id)
    stage.shoot("2g-evidence-error")
    window.docks[1].raise_()
    del asking.ask


def differences(stage: Stage) -> None:
    """Two models compared: the dialog, and the list."""
    session, window = stage.session, stage.window
    stage.shoot_dialog("2h-compare", lambda: stage.do("compare_models"))
    project = session.project
    assert project is not None
    first = project.run_rows(1)
    second = first.copy()
    rng = np.random.default_rng(3)
    for start in rng.integers(0, len(second) - 8, 14).tolist():
        second["xy"][start : start + 5, int(rng.integers(5, 17))] += 45
    items = disagreements(
        first, second, models="against hrnet-w18-starter", name=session.person_name
    )
    window.comparing.listed.emit(Comparison("GLPose W48", "hrnet-w18-starter", items, second))
    window.differences.view.setCurrentIndex(window.differences.model.index(1))
    stage.shoot("2i-differences")
    window.comparing.listed.emit(Comparison("GLPose W48", "hrnet-w18-starter", (), second))
    stage.shoot("2j-differences-none")
    window.comparing.listed.emit(None)


def menus(stage: Stage) -> None:
    """Every menu of the bar, and those of the two lists."""
    bar = stage.window.menuBar()
    for at, action in enumerate(bar.actions()):
        menu = action.menu()
        if not isinstance(menu, QMenu):
            continue
        place = part_of(stage, bar) + bar.actionGeometry(action).bottomLeft()
        stage.shoot_menu(f"3{at}-menu-{action.text().replace('&', '').lower()}", menu, place)
    people, joints = stage.window.people, stage.window.joints
    at = part_of(stage, people.view) + QPoint(60, 20)
    stage.shoot_menu("41-menu-person", people.menu_for(people.model.rows[0]), at)
    at = part_of(stage, joints.view) + QPoint(60, 80)
    stage.shoot_menu("42-menu-joint", joints.menu_for(joints.model.rows[5]), at)


def notices(stage: Stage) -> None:
    """The line that speaks: a remark, a warning, an error longer than the line."""
    session = stage.session
    session.notice("info", "Frame 52 is accepted.")
    stage.shoot("50-notice")
    session.notice("warning", "Predicting is still running: wait, or cancel it.")
    stage.shoot("51-warning")
    error = ProjectError(
        "cannot be written (no space left on the device)",
        file="/media/camera-archive/2026/november/park/two-walkers.glpose",
        remedy="free some space; your edits are kept in memory until the disk takes them",
    )
    session.notice("error", str(error))
    stage.shoot("52-error")
    stage.shoot_dialog("53-messages", lambda: stage.window.status.details.click())
    stage.window.status.clearMessage()


def dialogs(stage: Stage) -> None:
    """Every dialog that a labelled clip has."""
    session = stage.session
    jonas = session.people()[0].id
    session.select(jonas, joint("left_wrist"))
    session.mark(30, 70)
    do = stage.do
    stage.shoot_dialog("60-predict", lambda: do("predict"))
    stage.shoot_dialog("61-follow", lambda: do("predict_person"))
    stage.shoot_dialog("62-train", lambda: do("train"))
    stage.shoot_dialog("63-export-warnings", lambda: do("export_labels"))
    session.mark(None)
    stage.shoot_dialog("64-jump", lambda: do("jump"), _type("place", "1:99:00"))
    stage.shoot_dialog("65-jump-fine", lambda: do("jump"), _type("place", "50 %"))
    stage.shoot_dialog("66-accept-range", lambda: do("accept_range"), _other_range)
    stage.shoot_dialog("67-swap", lambda: do("swap_people"))
    stage.shoot_dialog("68-merge", lambda: do("merge_people"))
    stage.shoot_dialog("69-palette", lambda: do("palette"), _type("line", "acc"))
    stage.shoot_dialog("70-palette-none", lambda: do("palette"), _type("line", "qqq"))
    stage.shoot_dialog("6a-statistics", lambda: do("show_statistics"), _counted)
    stage.shoot_dialog("6b-your-name", lambda: do("your_name"), _type("name", "Anna"))
    _import(stage)
    _messages(stage)
    do("rename_person")
    stage.shoot("80-rename")
    editor = stage.window.people.view.findChild(QLineEdit)
    QTest.keyClick(editor or stage.window.people.view, Qt.Key.Key_Escape)
    stage.window.canvas.setFocus()


def _claim_a_key(dialog: QDialog) -> None:
    """Press a key that another action has."""
    assert isinstance(dialog, ShortcutDialog)
    dialog.filter.setText("frame")
    dialog.change.click()
    QTest.keyClick(dialog.catcher, Qt.Key.Key_B)


def _counted(dialog: QDialog) -> None:
    """Wait for the figures."""
    assert isinstance(dialog, StatisticsDialog)
    until(lambda: dialog.tables)


def _type(field: str, text: str) -> Callable[[QDialog], None]:
    def type_it(dialog: QDialog) -> None:
        getattr(dialog, field).setText(text)

    return type_it


def _other_range(dialog: QDialog) -> None:
    dialog.range.choose(30, 70)  # type: ignore[attr-defined]


def _import(stage: Stage) -> None:
    """Export what is labelled, and look at the dialog that would read it again."""
    project = stage.session.project
    assert project is not None
    file = stage.room / "street labels.json"
    export(project, ExportChoices(file, "labels", "street", 0, 60))
    real = QFileDialog.getOpenFileName
    QFileDialog.getOpenFileName = lambda *_, **__: (str(file), "")  # type: ignore[assignment]
    stage.shoot_dialog("71-import", lambda: stage.do("import_labels"), wait_for_what_it_brings)
    QFileDialog.getOpenFileName = real  # type: ignore[assignment]


def _messages(stage: Stage) -> None:
    """Questions, reports and failures."""
    from app.dialogs.messages import report, tell

    window = stage.window
    before, after = Figures(0.61, 12.4, 8, 96), Figures(0.74, 8.1, 8, 96)
    trained = TrainReport(Path("weights.safetensors"), before, after, 93.0)
    stage.shoot_dialog("72-training-helped", lambda: window.commands.offer_weights(trained))
    worse = TrainReport(Path("weights.safetensors"), after, before, 93.0)
    stage.shoot_dialog("73-training-worse", lambda: window.commands.offer_weights(worse))
    error = ProjectError("cannot be read", file="street.glpose", remedy="restore a snapshot")
    stage.shoot_dialog("74-failure", lambda: tell(window, str(error)))
    notes = ["2 poses were cut at the edge of the picture.", "Frame 7 has nobody in it."]
    stage.shoot_dialog(
        "75-report",
        lambda: report(window, "Exported to street.json", "125 frames, 96 poses.", notes),
    )
    project = stage.session.project
    kind = type(project)
    real = kind.trouble
    refusal = ProjectError("cannot be written (disk full)", file="street.glpose")
    kind.trouble = property(lambda _: refusal)  # type: ignore[assignment, misc, union-attr]
    stage.shoot_dialog("76-leave-unwritten", lambda: window.may_leave())
    kind.trouble = real  # type: ignore[misc, union-attr]


def broken_frame(stage: Stage) -> None:
    """A folder of pictures, one of which is damaged."""
    folder = stage.room / "frames of the park"
    folder.mkdir(exist_ok=True)
    for frame in range(6):
        picture = np.full((360, 640, 3), (90, 120, 140), np.uint8)
        cv2.circle(picture, (120 + 70 * frame, 180), 60, (220, 190, 120), -1, cv2.LINE_AA)
        file = folder / f"{frame:04}.png"
        cv2.imwrite(str(file), picture)
        if frame == 3:
            file.write_bytes(file.read_bytes()[:900])
    stage.open(folder)
    stage.session.go_to(3)
    stage.settle(800)
    stage.wait_for_decoding()
    stage.shoot("90-broken-frame")
    stage.do("close_project")
    stage.shoot("91-empty-with-recent-files")


SCENES = (
    nothing_open, nobody_yet, two_people, hands, evidence, differences, review_list, menus, notices,
    dialogs, order_of_work, broken_frame,
)  # fmt: skip


def run_set(folder: Path, room: Path, one: str, only: str) -> list[str]:
    """Go through every scene; keep the pictures whose names contain ``only``. Returns what does not fit."""
    width, height = map(int, one.split("@")[0].split("x"))
    qInstallMessageHandler(complain)
    stage = Stage(folder, room, (width, height), only)
    for scene in SCENES:
        scene(stage)
    write_icon_sheet(folder / "00-icons.png")
    for name in SEEN_BY_ALL:
        write_as_seen(folder / f"{name}.png")
    stage.close()
    return stage.defects
