from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.packaging.layers import TAR, Entry, Layer, digest_of_file, write_layer
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
