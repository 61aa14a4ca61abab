"""What this machine has for the whole job, what is missing, and the command that brings it."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

State = Literal["ok", "missing", "optional", "note"]
WINDOW_LIBRARIES = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0", "libfreetype.so.6": "libfreetype6", "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}  # fmt: skip
SCREEN_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1", "libxcb-shape.so.0": "libxcb-shape0", "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}  # fmt: skip
EXTRAS = {
    "": ("the program", "missing"), "train": ("training, export", "missing"), "connectors": ("docker, ssh", "optional"),
}  # fmt: skip
LEAST_DISK, LEAST_MEMORY = 3 << 30, 3 << 30
PROGRAM, WINDOW, LEARNING, RUNNING, MACHINE = "Program", "Window", "Learning", "Artifacts and targets", "This machine"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        state: "missing": the main job needs it; "optional": something else does; "note": just to know.
        found: what is there, in words.
        fix: the command that brings it; empty where nothing is to be done.
    """

    group: str
    name: str
    state: State
    found: str
    fix: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def examine(progress: Callable[[float, str], None] | None = None) -> list[Check]:
    """Look at everything; takes a second or two and changes nothing."""
    looks = (
        _python, _packages, _plugins, _window_libraries, _font, _display, _processor, _gpu, _kit, _kit_tools, _isolation,
        _engines, _runtimes, _keyring, _memory, _disk,
    )  # fmt: skip
    found: list[Check] = []
    for number, look in enumerate(looks):
        if progress is not None:
            progress(number / len(looks), "Looking at this machine")
        found += look()
    order = (PROGRAM, WINDOW, LEARNING, RUNNING, MACHINE)
    return sorted(found, key=lambda check: order.index(check.group))


def _python() -> Iterator[Check]:
    fits = sys.version_info >= (3, 11)
    found = f"{platform.python_version()} ({sys.executable})"
    yield Check(
        PROGRAM, "Python", "ok" if fits else "missing", found, "" if fits else "apt-get install python3.11-venv"
    )


def _packages() -> Iterator[Check]:
    from importlib.metadata import PackageNotFoundError, requires, version

    try:
        needed = requires("lineside") or []
    except PackageNotFoundError:
        yield Check(PROGRAM, "Packages", "missing", "the program itself is not installed", "pip install -e .")
        return
    for extra, (purpose, state) in EXTRAS.items():
        absent, other = [], []
        wanted = [_requirement(line) for line in needed]
        mine = [(name, pinned) for name, pinned, of in wanted if of == extra and name != "lineside"]
        for name, pinned in mine:
            try:
                installed = version(name)
            except PackageNotFoundError:
                absent.append(name)
                continue
            if pinned and installed.partition("+")[0] != pinned:
                other.append(f"{name} {installed} instead of {pinned}")
        title = f"Packages for {purpose}"
        target = f"'lineside[{extra}]'" if extra else "lineside"
        if absent:
            yield Check(PROGRAM, title, _state(state), f"not installed: {', '.join(absent)}", f"pip install {target}")
        elif other:
            yield Check(PROGRAM, title, "optional", "; ".join(other), f"pip install --upgrade {target}")
        else:
            yield Check(PROGRAM, title, "ok", f"all {len(mine)}")


def _plugins() -> Iterator[Check]:
    from engine.plugins import manager

    plugins = manager()
    broken: dict[str, str] = getattr(plugins, "broken", {})
    names = sorted(name for name, _ in plugins.list_name_plugin())
    yield Check(PROGRAM, "Plug-ins", "ok", ", ".join(names) or "none")
    for name, reason in broken.items():
        yield Check(
            PROGRAM, f"Plug-in {name}", "optional", f"cannot be loaded: {reason}", f"pip install --upgrade {name}"
        )


def _window_libraries() -> Iterator[Check]:
    if sys.platform != "linux":
        return
    screen = bool(os.environ.get("DISPLAY"))
    wanted = WINDOW_LIBRARIES | (SCREEN_LIBRARIES if screen else {})
    absent = [package for library, package in wanted.items() if not _loads(library)]
    if not absent:
        yield Check(WINDOW, "System libraries", "ok", f"all {len(wanted)}")
        return
    state: State = "missing" if _has_display() else "optional"
    yield Check(
        WINDOW, "System libraries", state, f"missing: {', '.join(absent)}", f"apt-get install {' '.join(absent)}"
    )


def _font() -> Iterator[Check]:
    if sys.platform != "linux":
        return
    if shutil.which("fc-list"):
        listed = _run(["fc-list", ":lang=zh", "family"])
        names = sorted({line.split(",")[0].strip() for line in listed.splitlines() if line.strip()})
    else:
        folders = [Path("/usr/share/fonts"), Path.home() / ".local/share/fonts"]
        known = re.compile(r"wqy|noto.*cjk|sourcehan|simsun|simhei|uming|ukai|msyh", re.IGNORECASE)
        files = [file.name for folder in folders if folder.is_dir() for file in folder.rglob("*.[to]t[fc]")]
        names = sorted(name for name in files if known.search(name))
    if names:
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        yield Check(WINDOW, "Chinese font", "ok", ", ".join(names[:2]) + more)
    else:
        yield Check(
            WINDOW, "Chinese font", "optional", "none: Chinese shows as boxes", "apt-get install fonts-wqy-microhei"
        )


def _display() -> Iterator[Check]:
    name = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    found = name or "none: the commands work, the window does not"
    if sys.platform == "linux":
        yield Check(WINDOW, "Display", "ok" if name else "note", found)


def _processor() -> Iterator[Check]:
    from engine.deployment.machine import parse_cpu

    try:
        model, flags = parse_cpu(Path("/proc/cpuinfo").read_text("utf-8", "replace"))
    except OSError:
        model, flags = platform.processor(), ()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Check(MACHINE, "Processor", "ok", f"{model or platform.machine()}, {cores} cores")
    int8 = {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"} & set(flags)
    bf16 = {"avx512_bf16", "amx_bf16", "bf16"} & set(flags)
    yield Check(MACHINE, "Fast INT8", "ok" if int8 else "note", ", ".join(sorted(int8)) or "no: INT8 gains little here")
    yield Check(MACHINE, "Fast BF16", "ok" if bf16 else "note", ", ".join(sorted(bf16)) or "no: training runs in fp32")


def _gpu() -> Iterator[Check]:
    if shutil.which("nvidia-smi") is None:
        yield Check(LEARNING, "CUDA", "note", "no NVIDIA GPU found; training runs on the CPU")
        return
    names = [
        line.strip()
        for line in _run(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]).splitlines()
    ]
    if not names:
        yield Check(LEARNING, "CUDA", "optional", "nvidia-smi is there but names no GPU", "nvidia-smi")
        return
    build = _version("torch")
    if "+cpu" in build:
        fix = f"pip install --force-reinstall torch=={build.partition('+')[0]}"
        yield Check(LEARNING, "CUDA", "optional", f"{'; '.join(names)}, but torch {build} is built for the CPU", fix)
    else:
        yield Check(LEARNING, "CUDA", "ok", "; ".join(names))


def _kit() -> Iterator[Check]:
    try:
        from engine.packaging.base import PLATFORMS, has_kit
    except ImportError as error:
        yield Check(
            RUNNING, "Artifact kit", "missing", f"cannot be looked at: {error}", "pip install 'lineside[train]'"
        )
        return
    there = [name for name in PLATFORMS if has_kit(name)]
    found = (
        f"cached for {', '.join(there)}" if there else "not built yet: the first package command builds it, online once"
    )
    yield Check(RUNNING, "Artifact kit", "ok" if there else "note", found)


def _kit_tools() -> Iterator[Check]:
    absent = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if absent:
        text = f"{', '.join(absent)} not found: a kit cannot be built here; copy ~/.cache/lineside/kits from another machine"
        yield Check(RUNNING, "Kit building", "note", text)
    else:
        yield Check(RUNNING, "Kit building", "ok", "apt-get, dpkg-deb")


def _isolation() -> Iterator[Check]:
    if sys.platform != "linux" or not shutil.which("unshare"):
        yield Check(
            RUNNING,
            "Namespaces",
            "note",
            "none: artifacts run by this program's own Python",
            "apt-get install util-linux",
        )
        return
    from engine.deployment.launch import namespace_arguments

    works = _succeeds([*namespace_arguments(os.geteuid() == 0), "true"])
    found = (
        "work: artifacts run in their own root file system"
        if works
        else "refused: artifacts run by this program's own Python"
    )
    fix = "" if works else "sysctl -w kernel.unprivileged_userns_clone=1"
    yield Check(RUNNING, "Namespaces", "ok" if works else "optional", found, fix)


def _engines() -> Iterator[Check]:
    user = getattr(os, "getuid", lambda: 0)()
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{user}")
    wanted = {
        "Docker": [_socket_path(os.environ.get("DOCKER_HOST", "")), "/var/run/docker.sock", f"{runtime}/docker.sock"],
        "podman": ["/run/podman/podman.sock", f"{runtime}/podman/podman.sock"],
    }
    packages = {"Docker": "docker.io", "podman": "podman"}
    for name, paths in wanted.items():
        answering = next((path for path in paths if path and _answers(path)), "")
        if answering:
            yield Check(RUNNING, name, "ok", f"answers at {answering}")
        elif shutil.which(name.lower()):
            start = "systemctl start docker" if name == "Docker" else "systemctl --user start podman.socket"
            yield Check(RUNNING, name, "optional", "installed, but its service does not answer", start)
        else:
            yield Check(RUNNING, name, "optional", "not installed", f"apt-get install {packages[name]}")


def _runtimes() -> Iterator[Check]:
    there = [name for name in ("runc", "crun") if shutil.which(name)]
    yield Check(
        RUNNING,
        "OCI runtime",
        "ok" if there else "note",
        ", ".join(there) or "none; only ssh targets use one, their own",
    )


def _keyring() -> Iterator[Check]:
    try:
        import keyring

        backend = type(keyring.get_keyring())
    except Exception as error:  # backends fail in their own ways
        yield Check(RUNNING, "Keyring", "optional", f"cannot be used ({error}): passwords are asked each time")
        return
    usable = "fail" not in backend.__module__ and "null" not in backend.__module__
    found = (
        f"{backend.__module__}.{backend.__name__}"
        if usable
        else "none: passwords are asked each time, keys and agents work"
    )
    yield Check(
        RUNNING, "Keyring", "ok" if usable else "optional", found, "" if usable else "apt-get install gnome-keyring"
    )


def _memory() -> Iterator[Check]:
    import psutil

    memory = psutil.virtual_memory()
    found = f"{memory.available / 2**30:.1f} GiB free of {memory.total / 2**30:.1f} GiB"
    enough = memory.available >= LEAST_MEMORY
    yield Check(
        MACHINE, "Memory", "ok" if enough else "optional", found if enough else f"{found}: training may need more"
    )


def _disk() -> Iterator[Check]:
    for name, folder in {"Disk here": Path.cwd(), "Disk for kits": Path.home()}.items():
        free = shutil.disk_usage(folder).free
        found = f"{free / 2**30:.1f} GiB free at {folder}"
        enough = free >= LEAST_DISK
        yield Check(MACHINE, name, "ok" if enough else "missing", found if enough else f"{found}: 3 GiB are needed")


def _requirement(line: str) -> tuple[str, str, str]:
    """Name, pinned version and extra of a line such as `torch==2.13.0; extra == "train"`."""
    found = re.match(r"\s*([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*(?:==\s*([^\s;]+))?", line)
    extra = re.search(r"""extra\s*==\s*['"]([^'"]+)['"]""", line)
    assert found is not None
    return found[1].lower(), found[2] or "", extra[1] if extra else ""


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _state(text: str) -> State:
    return "missing" if text == "missing" else "optional"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_display() -> bool:
    return bool(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY"))


def _socket_path(url: str) -> str:
    return urlsplit(url).path if url.startswith("unix:") else ""


def _answers(path: str) -> bool:
    """Whether somebody listens at a unix socket."""
    if not hasattr(socket, "AF_UNIX"):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(path)
    except OSError:
        return False
    return True


def _succeeds(arguments: list[str]) -> bool:
    try:
        return subprocess.run(arguments, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(arguments: list[str]) -> str:
    try:
        return subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
