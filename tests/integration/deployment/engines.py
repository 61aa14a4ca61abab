"""Real container engines for tests, each with its own folders; they end with the test session."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PODMAN = """
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
"""


@contextmanager
def dockerd(folder: Path, bridge: int) -> Iterator[Path]:
    """A Docker engine; its bridge is 10.<bridge>.0.1/24, with 0 only the host's network can be used."""
    pid = folder / "docker.pid"
    net = [f"--bridge=lsd{bridge}"] if bridge else ["--bridge=none"]
    if bridge:
        for line in (f"ip link add lsd{bridge} type bridge", f"ip addr add 10.{bridge}.0.1/24 dev lsd{bridge}",
                     f"ip link set lsd{bridge} up"):  # fmt: skip
            subprocess.run(line.split(), check=True, capture_output=True)
    try:
        with _running(
            ["dockerd", "--iptables=false", "--ip6tables=false", *net, "--data-root", folder / "root", "--exec-root",
             folder / "exec", "-H", f"unix://{folder}/docker.sock", "-p", pid], folder, {},
        ):  # fmt: skip
            yield folder / "docker.sock"
    finally:
        if bridge:
            subprocess.run(["ip", "link", "del", f"lsd{bridge}"], capture_output=True, check=False)
        _unmount(folder)


@contextmanager
def podman(folder: Path) -> Iterator[Path]:
    """podman's socket, which speaks Docker's API."""
    (folder / "containers.conf").write_text(PODMAN)
    socket = folder / "podman.sock"
    try:
        with _running(
            ["podman", "--root", folder / "root", "--runroot", folder / "run", "--storage-driver", "overlay", "--runtime",
             "runc", "system", "service", "--time=0", f"unix://{socket}"], folder,
            {"CONTAINERS_CONF": str(folder / "containers.conf")}, socket,
        ):  # fmt: skip
            yield socket
    finally:
        _unmount(folder)


@contextmanager
def _running(command: list, folder: Path, environment: dict[str, str], socket: Path | None = None) -> Iterator[None]:
    socket = socket or folder / "docker.sock"
    with (folder / "engine.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        try:
            end = time.monotonic() + 30
            while subprocess.run(
                ["curl", "-sf", "--unix-socket", socket, "http://d/_ping"], capture_output=True
            ).returncode:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((folder / "engine.log").read_text()[-800:])
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _unmount(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((mount for mount in mounts if mount.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "-l", mount], capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)
