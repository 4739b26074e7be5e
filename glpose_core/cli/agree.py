"""``glpose agree``: how well two people's labels of one video agree, and where they do not."""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from dataclasses import replace
from pathlib import Path

from ..errors import FormatError
from ..evaluate import Agreement, JointAgreement, measure_agreement
from ..evaluate.agreement import NEAR, STATES
from ..evaluate.sources import read_poses
from ..evaluate.tables import table
from ..formats.documents import write_whole
from ..formats.posetrack_file import PoseTrackFile
from ..formats.posetrack_labels import NothingConfirmed
from ..formats.posetrack_report import counted
from .targets import STDOUT, demand_folders

NOTHING = "—"
_COLUMNS = ("joint", "both_placed", "median_head_sizes", "p90_head_sizes", f"within_{NEAR}")

_EPILOG = """examples:
  glpose agree ann.glpose ben.glpose
  glpose agree ann.json ben.json --csv joints.csv     also a line for each joint, for a spreadsheet

Neither of the two is the truth: the answer is the same with A and B exchanged. Of projects, what a
person placed or accepted counts.

  head size   0.6 × the diagonal of the head box as in PoseTrack, or, without a head box, 0.1 of the longer
              side of the person box; the mean of A’s and B’s
  kappa       Cohen’s: 1 is full agreement on visible, occluded and absent, 0 what chance alone would give;
              “—” where both say one and the same throughout
  absent      has no position, whether somebody said so or nobody looked
  identities  how often the person whom A and B both mean is the one whom they mean in most frames"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose agree``."""
    parser = commands.add_parser(
        "agree",
        help="how well two people’s labels of one video agree, and where they do not",
        description="Measure how well two people’s labels of one video agree: where joints are, which are "
        "visible, who is there and who is who. Nothing is changed.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    files = "labels of one video: a project, or a file that “glpose evaluate” reads"
    parser.add_argument("first", type=Path, metavar="A", help=files)
    parser.add_argument("second", type=Path, metavar="B", help="another person’s labels of it")
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="also write the figures of each joint as CSV, shares from 0 to 1 (-: print only that)",
    )


def run(options: argparse.Namespace) -> int:
    """Compare; print tables, and write CSV where asked."""
    demand_folders(options.csv)
    agreement = measure_agreement(_read(options.first), _read(options.second))
    if str(options.csv) != STDOUT:
        print("\n".join(agreement_lines(agreement, str(options.first), str(options.second))))
    if options.csv is not None:
        _write(agreement, options.csv)
    return 0


def agreement_lines(agreement: Agreement, first: str, second: str) -> list[str]:
    """What was compared, joint by joint, the states, and the places furthest apart."""
    lines = [f"A: {first}", f"B: {second}", *_what_was_compared(agreement)]
    if not agreement.people:
        return [
            *lines,
            "Nobody whom A has is where B has somebody, so there is nothing to measure.",
        ]
    return [
        *lines,
        *_how_measured(agreement),
        "",
        *table(_joint_rows(agreement)),
        "",
        "A’s states in rows, B’s in columns:",
        "",
        *table(_state_rows(agreement.all)),
        *_worst_lines(agreement),
    ]


def _what_was_compared(agreement: Agreement) -> list[str]:
    alone, other = agreement.only_frames
    person, people = agreement.only_people
    return [
        f"Frames that both have labelled: {agreement.frames}; only A: {alone}, only B: {other}.",
        f"Poses in them that both have: {agreement.people}; only A: {person}, only B: {people}.",
    ]


def _how_measured(agreement: Agreement) -> list[str]:
    share = 100 * agreement.usual / agreement.people
    lines = [
        f"Identities: {agreement.usual} of {counted(agreement.people, 'pose')} ({share:.1f} %) join the two "
        "people who belong together in most frames.",
        "Distances are in head sizes: 0.6 × the diagonal of the head box, the mean of A’s and B’s.",
    ]
    if agreement.without_head:
        lines.append(
            f"{counted(agreement.without_head, 'pose')} without a head box in A or B: 0.1 of the longer side "
            "of the person box stands for it there."
        )
    if agreement.without_size:
        lines.append(
            f"{counted(agreement.without_size, 'pose')} with neither a head box nor a person box: distances "
            "are not counted."
        )
    return lines


def _joint_rows(agreement: Agreement) -> list[list[str]]:
    within = f"% within {NEAR}"
    rows = [["joint", "both placed", "median", "90th", within, "% same state", "kappa"]]
    for one in (*agreement.joints, agreement.all):
        figures = [
            _cell(one.median, 2),
            _cell(one.p90, 2),
            _cell(100 * one.within, 1),
            _cell(100 * one.equal, 1),
            _cell(one.kappa, 2),
        ]
        rows.append([one.joint, str(one.placed), *figures])
    return rows


def _state_rows(joints: JointAgreement) -> list[list[str]]:
    rows = [["", *STATES]]
    for state, counts in zip(STATES, joints.states.tolist(), strict=True):
        rows.append([state, *map(str, counts)])
    return rows


def _worst_lines(agreement: Agreement) -> list[str]:
    if not agreement.worst:
        return []
    rows = [["frame", "person in A", "person in B", "joint", "pixels", "head sizes"]]
    for one in agreement.worst:
        where = [str(one.frame), str(one.person), str(one.other), one.joint]
        rows.append([*where, f"{one.pixels:.1f}", f"{one.sizes:.2f}"])
    return ["", "Furthest apart:", "", *table(rows)]


def _cell(value: float, digits: int) -> str:
    return NOTHING if math.isnan(value) else f"{value:.{digits}f}"


def _read(path: Path) -> PoseTrackFile:
    if path.is_dir():
        raise FormatError("is a folder", file=path, remedy="give one label file or project")
    if not path.exists():
        raise FormatError("does not exist", file=path, remedy="check the path")
    try:
        return replace(read_poses(path, "truth"), path=path)
    except NothingConfirmed as error:
        # It names the video, which both have: which of the two is meant must be said.
        raise FormatError(
            error.message, file=path, remedy="accept the frames that are right in it"
        ) from error


def _write(agreement: Agreement, path: Path) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_COLUMNS, "same_state", "kappa", *(f"{a}_{b}" for a in STATES for b in STATES)])
    for one in (*agreement.joints, agreement.all):
        figures = (one.median, one.p90, one.within, one.equal, one.kappa)
        cells = ["" if math.isnan(figure) else f"{figure:.4f}" for figure in figures]
        rows.writerow([one.joint, one.placed, *cells, *one.states.reshape(-1).tolist()])
    if str(path) == STDOUT:
        sys.stdout.write(text.getvalue())
    else:
        write_whole(text.getvalue().encode("utf-8"), path)
