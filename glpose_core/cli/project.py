"""``glpose project``: check a project file, copy it, say what predicted it, or count what was done in it."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from ..labels import Project, ProjectState
from ..labels.coverage import check_coverage, coverage_words
from ..labels.schedule import to_label
from ..predict.record import RunRecord
from .targets import demand_folders

PARTLY_DONE = 4


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``glpose project check|backup|runs|stats``."""
    parser = commands.add_parser(
        "project",
        help="check a project file, copy it safely, list its runs, or count what was done in it",
        description="Look after .glpose files. None of these commands changes the project.",
    )
    tasks = parser.add_subparsers(dest="task", metavar="TASK", required=True)
    check = tasks.add_parser("check", help="say whether the file is whole, and what is in it")
    check.add_argument("file", type=Path, metavar="FILE.glpose")
    check.add_argument(
        "--coverage",
        action="store_true",
        help="also list what is missing in the frames to be labelled; exit with 4 if anything is",
    )
    runs = tasks.add_parser("runs", help="list the runs: which model, how, and what is left of it")
    runs.add_argument("file", type=Path, metavar="FILE.glpose")
    backup = tasks.add_parser("backup", help="write a whole copy, even while the project is open")
    backup.add_argument("file", type=Path, metavar="FILE.glpose")
    backup.add_argument("copy", type=Path, metavar="COPY.glpose")
    stats = tasks.add_parser(
        "stats", help="joints by state and source, corrections, people, days of work"
    )
    stats.add_argument("file", type=Path, metavar="FILE.glpose")
    stats.add_argument(
        "--csv", type=Path, metavar="FOLDER", help="also write the tables there as CSV"
    )


def run(options: argparse.Namespace) -> int:
    """Run the chosen task."""
    demand_folders(options.copy if options.task == "backup" else None)
    with Project.open(options.file, read_only=True) as project:
        if options.task == "backup":
            print(f"copied to {project.snapshot(options.copy)}")
            return 0
        if options.task == "runs":
            print("\n".join(run_lines(project.state)))
            return 0
        if options.task == "stats":
            return _print_statistics(project, options.csv)
        return _check(project, options.coverage)


def _check(project: Project, coverage: bool) -> int:
    """Say whether the file is whole, what is in it, and what is missing."""
    project.check()
    state = project.state
    people = state.people()
    labelled = sum(len(state.marks(person.id).labelled) for person in people)
    predicted = sum(len(state.marks(person.id).predicted) for person in people)
    wanted = to_label(state)
    reviewed = len(state.reviewed.intersection(wanted.tolist()))
    scheduled = "" if len(wanted) == state.video.frames else "scheduled "
    found = check_coverage(state)
    print(f"{project.path}: whole")
    print(f"video      {state.video.path} ({state.video.frames} frames)")
    print(f"people     {len(people)}")
    print(f"poses      {predicted} predicted, {labelled} labelled by hand")
    print(f"reviewed   {reviewed} of {len(wanted)} {scheduled}frames")
    print(f"runs       {len(state.runs)}")
    print(f"undo       {project.undo_title or 'nothing'}")
    print(f"coverage   {coverage_words(found)}")
    if not coverage:
        return 0
    for one in found:
        print(f"{one.frame:>10}  {one.gap.value}: {one.sentence}")
    return PARTLY_DONE if found else 0


def run_lines(state: ProjectState) -> list[str]:
    """The runs of a project, a few lines each; a star marks the one whose predictions are seen."""
    if not state.runs:
        return ["no runs: nothing has been predicted or imported"]
    lines = []
    for run in state.runs.values():
        record = RunRecord.of(run)
        mark = "*" if run.id == state.active_run else " "
        when = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
        aside = ", compared with" if record.second else ""
        lines.append(f"{mark} {run.id}  {when}  {run.model}  ({run.status}{aside})")
        if record.network:
            lines.append(f"     {record.words()}; {run.device}")
            lines.append(f"     {record.weights_file}  sha256 {record.short_digest}")
    return lines


def _print_statistics(project: Project, folder: Path | None) -> int:
    from ..labels.statistics import tables_of, write_csv

    tables = tables_of(project)
    for name, table in tables.items():
        print(f"{name}\n{table.to_string(na_rep='–', float_format='{:.2f}'.format)}\n")
    if folder is not None:
        for path in write_csv(tables, folder):
            print(f"wrote {path}")
    return 0
