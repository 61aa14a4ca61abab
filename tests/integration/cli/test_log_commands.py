"""`release logs`: what a release on this machine wrote, by level, as text, as it was written and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.deployment import targets
from engine.workspace import Workspace

LINES = [
    "model parts:1 starts",
    '{"time": "2026-03-01T08:00:00.000+00:00", "level": "info", "message": "ready"}',
    '{"time": "2026-03-01T08:00:01.000+00:00", "level": "error", "message": "request", "status": 500}',
]


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A workspace with a target on which a release wrote something."""
    with Workspace.create(tmp_path / "w") as workspace:
        targets.add_target(workspace, "local", "process://local")
        with targets.open_target(workspace, "local") as target:
            home = target.context.home
    folder = home / "releases" / "r1"
    folder.mkdir(parents=True)
    (home / "current").write_text("r1")
    about = {"key": "r1", "name": "parts:1", "digest": "sha256:1", "mode": "interpreter", "port": 1}
    (folder / "release.json").write_text(json.dumps(about))
    (folder / "log").write_text("".join(f"{line}\n" for line in LINES))
    return tmp_path / "w"


def test_a_log_is_read_by_level_in_words_and_as_it_was_written(run, told):
    out = run("-w", told, "release", "logs", "local").out
    assert LINES[0] in out and "INFO     ready" in out and "ERROR    request status=500" in out
    grave = run("-w", told, "release", "logs", "local", "--level", "error", "--raw").out
    assert grave.splitlines() == [LINES[0], LINES[2]], "a line without a level is always told"
    document = run("-w", told, "release", "logs", "local", "--lines", 1, "--json").document
    assert document == {"target": "local", "release": "parts:1", "lines": [LINES[2]]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere"], "There is no target"), (["local", "--lines", "0"], "at least 1"), (["local", "--follow", "--json"], "no end")],
)  # fmt: skip
def test_a_wrong_call_is_told(run, told, arguments, said):
    ended = run("-w", told, "release", "logs", *arguments)
    assert ended.code == 2 and said in ended.err + ended.out
