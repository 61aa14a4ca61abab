"""The command line as a person or a script calls it, in this process for speed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import main


@dataclass(frozen=True)
class Ran:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout as the one JSON document that it must be."""
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return call


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with twelve synthetic parts, to be copied."""
    from engine.data.imports import import_data
    from engine.data.sample import make_sample
    from engine.workspace import Workspace

    folder = tmp_path_factory.mktemp("template")
    with Workspace.create(folder / "parts") as workspace:
        import_data(workspace, make_sample(folder / "sample", 12))
    return folder / "parts"


@pytest.fixture
def parts(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with twelve synthetic parts, as the current folder."""
    folder = shutil.copytree(template, tmp_path / "parts")
    monkeypatch.chdir(folder)
    return folder
