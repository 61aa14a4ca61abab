"""A small version to learn from."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import DatasetVersion, create_version
from engine.workspace import Workspace


@pytest.fixture
def version(workspace: Workspace, tmp_path: Path) -> DatasetVersion:
    """Twelve synthetic parts with boxes."""
    import_data(workspace, make_sample(tmp_path / "sample", count=12))
    return create_version(workspace, "v1", split="70/30/0")


@pytest.fixture
def version_folder(workspace: Workspace, version: DatasetVersion) -> Path:
    """Its folder."""
    return workspace.path / "versions" / str(version.id)
