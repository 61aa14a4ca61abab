"""What a command is: a function whose docstring is its help, its arguments, and an answer that prints as text or as JSON."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from app.cli.progress import Progress
from engine.errors import LinesideError, NotAWorkspace

if TYPE_CHECKING:
    from engine.jobs import Job
    from engine.workspace import Workspace

Function = Callable[["Call"], "Answer"]


@dataclass(frozen=True)
class Answer:
    """What a command found or did.

    Attributes:
        document: JSON values; what `--json` prints.
        text: what a person reads.
        exit_code: other than 0 where the answer itself is bad news (`model check` with errors).
    """

    document: Any
    text: str = ""
    exit_code: int = 0


@dataclass(frozen=True)
class Folder:
    """What the functions for jobs and sweeps need of a workspace that somebody else may own."""

    path: Path


@dataclass(frozen=True)
class Argument:
    """One argument as argparse takes it."""

    names: tuple[str, ...]
    options: dict[str, Any]


@dataclass(frozen=True)
class Command:
    """A command: its words ("data", "import"), what it takes and what it does."""

    words: tuple[str, ...]
    function: Function
    arguments: tuple[Argument, ...]

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]

    @property
    def description(self) -> str:
        """The whole docstring."""
        import inspect

        return inspect.cleandoc(self.function.__doc__ or "")


COMMANDS: list[Command] = []
GROUPS: dict[str, str] = {}


def group(word: str, summary: str) -> None:
    """Name a group of commands for the help."""
    GROUPS[word] = summary


def argument(*names: str, **options: Any) -> Argument:
    """An argument, with the words of `argparse.ArgumentParser.add_argument`."""
    return Argument(names, options)


def command(words: str, *arguments: Argument) -> Callable[[Function], Function]:
    """Register a function as the command `lineside WORDS`."""

    def register(function: Function) -> Function:
        COMMANDS.append(Command(tuple(words.split()), function, arguments))
        return function

    return register


@dataclass
class Call:
    """One call of a command: its options, its workspace and a place to show progress."""

    options: argparse.Namespace
    output: IO[str] = field(default_factory=lambda: sys.stdout)
    progress: Progress = field(default_factory=Progress)
    _resources: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _workspace: Workspace | None = None

    def folder(self) -> Path:
        """The workspace's folder: from -w, LINESIDE_WORKSPACE, or the nearest above the current folder.

        Raises:
            NotAWorkspace: there is none.
        """
        from engine.workspace import SETTINGS, find_workspace

        named = self.options.workspace or os.environ.get("LINESIDE_WORKSPACE")
        if named:
            path = Path(named).absolute()
            if not (path / SETTINGS).is_file():
                raise NotAWorkspace(f"{path} is not a workspace; make one with: lineside init {path}")
            return path
        found = find_workspace(Path.cwd())
        if found is None:
            raise NotAWorkspace(
                f"There is no workspace at or above {Path.cwd()}; name one with -w DIR, or make one with: lineside init DIR"
            )
        return found

    def workspace(self) -> Workspace:
        """The workspace, opened when first asked for, with the results of finished jobs brought in."""
        if self._workspace is None:
            from engine.workspace import Workspace

            opened = self._resources.enter_context(Workspace.open(self.folder()))
            self._workspace = opened
            if opened.recovery:
                self.note(opened.recovery)
            self._collect(opened)
        return self._workspace

    def say(self, text: str) -> None:
        """Print a line of an answer that has no end; stdout itself is closed to what libraries print."""
        self.progress.clear()
        print(text, file=self.output, flush=True)

    def note(self, text: str) -> None:
        """Tell a person something beside the answer."""
        self.progress.clear()
        print(text, file=sys.stderr)

    def ask(self, question: str) -> str:
        """Ask for a secret on the terminal; empty where there is nobody to ask."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return ""
        import getpass

        self.progress.clear()
        return getpass.getpass(f"{question} ", stream=sys.stderr)

    def finish(self, job: Job, start: Callable[[], None] | None = None) -> dict[str, Any]:
        """Wait for a job (after `start`, for one that does not run yet), show how it goes, and return its result.

        Raises:
            LinesideError: the job did not end well.
            KeyboardInterrupt: the person pressed Ctrl-C; the job is asked to stop and can be resumed.
        """
        from engine.jobs import wait

        def show(event: dict[str, Any]) -> None:
            if event["event"] == "progress":
                self.progress(event["fraction"], event.get("message") or job.title, event.get("eta_s"))
            elif self.progress.visible and (line := event.get("text") or event.get("why")):
                self.note(line)

        workspace = self.workspace()
        try:
            if start is not None:
                start()
            status = wait(workspace, job, show)
        except KeyboardInterrupt:
            job.cancel()
            self.note(f"The job {job.id} is asked to stop; go on with it by: lineside jobs resume {job.id}")
            raise
        finally:
            self.progress.clear()
        if status.state != "done":
            reason = status.error or f"The job “{job.title}” was {status.state}; lineside jobs resume {job.id} goes on."
            error = LinesideError(reason, fix=status.fix)
            if status.details:
                error.add_note(status.details)
            raise error
        return job.result() or {}

    def run_or_detach(self, job: Job, tell: Callable[[dict[str, Any]], Answer]) -> Answer:
        """Wait for the job and tell its result, or with --detach only say that it runs."""
        if self.options.detach:
            return Answer({"job": job.id, "state": "running"}, f"{job.title} runs as {job.id}.")
        return tell(self.finish(job))

    def close(self) -> None:
        """Give the workspace back."""
        self.progress.clear()
        self._resources.close()

    def _collect(self, workspace: Workspace) -> None:
        from engine.familiar import is_familiar
        from engine.jobs import collect, would_go_on

        try:
            collect(workspace)
            if not is_familiar(workspace) and (waiting := would_go_on(workspace)):
                self.note(
                    f"{workspace.path} was made elsewhere; {len(waiting)} jobs wait in it until you allow them: lineside allow"
                )
        except Exception as error:  # an old job's result must not stand in the way of another command
            self.note(f"The result of a finished job could not be brought in: {error}")


DETACH = argument("--detach", action="store_true", help="start the job and return at once")


def pairs(entries: Sequence[str], example: str) -> Iterator[tuple[str, str]]:
    """Split NAME=VALUE arguments.

    Raises:
        UsageError: one has no “=”.
    """
    from engine.errors import UsageError

    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or not name:
            raise UsageError(f"“{entry}” has no value; write it as {example}.")
        yield name, value
