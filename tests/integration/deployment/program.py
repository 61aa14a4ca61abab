"""A small artifact for tests: Debian's Python and a program that answers as the serving runtime does."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.packaging.layers import Entry, folder_entries, write_layer
from engine.packaging.oci import Layout, RunConfig
from engine.workspace import Workspace

CACHE = Path(os.environ.get("LINESIDE_TEST_CACHE", Path.home() / ".cache" / "lineside-tests"))
PACKAGES = "python3.11-minimal,libpython3.11-stdlib,libc6,zlib1g,libexpat1,libffi8,libssl3,libzstd1"
HERE = "linux/" + {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]

SERVE = """
import json, os, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if "--version" in sys.argv:
    sys.exit(0)
model = json.load(open(os.path.join(os.environ["MODEL"], "model.json")))
print("model", model["name"], "starts", flush=True)
if model["behaviour"] == "crash":
    print("the weights cannot be read", flush=True)
    sys.exit(3)


EDGES = [round(0.001 * 1.25**step, 6) for step in range(44)]
counts, times, began, lock = {}, [0] * 45, time.time(), threading.Lock()


def metrics():
    lines = ["lineside_start_time_seconds %f" % began]
    lines += ['lineside_requests_total{path="predict",status="%d"} %d' % pair for pair in sorted(counts.items())]
    for place, edge in enumerate([*EDGES, "+Inf"]):
        total = sum(times[: place + 1])
        lines.append('lineside_request_seconds_bucket{path="predict",le="%s"} %d' % (edge, total))
    return "\\n".join(lines) + "\\n"


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        time.sleep(0.02)  # as a real server may: the body comes after its headers
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/metrics":
            body = metrics().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            return self.wfile.write(body)
        self.answer(503 if model["behaviour"] == "never_ready" else 200, {"ready": True})

    def do_POST(self):
        start, status = time.time(), self.predict()
        with lock:
            counts[status] = counts.get(status, 0) + 1
            times[sum(edge < time.time() - start for edge in EDGES)] += 1

    def predict(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if model["behaviour"] == "slow":
            time.sleep(0.4)
        if model["behaviour"] == "errors":
            self.answer(500, {"error": "the model is broken"})
            return 500
        if not body.startswith((b"\\xff\\xd8", b"\\x89PNG")):
            self.answer(400, {"error": "the body is no JPEG or PNG image"})
            return 400
        self.answer(200, {"model": model["name"], "bytes": len(body), "uid": os.getuid(), "root": os.listdir("/"),
                          "executable": sys.executable, "pid": os.getpid(), "mirror": os.environ.get("LINESIDE_MIRROR_TO", ""),
                          "headers": dict(self.headers)})
        return 200

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer((os.environ["LINESIDE_HOST"], int(os.environ["LINESIDE_PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
print("drained", flush=True)
"""


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Let one test process build what all use."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def base_layout() -> Layout:
    """A layout with the layer that all test artifacts share; built once per machine (about 15 s)."""
    folder = CACHE / "program-2"
    with only_one("program"):
        if not folder.exists():
            part = CACHE / "program.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            root = part / "root"
            subprocess.run(["mmdebstrap", "--variant=extract", f"--include={PACKAGES}", "bookworm", root], check=True,
                           capture_output=True)  # fmt: skip
            layout = Layout(part / "layout").make()
            layer = write_layer(part / "base.tar", _python_entries(root))
            layout.add_layer(layer)
            (part / "layout" / "base.json").write_text(json.dumps({**vars(layer), "path": ""}))
            (part / "layout").rename(folder)
            shutil.rmtree(part, ignore_errors=True)
    return Layout(folder)


def add_artifact(
    workspace: Workspace,
    name: str,
    behaviour: str = "good",
    padding: int = 0,
    platform: str = HERE,
    weights: bytes = b"",
) -> str:
    """Put an artifact into a workspace; `padding` random bytes, or weights, make its model layer large. Its digest is returned."""
    from engine.packaging.layers import Layer

    base = base_layout()
    layout = Layout(workspace.path / "artifacts").make()
    known = json.loads((base.root / "base.json").read_text())
    first = Layer(**{**known, "path": base.blob(known["digest"])})
    scratch = workspace.path / "artifacts" / "scratch.tar"
    layers = [first]
    for number, (path, content) in enumerate({
        "app/serve.py": SERVE.encode(),
        "model/model.json": json.dumps({"name": name, "behaviour": behaviour}).encode(),
    }.items()):  # fmt: skip
        entries = [Entry(path, content), Entry.folder("tmp", 0o1777)]
        if number and (padding or weights):
            entries.append(Entry("model/weights.bin", weights or os.urandom(padding)))
        target = scratch.with_suffix(f".{number}.tar")
        layers.append(write_layer(target, entries, "gzip" if number == 0 else "none"))
    run = RunConfig(
        ["/usr/bin/python3.11", "/app/serve.py"], {"PATH": "/usr/bin", "PYTHONPATH": "/app", "MODEL": "/model"}
    )
    descriptor = layout.write_image(layers, run, platform, {})
    layout.name(descriptor, name)
    for path in scratch.parent.glob("scratch*"):
        path.unlink()
    with workspace.transaction("Package model") as tx:
        tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, created) VALUES (?, ?, ?, ?, ?)",
                   [descriptor["digest"], name, platform, layout.size(descriptor["digest"]), tx.at])  # fmt: skip
    return str(descriptor["digest"])


def _python_entries(root: Path) -> list[Entry]:
    """Python and the libraries it loads; links are made relative, as the product's own base has them."""
    entries = []
    for entry in folder_entries(root, ""):
        path = entry.path.strip("/")
        kept = path == "usr/bin/python3.11" or path.startswith(("lib", "usr/lib/python3.11")) or ".so" in path
        if not kept or "/gconv/" in path or "/engines-3/" in path or path.endswith("sitecustomize.py"):
            continue
        link = entry.link
        if link.startswith("/"):
            link = "../" * (path.count("/")) + link.strip("/")
        entries.append(Entry(path, entry.content, entry.mode, link))
    return entries
