from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.packaging import base
from engine.packaging.image import Built, build_image
from engine.packaging.oci import Layout
from engine.serving.manifest import ModelManifest
from tests.unit.serving.conftest import write_model


def needs(*programs: str) -> None:
    """Skip where a program is missing or this user may not start it."""
    missing = [program for program in programs if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and {', '.join(missing) or 'nothing else'} (make test installs it)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*command: str | Path, **options: Any) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def wait_until_ready(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if ask(port, "GET", "/v2/health/ready")[0] == 200:
                return
        except OSError:
            pass
        assert time.monotonic() < end, "the artifact never got ready"
        time.sleep(0.05)


def wait_for(found: Any, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert process.poll() is None, "the daemon ended"
        assert time.monotonic() < end, "the daemon never got ready"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small detector."""
    document = {"name": "parts", "number": 3, "task": "detection", "labels": ["scratch", "划痕"], "input": {"width": 64, "height": 48}}  # fmt: skip
    return write_model(tmp_path_factory.mktemp("model"), ModelManifest.from_json(document))


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """An empty layout."""
    return Layout(tmp_path_factory.mktemp("layout")).make()


@pytest.fixture(scope="session")
def built(layout: Layout, model: Path) -> Built:
    """An artifact for this machine."""
    made = build_image(layout, model, base.kit("linux/amd64"), {"io.lineside.version-digest": "ab"})
    layout.name(dict(made.descriptor), made.reference)
    return made


@pytest.fixture(scope="session")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The command line of a real Docker engine of our own."""
    needs("dockerd", "docker")
    folder = Path("/tmp") / f"ld-{os.getpid()}"  # socket paths are short
    folder.mkdir()
    socket_path = folder / "docker.sock"
    log = (folder / "log").open("wb")
    command = ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--data-root", folder / "root",
               "--exec-root", folder / "exec", "-H", f"unix://{socket_path}", "-p", folder / "pid"]  # fmt: skip
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
    process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, env=environment)
    client = ["docker", "-H", f"unix://{socket_path}"]
    try:
        wait_for(lambda: subprocess.run([*client, "version"], capture_output=True).returncode == 0, process)
        yield client
    finally:
        process.terminate()
        process.wait(60)
        subprocess.run(f"umount {folder}/root/overlay2/*/merged {folder}/exec/netns/*", shell=True, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The command line of a real podman with a storage of its own."""
    needs("podman", "runc")
    folder = Path("/tmp") / f"lp-{os.getpid()}"
    folder.mkdir()
    settings = folder / "containers.conf"
    settings.write_text(
        '[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=4096:4096"]\n'
        '[engine]\ncgroup_manager="cgroupfs"\nevents_logger="file"\nruntime="runc"\n'
    )
    os.environ["CONTAINERS_CONF"] = str(settings)
    try:
        yield [
            "podman",
            "--root",
            str(folder / "root"),
            "--runroot",
            str(folder / "run"),
            "--storage-driver",
            "overlay",
        ]
    finally:
        del os.environ["CONTAINERS_CONF"]
        subprocess.run(["umount", str(folder / "root" / "overlay")], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """The address of a real registry with a password (user “line”, password “side”)."""
    needs("docker-registry", "htpasswd", "skopeo")
    port = free_port()
    (tmp_path / "htpasswd").write_text(run("htpasswd", "-Bbn", "line", "side"))
    (tmp_path / "registry.yml").write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {tmp_path}/registry\nhttp:\n  addr: 127.0.0.1:{port}\n"
        f"auth:\n  htpasswd:\n    realm: lineside\n    path: {tmp_path}/htpasswd\n"
    )
    log = (tmp_path / "registry.log").open("wb")
    process = subprocess.Popen(["docker-registry", "serve", str(tmp_path / "registry.yml")], stdout=log, stderr=log)

    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return True
        except OSError:
            return False

    try:
        wait_for(answers, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
