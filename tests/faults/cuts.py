"""A box on this machine whose power is cut, or whose stick is pulled, at a chosen file-system step of an apply.

Steps are counted over all processes of an apply: in Python by an audit hook (opens, renames, folders, removals, programs)
and by wraps of write and fsync; in box.sh by wrappers before the tools that it calls. At the N-th step the whole group is
killed, or whatever else `at_step` does.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from engine.agent import blobs as agent_blobs
from engine.agent.apply import Settings, apply
from engine.agent.box import Box
from engine.agent.errors import Refused
from engine.deployment.bundles import Known, bundle_of, write_chunks, write_index
from engine.deployment.image import Image
from engine.packaging.layers import Entry, write_layer
from engine.packaging.oci import Layout, RunConfig

NAMES = ("alpha", "beta")
TOOLS = ("mkdir", "mv", "cp", "rm", "tar", "gzip", "sync", "cat", "find", "setsid", "sleep", "grep", "ls")
EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "subprocess.Popen"}
SERVE = """
import os, socket, sys
if "--version" in sys.argv: sys.exit(0)
name = open(os.path.join(os.path.dirname(sys.argv[1] if sys.argv[1:] else sys.argv[0]), "name")).read().encode()
server = socket.create_server((os.environ["LINESIDE_HOST"], int(os.environ["LINESIDE_PORT"])))
while True:
    stream = server.accept()[0]
    stream.recv(4096)
    stream.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(name) + name)
    stream.close()
"""


class CutBox:
    """A box below a folder, and a stick for each of two releases, which bring only what changed since the other."""

    def __init__(self, folder: Path, weights: int = 300_000, port: int = 0) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.stick = folder / "stick"
        self.box = Box(self.root)
        self.settings = Settings(mode="direct", autostart=False, port_base=port or 30000 + os.getpid() % 300 * 100)
        self.turn = 0
        self._steps = folder / "steps"
        layout = Layout(folder / "layout").make()
        noise = random.Random(1).randbytes(weights)
        self.images = {name: _image(layout, name, noise) for name in NAMES}
        self._wrap_tools(folder / "tools")

    def write(self, name: str, *, full: bool = False) -> None:
        """Put a release onto the stick, under a key of its own."""
        other = self.images[NAMES[1 - NAMES.index(name)]]
        self.turn += 1
        known = Known() if full else Known([other])
        written = write_chunks(self.stick, self.images[name], known, lambda *_: None)
        write_index(self.stick, bundle_of(f"cut-{self.turn}", self.images[name], written, known))

    def apply(self) -> None:
        """Without a cut."""
        apply(self.stick, self.box, lambda _: None, self.settings)

    def apply_cut(self, at: int, at_step: Callable[[], None] | None = None) -> int:
        """Apply in a process of its own; at a step its power is cut, or `at_step` is called. Wait status of the process."""
        self._steps.write_bytes(b"")
        child = os.fork()
        if child == 0:
            self._child(at, at_step)
        return os.waitpid(child, 0)[1]

    def steps(self) -> int:
        """Of the last apply."""
        return self._steps.stat().st_size

    def power_off(self) -> None:
        """End every process of the box at once."""
        mark = str(self.root).encode()
        while found := [pid for pid in _processes() if mark in _read(f"/proc/{pid}/cmdline")]:
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.005)

    def power_on(self) -> str:
        """What a box does as it starts; the name of the release that answers then, found whole."""
        self.box.make()
        if (self.root / "current").exists():
            self.box.run("boot")
        return self.answers()

    def answers(self) -> str:
        """The name of the release that answers; its files and every blob are compared with what they should be."""
        for path in self.box.blobs.glob("*"):
            if path.name.isalnum():
                assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name, f"the blob {path} is damaged"
        current = self.box.current()
        if current is None:
            return ""
        name = next(name for name in NAMES if self.images[name].digest == current["digest"])
        rootfs = self.root / "rootfs" / current["digest"][7:]
        assert (rootfs / "app/name").read_text() == name
        assert (rootfs / "app/serve.py").read_text() == SERVE
        assert (rootfs / "model/weights.bin").stat().st_size
        end = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(current["endpoint"], timeout=2) as answer:
                    said = answer.read().decode()
                break
            except OSError:
                assert time.monotonic() < end, f"{current} does not answer"
                time.sleep(0.02)
        assert said == name
        return said

    def close(self) -> None:
        """End it; the folder is its owner's."""
        self.power_off()

    def _child(self, at: int, at_step: Callable[[], None] | None) -> None:
        os.setsid()
        group, done, within = os.getpid(), [False], [False]
        places = (str(self.root), str(self.stick))

        def count() -> None:
            with within_guard(within):
                descriptor = os.open(self._steps, os.O_WRONLY | os.O_APPEND)
                os.write(descriptor, b"x")
                os.close(descriptor)
                if self._steps.stat().st_size >= at and not done[0]:
                    done[0] = True
                    if at_step is None:
                        os.killpg(group, signal.SIGKILL)
                    else:
                        at_step()

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if within[0]:
                return
            if event in EVENTS or (event == "open" and str(arguments[0]).startswith(places)):
                count()

        code = 1
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            cut = at if at_step is None else 1 << 30
            os.environ |= {"PATH": f"{self.folder / 'tools'}:{os.environ['PATH']}", "CUT_STEPS": str(self._steps),
                           "CUT_AT": str(cut), "CUT_GROUP": str(group)}  # fmt: skip
            _count_calls(count)
            sys.addaudithook(hook)
            self.apply()
            code = 0
        except Refused:
            code = 3
        finally:
            os._exit(code)

    def _wrap_tools(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for tool in TOOLS:
            if real := shutil.which(tool):
                path = folder / tool
                path.write_text(
                    '#!/bin/sh\nif [ -n "$CUT_STEPS" ]; then printf x >>"$CUT_STEPS"; n=$(/usr/bin/wc -c <"$CUT_STEPS")\n'
                    f'[ "$n" -ge "$CUT_AT" ] && kill -9 -- "-$CUT_GROUP"; fi 2>/dev/null\nexec {real} "$@"\n'
                )
                path.chmod(0o755)


class within_guard:  # noqa: N801
    """Counts no steps of the counting itself."""

    def __init__(self, flag: list[bool]) -> None:
        self._flag = flag

    def __enter__(self) -> None:
        self._flag[0] = True

    def __exit__(self, *_: object) -> None:
        self._flag[0] = False


def roomy() -> Path:
    """A fresh folder in memory where there is enough of it: nothing waits for a disk then."""
    shm = Path("/dev/shm")
    return Path(
        tempfile.mkdtemp(prefix="cuts-", dir=shm if shm.is_dir() and shutil.disk_usage(shm).free > 1 << 30 else None)
    )


def cuts(number: int, box: CutBox, seed: int = 0, tell: Callable[[str], None] = lambda _: None) -> tuple[int, int]:
    """Cut the power `number` times at steps spread over the whole apply; how many there were, and how many the box survived.

    Survived: by itself it comes up with the old or the new release, whole and answering. An apply that is not cut then
    finishes what was begun.
    """
    chance = random.Random(seed)
    box.write("alpha", full=True)
    box.apply()
    box.write("beta")
    box.apply_cut(1 << 30)
    most, now, done, survived = box.steps(), "beta", 0, 0
    tell(f"an apply has {most} steps")
    while done < number:
        new = NAMES[1 - NAMES.index(now)]
        box.write(new)
        for _ in range(3):  # a box may be cut again before it is done
            cut = os.WIFSIGNALED(box.apply_cut(chance.randint(1, most)))
            done += cut
            try:
                box.power_off()
                assert box.power_on() in ((now, new) if cut else (new,))
                survived += cut
            except (AssertionError, Refused, OSError, StopIteration) as error:
                tell(f"cut {done} at step {box.steps()} of the way from {now} to {new}: {type(error).__name__} {error}")
                box.power_off()
                shutil.rmtree(box.root)
                box.write(new, full=True)
                break
            if cut and done % 10 == 0:
                tell(f"{done} cuts, {survived} survived")
        box.apply()
        assert box.answers() == new, "the next apply finishes what was cut"
        now = new
    return done, survived


def _image(layout: Layout, name: str, noise: bytes) -> Image:
    python = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
    code = write_layer(layout.root / f"code-{name}", [
        Entry("app/serve.py", SERVE.encode()), Entry("app/name", name.encode()), Entry.folder("tmp", 0o1777)])  # fmt: skip
    own = noise[:-2000] + name.encode() * 100
    model = write_layer(layout.root / f"model-{name}", [Entry("model/weights.bin", own)], "stored")
    run = RunConfig([python, "-S", "/app/serve.py"], {"PATH": "/usr/bin:/bin"})
    from engine.agent.program import oci_platform

    return Image(layout.root, layout.write_image([code, model], run, oci_platform(), {})["digest"], name)


def _count_calls(count: Callable[[], None]) -> None:
    """Writes and syncs tell no audit hook."""
    sync, write = os.fsync, agent_blobs._Kept.write

    def counted_sync(descriptor: int) -> None:
        count()
        sync(descriptor)

    def counted_write(self: agent_blobs._Kept, data: bytes) -> int:
        count()
        half = len(data) // 2
        write(self, data[:half])
        self.flush()
        count()  # a part of it has arrived
        return write(self, data[half:])

    os.fsync = counted_sync
    agent_blobs._Kept.write = counted_write


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if int(path.name) != os.getpid()]


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def mounted(folder: Path, size: str) -> None:
    """A small disk of its own at a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
