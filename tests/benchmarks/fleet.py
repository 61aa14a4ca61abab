"""Figures of fleets: 200 boxes brought a release from one workbench, some dead, some slow, some failing.

A box is a target on this machine with everything that one has: its own supervisor and program, which listens on a port
and says when it is ready. The program is a server of a few lines, so that 200 of them fit on one machine; dead boxes are
addresses where nobody answers. BOXES=N measures fewer. Memory is that of the workbench alone.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

BOXES = int(os.environ.get("BOXES", "200"))
PARALLEL = 16
FIRST_PORT = 21000
SERVE = """
import os, socket, sys, time
if "--version" in sys.argv:
    sys.exit(0)
state, name = os.environ.get("LINESIDE_STATE", ""), os.environ["NAME"]
def told(what):
    try:
        return open(os.path.join(state, what)).read()
    except OSError:
        return ""
if name == "broken" or told("fail") == name:
    sys.exit(3)
listening = socket.create_server((os.environ["LINESIDE_HOST"], int(os.environ["LINESIDE_PORT"])))
began, slow = time.monotonic(), float(told("slow") or 0)
while True:
    stream, _ = listening.accept()
    with stream:
        stream.recv(65536)
        ready = time.monotonic() - began > slow
        stream.sendall(b"HTTP/1.1 %s\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}" % (b"200 OK" if ready else b"503 -"))
"""


def waves() -> dict[str, float]:
    """A first release and a second one to all boxes, one that is broken, and a look at all."""
    from engine.deployment.fleet import driving, looking
    from engine.deployment.fleet.plan import Plan

    dead, slow, failing = (max(1, BOXES * percent // 100) for percent in (3, 5, 2))
    figures: dict[str, float] = {"fleet.boxes": BOXES}
    with _fleet(dead) as workspace:
        names = [f"box{number:03}" for number in range(BOXES - dead)]
        plan = Plan(pilot=2, allowed=0.10 if BOXES >= 100 else 0.5, parallel=PARALLEL, soak_s=1, tries=3, pause_s=0.5)
        before, most = _memory(), _Most()
        began = time.monotonic()
        first = driving.start(workspace, "first", "boxes", plan, most)
        figures["fleet.first_s"] = time.monotonic() - began
        _say(first)

        for number, what, content in (
            *((number, "slow", b"4") for number in range(10, 10 + slow)),
            *((number, "fail", b"second") for number in range(30, 30 + failing)),
        ):
            _put(workspace, names[number % len(names)], what, content)
        began = time.monotonic()
        second = driving.start(workspace, "second", "boxes", plan, most)
        figures["fleet.second_s"] = time.monotonic() - began
        _say(second)

        began = time.monotonic()
        broken = driving.start(workspace, "broken", "boxes", plan, most)
        figures["fleet.stop_s"] = time.monotonic() - began
        _say(broken)
        driving.abort(workspace, "boxes")

        began = time.monotonic()
        looking.look(workspace, "boxes", timeout=20)
        figures["fleet.look_s"] = time.monotonic() - began
        found = looking.states(looking.table(workspace, "boxes"))
        print(found, file=sys.stderr)
        figures |= {
            "fleet.updated": second.count("done"),
            "fleet.dead": dead,
            "fleet.slow": slow,
            "fleet.failing": failing,
            "fleet.failed": second.count("failed"),
            "fleet.tries_of_a_dead_box": max(step.tries for step in second.steps.values() if step.state == "failed"),
            "fleet.touched_by_a_broken_one": broken.count("failed", "done", "updating"),
            "fleet.right_after": found.get("right", 0),
            "fleet.most_at_once": most.busy,
            "fleet.threads": most.threads,
            "fleet.memory_mb": _memory(),
            "fleet.memory_growth_mb": _memory() - before,
        }
    return figures


class _Most:
    """What was the most while an order was carried out."""

    def __init__(self) -> None:
        self.busy = self.threads = 0

    def __call__(self, order: Any) -> None:
        self.busy = max(self.busy, order.count("updating"))
        self.threads = max(self.threads, threading.active_count())


def _memory() -> float:
    """The most that this process has used so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _say(order: Any) -> None:
    print(order.state, order.why, file=sys.stderr)


def _put(workspace: Any, target: str, what: str, content: bytes) -> None:
    from engine.deployment.targets import open_target

    with open_target(workspace, target) as opened:
        opened.put_state(what, content)


class _fleet:  # noqa: N801
    """A workspace with a fleet in four groups; all that was started is ended afterwards."""

    def __init__(self, dead: int) -> None:
        self.dead = dead

    def __enter__(self) -> Any:
        from engine.deployment import targets
        from engine.deployment.fleet import fleets
        from engine.workspace import Workspace

        self._folder = tempfile.TemporaryDirectory(prefix="lineside-bench-")
        self.workspace = Workspace.create(Path(self._folder.name) / "line")
        for name in ("first", "second", "broken"):
            _artifact(self.workspace, name)
        fleets.create(self.workspace, "boxes", ("hall-1", "hall-2", "hall-3", "hall-4"))
        self.names = [f"box{number:03}" for number in range(BOXES - self.dead)]
        gone = [f"dead{number}" for number in range(self.dead)]
        for number, name in enumerate(self.names):
            targets.add_target(self.workspace, name, "process://local", mode="interpreter", gateway="no",
                               port_base=FIRST_PORT + 4 * number)  # fmt: skip
        for name in gone:
            targets.add_target(self.workspace, name, "ssh://root@127.0.0.1:9")
        for number in range(4):
            fleets.add(self.workspace, "boxes", self.names[number::4] + gone[number::4], f"hall-{number + 1}")
        return self.workspace

    def __exit__(self, *_: object) -> None:
        from engine.deployment.targets import open_target

        for name in self.names:
            with open_target(self.workspace, name) as opened:
                opened.remove()
        self.workspace.close()
        self._folder.cleanup()


def _artifact(workspace: Any, name: str) -> None:
    from engine.packaging.layers import Entry, write_layer
    from engine.packaging.oci import Layout, RunConfig
    from tests.integration.deployment.program import HERE

    layout = Layout(workspace.path / "artifacts").make()
    layer = write_layer(workspace.path / "artifacts" / "scratch.tar", [Entry("app/serve.py", SERVE.encode())], "none")
    run = RunConfig(["/usr/bin/python3.11", "/app/serve.py"], {"NAME": name})
    descriptor = layout.write_image([layer], run, HERE, {})
    layout.name(descriptor, name)
    (workspace.path / "artifacts" / "scratch.tar").unlink(missing_ok=True)
    with workspace.transaction("Package model") as tx:
        tx.execute("INSERT INTO artifact (digest, name, platforms, bytes, created) VALUES (?, ?, ?, ?, ?)",
                   [descriptor["digest"], name, HERE, layout.size(descriptor["digest"]), tx.at])  # fmt: skip


MEASURES = [waves]
