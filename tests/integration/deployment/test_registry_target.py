"""A registry as a target, against docker-registry with a password and a certificate."""

from __future__ import annotations

import json
import os
import threading

import keyring
import pytest
from keyring.backend import KeyringBackend

from connectors.registry import copying
from connectors.registry.client import Repository
from connectors.registry.target import RegistryTarget
from connectors.registry.wire import Limits
from engine.deployment import exchange, releases, targets
from engine.deployment.errors import DiskFull, LoginRefused, TargetUnreachable
from engine.deployment.image import Image
from engine.errors import TargetError, UsageError
from engine.packaging.artifacts import layout_folder, list_artifacts
from engine.packaging.attached import keep_referrer
from engine.packaging.foreign import Descriptor
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import Layout, RunConfig
from engine.packaging.trust.repository import NotTrusted
from engine.packaging.trust.signing import sign
from engine.workspace import Workspace
from tests.integration.deployment.registries import Cutter, Running, small_disk

SBOM, STATEMENT = "application/vnd.cyclonedx+json", "application/vnd.in-toto+json"
MB = 1 << 20


class Memory(KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.secrets.get((service, username))

    def set_password(self, service, username, password):
        self.secrets[service, username] = password

    def delete_password(self, service, username):
        del self.secrets[service, username]


@pytest.fixture(autouse=True)
def keys(monkeypatch, tmp_path):
    """A keyring of the test's own, no login of this machine's user, and little patience."""
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.setattr(RegistryTarget, "limits", Limits(first_pause_s=0.02, answer_s=20, connect_s=5))
    yield
    keyring.set_keyring(before)


@pytest.fixture
def start(tmp_path):
    """Starts registries that end with the test."""
    running = []

    def begin(**more) -> Running:
        running.append(Running(tmp_path / f"registry{len(running)}", **more))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def workspaces(tmp_path):
    """Makes further workspaces, as other laptops have them."""
    opened = []

    def make() -> Workspace:
        opened.append(Workspace.create(tmp_path / f"laptop{len(opened)}"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def shop(start, workspace) -> Running:
    registry = start()
    targets.add_target(workspace, "shop", registry.url, **registry.options)
    return registry


def artifact(
    workspace: Workspace, name: str = "parts:1-fp32", sizes: tuple[int, ...] = (100, 200), platform="linux/amd64"
):
    """An image whose layers have so many random bytes; its digest."""
    layout = Layout(workspace.path / "artifacts").make()
    layers = []
    for number, size in enumerate(sizes):
        scratch = workspace.path / "artifacts" / f"scratch{number}"
        layers.append(write_layer(scratch, [Entry(f"f{number}", os.urandom(size))], "stored"))
    descriptor = layout.write_image(layers, RunConfig(["/serve"]), platform, {})
    for path in (workspace.path / "artifacts").glob("scratch*"):
        path.unlink()
    return record(workspace, layout, descriptor, name, platform)


def record(workspace, layout, descriptor, name, platform="linux/amd64"):
    layout.name(descriptor, name)
    with workspace.transaction("Package model") as tx:
        tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, created) VALUES (?, ?, ?, 1, ?)",
                   [descriptor["digest"], name, platform, tx.at])  # fmt: skip
    return descriptor["digest"]


def attach(layout: Layout, digest: str, kind: str = SBOM, content: bytes = b'{"bomFormat": "CycloneDX"}') -> str:
    """Attach a document to an image, as packaging does."""
    empty = layout.add(b"{}")
    document = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": kind,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2},
        "layers": [{"mediaType": kind, "digest": layout.add(content), "size": len(content)}],
        "subject": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest,
                    "size": layout.blob(digest).stat().st_size},
    }  # fmt: skip
    raw = json.dumps(document).encode()
    keep_referrer(layout, Descriptor(layout.add(raw), len(raw), document["mediaType"], artifact_type=kind))
    return str(layout.blob(layout.add(raw)).name)


def layout_of(workspace) -> Layout:
    return Layout(layout_folder(workspace))


def test_an_artifact_is_published_and_skopeo_gets_it_unchanged(shop, workspace, tmp_path):
    digest = artifact(workspace)
    attach(layout_of(workspace), digest)
    release = releases.deploy(workspace, digest[7:19], "shop")
    assert (release.state, release.endpoint) == ("published", "")
    shop.skopeo("copy", "--src-cert-dir", shop.folder / "certs", "--src-creds", "line:side",
                f"docker://{shop.host}/line/parts:1-fp32", f"oci:{tmp_path}/back:x")  # fmt: skip
    assert Layout(tmp_path / "back").images()[0]["digest"] == digest
    status = releases.status(workspace, "shop")
    assert (status.running.digest, status.running.state, status.message) == (digest, "published", "")
    with targets.open_target(workspace, "shop") as target:
        attached = Repository(target._session(), "line/parts").referrers(digest)
    assert [one.artifact_type for one in attached] == [SBOM, STATEMENT]
    assert releases.deploy(workspace, digest, "shop").id == release.id  # what is there is left alone


def test_what_is_there_is_not_sent_again_and_another_repository_lends_its_layers(shop, workspace):
    digest = artifact(workspace, sizes=(3 * MB, 2 * MB))
    first = releases.deploy(workspace, digest, "shop").details["push"]
    assert first["sent"] > 5 * MB
    again = exchange.push(workspace, digest, "shop")["push"]
    assert again["sent"] == 0
    assert again["skipped"] > 5 * MB
    lent = exchange.push(workspace, digest, "shop/other:1")["push"]
    assert lent["sent"] < 10_000
    assert lent["skipped"] > 5 * MB


def test_an_index_goes_with_all_its_platforms_and_comes_back_whole(shop, workspace, workspaces):
    layout = Layout(workspace.path / "artifacts").make()
    images = []
    for platform in ("linux/amd64", "linux/arm64"):
        layer = write_layer(workspace.path / platform[6:], [Entry("f", platform.encode())], "gzip")
        images.append(layout.write_image([layer], RunConfig(["/serve"]), platform, {}))
        attach(layout, images[-1]["digest"])
    raw = json.dumps(
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": images}
    ).encode()
    index = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": layout.add(raw), "size": len(raw)}
    digest = record(workspace, layout, index, "parts:2-int8", "linux/amd64, linux/arm64")
    attach(layout, digest, "application/vnd.in-toto+json")
    assert releases.deploy(workspace, digest, "shop").artifact == digest

    other = workspaces()
    targets.add_target(other, "shop", shop.url, **shop.options)
    arrived, changes = exchange.pull(other, "shop/parts:2-int8")
    assert changes.touches("artifacts")
    assert arrived.artifact.digest == digest
    assert arrived.artifact.platforms == "linux/amd64, linux/arm64"
    assert arrived.referrers == 3 + 3, "what was attached here, and the signed statement of each"
    assert exchange.referrer_counts(other) == dict.fromkeys((digest, *(image["digest"] for image in images)), 2)
    for image in images:
        layout_of(other).check(image["digest"])
    assert exchange.pull(other, f"{shop.host}/line/parts@{digest}")[0].received == 0


def test_a_pulled_artifact_is_listed_as_from_elsewhere_and_can_be_published_on(shop, start, workspace, workspaces):
    digest = artifact(workspace)
    exchange.push(workspace, digest, "shop")
    other, second = workspaces(), start(tls=False, password=False)
    exchange_options = {"ca": shop.options["ca"]}
    with pytest.raises(LoginRefused, match="wants a login"):
        exchange.pull(other, f"{shop.host}/line/parts:1-fp32", options=exchange_options)
    assert list_artifacts(other) == []
    targets.add_target(other, "shop", shop.url, **shop.options)
    exchange.pull(other, f"{shop.host}/line/parts:1-fp32")
    (found,) = list_artifacts(other)
    assert (found.name, found.digest, found.details["foreign"]) == (
        "parts:1-fp32",
        digest,
        f"{shop.host}/line/parts:1-fp32",
    )
    targets.add_target(other, "second", f"registry://{second.host}")
    with pytest.raises(NotTrusted, match="not made in this workspace"):
        releases.deploy(other, "parts:1-fp32", "second")
    sign(other, "parts:1-fp32")
    releases.deploy(other, "parts:1-fp32", "second")
    assert second.skopeo("list-tags", "--tls-verify=false", f"docker://{second.host}/parts").count("1-fp32") == 1


def test_a_push_that_was_stopped_between_chunks_goes_on_where_it_was(shop, workspace, monkeypatch):
    limits = Limits(first_pause_s=0.02, chunk_bytes=MB)
    monkeypatch.setattr(RegistryTarget, "limits", limits)
    digest = artifact(workspace, sizes=(6 * MB,))
    with monkeypatch.context() as patched:
        stop_after(patched, 3)
        with pytest.raises(KeyboardInterrupt):
            exchange.push(workspace, digest, "shop")
    done = exchange.push(workspace, digest, "shop")["push"]
    assert done["resumed"] == 3 * MB
    assert done["sent"] < 3.1 * MB


def stop_after(monkeypatch, chunks: int) -> None:
    """Let a person end the push once so many chunks of a layer are there."""
    begun, counted = copying.Memory.begun, []

    def count(self, key, location):
        begun(self, key, location)
        if location:
            counted.append(key)
        if len(counted) == chunks + 1:  # the first is the upload's beginning
            raise KeyboardInterrupt

    monkeypatch.setattr(copying.Memory, "begun", count)


def test_a_link_cut_in_the_middle_of_a_layer_sends_only_that_layer_again(start, workspace):
    registry = start(tls=False)
    cutter = Cutter(registry.port)
    digest = artifact(workspace, sizes=(4 * MB, 20 * MB))
    targets.add_target(workspace, "shop", registry.url.replace(str(registry.port), str(cutter.port)))
    cutter.cut_at = 18 * MB
    done = exchange.push(workspace, digest, "shop")["push"]
    cutter.close()
    assert cutter.cuts == 1
    assert done["retries"] >= 1
    assert done["sent"] < 46 * MB
    registry.skopeo(
        "inspect", "--tls-verify=false", "--creds", "line:side", f"docker://{registry.host}/line/parts:1-fp32"
    )


def test_a_registry_that_is_killed_and_comes_back_gets_the_rest(shop, workspace):
    digest = artifact(workspace, sizes=(3 * MB, 20 * MB))
    killed = threading.Event()

    def kill(stage, done, total, digest):
        if stage == "push" and done > 12 * MB and not killed.is_set():
            killed.set()
            shop.stop()

    with pytest.raises(TargetUnreachable, match="shop"):
        exchange.push(workspace, digest, "shop", kill)
    assert killed.is_set()
    shop.start()
    done = exchange.push(workspace, digest, "shop")["push"]
    assert done["sent"] + done["skipped"] + done["resumed"] >= 23 * MB
    shop.skopeo(
        "inspect",
        "--cert-dir",
        shop.folder / "certs",
        "--creds",
        "line:side",
        f"docker://{shop.host}/line/parts:1-fp32",
    )


def test_a_person_may_stop_a_push_and_nothing_is_published(shop, workspace):
    class Stop(Exception):
        pass

    def stop(stage, done, total, digest):
        if stage == "push" and done:
            raise Stop

    digest = artifact(workspace, sizes=(9 * MB, 9 * MB))
    with pytest.raises(Stop):
        releases.deploy(workspace, digest, "shop", stop)
    assert [release.state for release in releases.list_releases(workspace)] == ["failed"]
    assert releases.status(workspace, "shop").releases == []
    assert releases.deploy(workspace, digest, "shop").state == "published"


def test_two_laptops_push_the_same_at_once(shop, workspace, workspaces, tmp_path):
    import shutil

    digest, other = artifact(workspace, sizes=(5 * MB, 5 * MB)), workspaces()
    attach(layout_of(workspace), digest)
    targets.add_target(other, "shop", shop.url, **shop.options)
    shutil.copytree(layout_folder(workspace), layout_folder(other), dirs_exist_ok=True)
    record(other, layout_of(other), layout_of(workspace).find("parts:1-fp32"), "parts:1-fp32")
    failures = []

    def push(one):
        try:
            releases.deploy(one, digest, "shop")
        except Exception as error:
            failures.append(error)

    workers = [threading.Thread(target=push, args=(one,)) for one in (workspace, other)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert {releases.status(one, "shop").running.digest for one in (workspace, other)} == {digest}


def test_a_full_disk_of_the_registry_is_told_and_later_gone_on_from(start, workspace, tmp_path):
    with small_disk(tmp_path / "disk", "12m") as disk:
        registry = start(tls=False, password=False, data=disk)
        targets.add_target(workspace, "shop", f"registry://{registry.host}/line")
        digest = artifact(workspace, sizes=(2 * MB, 16 * MB))
        with pytest.raises(DiskFull, match="The disk of shop"):
            releases.deploy(workspace, digest, "shop")
        import subprocess

        subprocess.run(["mount", "-o", "remount,size=80m", disk], check=True)
        assert releases.deploy(workspace, digest, "shop").details["push"]["skipped"] >= 2 * MB
        registry.stop()


def test_a_tag_that_somebody_moved_is_told_as_drift(shop, workspace):
    digest, other = artifact(workspace), artifact(workspace, "gears:1-fp32")
    releases.deploy(workspace, digest, "shop")
    exchange.push(workspace, other, "shop/parts:1-fp32")
    status = releases.status(workspace, "shop")
    assert status.running is None
    assert f"leads to {other[:19]}" in status.message
    assert "put there by others" not in status.message
    exchange.push(workspace, other, "shop/parts:9")
    assert [
        one.name for one in releases.status(workspace, "shop").releases if one.message == "put there by others"
    ] == ["line/parts:9"]
    assert releases.deploy(workspace, digest, "shop").state == "published"
    assert releases.status(workspace, "shop").running.digest == digest


def test_rolling_back_publishes_the_artifact_before(shop, workspace):
    first, second = artifact(workspace), artifact(workspace, "parts:2-fp32")
    releases.deploy(workspace, first, "shop")
    releases.deploy(workspace, second, "shop")
    back = releases.rollback(workspace, "shop")
    assert (back.artifact, back.state) == (first, "published")
    assert releases.status(workspace, "shop").running.digest == first


def test_removing_takes_the_tags_away(shop, workspace):
    digest = artifact(workspace)
    releases.deploy(workspace, digest, "shop")
    targets.remove_target(workspace, "shop")
    targets.add_target(workspace, "shop", shop.url, **shop.options)
    with targets.open_target(workspace, "shop") as target:
        assert Repository(target._session(), "line/parts").head("1-fp32") == ""


def test_a_wrong_password_is_told_at_once_and_kept_nowhere(shop, workspace):
    digest = artifact(workspace)
    targets.add_target(workspace, "other", shop.url.replace(":side@", ":s3cret-of-mine@"), **shop.options)
    with pytest.raises(LoginRefused, match="does not take the password of “line”"):
        releases.deploy(workspace, digest, "other")
    keyring.get_keyring().secrets.clear()
    with pytest.raises(LoginRefused, match="wants a login"):
        targets.probe_target(workspace, "other")
    for path in workspace.path.rglob("*"):
        assert not path.is_file() or b"s3cret-of-mine" not in path.read_bytes()


def test_the_login_of_docker_is_used_but_no_program_that_its_file_names(shop, workspace, tmp_path):
    import base64

    folder = tmp_path / "home" / ".docker"
    folder.mkdir(parents=True)
    ran = tmp_path / "ran"
    helper = tmp_path / "bin" / "docker-credential-evil"
    helper.parent.mkdir()
    helper.write_text(f"#!/bin/sh\ntouch {ran}\n")
    helper.chmod(0o755)
    os.environ["PATH"] = f"{helper.parent}:{os.environ['PATH']}"
    plain = f"registry://{shop.host}/line"
    targets.add_target(workspace, "docker", plain, **shop.options)
    (folder / "config.json").write_text(json.dumps({"credHelpers": {shop.host: "evil"}}))
    with pytest.raises(LoginRefused, match="docker-credential-evil, which is not run"):
        targets.probe_target(workspace, "docker")
    assert not ran.exists()
    login = base64.b64encode(b"line:side").decode()
    (folder / "config.json").write_text(json.dumps({"auths": {shop.host: {"auth": login}}}))
    probe = targets.probe_target(workspace, "docker")
    assert probe.user == "line"
    assert "artifacts may be pushed" in probe.notes


def test_a_probe_tells_what_the_registry_can(shop, workspace):
    probe = targets.probe_target(workspace, "shop")
    assert (probe.platform, probe.user) == ("", "line")
    assert probe.system.startswith("registry/2.0")
    assert any("no referrers API" in note for note in probe.notes)


def test_a_certificate_that_nobody_vouches_for_is_refused(shop, workspace):
    targets.add_target(workspace, "strange", shop.url)
    with pytest.raises(TargetError, match=r"certificate of strange .* not trusted"):
        targets.probe_target(workspace, "strange")


def test_nobody_there_is_told(workspace):
    targets.add_target(workspace, "gone", "registry://127.0.0.1:9/line")
    with pytest.raises(TargetUnreachable, match="does not answer"):
        targets.probe_target(workspace, "gone")
    assert not releases.status(workspace, "gone").reachable


@pytest.mark.parametrize(
    "url", ["registry://", "registry:///x", "registry://host/UPPER", "registry://host:99999999", "registry://h/a?b=c"]
)
def test_an_address_that_is_none_is_told(url, workspace):
    with pytest.raises(UsageError, match="no address of a registry"):
        targets.add_target(workspace, "bad", url)
    assert not targets.list_targets(workspace)


def test_nothing_runs_in_a_registry(shop, workspace, tmp_path):
    with targets.open_target(workspace, "shop") as target, pytest.raises(TargetError, match="none runs"):
        target.connect("http://x", 1)
    digest = artifact(workspace)
    releases.deploy(workspace, digest, "shop")
    assert releases.logs(workspace, "shop") == ""


def test_a_mirror_gives_what_is_asked_by_digest_and_cannot_lie(shop, start, workspace, workspaces):
    digest = artifact(workspace, sizes=(2 * MB,))
    layer = Image(layout_folder(workspace), digest).layers[0]
    exchange.push(workspace, digest, "shop")
    mirror = start(tls=False, password=False)
    exchange.push(workspace, digest, f"{mirror.host}/line/parts:1-fp32")
    other = workspaces()
    targets.add_target(other, "via", shop.url, **shop.options, mirror=f"http://localhost:{mirror.port}")
    lied = next(mirror.data.rglob(f"{layer.hex}/data"))
    lied.write_bytes(os.urandom(lied.stat().st_size))
    arrived, _ = exchange.pull(other, "via/parts:1-fp32")
    layout_of(other).check(digest)
    assert arrived.artifact.digest == digest


def test_a_password_that_was_asked_for_is_kept_once_the_registry_took_it(shop, workspace):
    digest = artifact(workspace)
    url = shop.url.replace(":side@", "@") + "/asked"
    targets.add_target(workspace, "asked", url, **shop.options)
    with pytest.raises(LoginRefused):
        exchange.push(workspace, digest, "asked", ask=lambda question: "wrong")
    assert keyring.get_password("lineside", url) is None
    exchange.push(workspace, digest, "asked", ask=lambda question: "side")
    assert keyring.get_password("lineside", url) == "side"


def test_the_commands_push_pull_and_list(shop, workspace, tmp_path, capsys):
    from app.cli.main import main

    digest = artifact(workspace)
    attach(layout_of(workspace), digest)
    workspace.close()
    folder, other = str(workspace.path), str(tmp_path / "other")

    def run(*words) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    code, out, _ = run("artifact", "push", "parts", "shop", "-w", folder, "--json")
    assert (code, json.loads(out)["reference"]) == (0, f"{shop.host}/line/parts:1-fp32")
    assert run("init", other)[0] == 0
    assert run("target", "add", "shop", shop.url, "--option", f"ca={shop.ca}", "-w", other)[0] == 0
    code, out, _ = run("artifact", "pull", "shop/parts:1-fp32", "-w", other)
    assert code == 0
    assert digest in out
    (listed,) = json.loads(run("artifact", "list", "-w", other, "--json")[1])
    assert (listed["digest"], listed["referrers"], listed["foreign"]) == (digest, 1, True)
    assert "from elsewhere" in run("artifact", "list", "-w", other)[1]
    assert run("deploy", "parts", "shop", "-w", folder)[0] == 0
    assert "published" in run("release", "status", "shop", "-w", folder)[1]
    code, _, err = run("artifact", "pull", "shop/parts:9", "-w", other)
    assert (code, err.count("\n")) == (5, 1)
    assert run("artifact", "pull", "nonsense", "-w", other)[0] == 2
    assert run("artifact", "pull", f"{shop.host}/UP:1", "-w", other)[0] == 2
    assert run("artifact", "push", "parts", "here", "-w", folder)[0] == 2
    assert run("artifact", "pull", "shop/parts:1-fp32", "--most", "0", "-w", other)[0] == 3
    code, _, err = run("predict", "shop", "x.png", "-w", folder)
    assert code != 0
    assert "Traceback" not in err


@pytest.mark.slow
def test_podman_pulls_and_docker_loads_what_was_pushed_and_it_runs(start, workspace, tmp_path):
    """The artifact of the other tests: Debian's Python with a small program."""
    import shutil
    import socket
    import subprocess
    import time
    import urllib.request
    from pathlib import Path

    if os.geteuid() != 0 or not all(map(shutil.which, ("podman", "runc", "mmdebstrap", "skopeo"))):
        pytest.skip("needs root, podman, runc, skopeo and mmdebstrap")
    from tests.integration.deployment.engines import PODMAN
    from tests.integration.deployment.program import add_artifact
    from tests.integration.deployment.registries import free_port

    digest = add_artifact(workspace, "lamps:1-fp32")
    registry = start(tls=False, password=False)
    targets.add_target(workspace, "shop", f"registry://{registry.host}/line")
    releases.deploy(workspace, digest, "shop")
    registry.skopeo("copy", "--src-tls-verify=false", f"docker://{registry.host}/line/lamps:1-fp32",
                    f"docker-archive:{tmp_path}/lamps.tar:lamps:1")  # fmt: skip
    folder = Path("/tmp") / f"lr-{os.getpid()}"  # socket paths are short
    folder.mkdir()
    (folder / "containers.conf").write_text(PODMAN)
    environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
    podman = [
        "podman",
        "--root",
        folder / "root",
        "--runroot",
        folder / "run",
        "--storage-driver",
        "overlay",
        "--runtime",
        "runc",
    ]

    def run(*command) -> str:
        done = subprocess.run([*podman, *command], capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    try:
        run("load", "-i", tmp_path / "lamps.tar")
        run("pull", "--tls-verify=false", f"{registry.host}/line/lamps:1-fp32")
        port = free_port()
        name = run("run", "-d", "--network=host", "-e", f"LINESIDE_PORT={port}", "-e", "LINESIDE_HOST=127.0.0.1",
                   f"{registry.host}/line/lamps:1-fp32")  # fmt: skip
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < end, run("logs", name)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/health/ready", timeout=10) as answer:
            assert answer.status == 200
        run("rm", "-f", "-t", "0", name)
    finally:
        subprocess.run(["umount", "-l", folder / "root" / "overlay"], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
