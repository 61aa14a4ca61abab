"""The command that reads what a release writes, once or as it goes on."""

from __future__ import annotations

import time
from typing import NoReturn

from app.cli.command import Answer, Call, argument, command
from app.cli.targets import TARGET
from engine.deployment.logs import LEVELS, LogPart, LogReader, read_line
from engine.errors import TargetError, UsageError

FOLLOW_S = 0.5


@command(
    "release logs",
    TARGET,
    argument("-f", "--follow", action="store_true", help="go on until Ctrl-C, also from release to release and when the link was cut"),
    argument("-n", "--lines", type=int, default=200, metavar="N", help="at most so many lines of what is there (default 200)"),
    argument("--level", choices=LEVELS, default="debug", help="leave out structured lines below this level"),
    argument("--raw", action="store_true", help="lines as they were written, not made readable"),
)  # fmt: skip
def logs(call: Call) -> Answer:
    """Print what the release that runs on a target wrote last."""
    options = call.options
    if options.follow and options.json:
        raise UsageError("--json prints one document, and --follow has no end; use --follow --raw for JSON lines.")
    if options.lines < 1:
        raise UsageError(f"--lines is {options.lines}; give at least 1.")
    reader = LogReader(call.workspace(), options.target, call.ask)
    try:
        part, _ = reader.read(options.lines)
        if not options.follow:
            told = [line for line in map(read_line, part.lines) if line.reaches(options.level)]
            name = reader.release.name if reader.release else ""
            document = {"target": options.target, "release": name, "lines": [line.raw for line in told]}
            text = "\n".join(line.raw if options.raw else line.text for line in told)
            return Answer(document, text or f"Nothing was written on {options.target} yet.")
        _follow(call, reader, part)
    finally:
        reader.close()


def _follow(call: Call, reader: LogReader, part: LogPart) -> NoReturn:
    """Print what comes until somebody ends it; a cut link is told once, and what was written meanwhile comes then."""
    lost = False
    while True:
        for line in map(read_line, part.lines):
            if line.reaches(call.options.level):
                call.say(line.raw if call.options.raw else line.text)
        if not part.more:
            time.sleep(FOLLOW_S)
        try:
            part, other = reader.read()
            if lost:
                call.note(f"{call.options.target} answers again.")
            if other and reader.release:
                call.note(f"{reader.release.name} runs on {call.options.target} now.")
            lost = False
        except (TargetError, OSError) as error:
            if not lost:
                call.note(f"{error} Trying again until it answers; Ctrl-C ends this.")
            lost, part = True, LogPart()
