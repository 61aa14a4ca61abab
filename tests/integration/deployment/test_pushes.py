"""A push that ends in the middle is known afterwards, and goes on from there."""

from __future__ import annotations

import pytest

from engine.deployment import pushes, releases
from engine.errors import TargetError
from tests.integration.deployment.program import add_artifact


def stop(stage: str, done: int, total: int, _digest: str) -> None:
    if stage == "push" and total > 1_000_000 and done > 0.3 * total:
        raise TargetError("That is enough.")


def test_a_push_to_a_box_goes_on_where_it_was_stopped(workspace, add_box):
    box, name = add_box(data_size="64m")
    digest = add_artifact(workspace, "alpha", padding=2_000_000)
    box.rate("100mbit")
    with pytest.raises(TargetError):
        releases.deploy(workspace, digest, name, stop)
    (cut,) = pushes.unfinished(workspace)
    assert (cut.target, cut.artifact, cut.name, cut.error) == (name, digest, "alpha", "That is enough.")
    assert 0 < cut.fraction < 1
    assert pushes.planned(workspace, digest, name).done == cut.done
    release = releases.deploy(workspace, digest, name)
    assert release.details["push"]["resumed"] > 0
    assert pushes.unfinished(workspace) == []


def test_what_cannot_be_read_is_no_push_and_what_is_let_be_is_forgotten(workspace, process_target):
    digest = add_artifact(workspace, "alpha")
    path = workspace.path / "cache" / "targets" / process_target() / pushes.FILE
    path.parent.mkdir(parents=True)
    for text in ("", "[]", '{"target": 1}', '{"layers": 3}'):
        path.write_text(text)
        assert pushes.unfinished(workspace) == []
    assert pushes.planned(workspace, digest, "local").done == 0
    pushes.forget(workspace, "local")
    assert not path.exists()
