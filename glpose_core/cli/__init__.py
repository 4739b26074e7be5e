"""The ``glpose`` command: one module a subcommand, each with ``add_parser`` and ``run``.

Exit codes: 0 ok, 2 usage, 3 bad input, 4 partly done, 130 cancelled.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

from .. import __version__, installation
from ..errors import Cancelled, GLPoseError
from ..waiting import wait_shortly

COMMANDS = {
    "info": "frames, size and times of a video, and what is odd about it",
    "predict": "find, follow and predict the people of a video; write PoseTrack",
    "convert": "projects to PoseTrack or COCO files and back",
    "evaluate": "score predictions against labels; check a file for the official scorer",
    "agree": "how well two people’s labels of one video agree, and where they do not",
    "review": "list what looks wrong in a project or a file, and why",
    "compare": "run a second model over the same people, and list where the two disagree",
    "train": "teach the network what you corrected",
    "pack": "clips as packed crops, to train on",
    "weights": "list, inspect, import and pull network weights",
    "project": "check a project, count what is done, list its runs, copy it safely",
    "bench": "how fast this machine predicts, and goes through a video",
    "demo": "the whole job on a rendered clip, without a window",
}
CANCELLED = 130

_EPILOG = """examples:
  glpose info clip.mp4
  glpose predict clip.mp4 --out labels.json --overlay seen.mp4
  glpose convert clip.glpose labels.json
  glpose evaluate --truth labels.json --predictions seen.json
  glpose review clip.glpose --top 20
  glpose train --data clip.glpose --out runs/mine
  glpose weights list

'glpose COMMAND --help' explains each command."""


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """The command line. Only ``command`` gets its options: the others would import torch for nothing."""
    top = argparse.ArgumentParser(
        prog="glpose",
        description="Human poses in video: predict them with GLPose, exchange them as PoseTrack, "
        "learn from corrections. The window is 'glpose-studio'.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"glpose {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        if name == command:
            importlib.import_module(f"{__name__}.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=summary)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Errors a user can mend become one line on stderr."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    wait_shortly()
    try:
        return _run(arguments)
    except GLPoseError as error:
        print(f"glpose: {error}", file=sys.stderr)
        return error.exit_code
    except (Cancelled, KeyboardInterrupt):
        print("glpose: cancelled", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        # The reader of a pipe (`glpose info … | head`) has gone: nothing is left to say.
        sys.stderr.close()
        return 0
    except (ImportError, OSError) as error:
        problem = installation.explain(error)
        if problem is None:
            raise
        print(f"glpose: {problem}", file=sys.stderr)
        return problem.exit_code


def _run(arguments: Sequence[str]) -> int:
    command = next((word for word in arguments if word in COMMANDS), None)
    options = parser(command).parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = importlib.import_module(
        f"{__name__}.{options.command}"
    ).run
    return run(options)
