from __future__ import annotations

import gzip
import json
import os
import tarfile
from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.packaging.layers import Entry, digest_of_file, folder_entries, write_layer
from engine.packaging.oci import Layout, RunConfig

CONFIG = RunConfig(["/bin/serve"], {"B": "2", "A": "1"}, {"model": "parts:1"})


def entries() -> list[Entry]:
    return [Entry("etc/passwd", b"root"), Entry("bin/serve", b"#!", 0o755), Entry("bin/alias", None, 0o777, "serve")]


def image(layout: Layout, folder: Path, platform: str = "linux/amd64") -> dict:
    folder.mkdir(exist_ok=True)
    layers = [write_layer(folder / "base", entries()), write_layer(folder / "m", [Entry("m", b"w")], packing="stored")]
    return layout.write_image(layers, CONFIG, platform, {"title": "parts"})


def test_the_same_files_make_the_same_layer_in_whatever_order_and_at_whatever_time(tmp_path: Path) -> None:
    first = write_layer(tmp_path / "a", entries())
    os.utime(tmp_path / "a", (1, 1))
    again = write_layer(tmp_path / "b", reversed(entries()))
    assert (first.digest, first.diff_id) == (again.digest, again.diff_id)
    assert first.digest == digest_of_file(tmp_path / "a")


def test_a_layer_is_a_tar_with_its_folders_and_without_times_or_owners(tmp_path: Path) -> None:
    write_layer(tmp_path / "a", entries())
    with tarfile.open(tmp_path / "a") as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == ["bin", "bin/alias", "bin/serve", "etc", "etc/passwd"]
    assert {(member.mtime, member.uid, member.uname) for member in members} == {(0, 0, "")}
    assert members[2].mode == 0o755


@pytest.mark.parametrize("size", [0, 1, 65_535, 200_000])
def test_a_stored_layer_is_gzip_around_the_very_tar(size: int, tmp_path: Path) -> None:
    content = [Entry("m", os.urandom(size))]
    stored = write_layer(tmp_path / "s", content, packing="stored")
    plain = write_layer(tmp_path / "p", content, packing="none")
    assert gzip.decompress((tmp_path / "s").read_bytes()) == (tmp_path / "p").read_bytes()
    assert stored.diff_id == plain.digest == plain.diff_id
    assert stored.size < plain.size + 200
    assert stored.digest == digest_of_file(tmp_path / "s")


def test_a_folder_becomes_entries_with_links_and_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "f" / "empty").mkdir(parents=True)
    (tmp_path / "f" / "run").write_text("x")
    (tmp_path / "f" / "run").chmod(0o700)
    (tmp_path / "f" / "link").symlink_to("run")
    found = {entry.path: (entry.mode, entry.link) for entry in folder_entries(tmp_path / "f", "opt")}
    assert found == {"opt/empty": (0o755, ""), "opt/link": (0o777, "run"), "opt/run": (0o755, "")}


def test_an_image_written_twice_has_one_digest_and_its_blobs_are_whole(tmp_path: Path) -> None:
    first = image(Layout(tmp_path / "one").make(), tmp_path / "x")
    again = image(Layout(tmp_path / "two").make(), tmp_path / "y")
    assert first == again
    Layout(tmp_path / "one").check(first["digest"])
    config = Layout(tmp_path / "one").read_json(Layout(tmp_path / "one").read_json(first["digest"])["config"]["digest"])
    assert config["config"]["Env"] == ["A=1", "B=2"]
    assert config["config"]["ExposedPorts"] == {"8080/tcp": {}}


def test_images_are_found_by_name_by_digest_and_by_its_beginning(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "l").make()
    here = image(layout, tmp_path / "x")
    other = image(layout, tmp_path / "x", "linux/arm64")
    layout.name(here, "parts:1")
    layout.name(other, "parts:1-arm64")
    assert layout.find("parts:1")["digest"] == here["digest"]
    assert layout.find(other["digest"])["platform"]["architecture"] == "arm64"
    assert layout.find(here["digest"][7:19])["digest"] == here["digest"]
    with pytest.raises(BadInput, match="No artifact"):
        layout.find("none")


def test_a_name_given_again_moves_to_the_new_image(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "l").make()
    layout.name(image(layout, tmp_path / "x"), "parts:1")
    layout.name(image(layout, tmp_path / "x", "linux/arm64"), "parts:1")
    assert [found["platform"]["architecture"] for found in layout.images()] == ["arm64"]
    assert json.loads((layout.root / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}


def test_a_damaged_or_missing_blob_is_found(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "l").make()
    digest = image(layout, tmp_path / "x")["digest"]
    layer = layout.blob(layout.read_json(digest)["layers"][1]["digest"])
    layer.unlink()
    with pytest.raises(BadInput, match="missing"):
        layout.check(digest)
    layout.blob(digest).write_bytes(b"{}")
    with pytest.raises(BadInput, match="damaged"):
        layout.read(digest)


@pytest.mark.parametrize("digest", ["", "sha256:../../etc/passwd", "sha512:" + "a" * 64, "sha256:" + "G" * 64])
def test_what_is_no_digest_never_becomes_a_path(digest: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="digest"):
        Layout(tmp_path).blob(digest)
