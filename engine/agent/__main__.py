"""`lineside-agent apply DIR`: what a person, or udev, runs on a box when a stick is in."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from engine.agent.apply import READY_TIMEOUT_S, Settings, apply, give_receipts
from engine.agent.box import Box
from engine.agent.errors import Refused
from engine.agent.feedback import give_feedback, take_rules
from engine.agent.index import MOST_INDEX_BYTES, read_small
from engine.agent.receipt import identity


def default_root() -> Path:
    """Where box.sh keeps things, for root and for others."""
    given = os.environ.get("LINESIDE_ROOT")
    return Path(given or ("/var/lib/lineside" if os.geteuid() == 0 else Path.home() / ".local/share/lineside"))


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: refused, what ran before still runs; 2: usage."""
    parser = argparse.ArgumentParser(
        prog="lineside-agent", description="Applies releases that come on a stick to this box."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    applying = commands.add_parser("apply", help="bring this box to the release of a stick")
    applying.add_argument(
        "--listen", default="127.0.0.1", help="address that the release listens on (default 127.0.0.1)"
    )
    applying.add_argument("--port-base", type=int, default=18080, help="first port to try (default 18080)")
    applying.add_argument("--mode", default="", help="the one way of running: runc, crun, namespaces, direct, …")
    applying.add_argument("--no-autostart", action="store_true", help="write nothing to systemd or cron")
    applying.add_argument("--ready-timeout", type=float, default=READY_TIMEOUT_S, metavar="S")
    receipts = commands.add_parser("receipts", help="put the receipts of this box on a stick")
    collecting = commands.add_parser("collect", help="put what releases of this box kept onto a stick")
    collecting.add_argument("--rules", action="store_true", help="first let the stick say what may be kept from now on")
    for one in (applying, receipts, collecting):
        one.add_argument("stick", type=Path, metavar="DIR", help="the folder on the stick that has bundle.json")
    trusting = commands.add_parser("trust", help="trust the keys of a workspace: lineside trust export root.json")
    trusting.add_argument("root_file", type=Path, metavar="ROOT.json")
    verifying = commands.add_parser(
        "verify", help="say whether an image that is here is whole, and released by the keys that this box trusts"
    )
    verifying.add_argument("metadata", type=Path, metavar="DIR", help="signed metadata of a workspace")
    verifying.add_argument("digest", metavar="DIGEST", help="of the image")
    status = commands.add_parser("status", help="say what runs here, and which box this is")
    for one in (applying, receipts, collecting, trusting, verifying, status):
        one.add_argument("--root", type=Path, default=default_root(), help="folder of this box's releases")
        one.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    box = Box(options.root.absolute())
    try:
        return _do(options, box)
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _do(options: argparse.Namespace, box: Box) -> int:
    if options.command == "apply":
        settings = Settings(
            options.listen, options.port_base, options.mode, not options.no_autostart, options.ready_timeout
        )
        left = apply(options.stick, box, lambda what: print(what, file=sys.stderr, flush=True), settings)
        body = left["body"]
        print(json.dumps(left) if options.json else f"{body['name']} runs at {body['endpoint']} ({body['mode']}).")
        return 0
    box.make()
    if options.command == "receipts":
        if not give_receipts(options.stick, box):
            raise Refused(f"{options.stick} takes no receipts; is the stick in, and can it be written to?")
        return 0
    if options.command == "collect":
        if options.rules:
            print(f"May be kept from now on: {take_rules(options.stick, box)}", file=sys.stderr)
        done = give_feedback(options.stick, box)
        text = f"{done.given} images went onto the stick, {done.there} were there already; {done.removed} that a workspace has left this box."
        print(json.dumps(vars(done)) if options.json else text)
        return 0
    if options.command == "trust":
        from engine.agent import trust

        trust.pin(read_small(options.root_file, MOST_INDEX_BYTES), box.own / "trust")
        return 0
    if options.command == "verify":
        from engine.agent import trust

        found = trust.verify(options.metadata, box.own / "trust", options.digest, allow_rollback=True)
        trust.check_blobs(box.blobs, options.digest)
        print(
            json.dumps({"name": found.name, "version": found.version}) if options.json else f"{found.name} is signed."
        )
        return 0
    now, me = box.current(), identity(box.own)
    if options.json:
        print(json.dumps({"box": me.box, "key": me.public.hex(), "current": now}))
    else:
        runs = (
            f"{now.get('name')} at {now.get('endpoint')}, {'running' if 'alive' in now else 'stopped'}"
            if now
            else "nothing"
        )
        print(f"This box is {me.box}; it runs {runs}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
