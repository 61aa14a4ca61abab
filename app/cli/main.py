"""The command line: reads the arguments, runs one command, prints its answer, and ends with a code that says how it went."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from typing import IO, Any, NoReturn

from app.cli import (  # noqa: F401
    assist,
    bundles,
    clusters,
    completion,
    console,
    curation,
    data,
    elsewhere,
    evaluation,
    explanation,
    feedback,
    fleet,
    history,
    jobs,
    keys,
    label_studio,
    labels,
    looking,
    models,
    packaging,
    pipelines,
    probing,
    quality,
    rehearsal,
    release_logs,
    rollout,
    sweeps,
    tables,
    targets,
    tracks,
    training,
    trust,
    versions,
    workspaces,
)
from app.cli.command import COMMANDS, GROUPS, Answer, Call, Command
from app.cli.text import to_json
from engine.errors import LinesideError, UsageError

DESCRIPTION = "Lineside: label, train, package and run vision models on the factory floor. Without a command, or with `window [DIR]`: the window."
EPILOG = """\
Each command has its own --help. All take -w DIR (or LINESIDE_WORKSPACE; else the workspace at or above the current
folder), --json (one JSON document on stdout) and --debug.
Exit codes: 0 done, 1 failed, 2 usage, 3 bad input, 4 workspace busy or damaged, 5 target unreachable or refused."""
ORDER = (
    "init", "allow", "demo", "doctor", "data", "version", "table", "label", "label-studio", "model", "train", "sweep", "jobs", "evaluate", "evaluation", "compare", "robustness", "explain", "check", "export", "quantize",
    "package", "artifact", "trust", "target", "deploy", "release", "fleet", "pipeline", "feedback", "collect", "key", "predict", "console", "completion",
)  # fmt: skip
INTERRUPTED = 130
PIPE_CLOSED = 141


class Parser(argparse.ArgumentParser):
    """argparse, but a wrong call is one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the call."""
        raise UsageError(f"{self.prog}: {message} (see {self.prog} --help)")


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    wants_json, debug = "--json" in arguments, "--debug" in arguments
    output = sys.stdout
    try:
        # Whatever a library prints is not the answer.
        with _termination_as_interrupt(), contextlib.redirect_stdout(sys.stderr):
            answer = run(arguments, output)
        if answer is None:
            return 0
        print(to_json(answer.document) if wants_json else answer.text, file=output, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return _fail(error, output if wants_json else None, debug)
    return answer.exit_code


def run(arguments: Sequence[str], output: IO[str]) -> Answer | None:
    """Parse the arguments and run the command; None when only help was asked for."""
    try:
        with contextlib.redirect_stdout(output):
            options = build_parser().parse_args(arguments)
    except SystemExit:
        return None
    call = Call(options, output)
    try:
        answer: Answer = options.command.function(call)
        return answer
    finally:
        call.close()


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: its job is asked to stop, the workspace is given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def build_parser() -> argparse.ArgumentParser:
    """The whole tree of commands."""
    top = Parser(
        prog="lineside",
        usage="%(prog)s [-h] [-w DIR] [--json] COMMAND …",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=_Formatter,
    )
    top.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version and end")
    _add_common(top, workspace=None, json=False, debug=False)
    branches: dict[tuple[str, ...], Any] = {(): _branch(top)}
    for entry in sorted(COMMANDS, key=lambda entry: ORDER.index(entry.words[0])):
        _add(entry, branches)
    return top


def _add(entry: Command, branches: dict[tuple[str, ...], Any]) -> None:
    for depth in range(1, len(entry.words)):
        stem = entry.words[:depth]
        if stem not in branches:
            summary = GROUPS[" ".join(stem)]
            branches[stem] = _branch(branches[stem[:-1]].add_parser(stem[-1], help=summary, description=summary))
    parser = branches[entry.words[:-1]].add_parser(
        entry.words[-1], help=entry.summary, description=entry.description, formatter_class=_Formatter
    )
    for argument in entry.arguments:
        parser.add_argument(*argument.names, **argument.options)
    _add_common(parser, *[argparse.SUPPRESS] * 3)
    parser.set_defaults(command=entry)


def _branch(parser: argparse.ArgumentParser) -> Any:
    return parser.add_subparsers(metavar="COMMAND", required=True, prog=parser.prog)


def _add_common(parser: argparse.ArgumentParser, workspace: Any, json: Any, debug: Any) -> None:
    parser.add_argument("-w", "--workspace", metavar="DIR", default=workspace, help="the workspace to work in")
    parser.add_argument("--json", action="store_true", default=json, help="print one JSON document")
    parser.add_argument("--debug", action="store_true", default=debug, help="show the traceback of a failure")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keep the lines of docstrings as they are; leave room for the longest command."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)


class _ShowVersion(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"lineside {version('lineside')}")
        parser.exit()


def _fail(error: Exception, output: IO[str] | None, debug: bool) -> int:
    """Say in one sentence what went wrong; returns the exit code."""
    code = error.exit_code if isinstance(error, LinesideError) else getattr(error, "exit_code", _code_of(error))
    sentence, fix = _sentence(error), getattr(error, "fix", "")
    if debug:
        traceback.print_exception(error)
    print(f"{sentence} Mend it with: {fix}" if fix and fix not in sentence else sentence, file=sys.stderr)
    if output is not None:
        print(to_json({"error": sentence, "fix": fix, "exit_code": code}), file=output, flush=True)
    return code


def _sentence(error: Exception) -> str:
    if isinstance(error, LinesideError) or _serving(error):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        return f"The package “{error.name}” is not installed; lineside doctor names what is missing and how to get it."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror or error}."
    reason = str(error).splitlines()[0] if str(error) else ""
    name = type(error).__name__
    return f"Something unexpected went wrong ({name}{': ' + reason if reason else ''}); --debug shows where."


def _serving(error: Exception) -> bool:
    return any(base.__module__ == "engine.serving.errors" for base in type(error).__mro__)


def _code_of(error: Exception) -> int:
    return 3 if _serving(error) or isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError) else 1
