"""A small version to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import DatasetVersion, create_version
from engine.jobs.context import Cancelled
from engine.workspace import Workspace
from tests.unit.training.tiny import TINY, Told, Train


@pytest.fixture
def version(workspace: Workspace, tmp_path: Path) -> DatasetVersion:
    """Twelve synthetic parts with boxes."""
    import_data(workspace, make_sample(tmp_path / "sample", count=12))
    return create_version(workspace, "v1", split="70/30/0")


@pytest.fixture
def version_folder(workspace: Workspace, version: DatasetVersion) -> Path:
    """Its folder."""
    return workspace.path / "versions" / str(version.id)


@pytest.fixture
def train(version_folder: Path, tmp_path: Path) -> Train:
    """Train the detection recipe with other parameters; gives folder, result and what was told."""
    numbers = iter(range(100))

    from engine.modeling.compile import compile_graph
    from engine.modeling.recipes import RECIPES
    from engine.training.fit import fit

    def run(told: Told | None = None, folder: Path | None = None, **changes: Any) -> tuple[Path, dict[str, Any], Told]:
        if folder is None:
            folder = tmp_path / f"run{next(numbers)}"
            folder.mkdir()
            values = TINY | {f"train.{name}": value for name, value in changes.items()}
            (folder / "model.py").write_text(compile_graph(RECIPES["detection"].graph("m").with_parameters(values)))
        told = told or Told()
        try:
            result = fit(folder, version_folder, 1, told)
        except Cancelled:
            result = {}
        return folder, result, told

    return run
