"""The scenes of PoseTrack's own order of work: regions and heads, the schedule, the check, the guideline."""

from __future__ import annotations

import numpy as np
from demo_people import SHOWN, labels
from PySide6.QtWidgets import QDialog
from stage import Stage, until

from glpose_core.labels import heads, regions
from glpose_core.labels.schedule import posetrack_validation, set_schedule
from glpose_core.skeleton import POSETRACK17

CROWD = ((690.0, 70.0), (900.0, 84.0), (930.0, 262.0), (720.0, 240.0))


def order_of_work(stage: Stage) -> None:
    """Everything that a clip without a schedule, a region or a head box cannot show."""
    session, window = stage.session, stage.window
    stage.go_to(SHOWN)
    session.select(None)
    _regions(stage)
    _heads(stage)
    stage.do("tool_select")
    stage.shoot_dialog("a4-schedule-none", lambda: stage.do("schedule"))
    session.apply(lambda state: set_schedule(state, posetrack_validation(session.frames)))
    stage.shoot_dialog("a5-schedule", lambda: stage.do("schedule"))
    stage.shoot_dialog("a6-schedule-wrong", lambda: stage.do("schedule"), _wrong)
    stage.shoot("a7-scheduled")
    stage.do("check_coverage")
    until(lambda: window.coverage.found is not None)
    stage.shoot("a8-check")
    stage.shoot_dialog("a9-export-scheduled", lambda: stage.do("export_labels"))
    stage.do("show_guideline")
    stage.shoot("aa-guideline-follows")
    session.select(session.people()[0].id, POSETRACK17.joints.index("left_hip"))
    stage.shoot("ab-guideline")
    window.guideline.joint.begin()
    stage.shoot("ac-guideline-reworded")
    window.guideline.joint.leave()
    window.docks[1].raise_()
    window.canvas.setFocus()


def _regions(stage: Stage) -> None:
    session = stage.session
    stage.do("tool_region")
    stage.shoot("a0-region-tool")
    for corner in CROWD[:3]:
        session.regions.lay_corner(np.array(corner))
    stage.shoot("a1-region-draft")
    session.regions.drop_draft()
    session.apply(
        lambda state: regions.add_region(state, regions.as_polygon(CROWD), SHOWN, session.frames)
    )
    session.regions.choose(regions.as_polygon(CROWD))
    stage.shoot("a2-region")


def _heads(stage: Stage) -> None:
    session, exact = stage.session, labels()
    jonas = session.people()[0].id
    stage.do("tool_head")
    session.apply(lambda state: heads.draw_head_box(state, jonas, SHOWN, exact.head_box[SHOWN, 0]))
    session.select(jonas)
    session.spreading.leave()
    stage.shoot("a3-heads")


def _wrong(dialog: QDialog) -> None:
    dialog.ranges.setText("0-900/4")  # type: ignore[attr-defined]
    dialog._typed()  # type: ignore[attr-defined]
