"""How far a push is: what the target had, what still has to go, how fast, and what is known of it later."""

from __future__ import annotations

import pytest

from engine.deployment import pushes


@pytest.fixture
def push() -> pushes.Push:
    layers = [pushes.PushedLayer("sha256:a", 6000, "base"), pushes.PushedLayer("sha256:b", 4000, "model")]
    return pushes.Push("line-3", "sha256:0", "parts:1", layers)


def test_what_was_there_counts_as_done_and_not_as_sent(push):
    push.take("skip", 6000, 6000, "sha256:a", now=0)
    push.take("push", 1000, 4000, "sha256:b", now=0)
    assert (push.done, push.fraction, push.rate()) == (7000, 0.7, 0)
    push.take("push", 2000, 4000, "sha256:b", now=1)
    assert push.rate() == 1000
    assert push.seconds_left() == pytest.approx(2)
    assert [layer.state for layer in push.layers] == ["skipped", "sending"]


def test_the_speed_is_that_of_the_last_seconds(push):
    push.take("push", 0, 6000, "sha256:a", now=0)
    push.take("push", 5000, 6000, "sha256:a", now=1)
    push.take("push", 5010, 6000, "sha256:a", now=7)
    push.take("push", 5020, 6000, "sha256:a", now=8)
    assert push.rate() == 10
    push.take("wait", 0, 0, "sha256:a", now=9)
    assert push.rate() == 0


def test_changes_alone_are_what_has_to_go(push):
    push.take("push", 50, 100, "sha256:a", now=0)
    assert (push.layers[0].done, push.layers[0].needed) == (3000, 100)
    push.take("push", 100, 100, "sha256:a", now=1)
    assert push.rate() == 50
    assert push.layers[0].state == "sent"
    assert pushes.Push.from_json(push.to_json()) == push
