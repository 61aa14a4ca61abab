from __future__ import annotations

import gzip
import io
import os
import subprocess
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.packaging.layers import TAR, TAR_GZIP, Entry, Layer, digest_of_file, write_layer
from engine.packaging.oci import Layout, RunConfig
from engine.packaging.rootfs import run_spec, unpack


def raw_layer(path: Path, *members: tuple[str, bytes, str]) -> Layer:
    """A layer as a hostile writer makes it: (name, type, link target or content)."""
    with tarfile.open(path, "w") as tar:
        for name, kind, value in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            content = b""
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = value
            elif kind == tarfile.REGTYPE:
                content = value.encode()
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    digest = digest_of_file(path)
    return Layer(path, digest, path.stat().st_size, digest, TAR)


def made(tmp_path: Path, *layers: Layer, config: RunConfig | None = None) -> tuple[Layout, str]:
    layout = Layout(tmp_path / "layout").make()
    image = layout.write_image(layers, config or RunConfig(["/serve"]), "linux/amd64", {})
    return layout, image["digest"]


def test_layers_lie_over_each_other(tmp_path: Path) -> None:
    lower = write_layer(tmp_path / "1", [Entry("usr/lib/a", b"old"), Entry("lib", None, 0o777, "usr/lib")])
    upper = write_layer(tmp_path / "2", [Entry("usr/lib/a", b"new"), Entry("bin/run", b"", 0o755)])
    root = unpack(*made(tmp_path, lower, upper), tmp_path / "root")
    assert (root / "lib" / "a").read_text() == "new"
    assert (root / "bin" / "run").stat().st_mode & 0o777 == 0o755


def test_an_upper_layer_takes_files_and_folders_away(tmp_path: Path) -> None:
    lower = write_layer(tmp_path / "1", [Entry("a", b""), Entry("d/x", b""), Entry("o/x", b""), Entry("o/y/z", b"")])
    upper = write_layer(
        tmp_path / "2", [Entry(".wh.a", b""), Entry(".wh.d", b""), Entry("o/.wh..wh..opq", b""), Entry("o/n", b"")]
    )
    root = unpack(*made(tmp_path, lower, upper), tmp_path / "root")
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == ["o", "o/n"]


def test_a_file_may_lie_behind_a_link_within_the_image(tmp_path: Path) -> None:
    lower = write_layer(tmp_path / "1", [Entry("usr/lib/a", b"a"), Entry("lib", None, 0o777, "usr/lib")])
    upper = raw_layer(tmp_path / "2", ("lib/b", tarfile.REGTYPE, "b"), ("lib/c", tarfile.LNKTYPE, "usr/lib/b"))
    root = unpack(*made(tmp_path, lower, upper), tmp_path / "root")
    assert (root / "usr/lib/b").read_text() == (root / "usr/lib/c").read_text() == "b"


HOSTILE = {
    "climbs": [("../out", tarfile.REGTYPE, "x")],
    "climbs within": [("a/../../out", tarfile.REGTYPE, "x")],
    "link out": [("l", tarfile.SYMTYPE, "../../out")],
    "absolute link": [("l", tarfile.SYMTYPE, "/etc")],
    "through links": [
        ("a/b/up", tarfile.SYMTYPE, "../.."),
        ("a/b/out", tarfile.SYMTYPE, "up/.."),
        ("a/b/out/f", tarfile.REGTYPE, "x"),
    ],
    "hard link out": [("l", tarfile.LNKTYPE, "../../etc/passwd")],
    "hard link to a link": [("s", tarfile.SYMTYPE, "nowhere"), ("l", tarfile.LNKTYPE, "s")],
    "device": [("null", tarfile.CHRTYPE, "")],
    "pipe": [("pipe", tarfile.FIFOTYPE, "")],
    "below a file": [("f", tarfile.REGTYPE, "x"), ("f/g", tarfile.REGTYPE, "x")],
    "takes the root away": [("a/.wh...", tarfile.REGTYPE, "")],
    "takes nothing away": [("a/.wh.", tarfile.REGTYPE, "")],
    "takes away outside": [("../.wh.out", tarfile.REGTYPE, "")],
    "takes away below a link out": [("l", tarfile.SYMTYPE, "../.."), ("l/.wh.x", tarfile.REGTYPE, "")],
    "absolute hard link": [("l", tarfile.LNKTYPE, "/etc/passwd")],
    "hard link to a folder": [("d", tarfile.DIRTYPE, ""), ("l", tarfile.LNKTYPE, "d")],
    "hard link to itself": [("l", tarfile.LNKTYPE, "l")],
    "hard link through a link out": [("a", tarfile.SYMTYPE, ".."), ("b", tarfile.LNKTYPE, "a/x")],
    "block device": [("sda", tarfile.BLKTYPE, "")],
    "contiguous and unknown": [("x", b"Z", "")],
    "link with a zero in it": [("l", tarfile.SYMTYPE, "a\0b/../../.."), ("l/f", tarfile.REGTYPE, "x")],
    "name too long": [("n" * 300, tarfile.REGTYPE, "x")],
    "path too long": [("/".join(["d" * 200] * 40), tarfile.REGTYPE, "x")],
    "link to itself": [("l", tarfile.SYMTYPE, "l"), ("l/f", tarfile.REGTYPE, "x")],
    "links in a circle": [("a", tarfile.SYMTYPE, "b"), ("b", tarfile.SYMTYPE, "a"), ("a/f", tarfile.REGTYPE, "x")],
}


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_layer_is_refused_and_leaves_nothing(members, tmp_path: Path) -> None:
    layout, digest = made(tmp_path, raw_layer(tmp_path / "1", *members))
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(BadInput, match="not unpacked"):
        unpack(layout, digest, tmp_path / "root")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_absolute_names_stay_below_the_root(tmp_path: Path) -> None:
    root = unpack(*made(tmp_path, raw_layer(tmp_path / "1", ("/etc/x", tarfile.REGTYPE, "x"))), tmp_path / "root")
    assert (root / "etc/x").read_text() == "x"


def test_of_entries_with_one_name_the_last_counts_and_none_is_written_through(tmp_path: Path) -> None:
    layer = raw_layer(
        tmp_path / "1",
        ("victim", tarfile.REGTYPE, "kept"),
        ("x", tarfile.SYMTYPE, "victim"),
        ("x", tarfile.REGTYPE, "new"),
        ("y", tarfile.LNKTYPE, "victim"),
        ("y", tarfile.REGTYPE, "new"),
        ("d/f", tarfile.REGTYPE, "gone"),
        ("d", tarfile.REGTYPE, "a file now"),
        ("e", tarfile.REGTYPE, "a folder soon"),
        ("e", tarfile.DIRTYPE, ""),
    )
    root = unpack(*made(tmp_path, layer), tmp_path / "root")
    assert {path.name: path.read_text() for path in root.iterdir() if path.is_file()} == {
        "victim": "kept", "x": "new", "y": "new", "d": "a file now",
    }  # fmt: skip
    assert (root / "e").is_dir()
    assert not (root / "x").is_symlink()


def test_a_link_of_a_lower_layer_is_not_written_through(tmp_path: Path) -> None:
    lower = raw_layer(tmp_path / "1", ("passwd", tarfile.REGTYPE, "root"), ("x", tarfile.SYMTYPE, "passwd"))
    upper = raw_layer(tmp_path / "2", ("x", tarfile.REGTYPE, "evil"))
    root = unpack(*made(tmp_path, lower, upper), tmp_path / "root")
    assert (root / "passwd").read_text() == "root"


def test_setuid_bits_and_owners_are_not_kept(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "1", "w") as tar:
        for name, kind, mode in (("su", tarfile.REGTYPE, 0o6755), ("tmp", tarfile.DIRTYPE, 0o3777)):
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.uid, info.gid = kind, mode, 4711, 4711
            tar.addfile(info, io.BytesIO())
    root = unpack(*made(tmp_path, layer_of(tmp_path / "1")), tmp_path / "root")
    assert [(root / name).stat().st_mode & 0o7777 for name in ("su", "tmp")] == [0o755, 0o777]
    assert (root / "su").stat().st_uid == os.getuid()


def layer_of(path: Path, kind: str = TAR) -> Layer:
    """A file as it is, called a layer."""
    return Layer(path, digest_of_file(path), path.stat().st_size, digest_of_file(path), kind)


def header(name: str, size: int, kind: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def packed(path: Path, *pieces: bytes | tuple[bytes, int]) -> Layer:
    """A layer of these pieces, each so many times, packed as far as it goes."""
    with gzip.open(path, "wb") as file:
        for piece in pieces:
            content, times = piece if isinstance(piece, tuple) else (piece, 1)
            for _ in range(times):
                file.write(content)
    return layer_of(path, TAR_GZIP)


ZEROS = bytes(1 << 20)
BOMBS = {
    "zeros": lambda path: packed(path, header("f", 3 << 40, tarfile.REGTYPE), (ZEROS, 8)),
    "PAX records": lambda path: packed(path, header("p", 1 << 33, tarfile.XHDTYPE), (ZEROS, 8)),
    "global PAX records": lambda path: packed(path, header("p", 1 << 30, tarfile.XGLTYPE), (ZEROS, 8)),
    "long name": lambda path: packed(path, header("n", 1 << 32, tarfile.GNUTYPE_LONGNAME), (ZEROS, 8)),
    "PAX records behind each other": lambda path: packed(path, (header("p", 0, tarfile.XHDTYPE), 4000)),
    "sizes below zero": lambda path: packed(path, header("f", -(1 << 40), tarfile.REGTYPE), ZEROS),
    "map of a sparse file": lambda path: packed(path, sparse_map(), (b"0\n" * 512, 2000)),
    "a size that is none": lambda path: packed(
        path, header("f", 1, tarfile.REGTYPE).replace(b"00000000001", b"zzzzzzzzzzz")
    ),
    "broken gzip": lambda path: cut(packed(path, header("f", 1 << 20, tarfile.REGTYPE), os.urandom(1 << 20))),
    "lzma": lambda path: xz(path),
    "no tar": lambda path: packed(path, b"hello" * 4000),
}


def sparse_map() -> bytes:
    records = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n29 GNU.sparse.realsize=1000\n"
    block = records + bytes(-len(records) % 512)
    return header("p", len(records), tarfile.XHDTYPE) + block + header("s", 30 << 20, tarfile.REGTYPE) + b"99999999\n"


def cut(layer: Layer) -> Layer:
    content = layer.path.read_bytes()
    layer.path.unlink()
    layer.path.write_bytes(content[: len(content) // 2])
    return layer_of(layer.path, TAR_GZIP)


def xz(path: Path) -> Layer:
    with tarfile.open(path, "w:xz") as tar:
        tar.addfile(tarfile.TarInfo("f"))
    return layer_of(path, TAR_GZIP)


@pytest.mark.parametrize("kind", BOMBS)
def test_a_layer_that_is_a_bomb_or_broken_is_refused_with_little_memory(kind: str, tmp_path: Path) -> None:
    layout, digest = made(tmp_path, BOMBS[kind](tmp_path / "1"))
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match="not unpacked"):
            unpack(layout, digest, tmp_path / "root")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert not (tmp_path / "root").exists()


def test_what_grows_far_beyond_its_packed_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.packaging.rootfs.SMALL_BYTES", 1 << 20)
    bomb = packed(tmp_path / "1", header("f", 8 << 20, tarfile.REGTYPE), (ZEROS, 8))
    with pytest.raises(BadInput, match="more than 200000 files or"):
        unpack(*made(tmp_path, bomb), tmp_path / "root")


def test_sparse_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "holes").write_bytes(b"x")
    os.truncate(tmp_path / "holes", 1 << 40)
    subprocess.run(["tar", "-S", "-cf", "1", "holes"], cwd=tmp_path, check=True)
    with pytest.raises(BadInput, match=r"sparse|more than"):
        unpack(*made(tmp_path, layer_of(tmp_path / "1")), tmp_path / "root")


@pytest.mark.parametrize("kind", ["application/x-sh", "application/vnd.oci.image.layer.v1.tar+zstd", "text/plain"])
def test_a_layer_of_an_unknown_kind_is_refused(kind: str, tmp_path: Path) -> None:
    layer = write_layer(tmp_path / "1", [Entry("a", b"a")], "none")
    with pytest.raises(BadInput, match=r"unknown kind|zstd"):
        unpack(*made(tmp_path, layer_of(layer.path, kind)), tmp_path / "root")


def test_a_swapped_layer_is_not_unpacked(tmp_path: Path) -> None:
    layer = write_layer(tmp_path / "1", [Entry("a", b"a")])
    layout, digest = made(tmp_path, layer)
    other = write_layer(tmp_path / "2", [Entry("a", b"b")])
    layout.blob(layer.digest).unlink()
    layout.blob(layer.digest).write_bytes(other.path.read_bytes())
    with pytest.raises(BadInput, match="damaged"):
        unpack(layout, digest, tmp_path / "root")


def test_the_image_says_how_it_runs(tmp_path: Path) -> None:
    config = RunConfig(
        ["/usr/bin/python3.11", "-m", "x"], {"LINESIDE_PORT": "8080", "P": "a=b"}, {"k": "v"}, ports=(9000,)
    )
    spec = run_spec(*made(tmp_path, write_layer(tmp_path / "1", []), config=config))
    assert spec.arguments == ["/usr/bin/python3.11", "-m", "x"]
    assert spec.env == {"LINESIDE_PORT": "8080", "P": "a=b"}
    assert (spec.port, spec.user, spec.platform, spec.labels) == (9000, "65532:65532", "linux/amd64", {"k": "v"})
