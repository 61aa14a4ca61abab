"""The config.json of an OCI runtime bundle (runc, crun) for a release; no cgroup limits, the host's network."""

from __future__ import annotations

from typing import Any

from engine.agent.program import STATE, Program, folders_of

CAPABILITIES: list[str] = []  # the serving runtime needs none
MASKED = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


def runtime_config(program: Program, rootfs: str, user: str, uid: int, gid: int, state: str = "") -> dict[str, Any]:
    """Written to the runtime specification 1.0.2.

    Args:
        program: with paths as inside the image.
        rootfs: absolute path on the machine, or relative to the bundle.
        user: "uid:gid" of the image; an ordinary user can only map himself and runs it as root of his own namespace.
        uid: of the user who runs it; not 0 makes a rootless bundle.
        gid: of the same user.
        state: folder of the machine that the program finds at STATE; "": none.
    """
    rootless = uid != 0
    number, _, group = user.partition(":")
    inside = (0, 0) if rootless or not number.isdigit() else (int(number), int(group) if group.isdigit() else 0)
    spaces = ["pid", "ipc", "uts", "mount", *(["user"] if rootless else [])]
    linux: dict[str, Any] = {
        "namespaces": [{"type": kind} for kind in spaces],
        "maskedPaths": MASKED,
        "readonlyPaths": READ_ONLY,
    }
    if rootless:
        linux["uidMappings"] = [{"containerID": 0, "hostID": uid, "size": 1}]
        linux["gidMappings"] = [{"containerID": 0, "hostID": gid, "size": 1}]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": inside[0], "gid": inside[1]},
            "args": program.arguments,
            "env": [f"{name}={value}" for name, value in program.environment.items()],
            "cwd": program.folder,
            "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), CAPABILITIES),
            "noNewPrivileges": True,
        },
        "root": {"path": rootfs, "readonly": True},
        "hostname": "lineside",
        "mounts": [
            *_mounts(rootless),
            *([_state_mount(state)] if state else []),
            *map(_own_mount, folders_of(program.environment)),
        ],
        "linux": linux,
    }


def _state_mount(folder: str) -> dict[str, Any]:
    options = ["bind", "rw", "nosuid", "nodev", "noexec"]
    return {"destination": STATE, "type": "none", "source": folder, "options": options}


def _own_mount(path: str) -> dict[str, Any]:
    options = ["bind", "rw", "nosuid", "noexec", *([] if path.startswith("/dev/") else ["nodev"])]
    return {"destination": path, "type": "none", "source": path, "options": options}


def _mounts(rootless: bool) -> list[dict[str, Any]]:
    tmpfs = ["nosuid", "nodev"]
    sys_mount = {
        "destination": "/sys",
        "type": "sysfs",
        "source": "sysfs",
        "options": ["nosuid", "noexec", "nodev", "ro"],
    }
    if rootless:  # a fresh sysfs needs a network namespace of one's own
        sys_mount = {"destination": "/sys", "type": "none", "source": "/sys",
                     "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]}  # fmt: skip
    return [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [*tmpfs, "mode=1777"]},  # noqa: S108
        sys_mount,
        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": [*tmpfs, "mode=1777"]},  # noqa: S108
    ]
