"""How much the gateway of a target lets through, with the real HAProxy."""

from __future__ import annotations

import http.client
import json
import os
from urllib.parse import urlsplit

import pytest

from app.cli.main import main
from engine.deployment import keys, limits, releases, targets
from engine.errors import TargetError, UsageError
from tests.integration.deployment.conftest import PNG
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.served import add_served, picture


def ask(endpoint, times, key="", body=PNG):
    """Statuses of so many requests."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=20)
    found = []
    for _ in range(times):
        connection.request("POST", "/predict", body, {"Content-Type": "image/png", **headers})
        answer = connection.getresponse()
        answer.read()
        found.append((answer.status, answer.getheader("Retry-After")))
    return found


def test_each_caller_may_ask_so_often_and_a_switch_begins_no_new_count(workspace, capsys):
    for name in ("alpha", "beta"):
        add_artifact(workspace, name)
    targets.add_target(workspace, "local", "process://local", gateway="yes", port_base=20000 + os.getpid() % 400 * 20)
    endpoint = releases.deploy(workspace, "alpha", "local").endpoint
    assert {status for status, _ in ask(endpoint, 15)} == {200}
    assert limits.set_limit(workspace, "local", 2).per_second == 2
    first = [status for status, _ in ask(endpoint, 10, "one")]
    releases.deploy(workspace, "beta", "local")
    then = ask(endpoint, 13, "one")
    assert first + [status for status, _ in then] == [200] * 20 + [429] * 3
    assert then[-1][1] == "1"
    assert {status for status, _ in ask(endpoint, 15, "another")} == {200}, "each caller is counted alone"
    path = str(workspace.path)
    workspace.close()
    assert main(["-w", path, "release", "limit", "local", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"per_second": 2.0, "keys": {}, "refused": 3}
    assert main(["-w", path, "release", "limit", "local", "fast"]) == 2
    assert main(["-w", path, "release", "limit", "local", "none"]) == 0
    assert "everybody  any number" in capsys.readouterr().out
    assert {status for status, _ in ask(endpoint, 15, "one")} == {200}
    with workspace.open(workspace.path) as again, targets.open_target(again, "local") as target:
        target.remove()


def test_the_gateway_holds_each_key_to_its_own_quota_until_it_is_revoked(
    workspace, process_target, tmp_path, memory_keyring
):
    add_served(workspace, "parts", tmp_path)
    endpoint = releases.deploy(workspace, "parts", process_target(gateway="yes", mode="interpreter")).endpoint
    made = keys.create_key(workspace, "local", {"name": "cell 3", "per_second": 1})
    assert limits.limits_of(workspace, "local").keys == {made["id"]: 1.0}
    limits.set_limit(workspace, "local", 100)
    told = [status for status, _ in ask(endpoint, 14, made["key"], picture(200))]
    assert told[0] == 200
    assert limits.limits_of(workspace, "local").refused >= 4, "before a release sees them"
    keys.revoke_key(workspace, "local", made["id"])
    assert limits.limits_of(workspace, "local").keys == {}
    assert limits.limits_of(workspace, "local").per_second == 100


def test_a_limit_that_is_none_and_a_target_without_a_gateway_are_told(workspace, process_target):
    process_target(gateway="no")
    with pytest.raises(TargetError, match="has no gateway"):
        limits.limits_of(workspace, "local")
    for wrong in (0, -1, 1e9, float("nan")):
        with pytest.raises(UsageError, match="requests a second"):
            limits.set_limit(workspace, "local", wrong)
