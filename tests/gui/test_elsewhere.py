"""A workspace of somebody else in the window: nothing of it runs until a person says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.familiar import is_familiar
from engine.jobs import get_job, wait
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.graphs import save_graph
from engine.modeling.recipes import RECIPES
from engine.workspace import Workspace

EVIL = """import pathlib

pathlib.Path("{mark}").touch()


class Own(nn.Module):
    def __init__(self, channels: int, stride: float = 1) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride

    def forward(self, x: Tensor) -> Tensor:
        return x
"""


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A file that is there once the workspace's code has run."""
    return tmp_path / "ran"


@pytest.fixture
def sent(tmp_path: Path, mark: Path) -> Path:
    """A workspace as somebody sends it: a job waits in it, and its drawing has own code."""
    with Workspace.create(tmp_path / "theirs") as workspace:
        whole = RECIPES["classification-layers"].graph("sort")
        own = Node(
            "own", "code.module", 1, {"source": EVIL.format(mark=mark), "make": "Own({in.channels}, {in.stride})"}
        )
        wire = next(edge for edge in whole.edges if edge.source == "relu")
        edges = [edge for edge in whole.edges if edge is not wire]
        edges += [Edge("relu", wire.output, "own", "in"), Edge("own", "out", wire.target, wire.input)]
        save_graph(workspace, Graph(whole.name, whole.task, [*whole.nodes, own], edges, whole.recipe))
        job = workspace.path / "jobs" / "20260101-waits"
        job.mkdir()
        spec = {"kind": "report", "title": "Evil", "arguments": {}, "created": "2026-01-01T00:00:00.000+00:00"}
        (job / "spec.json").write_text(json.dumps(spec | {"workspace": workspace.id}))
        (job / "waiting").touch()
    return Path(shutil.move(tmp_path / "theirs", tmp_path / "sent"))


def test_jobs_and_code_of_a_workspace_from_elsewhere_wait_until_they_are_allowed(window, sent, mark, qtbot) -> None:
    window.shell.use(Workspace.open(sent))
    qtbot.waitUntil(lambda: any("was made elsewhere" in text for text in window.notices.texts()))
    notice = next(one for one in window.notices._shown if "Evil" in one.text.text())
    output = sent / "jobs" / "20260101-waits" / "output.log"
    window.show_page("modeling")
    page = window.page("modeling")
    qtbot.waitUntil(lambda: page.error.isVisible() and page.error.fix.text() == "Allow it", timeout=20000)
    assert "made elsewhere" in page.error.text.text()
    assert not mark.exists() and not output.exists()
    QTest.mouseClick(page.error.fix, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page._measuring, timeout=20000)
    assert is_familiar(window.shell.workspace)
    QTest.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(output.exists, timeout=20000)
    wait(window.shell.workspace, get_job(window.shell.workspace, "20260101-waits"))
