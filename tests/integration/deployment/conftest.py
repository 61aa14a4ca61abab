"""Fixtures for tests against real targets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from engine.deployment import targets
from engine.packaging import base
from engine.workspace import Workspace
from tests.integration.deployment.box import Box
from tests.integration.deployment.program import HERE

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
        options.setdefault("port_base", 20000 + os.getpid() % 400 * 20)  # tests run side by side
        targets.add_target(workspace, name, "process://local", **options)
        added.append(name)
        return name

    yield add
    for name in added:
        if targets.find_target(workspace, name) is None:
            continue
        with targets.open_target(workspace, name) as target:
            target.remove()


@pytest.fixture
def add_box(workspace: Workspace, tmp_path, monkeypatch) -> Iterator[Callable[..., tuple[Box, str]]]:
    """Sets boxes up and adds them as targets, their host keys accepted; they are gone after the test."""
    if os.geteuid() != 0 or not shutil.which("mmdebstrap"):
        pytest.skip("boxes need root and mmdebstrap")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / "home").mkdir()
    boxes = []

    def add(user="root", accept=True, more="", data_size="8m", tools_missing=(), lent=(), **options):
        box = Box(tmp_path, more, data_size, tools_missing, lent)
        boxes.append(box)
        name = f"box{len(boxes)}"
        options = {"identity": str(box.key), "stall_s": 3, **options}
        targets.add_target(workspace, name, f"ssh://{user}@{box.address}",
                           accept_host_key=box.fingerprint if accept else "", **options)  # fmt: skip
        return box, name

    yield add
    for box in boxes:
        box.close()


@pytest.fixture(scope="session")
def kit():
    """Before boxes get a home folder of their own, which has no kits."""
    return base.kit(HERE, lambda *_: None)
