"""One Label Studio server for all tests of this folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.workspace import Workspace
from tests.integration.label_studio.server import LabelStudio, installed


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install the server while other tests run, if it must be and one of these will."""
    if not session.config.option.collectonly and any("studio" in getattr(i, "fixturenames", ()) for i in session.items):
        threading.Thread(target=installed, daemon=True).start()


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """A running server."""
    server = LabelStudio(tmp_path_factory.mktemp("label-studio") / "server")
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def own_tokens(no_keyring: None) -> None:
    """Tokens come from the test alone."""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Workspace]:
    """A second workspace."""
    with Workspace.create(tmp_path / "other") as opened:
        yield opened
