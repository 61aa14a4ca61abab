"""The command `console`: Python on the terminal with the workspace to read, as the window's console has it."""

from __future__ import annotations

import contextlib
import sys

from app.cli.command import Answer, Call, argument, command
from engine.errors import UsageError

WORDS = (
    "ws reads the workspace {name}: ws.versions(), ws.items(), ws.annotations(), ws.runs(), ws.metrics(run), ws.models(),\n"
    "ws.answers(model), ws.sql(…), ws.image(key). train(graph, version) and %%train give trainings. Ctrl-D leaves."
)


@command("console", argument("-c", "--code", metavar="CODE", help="run this and end; “-” reads it from stdin"))
def console(call: Call) -> Answer:
    """Open a Python console in which the workspace can be read: `ws`, DuckDB relations, `train`.

    It works beside a window that has the workspace open, and changes nothing in it; trainings it gives wait in the queue as
    all others do. The history is kept between sessions.
    """
    from engine.console.kernel import in_terminal, run_once

    folder, code = call.folder(), call.options.code
    if code is None and not sys.stdin.isatty():
        raise UsageError("There is no terminal here; give the code to run: lineside console -c CODE (“-” reads stdin).")
    if code is None:
        with contextlib.redirect_stdout(sys.__stdout__):
            in_terminal(folder, WORDS.format(name=folder.name))
        return Answer({})
    shown, well = run_once(folder, sys.stdin.read() if code == "-" else code)
    return Answer({"output": shown, "ok": well}, shown.rstrip("\n"), 0 if well else 1)
