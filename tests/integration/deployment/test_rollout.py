"""Releases that come to their requests step by step, through the real HAProxy, under load."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
from urllib.parse import urlsplit

import psutil
import pytest

from engine.agent.control import Control
from engine.deployment import certificates, predict, releases, rollout, targets
from engine.deployment.judge import Verdict
from engine.deployment.plan import Plan, plan_of
from engine.errors import UsageError
from engine.packaging import base
from tests.integration.deployment.conftest import PNG
from tests.integration.deployment.load import Load
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.test_process_target import until

KITS = base.kit_folders()[0]  # the gateway image is built once per machine


def passing(_old, _new):
    return Verdict("promote", ("It is as good as the old one.",))


def ask(endpoint, **headers):
    parts = urlsplit(endpoint)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.request("POST", "/predict", PNG, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, json.loads(body) if answer.status == 200 else {}


@pytest.fixture
def two(workspace, process_target):
    """A target on which alpha runs, and beta to come."""
    for name in ("alpha", "beta"):
        add_artifact(workspace, name)
    process_target()
    return releases.deploy(workspace, "alpha", "local")


def test_the_endpoint_stays_while_releases_come_and_go_without_a_failed_request(workspace, two):
    with Load(two.endpoint) as load:
        load.wait_for("alpha", 5)
        assert releases.deploy(workspace, "beta", "local").endpoint == two.endpoint
        load.wait_for("beta", 5)
        assert releases.rollback(workspace, "local").endpoint == two.endpoint
        load.wait_for("alpha", 5)
    assert load.failed == []
    assert predict.predict(workspace, "local", _picture(workspace))["model"] == "alpha"


def test_with_gateway_no_each_release_has_a_port_of_its_own(workspace, process_target):
    for name in ("alpha", "beta"):
        add_artifact(workspace, name)
    process_target(gateway="no")
    first = releases.deploy(workspace, "alpha", "local")
    assert releases.deploy(workspace, "beta", "local").endpoint != first.endpoint
    with pytest.raises(UsageError, match="gateway=no"):
        rollout.start(workspace, "alpha", "local", Plan("canary", (50, 100)))


def test_a_canary_gets_its_share_passes_its_steps_and_takes_over(workspace, two):
    shares = []

    def look(_old, _new):
        shares.append([(one["weight"]) for one in rollout.shares(workspace, "local")])
        return Verdict("promote", ("It is as good as the old one.",))

    with Load(two.endpoint) as load:
        done = rollout.start(
            workspace, "beta", "local", Plan("canary", (20, 50, 100), requests=8), look=look, interval=0.05
        )
        load.wait_for("beta", 5)
    assert load.failed == []
    assert done.state == "running" and done.traffic == 100 and done.endpoint == two.endpoint
    assert {tuple(sorted(weights)) for weights in shares} == {(20, 80), (50, 50)}
    assert [one["what"] for one in rollout.history(workspace, "local")][-7:] == [
        "begun", "ready", "step", "passed", "step", "passed", "promoted",
    ]  # fmt: skip
    assert [one.key for one in releases.status(workspace, "local").releases if one.state == "running"] == [
        done.details["key"]
    ]


def test_a_bad_release_is_taken_back_by_itself_and_the_history_says_why(workspace, two):
    add_artifact(workspace, "broken", "errors")
    with Load(two.endpoint) as load:
        back = rollout.start(workspace, "broken", "local", Plan("canary", (50, 100)), interval=0.05)
        load.wait_for("alpha", 20)
        seen = len(load.failed)
        load.wait_for("alpha", 20)
    assert back.id == two.id and back.state == "running" and back.traffic == 100
    assert len(load.failed) == seen, "nobody meets it any more"
    assert all("the model is broken" in one for one in load.failed), "no request was lost by the switch itself"
    last = rollout.history(workspace, "local")[-1]
    assert (last["what"], last["by"]) == ("taken back", "judge")
    assert "failed on the new release" in last["why"][0]
    newest = releases.list_releases(workspace, "local")[0]
    assert newest.state == "failed" and "taken back" in newest.details["error"]
    assert [one.state for one in releases.status(workspace, "local").releases].count("running") == 1


def test_a_header_leads_to_the_new_release_and_a_person_decides(workspace, two):
    waiting = rollout.start(
        workspace, "beta", "local", Plan("header", header="X-Line=3", requests=0), look=passing, interval=0.05
    )
    assert waiting.state == "rolling"
    assert ask(two.endpoint)[1]["model"] == "alpha"
    assert ask(two.endpoint, X_Line="3")[1]["model"] == "beta"
    assert ask(two.endpoint, X_Line="33")[1]["model"] == "alpha"
    with pytest.raises(UsageError, match="being rolled out"):
        releases.deploy(workspace, "alpha", "local")
    assert rollout.promote(workspace, "local").state == "running"
    assert ask(two.endpoint)[1]["model"] == "beta"


def test_an_api_key_leads_to_the_new_release_until_it_is_taken_back(workspace, two):
    plan = plan_of(key="ls_line3_some-secret")
    rollout.start(workspace, "beta", "local", Plan("key", key=plan.key, requests=0), look=passing, interval=0.05)
    assert ask(two.endpoint, Authorization="Bearer ls_line3_x")[1]["model"] == "beta"
    assert ask(two.endpoint, X_API_Key="ls_line4_x")[1]["model"] == "alpha"
    rollout.take_back(workspace, "local")
    assert ask(two.endpoint, Authorization="Bearer ls_line3_x")[1]["model"] == "alpha"
    assert "some-secret" not in json.dumps(rollout.history(workspace, "local")), "keys are not kept"


def test_mirroring_gives_the_old_release_the_address_of_the_new_and_takes_it_away_again(workspace, two):
    with Load(two.endpoint) as load:
        rollout.start(workspace, "beta", "local", Plan("mirror", requests=0), look=passing, interval=0.05)
        _, answer = ask(two.endpoint)
        assert answer["model"] == "alpha" and answer["mirror"].startswith("http://127.0.0.1:")
        rollout.take_back(workspace, "local")
        _, answer = ask(two.endpoint)
        assert answer["model"] == "alpha" and answer["mirror"] == ""
    assert load.failed == [] and set(load.answers) == {"alpha"}
    assert releases.status(workspace, "local").message == ""


def test_a_person_pauses_sets_the_share_and_goes_on_from_another_program(workspace, two):
    looks = []

    def look(_old, _new):
        looks.append(1)
        if len(looks) == 2:
            rollout.order(workspace.path, "local", "weights", percent=30, by="Li")
        return Verdict("go on")

    plan = Plan("canary", (10, 100), requests=0)
    paused = rollout.start(workspace, "beta", "local", plan, look=look, interval=0.01)
    assert (paused.state, paused.traffic) == ("rolling", 30)
    assert sorted(one["weight"] for one in rollout.shares(workspace, "local")) == [30, 70]
    assert "Li gave it 30 %" in releases.status(workspace, "local").message
    done = rollout.proceed(workspace, "local", look=passing, interval=0.01)
    assert done.state == "running"
    assert [one["what"] for one in rollout.history(workspace, "local")][-4:] == [
        "resumed",
        "step",
        "passed",
        "promoted",
    ]


def test_a_killed_gateway_comes_up_with_the_weights_it_had(workspace, two):
    def look(_old, _new):
        rollout.order(workspace.path, "local", "pause")
        return Verdict("go on")

    rollout.start(workspace, "beta", "local", Plan("canary", (30, 100)), look=look, interval=0.01)
    before = rollout.shares(workspace, "local")
    with targets.open_target(workspace, "local") as target:
        home = target.gateway()
        master = json.loads(home.read("state.json"))["pid"]
        worker = psutil.Process(master).children()[0].pid
        os.kill(master, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie")
        until(lambda: json.loads(home.read("state.json"))["pid"] not in (0, master))
        until(lambda: _answers(Control(home)))
    assert [(one["release"], one["weight"]) for one in rollout.shares(workspace, "local")] == [
        (one["release"], one["weight"]) for one in before
    ]
    assert ask(two.endpoint)[0].status == 200


def test_every_answer_carries_a_request_id_and_nobody_can_forge_one(workspace, two):
    answer, seen = ask(two.endpoint, X_Request_ID="line-3.17")
    assert answer.headers["X-Request-ID"] == "line-3.17" == seen["headers"]["x-request-id"]
    answer, seen = ask(two.endpoint, X_Request_ID="a b\t<script>")
    assert len(answer.headers["X-Request-ID"]) == 36


def test_a_gateway_shows_the_certificate_and_a_new_one_without_a_failed_request(workspace, two, memory_keyring):
    certificates.protect(workspace, "local")
    assert ask(two.endpoint)[0].status == 200, "what runs stays as it is until the next release"
    release = releases.deploy(workspace, "alpha", "local")
    assert release.endpoint == two.endpoint.replace("http:", "https:")
    trust = certificates.context_of(targets.get_target(workspace, "local").options["tls"])
    with Load(release.endpoint, 2, trust) as load:
        rollout.start(workspace, "beta", "local", Plan("canary", (50, 100), requests=4), look=passing, interval=0.05)
        load.wait_for("beta", 5)
        shown = _serial(release.endpoint)
        certificates.protect(workspace, "local")
        until(lambda: _serial(release.endpoint) != shown)
        load.wait_for("beta", 5)
    assert load.failed == []
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(two.endpoint)
    assert predict.predict(workspace, "local", _picture(workspace))["model"] == "beta"
    certificates.unprotect(workspace, "local")
    assert releases.deploy(workspace, "alpha", "local").endpoint == two.endpoint
    assert ask(two.endpoint)[0].status == 200


@pytest.mark.parametrize("user", ["root", "edge"])
def test_a_bare_box_gets_a_gateway_of_its_own_and_loses_no_request(
    workspace, add_box, user, monkeypatch, memory_keyring
):
    monkeypatch.setenv("LINESIDE_KITS", str(KITS))
    box, name = add_box(user=user, listen="0.0.0.0", gateway="yes")
    for artifact in ("alpha", "beta"):
        add_artifact(workspace, artifact)
    seen = []
    first = releases.deploy(workspace, "alpha", name, lambda stage, *_: seen.append(stage))
    assert "gateway" in seen, "the box has no HAProxy, so that one is brought along"
    with Load(f"http://{box.address}:{urlsplit(first.endpoint).port}", 2) as load:
        load.wait_for("alpha")
        done = rollout.start(
            workspace, "beta", name, Plan("canary", (50, 100), requests=2), look=passing, interval=0.05
        )
        load.wait_for("beta", 5)
        assert releases.rollback(workspace, name).endpoint == first.endpoint == done.endpoint
        load.wait_for("alpha", 5)
    assert load.failed == []
    folder = "/var/lib/lineside" if user == "root" else "/home/edge/.local/share/lineside"
    assert box.run(f"stat -c '%a %U' {folder}/releases/gateway").split() == ["700", user]
    box.run(f". {folder}/releases/gateway/state && kill -9 $pid")
    until(lambda: _asked(box, first.endpoint), 30)
    certificates.protect(workspace, name)
    assert releases.deploy(workspace, "beta", name).endpoint == first.endpoint.replace("http:", "https:")
    assert predict.predict(workspace, name, _picture(workspace))["model"] == "beta"
    targets.remove_target(workspace, name)
    assert box.run("grep -la 'haprox[y]' /proc/[0-9]*/cmdline 2>/dev/null || true") == ""
    assert box.run(f"ls -d {folder} 2>/dev/null || true") == ""


def _asked(box, endpoint):
    try:
        return ask(f"http://{box.address}:{urlsplit(endpoint).port}")[1].get("model") == "alpha"
    except OSError:
        return False


def _serial(endpoint):
    parts = urlsplit(endpoint)
    return ssl.get_server_certificate((parts.hostname, parts.port))


def _answers(control):
    try:
        return control.statistics()
    except Exception:
        return None


def _picture(workspace):
    path = workspace.path / "part.png"
    path.write_bytes(PNG)
    return path
