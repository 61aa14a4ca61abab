"""A real Label Studio server, installed once into a cache folder of this user, and a proxy that can cut connections."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

VERSION = "1.23.2"
CACHE = Path(os.environ.get("LINESIDE_TEST_CACHE", Path.home() / ".cache" / "lineside-tests")) / "label-studio"
MIGRATED = CACHE / f"migrated-{VERSION}"


def installed() -> Path:
    """The program, installed on first use: some two minutes and 1 GB; beside it an empty database, migrated then."""
    CACHE.mkdir(parents=True, exist_ok=True)
    program, done, part = CACHE / "venv" / "bin" / "label-studio", CACHE / f"installed-{VERSION}", CACHE / "part"
    with (CACHE / "lock").open("w") as file:  # the others wait for the process that began with it
        fcntl.flock(file, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(CACHE / "venv", ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", CACHE / "venv"], check=True)
            pip = [CACHE / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--no-compile", f"label-studio=={VERSION}"], check=True)  # most is never imported
            done.touch()
        if not MIGRATED.exists():
            shutil.rmtree(part, ignore_errors=True)
            command = [program, "version"]  # migrates first, as each of its commands does
            subprocess.run(command, env=_environment(part), check=True, stdin=subprocess.DEVNULL, capture_output=True)
            part.rename(MIGRATED)
    return program


def _environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LABEL_STUDIO")}
    return kept | {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data), "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "SENTRY_RATE": "0", "DJANGO_DB": "sqlite",
    }  # fmt: skip


class LabelStudio:
    """A running server on a free port of this machine, with its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_hex(20)
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        program = installed()
        shutil.copytree(MIGRATED, folder / "data")
        (folder / "served").mkdir()
        self._start(program)

    def _start(self, program: Path) -> None:
        environment = _environment(self.folder / "data") | {
            "LABEL_STUDIO_USERNAME": "tester@example.com", "LABEL_STUDIO_PASSWORD": secrets.token_hex(8),
            "LABEL_STUDIO_USER_TOKEN": self.token, "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
            "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true", "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": "/",
            "HOST": self.url,
        }  # fmt: skip
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "start", "--no-browser", "--port", str(self.port), "--internal-host", "127.0.0.1"],
                env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=2):
                return
            assert self.process.poll() is None, (self.folder / "server.log").read_text()[-3000:]
            time.sleep(0.3)
        raise AssertionError("Label Studio did not start")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Proxy:
    """A TCP proxy before the server. `cut_after` bytes of answers or requests, the connection in hand is reset."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.cuts: list[tuple[str, int]] = []  # ("up" or "down", bytes), used one after the other
        self.cut = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                for source, sink, way in ((client, server, "up"), (server, client, "down")):
                    threading.Thread(target=self._pump, args=(source, sink, way), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(16384):
                passed += len(data)
                if self.cuts and self.cuts[0][0] == way and passed > self.cuts[0][1]:
                    self.cuts.pop(0)
                    self.cut += 1
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()
