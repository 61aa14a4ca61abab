"""Figures of releases: failed requests while the traffic is switched in every way, and how soon a bad release is gone.

Load is `hey` on the stable endpoint of a target on this machine, behind the real HAProxy; the artifact is the small program
of the tests, whose answers need 20 ms. A failed request is one that was not answered with 200. Seconds of a take-back are
those from the verdict until the bad release has ended and all requests go to the old one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CLIENTS = 4
SETTLE_S = 1.0


def switches() -> dict[str, float]:
    """Failed requests during three blue/green switches, a canary, mirroring, header, key and hand-set shares."""
    from engine.deployment import releases, rollout
    from engine.deployment.judge import Verdict
    from engine.deployment.plan import Plan

    def passing(_old: str, _new: str) -> Verdict:
        return Verdict("promote", ("It is as good as the old one.",))

    with _line() as (workspace, endpoint, folder):
        load = _Load(endpoint, folder)
        deployed = 0
        for name in ("beta", "alpha", "beta"):
            releases.deploy(workspace, name, "local")
            deployed += 1
        rollout.start(workspace, "alpha", "local", Plan("canary", (5, 25, 50, 100), 5), look=passing, interval=0.05)
        rollout.start(workspace, "beta", "local", Plan("mirror", requests=0), look=passing, interval=0.05)
        rollout.promote(workspace, "local")
        rollout.start(workspace, "alpha", "local", Plan("header", requests=0, header="X-Line=3"), look=passing)
        rollout.promote(workspace, "local")
        rollout.start(workspace, "beta", "local", Plan("key", requests=0, key="line3"), look=passing)
        rollout.take_back(workspace, "local")
        rollout.start(workspace, "beta", "local", Plan("canary", (50, 100), 5, 1e6), look=_until_paused(workspace))
        for percent in (10, 90, 0):
            rollout.set_weight(workspace, "local", percent)
        rollout.promote(workspace, "local")
        switched = sum(
            row["what"] in ("step", "weights", "promoted", "taken back") for row in rollout.history(workspace, "local")
        )
        asked, failed, slowest = load.end()
    return {
        "release.switches": deployed + switched,
        "release.requests": asked,
        "release.failed_requests": failed,
        "release.slowest_request_s": slowest,
    }


def take_back() -> dict[str, float]:
    """Seconds from the verdict on a release that answers 500, and on one that is 20 times slower, until it is gone."""
    from engine.deployment import releases, rollout
    from engine.deployment.plan import Plan

    figures: dict[str, float] = {}
    with _line() as (workspace, endpoint, folder):
        for name in ("errors", "slow"):
            load, began = _Load(endpoint, folder), time.monotonic()
            moments: dict[str, float] = {}

            def watch(stage: str, done: int, *_: Any, moments: dict[str, float] = moments) -> None:
                moments[stage] = time.monotonic()
                moments["seen"] = max(done, moments.get("seen", 0)) if stage == "watch" else moments.get("seen", 0)

            ended = rollout.start(workspace, name, "local", Plan("canary", (20, 100), 50), watch, interval=0.25)
            if ended.name != "alpha" or releases.current_release(workspace, "local") is None:
                print(f"{name}: not taken back")
                continue
            figures[f"release.rollback_s.{name}"] = moments["done"] - moments["switch"]
            figures[f"release.seen_requests.{name}"] = moments["seen"]
            figures[f"release.deploy_to_rollback_s.{name}"] = time.monotonic() - began
            load.end()
    if figures:
        figures["release.rollback_s"] = max(value for key, value in figures.items() if ".rollback_s." in key)
    return figures


def _until_paused(workspace: Any) -> Any:
    from engine.deployment import rollout
    from engine.deployment.judge import Verdict

    def look(_old: str, _new: str) -> Verdict:
        rollout.order(workspace.path, "local", "pause")
        return Verdict("go on")

    return look


@contextmanager
def _line() -> Iterator[tuple[Any, str, Path]]:
    """A workspace with a target on this machine on which alpha runs: the workspace, the endpoint and a scratch folder."""
    from engine.deployment import releases, targets
    from engine.workspace import Workspace
    from tests.integration.deployment.program import add_artifact

    with (
        tempfile.TemporaryDirectory(prefix="lineside-bench-") as folder,
        Workspace.create(Path(folder) / "line") as workspace,
    ):
        for name, behaviour in (("alpha", "good"), ("beta", "good"), ("errors", "errors"), ("slow", "slow")):
            add_artifact(workspace, name, behaviour)
        targets.add_target(workspace, "local", "process://local", port_base=28700, gateway="yes")
        try:
            yield workspace, releases.deploy(workspace, "alpha", "local").endpoint, Path(folder)
        finally:
            with targets.open_target(workspace, "local") as target:
                target.remove()


class _Load:
    """`hey` in the background until the end."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        from tests.integration.deployment.conftest import PNG

        if shutil.which("hey") is None:
            raise SystemExit("hey is not installed: apt-get install hey")
        (folder / "part.png").write_bytes(PNG)
        self._output = (folder / "hey.txt").open("w+")
        command = ["hey", "-z", "10m", "-c", str(CLIENTS), "-m", "POST", "-T", "image/png", "-D", str(folder / "part.png"),
                   f"{endpoint}/predict"]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.STDOUT)
        time.sleep(SETTLE_S)

    def end(self) -> tuple[int, int, float]:
        """Requests, failed ones, and the longest time of one in seconds."""
        time.sleep(SETTLE_S)
        self._process.send_signal(2)
        self._process.wait(30)
        self._output.seek(0)
        text = self._output.read()
        status = {int(code): int(count) for code, count in re.findall(r"\[(\d{3})\]\s+(\d+) responses", text)}
        lost = sum(int(count) for count in re.findall(r"^ *\[(\d+)\]\s+(?!\d+ responses)\S", text, re.MULTILINE))
        slowest = re.search(r"Slowest:\s+([\d.]+) secs", text)
        if not status or slowest is None:
            raise SystemExit(text)
        return sum(status.values()) + lost, sum(status.values()) - status.get(200, 0) + lost, float(slowest[1])


MEASURES = [switches, take_back]
