"""Trainings from the console: the job is given as any other is; no code of the person's runs here, only in the worker."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.workspace import SETTINGS

if TYPE_CHECKING:
    from engine.console.reading import ReadOnlyWorkspace
    from engine.jobs import Job
    from engine.training.runs import Code


@dataclass(frozen=True)
class Here:
    """What giving a job needs of a workspace that another program owns."""

    path: Path
    id: str


class Training:
    """A training that was started. It goes on when the console ends; the program that has the workspace makes its model."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.run = str(job.arguments["run"])

    def __repr__(self) -> str:
        status = self.job.status()
        told = status.error or status.message
        return f"{self.job.title}: {status.state} {status.fraction:.0%}{', ' + told if told else ''} (run {self.run})"

    def cancel(self) -> None:
        """Ask it to stop; it can be resumed."""
        self.job.cancel()


class Trainer:
    """What the console calls `train`."""

    def __init__(self, ws: ReadOnlyWorkspace) -> None:
        self._ws = ws

    def __call__(
        self,
        what: str | Path,
        version: str | int | None = None,
        values: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Training:
        """Train a graph of the workspace by name, or a Python file, on a dataset version (default: the newest).

        Args:
            values: parameters of a graph for this run alone, by "node.parameter".

        Raises:
            UsageError: there is no such graph, file, version, node or parameter.
            BadInput: the graph has errors, or the file is not such code.
        """
        from engine.training.runs import code_in

        return self._start(code_in(self._place(), what, values), version, seed)

    def cell(self, text: str, version: str | int | None = None, name: str = "cell", seed: int = 0) -> Training:
        """Train code as it would stand in a file; see `engine.training.contract`."""
        from engine.training.runs import code_of

        return self._start(code_of(text, name, "the cell"), version, seed)

    def _start(self, code: Code, version: str | int | None, seed: int) -> Training:
        from engine.training.runs import prepare_run, submit_run

        place = self._place()
        known = self._ws.sql("SELECT id, name, digest FROM versions").to_arrow_table().to_pylist()
        chosen = next((one for one in known if version in (None, one["id"], one["name"], str(one["id"]))), None)
        if chosen is None:
            raise UsageError(f"There is no version “{version}”; ws.versions() lists them.")
        return Training(submit_run(place, prepare_run(place.path, code, chosen, seed)))

    def _place(self) -> Here:
        settings = tomllib.loads((self._ws.path / SETTINGS).read_text("utf-8"))
        return Here(self._ws.path, str(settings["id"]))


def train_cell(trainer: Trainer, line: str, text: str) -> Training:
    """The cell magic: `%%train [VERSION] [--name NAME] [--seed N]`.

    Raises:
        UsageError: the line says something else.
    """
    import argparse
    import shlex

    parser = argparse.ArgumentParser(prog="%%train", add_help=False, exit_on_error=False)
    parser.add_argument("version", nargs="?")
    parser.add_argument("--name", default="cell")
    parser.add_argument("--seed", type=int, default=0)
    try:
        options, rest = parser.parse_known_args(shlex.split(line))
    except (argparse.ArgumentError, ValueError) as error:
        raise UsageError(f"%%train: {error}; write %%train VERSION --name NAME --seed 0.") from error
    if rest:
        raise UsageError(f"%%train does not know {' '.join(rest)}; write %%train VERSION --name NAME --seed 0.")
    return trainer.cell(text, options.version, options.name, options.seed)
