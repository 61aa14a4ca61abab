"""box.sh by itself, as it runs on every box: what it unpacks stays below its folder whatever the layers say."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

SCRIPT = Path("engine/agent/box.sh").resolve()
File, Link, Folder = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A box's folder, beside what belongs to others."""
    (tmp_path / "box" / "blobs" / "sha256").mkdir(parents=True)
    (tmp_path / "box" / "rootfs" / "kept").mkdir(parents=True)
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "file").write_text("theirs")
    (tmp_path / "box" / "rootfs" / "kept" / "file").write_text("ours")
    return tmp_path / "box"


def layer(root: Path, *members: tuple[str, bytes, str]) -> str:
    """A layer among the box's blobs, of (name, type, link target or content); its name for `unpack`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, kind, value in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, 0o755
            info.linkname, content = (value, b"") if kind == Link else ("", value.encode())
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    name = hashlib.sha256(packed.getvalue()).hexdigest()
    (root / "blobs" / "sha256" / name).write_bytes(packed.getvalue())
    return f"{name}:tar"


def unpack(root: Path, *layers: str) -> subprocess.CompletedProcess[str]:
    line = ["sh", str(SCRIPT), str(root), "unpack", "a" * 64, *layers]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=30)


def test_an_upper_layer_takes_files_and_folders_of_the_image_away(root: Path) -> None:
    lower = layer(root, ("a", File, ""), ("d/x", File, ""), ("o/x", File, ""), ("o/y/z", File, ""), ("l", Link, "o"))
    upper = layer(root, (".wh.a", File, ""), (".wh.d", File, ""), ("o/.wh..wh..opq", File, ""), ("o/n", File, ""),
                  ("gone/.wh.x", File, ""), (".wh.l", File, ""))  # fmt: skip
    done = unpack(root, lower, upper)
    assert done.returncode == 0, done.stderr
    found = root / "rootfs" / ("a" * 64)
    assert {path.relative_to(found).as_posix() for path in found.rglob("*")} - {"proc", "sys", "dev", "tmp"} == {
        "o", "o/n", "gone",
    }  # fmt: skip


OUT = "../../../others"  # from the root file system to what is not the box's
HOSTILE = {
    "by a link": ([("l", Link, OUT)], [("l/.wh.file", File, "")]),
    "by a link, all of it": ([("l", Link, OUT)], [("l/.wh..wh..opq", File, "")]),
    "by an absolute link": ([("l", Link, "OTHERS")], [("l/.wh..wh..opq", File, "")]),
    "by links that climb together": (
        [("a/b", Folder, ""), ("a/up", Link, ".."), ("a/out", Link, "up/../../../others")],
        [("a/out/.wh.file", File, "")],
    ),
    "another image": ([("l", Link, "..")], [("l/kept/.wh.file", File, "")]),
    "by a name of two lines": ([], [("x\n../kept/.wh.file", File, "")]),
    "the parent folder": ([("d/x", File, "")], [("d/.wh...", File, "")]),
    "the folder itself": ([("d/x", File, "")], [("d/.wh.", File, "")]),
}


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_a_layer_takes_nothing_away_that_is_not_of_its_image(members, root: Path) -> None:
    lower, upper = (
        layer(root, *((name, kind, value.replace("OTHERS", str(root.parent / "others"))) for name, kind, value in part))
        for part in members
    )
    done = unpack(root, lower, upper)
    assert (root.parent / "others" / "file").read_text() == "theirs"
    assert (root / "rootfs" / "kept" / "file").read_text() == "ours"
    assert done.returncode != 0 and "not of the image" in done.stderr
    assert [path.name for path in (root / "rootfs").iterdir()] == ["kept"]
