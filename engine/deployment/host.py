"""A machine that jobs can run on: what a target gives for that, and what the machine has."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engine.deployment.target import Progress
from engine.errors import TargetError
from engine.jobs.guest import PACKAGES

OLDEST_PYTHON = (3, 11)


class Host(ABC):
    """A machine with Python, reached through a target; `engine.jobs.guest` answers there."""

    place: str
    """The machine in a sentence."""
    python: str
    """Its interpreter, as a command."""

    @abstractmethod
    def ask(self, command: str, *arguments: str, content: bytes = b"", timeout: float = 120.0) -> Any:
        """What a command of the guest answers."""

    @abstractmethod
    def stream(self, command: str, *arguments: str) -> Generator[bytes, None, None]:
        """What a command of the guest writes, as it comes; b"" now and then while it is silent.

        Raises:
            TargetUnreachable: the link was cut.
        """

    @abstractmethod
    def push(self, path: Path, digest: str, progress: Progress) -> None:
        """Bring a file to ROOT/blobs/sha256, going on where a cut left it."""

    @abstractmethod
    def look(self) -> str:
        """What the guest says of the machine, before anything is written there.

        Raises:
            TargetError: it has no such Python.
        """


@dataclass(frozen=True)
class Machine:
    """What a machine has for trainings.

    Attributes:
        packages: versions of what is installed for that Python.
        gpus: name, free and whole memory (bytes) of each.
        memory_free, disk_free: bytes.
        broken: why PyTorch cannot be loaded, if so.
    """

    python: str
    executable: str
    packages: Mapping[str, str] = field(default_factory=dict)
    gpus: tuple[Mapping[str, Any], ...] = ()
    memory_free: int = 0
    disk_free: int = 0
    cores: int = 1
    broken: str = ""

    @property
    def missing(self) -> list[str]:
        """Packages that a training needs and that are not there."""
        return [name for name in PACKAGES if name not in self.packages]

    @property
    def differences(self) -> list[str]:
        """Sentences on what is of another version than here, where that can change the curve."""
        here = {name: _installed(name) for name in ("torch", "pytorch-lightning")}
        return [
            f"{name} is {self.packages[name]} there and {own} here; the curve can differ in its last digits."
            for name, own in here.items()
            if own and name in self.packages and self.packages[name].partition("+")[0] != own.partition("+")[0]
        ]


def examine(host: Host) -> Machine:
    """What a machine has.

    Raises:
        TargetError: a training cannot run there; says what is missing and how to get it.
    """
    try:
        machine = Machine(**json.loads(host.look()))
        numbers = tuple(int(part) for part in machine.python.split(".")[:2])
    except (ValueError, TypeError) as error:
        raise TargetError(f"On {host.place} “{host.python}” is no Python that answers as one: {error}.") from error
    if numbers < OLDEST_PYTHON:
        raise TargetError(f"{host.place} has Python {machine.python}; a training needs 3.11 or later. {_hint(host)}")
    if machine.missing:
        wanted = " ".join(f"{name}=={own}" if (own := _installed(name)) else name for name in machine.missing)
        raise TargetError(
            f"For a training, {machine.executable} on {host.place} lacks {', '.join(machine.missing)}; install there:"
            f" {machine.executable} -m pip install {wanted}. {_hint(host)}"
        )
    if machine.broken:
        raise TargetError(f"PyTorch of {machine.executable} on {host.place} cannot be loaded: {machine.broken}.")
    return machine


def _hint(host: Host) -> str:
    return f"Is it in another Python of {host.place}? Name that with the target's option python=/path/to/python."


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
