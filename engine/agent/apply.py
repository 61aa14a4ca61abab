"""Applies what a stick brings: check, rebuild, unpack, start beside the old, switch, and leave a receipt.

At any moment the box's `current` names a release that is there whole; whatever was cut is done again by the next apply.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import json
import os
import platform
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.agent import blobs, receipt
from engine.agent.box import Box
from engine.agent.errors import Gone, Refused
from engine.agent.files import write_whole
from engine.agent.home import gateway_of
from engine.agent.index import CHUNKS, MOST_INDEX_BYTES, RECEIPTS, TRUST, Bundle, read_index
from engine.agent.layers import check_layer
from engine.agent.program import oci_platform
from engine.agent.release import Order, compression, hex_of, release_files
from engine.errors import LinesideError

READY_TIMEOUT_S = 60.0
DRAIN_S = 10
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """How releases run on this box; what a person here says, never the stick."""

    listen: str = "127.0.0.1"
    port_base: int = 18080
    mode: str = ""
    autostart: bool = True
    ready_timeout_s: float = READY_TIMEOUT_S


@dataclass(frozen=True)
class _Started:
    """A release as the gateway has to know it."""

    key: str
    endpoint: str
    own: str = ""


def apply(stick: Path, box: Box, tell: Tell, settings: Settings | None = None) -> dict[str, Any]:
    """Bring this box to the release of a stick; the receipt is returned, kept on the box and put on the stick.

    Applying what already runs changes nothing and leaves its receipt.

    Raises:
        Refused: the stick is none, is for another box, or holds what must not be taken; what ran before still runs.
    """
    settings = settings or Settings()
    box.make()
    with _alone(box):
        bundle = read_index(stick)
        try:
            done = _applied(stick, bundle, box, tell, settings)
        except (Refused, LinesideError, OSError) as error:
            reason = _in_words(error, box)
            if not isinstance(error, Gone):
                with suppress(OSError, Refused):
                    _leave(stick, box, bundle, "refused", reason, {})
            raise Refused(reason) from error
        left = _leave(stick, box, bundle, done.pop("result"), str(done.pop("message", "")), done)
    if left["body"]["result"] != "running":
        raise Refused(str(left["body"]["message"]))
    return left


def _applied(stick: Path, bundle: Bundle, box: Box, tell: Tell, settings: Settings) -> dict[str, Any]:
    me = receipt.identity(box.own)
    if bundle.box and bundle.box != me.box:
        raise Refused(f"The stick is for the box {bundle.box}; this one is {me.box}. Nothing was changed.")
    if bundle.platform != oci_platform():
        raise Refused(
            f"The artifact {bundle.name} is for {bundle.platform}, but this box is {oci_platform()}; package the model for"
            f" it: lineside package MODEL --platform {oci_platform()}"
        )
    gateway = gateway_of(box)
    signed = check_trust(stick, bundle, box)
    now = box.current()
    facts = {"signed": signed, "previous": now.get("digest", "") if now else ""}
    if now and now["release"] == bundle.key and "alive" in now:
        return {
            **facts,
            "result": "running",
            "mode": now.get("mode", ""),
            "endpoint": now["stable"] or now.get("endpoint", ""),
        }
    if gateway is not None:
        gateway.free_slot()  # told before anything is brought
    order = _bring(stick, bundle, box, tell, settings)
    tell("Starting it beside what runs")
    for path, text in release_files(box.place, order).items():
        box.write(path, text)
    box.run("start", bundle.key, timeout=150)
    started = next(one for one in box.releases() if one["release"] == bundle.key)
    reason = _wait_ready(bundle.key, started["endpoint"], box, settings.ready_timeout_s)
    if reason:
        box.run("stop", bundle.key, "0")
        log = "\n".join(box.run("logs", bundle.key, "-8000", "8000").splitlines()[1:][-20:]).strip()
        return {**facts, "result": "failed", "log": log[-2000:],
                "message": f"{bundle.name} {reason}; what ran before still runs."}  # fmt: skip
    tell("It is ready and takes over")
    box.run("switch", bundle.key)
    if gateway is not None:
        gateway.mend()
        gateway.take_over(_Started(bundle.key, started["endpoint"]))
    for old in box.releases():
        if old["release"] != bundle.key and ("alive" in old or "supervised" in old):
            box.run("stop", old["release"], str(DRAIN_S))
    box.run("prune")
    endpoint = gateway.model().endpoint if gateway is not None else started["endpoint"]
    return {**facts, "result": "running", "mode": started.get("mode", ""), "endpoint": endpoint}


def check_trust(stick: Path, bundle: Bundle, box: Box) -> bool:
    """Whether the release is signed by whom this box trusts; a box that trusts nobody yet takes unsigned ones.

    Raises:
        Refused: it is not signed by them.
    """
    state = box.own / "trust"
    if not any((stick / TRUST).glob("*")) and not any(state.glob("*")):
        return False
    from engine.agent import trust

    try:
        if not (state / "root.json").exists():  # whoever is the first to sign for this box is the one it trusts
            trust.pin([*trust.roots(stick / TRUST)][-1].read_bytes(), state)
        trust.verify(stick / TRUST, state, bundle.digest)
    except IndexError as error:
        raise Refused(
            f"{stick / TRUST} has no root that says whose keys are to be trusted; write the bundle again."
        ) from error
    return True


def _bring(stick: Path, bundle: Bundle, box: Box, tell: Tell, settings: Settings) -> Order:
    """Every blob of the image, checked and unpacked; what is to be started."""
    blobs.clear_parts(box.blobs)
    _check_room(blobs.room_needed(box.blobs, bundle.pieces), box)
    pieces = {piece.digest: piece for piece in bundle.pieces}

    def fetched(digest: str) -> Path:
        if digest not in pieces:
            raise Refused(f"The stick's index lacks {digest[:19]}, which the artifact needs; write the bundle again.")
        blobs.bring(stick / CHUNKS, pieces[digest], box.blobs)
        return box.blobs / hex_of(digest)

    manifest = _json(fetched(bundle.digest))
    try:
        config = _json(fetched(str(manifest["config"]["digest"])))
        layers = [(str(one["digest"]), compression(str(one.get("mediaType", "")))) for one in manifest["layers"]]
        settings_of_image = dict(config.get("config") or {})
        if not settings_of_image.get("Entrypoint") and not settings_of_image.get("Cmd"):
            raise KeyError("Entrypoint")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Refused(
            f"{bundle.name} is no artifact that can be run ({error} is missing); package the model again."
        ) from error
    for number, (digest, _) in enumerate(layers, 1):
        tell(f"Layer {number} of {len(layers)}")
        unpacked = (box.root / "layers" / hex_of(digest)).is_dir()
        path = fetched(digest)
        if not unpacked:
            check_layer(path, digest, box.free())
    tell("Unpacking")
    behind = gateway_of(box) is not None
    listen = "127.0.0.1" if behind else settings.listen
    box.run("unpack", hex_of(bundle.digest), *(f"{hex_of(digest)}:{kind}" for digest, kind in layers))
    return Order(
        bundle.key, bundle.name, bundle.digest, settings_of_image,
        [str(manifest["config"]["digest"]), *(digest for digest, _ in layers)],
        box.port(settings.port_base, listen), listen, {}, settings.mode, settings.autostart, gateway=behind,
    )  # fmt: skip


def _check_room(need: int, box: Box) -> None:
    free = box.free()
    if need > free:
        raise Refused(
            f"{box.root} has {free / 1e6:.1f} MB free, and the release needs {need / 1e6:.1f} MB more; free some space."
            " What ran before still runs."
        )


def _wait_ready(key: str, endpoint: str, box: Box, timeout: float) -> str:
    """Why a release did not become ready; empty when it did."""
    end, pause, looked = time.monotonic() + timeout, 0.03, time.monotonic()
    while not is_ready(endpoint):
        if time.monotonic() > end:
            return f"was not ready within {timeout:.0f} s"
        if time.monotonic() - looked > 0.5:
            looked = time.monotonic()
            one = next((one for one in box.releases() if one["release"] == key), {})
            if one.get("restarts", "0") != "0" or "supervised" not in one:
                return f"ended as it started (exit code {one.get('last_exit') or 'unknown'})"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    return ""


def is_ready(endpoint: str, timeout: float = 2.0) -> bool:
    """Whether the release at an endpoint of this box says that it takes requests."""
    parts = urlsplit(endpoint)
    host = "127.0.0.1" if parts.hostname in (None, "0.0.0.0") else str(parts.hostname)  # noqa: S104
    connection = http.client.HTTPConnection(host, parts.port or 80, timeout=timeout)
    try:
        connection.request("GET", "/v2/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _leave(stick: Path, box: Box, bundle: Bundle, result: str, message: str, more: dict[str, Any]) -> dict[str, Any]:
    """Keep the receipt on the box, then put it, and those that an earlier stick did not take, on this one."""
    me = receipt.identity(box.own)
    left = receipt.signed(
        {
            "schema": 1, "key": bundle.key, "name": bundle.name, "digest": bundle.digest, "platform": bundle.platform,
            "result": result, "message": message, "at": int(time.time()), "box": me.box, "host": socket.gethostname(),
            "has": box.images(), "gzip": blobs.gzip_fingerprint(), **_facts(box), **more,
        },
        me,
    )  # fmt: skip
    kept = box.own / "receipts"
    kept.mkdir(exist_ok=True)
    write_whole(kept / f"{bundle.key}.json", _document(left))
    for old in sorted(kept.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-20]:
        old.unlink(missing_ok=True)
    give_receipts(stick, box)
    return left


def give_receipts(stick: Path, box: Box) -> bool:
    """Put the box's receipts on the stick; False where it takes none (pulled, write-protected, full)."""
    folder = stick / RECEIPTS
    me = receipt.identity(box.own)
    try:
        if folder.is_symlink():
            return False
        folder.mkdir(exist_ok=True)
        for path in (box.own / "receipts").glob("*.json"):
            place, content = folder / f"{me.box}-{path.name}", path.read_bytes()
            part = place.with_name(place.name + ".part")
            for old in (place, part):
                if old.is_symlink():
                    old.unlink()
            if not place.is_file() or place.read_bytes() != content:
                write_whole(place, content)
    except OSError:
        return False
    return True


def _facts(box: Box) -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": os.cpu_count() or 0, "memory": memory, "disk_free": box.free(), "kernel": platform.release()}


def _document(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=1, sort_keys=True) + "\n").encode()


def _json(path: Path) -> dict[str, Any]:
    """A manifest or a config that was brought; whatever is wrong in it is the artifact's fault."""
    try:
        if path.stat().st_size > MOST_INDEX_BYTES:
            raise ValueError("it is too large")
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            raise ValueError("it is no object")
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path.name[:12]} is no manifest of an artifact ({error}); package the model again.") from error
    return document


def _in_words(error: Exception, box: Box) -> str:
    if not isinstance(error, OSError):
        return str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of this box is full in {box.root}; free some space and apply again. What ran before still runs."
        )
    return f"{error.strerror or error} ({error.filename or box.root}); what ran before still runs."


@contextmanager
def _alone(box: Box) -> Iterator[None]:
    """Only one apply at a time on a box."""
    with (box.own / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("Another apply is at work on this box; wait until it is done.") from error
        yield
