"""API keys and certificates of real artifacts on real targets: made from the workbench, kept over releases."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from PIL import Image

from app.cli.command import Call
from app.cli.main import main
from engine.deployment import certificates, keys, predict, releases, rollout, targets
from engine.deployment.plan import Plan
from engine.errors import BadInput, TargetError, UsageError
from engine.packaging import base, image
from engine.packaging.image import build_image
from engine.packaging.layers import write_layer
from engine.packaging.oci import Layout, RunConfig
from engine.serving.keys import split
from engine.serving.manifest import ModelManifest
from engine.workspace import Workspace
from tests.unit.serving.conftest import write_model

pytestmark = pytest.mark.slow
HERE = "linux/amd64"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "part.png"
    Image.new("RGB", (64, 48), (200, 0, 0)).save(path)
    return path


def add_artifacts(workspace: Workspace, tmp_path: Path, kit: base.Kit | None) -> list[str]:
    """Two artifacts with the real serving code; without a kit they lack Python and its libraries."""
    layout, found = Layout(workspace.path / "artifacts").make(), []
    for number in (1, 2):
        document = {"name": "parts", "number": number, "task": "detection", "labels": ["scratch", "dent"],
                    "input": {"width": 64, "height": 48}}  # fmt: skip
        manifest = ModelManifest.from_json(document)
        model = write_model(tmp_path / f"model{number}", manifest)
        if kit:
            built = build_image(layout, model, kit, {})
            descriptor, size = dict(built.descriptor), built.bytes
        else:
            layers = [
                write_layer(
                    tmp_path / f"layer{number}", [*image._code_entries(), *image._model_entries(model, manifest)]
                )
            ]
            whole = image._run_config({})
            run = RunConfig(
                ["/usr/bin/python3.11", "-m", "engine.serving"], {**whole.env, "PYTHONPATH": f"/{image.CODE}"}
            )
            descriptor = layout.write_image(layers, run, HERE, {})
            size = layout.size(descriptor["digest"])
        layout.name(descriptor, f"parts:{number}")
        with workspace.transaction("Package model") as tx:
            tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, created) VALUES (?, ?, ?, ?, ?)",
                       [descriptor["digest"], f"parts:{number}", HERE, size, tx.at])  # fmt: skip
        found.append(str(descriptor["digest"]))
    return found


@pytest.fixture
def artifacts(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Two artifacts that run by this machine's Python."""
    return add_artifacts(workspace, tmp_path, None)


@pytest.fixture
def whole_artifacts(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Two artifacts as they are delivered."""
    return add_artifacts(workspace, tmp_path, base.kit(HERE))


def asked(workspace: Workspace, target: str, key: str = "") -> int:
    """The status of a request as a stranger makes it."""
    with targets.open_target(workspace, target) as opened:
        endpoint = predict.running_endpoint(opened)
        return opened.request(endpoint, "GET", "/v2", headers={"Authorization": f"Bearer {key}"})[0]


def check_keys_outlive_releases(workspace: Workspace, target: str, artifacts: list[str], picture: Path) -> list[str]:
    releases.deploy(workspace, artifacts[0], target)
    assert asked(workspace, target) == 200
    made = keys.create_key(workspace, target, {"name": "线 7", "per_day": 100})
    assert (asked(workspace, target), asked(workspace, target, made["key"])) == (401, 200)
    assert predict.predict(workspace, target, picture)["detections"]
    releases.deploy(workspace, artifacts[1], target)
    assert (asked(workspace, target), asked(workspace, target, made["key"])) == (401, 200)
    assert [key["name"] for key in keys.list_keys(workspace, target)] == ["workbench", "线 7"]
    assert sum(row["requests"] for row in keys.usage(workspace, target, made["id"])) == 2
    keys.revoke_key(workspace, target, made["id"])
    assert asked(workspace, target, made["key"]) == 401
    audited = keys.audit(workspace, target)
    assert audited["problems"] == []
    assert [line["what"] for line in audited["entries"]].count("started") == 2
    return [made["key"], keyring.get_password("lineside", f"key:{workspace.id}:{target}") or ""]


def everything(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and "rootfs" not in path.parts:
                yield path, path.read_bytes()


def test_keys_on_this_machine(
    workspace, process_target, memory_keyring, artifacts, picture, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("LINESIDE_SSH_PASSWORD", "not-for-releases")
    process_target(mode="interpreter")
    texts = check_keys_outlive_releases(workspace, "local", artifacts, picture)
    written = list(everything(workspace.path, tmp_path))
    assert any(b"workbench" in content for _, content in written), "the hashes lie there"
    held = [b"not-for-releases"] + [text.encode() for whole in texts for text in (whole, split(whole)[1])]
    assert [path for path, content in written if any(text in content for text in held)] == []
    assert not any(text.decode() in "".join(capsys.readouterr()) for text in held)


def test_keys_in_namespaces_of_this_machine(
    workspace, process_target, memory_keyring, whole_artifacts, picture
) -> None:
    process_target(mode="namespaces")
    check_keys_outlive_releases(workspace, "local", whole_artifacts, picture)


@pytest.mark.parametrize("mode", ["namespaces", "direct"])
def test_keys_on_a_box(workspace, add_box, memory_keyring, whole_artifacts, picture, mode) -> None:
    _, name = add_box(data_size="800m", root="/data/lineside", mode=mode)
    check_keys_outlive_releases(workspace, name, whole_artifacts, picture)


@pytest.mark.parametrize("gateway", ["no", "yes"])
def test_a_release_with_a_certificate_is_trusted_by_it_alone(
    workspace, process_target, memory_keyring, artifacts, picture, tmp_path, gateway
) -> None:
    process_target(mode="interpreter", gateway=gateway)
    plain = releases.deploy(workspace, artifacts[0], "local")
    certificates.protect(workspace, "local")
    assert predict.predict(workspace, "local", picture)["detections"], "what runs goes on until the next deploy"
    release = releases.deploy(workspace, artifacts[0], "local")
    assert (plain.endpoint[:7], release.endpoint[:8]) == ("http://", "https://")
    assert predict.predict(workspace, "local", picture)["detections"]
    assert releases.deploy(workspace, artifacts[0], "local").id == release.id
    port = int(release.endpoint.rpartition(":")[2])
    trust = targets.get_target(workspace, "local").options["tls"]
    with socket.create_connection(("127.0.0.1", port)) as link:
        context = certificates.context_of(trust)
        assert context.wrap_socket(link, server_hostname="127.0.0.1").version() in ("TLSv1.2", "TLSv1.3")
    before = trust["ca"]
    memory_keyring.pop(("lineside", f"tls-authority:{workspace.id}"))
    with targets.open_target(workspace, "local") as opened:
        opened.context.options["tls"] = {"ca": certificates._made("other", ["x"])[2].decode(), "name": trust["name"]}
        with pytest.raises(TargetError, match="does not show the certificate"):
            opened.request(release.endpoint, "GET", "/v2")
    key = next(path for path, content in everything(workspace.path) if path.name == "key.pem")
    assert key.stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in json.dumps(dict(targets.get_target(workspace, "local").options))
    given = tmp_path / "cert.pem", tmp_path / "key.pem"
    for path, content in zip(given, certificates._made("third", ["x"])[:2], strict=True):
        path.write_bytes(content)
    certificates.protect(workspace, "local", *given)
    assert targets.get_target(workspace, "local").options["tls"]["ca"] != before
    releases.deploy(workspace, artifacts[1], "local")
    assert predict.predict(workspace, "local", picture)["detections"]
    if gateway == "no":
        targets.set_options(workspace, "local", gateway="yes")
        with pytest.raises(UsageError, match="behind the gateway"):
            rollout.start(workspace, artifacts[0], "local", Plan("canary", (50, 100)))
        behind = releases.deploy(workspace, artifacts[1], "local")
        assert releases.deploy(workspace, artifacts[1], "local").id == behind.id
        assert predict.predict(workspace, "local", picture)["detections"]
    certificates.unprotect(workspace, "local")
    assert releases.deploy(workspace, artifacts[1], "local").endpoint.startswith("http://")
    with pytest.raises(BadInput, match="no certificate and its key"):
        certificates.protect(workspace, "local", given[1], given[0])
    with pytest.raises(ssl.SSLError):
        certificates.context_of({"ca": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"})


def test_a_log_that_was_cut_off_shows_at_the_next_look(workspace, process_target, memory_keyring, artifacts) -> None:
    process_target(mode="interpreter")
    releases.deploy(workspace, artifacts[0], "local")
    made = keys.create_key(workspace, "local", {})
    asked(workspace, "local", made["key"] + "x")
    assert keys.audit(workspace, "local")["problems"] == []
    file = next(path for path, _ in everything(workspace.path) if path.name.startswith("audit-"))
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:1] + lines[2:]))
    assert keys.audit(workspace, "local")["problems"][0] == "The line 2 is missing."
    file.write_bytes(lines[0])
    problems = keys.audit(workspace, "local")["problems"]
    assert problems == [f"The log ends at line 1, but it had {len(lines)} at the last look."]


def test_commands_make_list_and_revoke_keys(
    workspace, process_target, memory_keyring, artifacts, capsys, monkeypatch
) -> None:
    process_target(mode="interpreter")
    releases.deploy(workspace, artifacts[0], "local")
    monkeypatch.setattr(Call, "workspace", lambda _: workspace)

    def lineside(*words: str) -> tuple[int, str]:
        code = main(words)
        return code, capsys.readouterr().out

    code, text = lineside("key", "create", "local", "--name", "line 7", "--per-second", "5", "--expires", "30d")
    assert (code, text[:3]) == (0, "ls_")
    code, text = lineside("key", "list", "local", "--json")
    listed = json.loads(text)
    assert [key["name"] for key in listed] == ["workbench", "line 7"]
    assert lineside("key", "revoke", "local", listed[1]["id"])[0] == 0
    assert lineside("key", "revoke", "local", "nobody")[0] == 3
    assert lineside("key", "usage", "local")[0] == lineside("key", "audit", "local")[0] == 0
    assert lineside("key", "create", "local", "--scope", "root")[0] == 3
    assert lineside("key", "create", "local", "--expires", "soon")[0] == 2
    assert lineside("key", "create", "nowhere")[0] == 2
    assert lineside("target", "tls", "local", "--cert", "x")[0] == 2
