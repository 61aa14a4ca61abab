"""Fixtures for tests against real targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engine.deployment import targets
from engine.workspace import Workspace

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def image_file(tmp_path):
    path = tmp_path / "part.png"
    path.write_bytes(PNG)
    return path


@pytest.fixture
def process_target(workspace: Workspace) -> Iterator[Callable[..., str]]:
    """Adds a target on this machine; everything it started is ended with the test."""
    added = []

    def add(name: str = "local", **options) -> str:
        targets.add_target(workspace, name, "process://local", **options)
        added.append(name)
        return name

    yield add
    for name in added:
        if targets.find_target(workspace, name) is None:
            continue
        with targets.open_target(workspace, name) as target:
            target.remove()
