"""The kit: what lies below the model in every artifact, built once out of Debian packages and wheels, then offline."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import LinesideError, UsageError
from engine.packaging.bytecode import with_bytecode
from engine.packaging.layers import Entry, Layer, write_layer

PLATFORMS = ("linux/amd64", "linux/arm64")
RECIPE = Path(__file__).resolve().parents[2] / "assets" / "base"
RUNTIME = "opt/lineside/runtime"
USER = 65532  # who serves inside; the number that images without a login use
_VERSION = 1  # of this module's own part in what the layers contain
Progress = Callable[[float, str], None]

_FILES = {
    "etc/passwd": f"root:x:0:0:root:/:/none\nlineside:x:{USER}:{USER}:lineside:/var/lib/lineside:/none\n",
    "etc/group": f"root:x:0:\nlineside:x:{USER}:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
    "etc/os-release": 'PRETTY_NAME="Lineside artifact (Debian 12 packages)"\nID=debian\nVERSION_ID="12"\n',
}


class KitError(LinesideError):
    """The kit is not on this machine and could not be built."""


@dataclass(frozen=True)
class Kit:
    """Two finished layers and the list of what is in them."""

    key: str
    platform: str
    base: Layer
    runtime: Layer
    packages: tuple[str, ...]  # debian:name=version, pypi:name==version


def kit(platform: str, progress: Progress | None = None) -> Kit:
    """The kit for a platform: from the cache, or built now, which needs the network once.

    Raises:
        UsageError: no such platform.
        KitError: it is not in the cache and cannot be built; the message says what is missing.
    """
    if platform not in PLATFORMS:
        raise UsageError(f"The platform “{platform}” is not known; there are {' and '.join(PLATFORMS)}.")
    key = kit_key(platform)
    for folder in kit_folders():
        found = _load(folder / key)
        if found is not None:
            return found
    return _build(platform, key, kit_folders()[0] / key, progress or _silent)


def _silent(_fraction: float, _message: str) -> None:
    pass


def kit_folders() -> list[Path]:
    """Where kits are looked for; new ones are kept in the first."""
    own = os.environ.get("LINESIDE_KITS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lineside" / "kits"
    return [Path(own) if own else cache, Path(sys.prefix) / "share" / "lineside" / "kits"]


def has_kit(platform: str) -> bool:
    """Whether artifacts for the platform can be made without the network."""
    return any(_load(folder / kit_key(platform)) is not None for folder in kit_folders())


def packages_of(key: str) -> tuple[str, ...] | None:
    """What is in the kit of a key; None where this machine does not have it."""
    for folder in kit_folders() if key.isalnum() else []:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return tuple(json.loads((folder / key / "kit.json").read_text("utf-8"))["packages"])
    return None


def kit_key(platform: str) -> str:
    """Names a kit by everything that decides what is in it."""
    recipe = b"\0".join((RECIPE / name).read_bytes() for name in ("recipe.toml", "requirements.txt"))
    return hashlib.sha256(recipe + f"\0{platform}\0{_VERSION}".encode()).hexdigest()[:16]


def _load(folder: Path) -> Kit | None:
    try:
        document = json.loads((folder / "kit.json").read_text("utf-8"))
        layers = [Layer(**{**document[name], "path": folder / document[name]["path"]}) for name in ("base", "runtime")]
        if any(layer.path.stat().st_size != layer.size for layer in layers):
            return None
        return Kit(document["key"], document["platform"], layers[0], layers[1], tuple(document["packages"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _build(platform: str, key: str, target: Path, progress: Progress) -> Kit:
    recipe = tomllib.loads((RECIPE / "recipe.toml").read_text("utf-8"))
    architecture = platform.partition("/")[2]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as temporary:
        work = Path(temporary)
        progress(0.05, f"Fetching Debian packages for {platform}")
        debs = fetch_debs(recipe["debian"], architecture, work)
        progress(0.2, f"Fetching the inference runtime for {platform}")
        wheels = fetch_wheels(recipe["python"], architecture, work)
        kept = work / "kit"
        kept.mkdir()
        progress(0.4, "Packing the base layer")
        base = write_layer(kept / "base.tar.gz", with_bytecode(debian_entries(debs, recipe["debian"], work)))
        progress(0.5, "Packing the runtime layer")
        runtime = write_layer(kept / "runtime.tar.gz", with_bytecode(wheel_entries(wheels, recipe["python"], work)))
        packages = sorted([f"debian:{_field(deb, 'Package')}={_field(deb, 'Version')}" for deb in debs])
        packages += sorted("pypi:" + "==".join(wheel.name.split("-")[:2]) for wheel in wheels)
        layers = {
            name: {**asdict(layer), "path": layer.path.name} for name, layer in (("base", base), ("runtime", runtime))
        }
        document = {"key": key, "platform": platform, "packages": packages, **layers}
        (kept / "kit.json").write_text(json.dumps(document, indent=2), "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        kept.rename(target)
    progress(1, "The kit is ready")
    built = _load(target)
    assert built is not None
    return built


def fetch_debs(recipe: dict[str, Any], architecture: str, work: Path) -> list[Path]:
    """Download packages with apt's own signature checks, in folders of our own: no root, no change of the machine."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise KitError(
            "The base of artifacts is not on this machine, and apt-get and dpkg-deb, which build it, are not either."
            " Copy ~/.cache/lineside/kits from a Debian or Ubuntu machine that has packaged a model.",
        )
    if not Path(recipe["keyring"]).is_file():
        raise KitError(
            f"The base of artifacts is built from signed Debian packages, and their key {recipe['keyring']} is missing."
            " Install it with: apt-get install debian-archive-keyring",
            fix="apt-get install debian-archive-keyring",
        )
    apt = work / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "parts", "debs"):
        (apt / folder).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(
        "".join(f"deb [signed-by={recipe['keyring']} arch={architecture}] {source}\n" for source in recipe["sources"])
    )
    settings = {
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": apt / "parts",
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    (apt / "apt.conf").write_text("".join(f'{key} "{value}";\n' for key, value in settings.items()))
    environment = {**os.environ, "APT_CONFIG": str(apt / "apt.conf"), "LC_ALL": "C"}
    _run(
        ["apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any"],
        apt,
        environment,
        "the lists of Debian packages",
    )
    _run(["apt-get", "-q", "download", *recipe["packages"]], apt / "debs", environment, "Debian packages")
    return sorted((apt / "debs").glob("*.deb"))


def fetch_wheels(
    recipe: dict[str, Any], architecture: str, work: Path, requirements: Path = RECIPE / "requirements.txt"
) -> list[Path]:
    """Download wheels by their hashes.

    Raises:
        KitError: they cannot be fetched.
    """
    folder = work / "wheels"
    folder.mkdir()
    platforms = [option for tag in recipe["platforms"][architecture] for option in ("--platform", tag)]
    command = [
        *(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *("--disable-pip-version-check", "--implementation", "cp", "--python-version", recipe["version"]),
        *("--abi", "cp311", "--abi", "abi3", "--abi", "none", *platforms),
        *("-d", str(folder), "-r", str(requirements)),
    ]
    _run(command, work, dict(os.environ), "the wheels of the inference runtime")
    return sorted(folder.glob("*.whl"))


def _run(command: list[str], folder: Path, environment: dict[str, str], what: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        raise KitError(
            f"The base of artifacts could not be built: {what} could not be fetched ({lines[-1].strip()})."
            " It is needed once; connect to the network, or copy ~/.cache/lineside/kits from another machine."
        )


def debian_entries(debs: list[Path], recipe: dict[str, Any], work: Path) -> list[Entry]:
    """Files of the packages on a merged /usr, and the few that make it a system."""
    root = work / "root"
    entries: dict[str, Entry] = {}
    for deb in debs:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
                for entry in _tar_entries(tar, recipe["leave_out"], root):
                    entries[entry.path] = entry
        control = subprocess.run(["dpkg-deb", "-f", str(deb)], capture_output=True, check=True).stdout
        status = f"var/lib/dpkg/status.d/{_field(deb, 'Package')}"  # where scanners look for packages without dpkg
        entries[status] = Entry(status, control)
    for link, place in (("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")):
        entries[link] = Entry(link, None, 0o777, place)
    made = [Entry(path, text.encode()) for path, text in _FILES.items()]
    made += [
        Entry.folder(path) for path in ("dev", "proc", "sys", "run", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64")
    ]
    made += [Entry.folder("tmp", 0o1777), Entry.folder("var/lib/lineside", 0o755, USER)]
    return [*entries.values(), *made]


def _tar_entries(tar: tarfile.TarFile, leave_out: list[str], root: Path) -> Iterable[Entry]:
    for member in tar:
        original = member.name.removeprefix("./").strip("/")
        if member.isdir() or not original or _matches(original, leave_out):
            continue
        path = _merged(original)
        if member.issym():
            yield Entry(path, None, 0o777, _relative(path, member.linkname))
        elif member.isreg():
            content = tar.extractfile(member)
            assert content is not None
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as file:
                shutil.copyfileobj(content, file)
            yield Entry(path, place, 0o755 if member.mode & 0o100 else 0o644)


def _merged(path: str) -> str:
    return f"usr/{path}" if path.partition("/")[0] in ("bin", "sbin", "lib", "lib64") else path


def _relative(path: str, link: str) -> str:
    """A link that stays right wherever the root file system is unpacked, and that passes through no other link."""
    folder = str(PurePosixPath(path).parent)
    target = link if link.startswith("/") else "/" + os.path.normpath(f"{folder}/{link}").lstrip("/")
    return os.path.relpath("/" + _merged(target.lstrip("/")), "/" + folder)


def wheel_entries(wheels: list[Path], recipe: dict[str, Any], work: Path) -> list[Entry]:
    """Files of wheels, but for those that the recipe leaves out."""
    root = work / "runtime"
    entries = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for info in archive.infolist():
                name = info.filename
                if info.is_dir() or ".data/" in name or _matches(name, recipe["leave_out"]):
                    continue
                place = Path(archive.extract(info, root))
                entries.append(Entry(f"{RUNTIME}/{name}", place, 0o755 if ".so" in place.name else 0o644))
    return entries


def _matches(path: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _field(deb: Path, name: str) -> str:
    return subprocess.run(["dpkg-deb", "-f", str(deb), name], capture_output=True, text=True, check=True).stdout.strip()
