"""The files of a release on a box, as box.sh runs it: written over SSH by the workbench, or by the agent from a stick."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.agent.container import runtime_config
from engine.agent.program import OUTSIDE, Program, folders_of, program_of


@dataclass(frozen=True)
class Place:
    """Where a box keeps what is Lineside's, and whose it is."""

    root: str  # absolute folder on the box
    uid: int
    gid: int


@dataclass(frozen=True)
class Order:
    """One release, as a box is told of it."""

    key: str
    name: str
    digest: str  # of the image manifest
    settings: Mapping[str, Any]  # `config` of the image's config
    blobs: Sequence[str]  # digests of all its blobs
    port: int
    listen: str = "127.0.0.1"
    environment: Mapping[str, str] = field(default_factory=dict)
    mode: str = ""  # the one way of running that is wanted; else the best that works
    autostart: bool = True
    scheme: str = "http"  # of its endpoint: https where its environment names a certificate
    gateway: bool = False  # whether one stands before it
    trial: bool = False  # whether it is taken away once it ended by itself


def hex_of(digest: str) -> str:
    """A digest without its algorithm."""
    return digest.removeprefix("sha256:")


def compression(media_type: str) -> str:
    """How box.sh unpacks a layer: gzip, zstd or tar."""
    return next((kind for kind in ("gzip", "zstd", "tar") if media_type.endswith(kind)), "gzip")


def release_files(place: Place, order: Order) -> dict[str, str]:
    """Paths below the root and what they hold; `spec` comes last, and makes it a release."""
    program = program_of(
        order.settings, order.listen, order.port, order.environment, digest=order.digest, gateway=order.gateway
    )
    user = order.settings.get("User") or ""
    test = Program([program.arguments[0], "--version"], program.environment, program.folder)
    folder = f"releases/{order.key}"
    rootfs = f"{place.root}/rootfs/{hex_of(order.digest)}"
    about = {
        "digest": order.digest,
        "name": " ".join(order.name.split()),
        "port": order.port,
        "endpoint": f"{order.scheme}://{order.listen}:{order.port}",
        "needs": " ".join(map(hex_of, [order.digest, *order.blobs])),
    }
    files = {f"{folder}/about": "".join(f"{name}={value}\n" for name, value in about.items())}
    for name, what in (("bundle", program), ("test", test)):
        config = runtime_config(what, rootfs, user, place.uid, place.gid, f"{place.root}/state")
        files[f"{folder}/{name}/config.json"] = json.dumps(config)
    spec = (
        spec_text(hex_of(order.digest), program, user, order.mode, order.autostart)
        + f"once={'1' if order.trial else ''}\n"
    )
    return {**files, f"{folder}/spec": spec}


def parse_status(text: str) -> list[dict[str, str]]:
    """What `box.sh status` printed: the values of each release, with `stable`, the endpoint of the gateway before them."""
    releases: list[dict[str, str]] = []
    stable = ""
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name == "stable":
            stable = value
        if name == "release":
            releases.append({})
        if releases:
            releases[-1][name] = value
    return [{**one, "stable": stable} for one in releases]


def spec_text(image: str, program: Program, user: str, mode: str = "", autostart: bool = True) -> str:
    """Shell text that the box reads: `inside` and `outside` become the program, called with what goes before it."""
    first, rest = program.arguments[0], program.arguments[1:]
    inside = [shlex.quote(f"{name}={value}") for name, value in program.environment.items()]
    outside = [f'{shlex.quote(name + "=")}"{_outside(value)}"' for name, value in program.environment.items()]
    translated = " ".join(f'"{_outside(one)}"' for one in rest)
    return f"""image={image}
folder={shlex.quote(program.folder)}
user={shlex.quote(user if ":" in user else "-")}
wanted={shlex.quote(mode)}
no_autostart={"" if autostart else "1"}
folders={shlex.quote(":".join(folders_of(program.environment)))}
trying=
inside() {{
	env=$(command -v env)
	if [ -n "$trying" ]; then exec "$env" -i {" ".join(inside)} "$@" {shlex.quote(first)} --version; fi
	exec "$env" -i {" ".join(inside)} "$@" {shlex.quote(first)} {shlex.join(rest)}
}}
outside() {{
	env=$(command -v env)
	if [ -n "$trying" ]; then exec "$env" -i {" ".join(outside)} "$@" "{_outside(first)}" --version; fi
	exec "$env" -i {" ".join(outside)} "$@" "{_outside(first)}" {translated}
}}
"""


def _outside(value: str) -> str:
    """A value as shell text within double quotes, its paths led through `at`."""

    def part(text: str) -> str:
        quoted = "".join(f"\\{char}" if char in '"$`\\' else char for char in text)
        if text.startswith("/") and not text.startswith(OUTSIDE):
            return f"$(at {shlex.quote(text)})"
        return quoted

    return ":".join(part(text) for text in value.split(":"))
