"""A registry that lies: a real socket server which answers well until it is told how not to."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterable

Answer = bytes | Iterable[bytes]
IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; a header of None is left out."""
    lines = {"Content-Length": str(len(body)), **{key.replace("_", "-"): value for key, value in headers.items()}}
    head = "".join(f"{key}: {value}\r\n" for key, value in lines.items() if value is not None)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Hostile:
    """Serves `line/parts:1` and keeps what was asked of it; `answers` replaces answers by (method, end of the
    path); the longest end counts."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._listener = socket.create_server((address, 0))
        self.host = f"{address}:{self._listener.getsockname()[1]}"
        self.layer = bytes(range(256)) * 4096  # 1 MB
        self.config = json.dumps({"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {}}).encode()
        self.manifest = self.image()
        self.answers: dict[tuple[str, str], Answer | Callable[[str, dict[str, str]], Answer]] = {}
        self.received = bytearray()  # of an upload
        self.cuts: list[int] = []  # bytes of each PATCH that come in before its connection is cut
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def image(self, **changed) -> bytes:
        """A manifest, with parts of it replaced."""
        return json.dumps({
            "schemaVersion": 2, "mediaType": IMAGE, "config": self.described(self.config, CONFIG),
            "layers": [self.described(self.layer, LAYER)], **changed,
        }).encode()  # fmt: skip

    def described(self, content: bytes, kind: str, **more) -> dict:
        return {"mediaType": kind, "digest": digest(content), "size": len(content), **more}

    def put(self, content: bytes, kind: str = IMAGE, tag: str = "1") -> None:
        """Serve a manifest under a tag and its digest."""
        for end in (f"manifests/{tag}", f"manifests/{digest(content)}"):
            self.answers["GET", end] = self.answers["HEAD", end] = reply(content, Content_Type=kind)

    def close(self) -> None:
        self._listener.close()

    def authorised(self) -> list[str]:
        """What was said for a login, over all requests."""
        return [headers["authorization"] for _, _, headers in self.seen if "authorization" in headers]

    def _usual(self, method: str, path: str) -> bytes:
        if path == "/v2/":
            return reply(b"{}")
        blobs = {digest(one): one for one in (self.layer, self.config)}
        end = path.rpartition("/")[2]
        if "/manifests/" in path and end in ("1", digest(self.manifest)):
            return reply(self.manifest, Content_Type=IMAGE)
        return reply(blobs[end]) if "/blobs/" in path and end in blobs else reply(b"", "404 Not Found")

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), near, near.makefile("rb") as file:
            while line := file.readline():
                method, path, _ = line.decode().split(" ", 2)
                headers = {}
                while (field := file.readline().decode()) not in ("\r\n", ""):
                    key, _, value = field.partition(":")
                    headers[key.lower()] = value.strip()
                self.seen.append((method, path, headers))
                length = int(headers.get("content-length", 0))
                if method == "PATCH" and self.cuts:
                    self.received += file.read(min(self.cuts.pop(0), length))
                    return
                body = file.read(length)
                if method == "PATCH":
                    self.received += body
                fitting = [end for verb, end in self.answers if verb == method and path.endswith(end)]
                found = self.answers[method, max(fitting, key=len)] if fitting else None
                answer = (
                    self._usual(method, path) if found is None else found(path, headers) if callable(found) else found
                )
                if method == "HEAD" and isinstance(answer, bytes):
                    answer = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    near.sendall(piece)
                if b"connection: close" in (
                    answer[:400].lower() if isinstance(answer, bytes) else b"connection: close"
                ):
                    return
