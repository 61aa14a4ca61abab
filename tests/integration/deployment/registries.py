"""Real registries for tests: docker-registry with a password and a certificate of its own, and a proxy that cuts."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

USER, PASSWORD = "line", "side"


class Running:
    """A registry that can be ended and started again with what it has."""

    def __init__(self, folder: Path, *, tls: bool = True, password: bool = True, data: Path | None = None) -> None:
        missing = [program for program in ("docker-registry", "htpasswd") if not shutil.which(program)]
        if missing:
            pytest.skip(f"needs {', '.join(missing)} (make test installs them)")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.data, self.tls = folder, data or folder / "data", tls
        self.port = free_port()
        self.ca = certificate(folder) if tls else None
        lines = [
            "version: 0.1", "storage:", "  filesystem:", f"    rootdirectory: {self.data}", "  delete:", "    enabled: true",
            "http:", f"  addr: 127.0.0.1:{self.port}", "  secret: of-the-test",
            *([f"  tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}"] if tls else []),
        ]  # fmt: skip
        if password:
            hashed = subprocess.run(["htpasswd", "-Bbn", USER, PASSWORD], capture_output=True, check=True).stdout
            (folder / "htpasswd").write_bytes(hashed)
            lines += ["auth:", "  htpasswd:", "    realm: line", f"    path: {folder}/htpasswd"]
        (folder / "registry.yml").write_text("\n".join(lines))
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"registry://{USER}:{PASSWORD}@{self.host}/line"

    @property
    def options(self) -> dict[str, str]:
        return {"ca": str(self.ca)} if self.ca else {}

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", self.folder / "registry.yml"], stdout=log, stderr=log
            )
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None and time.monotonic() < end, (self.folder / "log").read_text()[-800:]
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def requests(self, method: str) -> list[str]:
        """The paths of this method that it was asked for."""
        lines = (self.folder / "log").read_text().splitlines()
        return [
            line.split('"')[1].split()[1] for line in lines if f'"{method} /v2/' in line and line.startswith("127.")
        ]

    def skopeo(self, *command: str | Path) -> str:
        done = subprocess.run(["skopeo", *map(str, command)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout


class Cutter:
    """A TCP proxy that ends all its connections once so many bytes went up, and then works on."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.up = 0
        self.cut_at: int | None = None
        self.cuts = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self._end()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                with self._lock:
                    self._open |= {near, far}
                threading.Thread(target=self._pump, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._pump, args=(far, near, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                if up:
                    with self._lock:
                        self.up += len(data)
                        over = self.cut_at is not None and self.up >= self.cut_at
                    if over:
                        self.cut_at, self.cuts = None, self.cuts + 1
                        self._end()
                        return
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _end(self) -> None:
        with self._lock:
            ended, self._open = self._open, set()
        for one in ended:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> Path:
    """A certificate for localhost, signed by a company's own authority; the authority's is returned."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now = datetime.datetime.now(datetime.UTC)

    def sign(name: str, key, issuer: str, by, more) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        )
        builder = builder.issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
            now + datetime.timedelta(days=1)
        )
        for extension, critical in more:
            builder = builder.add_extension(extension, critical)
        return builder.sign(by, hashes.SHA256())

    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    ca = sign("factory", authority, "factory", authority, [(x509.BasicConstraints(True, 0), True), (usage, True)])
    named = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    mine = sign("localhost", own, "factory", authority, [(named, False)])
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "cert.pem").write_bytes(mine.public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(own.private_bytes(pem, *plain))
    (folder / "certs").mkdir(exist_ok=True)
    shutil.copy(folder / "ca.pem", folder / "certs" / "ca.crt")
    return folder / "ca.pem"


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


Start = Callable[..., Running]
urllib3.disable_warnings()
