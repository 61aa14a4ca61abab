"""Secrets that a person gives in the usual ways lie in the keyring, and nowhere else: each is looked for everywhere.

Only a release's state folder holds what it needs itself: the hashes of API keys, and its own TLS key for its owner alone.
"""

from __future__ import annotations

import json
import subprocess

import pytest

from app.cli.command import Call
from app.cli.main import main
from engine.deployment import certificates, keys, predict, targets
from engine.jobs import list_jobs, submit, wait
from engine.serving.keys import split
from tests.integration.deployment import registries
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.test_keys import add_artifacts
from tests.looked_through import holding, on_box, told, told_in_store

pytestmark = pytest.mark.slow
PASSPHRASE, REGISTRY, SUDO = "open-sesame-7c1f", "registry-pass-55d2", "sudo-pass-91ab"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A registry with a password that can be told from everything else."""
    monkeypatch.setattr(registries, "PASSWORD", REGISTRY)
    running = registries.Running(tmp_path / "registry")
    yield running
    running.stop()


@pytest.fixture
def locked(workspace, add_box, tmp_path):
    """A box whose key has a passphrase."""
    box, name = add_box()
    key = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", key], check=True)
    (box.root / "root/.ssh/authorized_keys").write_text(key.with_suffix(".pub").read_text())
    targets.set_options(workspace, name, identity=str(key))
    return box, name


def test_what_was_confided_to_the_program_lies_in_the_keyring_alone(
    workspace, locked, shop, process_target, memory_keyring, image_file, tmp_path, capsys, caplog, monkeypatch
) -> None:
    box, far = locked
    monkeypatch.setattr(Call, "workspace", lambda _: workspace)
    monkeypatch.setenv("LINESIDE_WORKSPACE", str(workspace.path))
    monkeypatch.setenv("LINESIDE_PASSWORD_OF_SOMETHING", SUDO)  # what workers and releases inherit, but never tell
    printed = []

    def lineside(*words: object) -> None:
        assert main([str(word) for word in words]) == 0
        printed.extend(capsys.readouterr())

    # a registry, by a password in its address
    add_artifact(workspace, "small", padding=1000)
    lineside("target", "add", "shop", shop.url, "--option", f"ca={shop.ca}")
    lineside("artifact", "push", "small", "shop")
    lineside("target", "list", "--json")
    # a box, by a key that a passphrase opens
    assert targets.probe_target(workspace, far, ask=lambda _: PASSPHRASE).user == "root"
    lineside("deploy", "small", far)
    lineside("target", "probe", far, "--json")
    lineside("release", "status", far, "--json")
    # a release of the real serving code, with a certificate, a key, good and wrong requests
    artifacts = add_artifacts(workspace, tmp_path, None)
    process_target(mode="interpreter")
    chain, private, _ = certificates._made("theirs", ["127.0.0.1"])
    (tmp_path / "given").mkdir()
    for name, content in (("cert.pem", chain), ("key.pem", private)):
        (tmp_path / "given" / name).write_bytes(content)
    lineside("target", "tls", "local", "--cert", tmp_path / "given/cert.pem", "--key", tmp_path / "given/key.pem")
    lineside("deploy", artifacts[0], "local")
    made = keys.create_key(workspace, "local", {"name": "line 7"})["key"]
    with targets.open_target(workspace, "local") as target:
        endpoint = predict.running_endpoint(target)
        for key, status in ((made, 200), (made[:-6] + "aaaaaa", 401)):
            assert target.request(endpoint, "GET", "/v2", headers={"Authorization": f"Bearer {key}"})[0] == status
    lineside("key", "list", "local", "--json")
    lineside("key", "audit", "local", "--json")
    with targets.open_target(workspace, "local") as target:
        printed.extend(target.logs(one.key) for one in target.status())
    # a job that fails, with all it says
    job = submit(workspace, "report", {}, "Report")
    assert wait(workspace, job).state == "failed"
    lineside("jobs", "list", "--json")

    own = memory_keyring["lineside", f"key:{workspace.id}:local"]
    secrets = {
        "passphrase": PASSPHRASE,
        "registry": REGISTRY,
        "environment": SUDO,
        "key": split(made)[1],
        "own key": split(own)[1],
    }
    tls = {"TLS key": private.decode().splitlines()[1]}
    kept = json.dumps(list(memory_keyring.values()))
    assert all(text in kept for text in (PASSPHRASE, REGISTRY, own))
    assert list_jobs(workspace), "there are events to look through"
    program = {"code": "ThreadingHTTPServer"}  # of the small artifact, packed in its layer and unpacked on the box
    assert holding(workspace.path, program) and holding(shop.data, program) and on_box(box, program)
    assert holding(workspace.path, secrets) == {}
    assert told_in_store(workspace, secrets | tls) == {}
    assert told([*printed, *(record.getMessage() for record in caplog.records)], secrets | tls) == []
    assert on_box(box, secrets | tls) == {}
    assert holding(shop.data, secrets | tls) == {}
    state = holding(workspace.path, tls)
    assert {path.rpartition("/")[2] for path in state} == {"key.pem", "gateway.pem"}, state
    assert all((workspace.path / path).stat().st_mode & 0o077 == 0 for path in state)
